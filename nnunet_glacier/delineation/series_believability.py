"""What only the other fronts of a glacier can say of a front: unusual length, unusual shape, unconfirmed change.

The rules are AutoTerm's (Zhang et al. 2023, The Cryosphere 17, 3485): fences from the quartiles of the glacier's own
fronts, and a change of position that the next observations must confirm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

UNUSUAL_LENGTH = "unusual length"
UNUSUAL_SHAPE = "unusual shape"
UNCONFIRMED_CHANGE = "change not confirmed"

FENCE_IQR = 2.0
"""Fences are this many interquartile ranges beyond the quartiles (AutoTerm)."""

LEAST_IQR_SHARE = 0.02
"""Least interquartile range of the lengths, as a share of their median, and 1 of the bends: fronts that are all alike
would have fences that their noise is beyond."""

LEAST_FRONTS = 8
"""Fewer fronts of a glacier have no fences: quartiles of fewer are two values or less apart."""

CONFIRMING = 5
"""Days with observations that may confirm a change (observations in AutoTerm; 10 for Sentinel-1 there)."""

FITTED = 10
"""Believed observations before a front through which its expected position is fitted."""

LEAST_FITTED = 4
"""Fewer give no expectation."""

OUTLIER_SD = 3.0
"""An outlier is this many robust standard deviations from its expectation: 0.3 % of normal residuals are."""

_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


@dataclass(frozen=True)
class SeriesFront:
    """A front of one glacier's series.

    Attributes:
        day: Day of the acquisition, as a number that grows by one a day.
        length_m: Length on the ground.
        bends: Number of its turning points (`nnunet_glacier.lines.front_shape.bends`).
        position_m: Position along the flow on a line or in a box that is the same for all, or NaN.
        uncertainty_m: Uncertainty of the position; 0 where it is not known. No change within it is an outlier.
    """

    day: float
    length_m: float
    bends: int
    position_m: float = float("nan")
    uncertainty_m: float = 0.0


def series_flags(fronts: Sequence[SeriesFront]) -> list[tuple[str, ...]]:
    """What speaks against each front of a glacier beside the others, in words.

    Args:
        fronts: Fronts of one glacier, in any order.

    Returns:
        For each front its words, in the order given; empty tuples for fewer fronts than `LEAST_FRONTS`.
    """
    if len(fronts) < LEAST_FRONTS:
        return [()] * len(fronts)
    lengths = np.array([front.length_m for front in fronts])
    low_m, high_m = fences(lengths, LEAST_IQR_SHARE * float(np.median(lengths)))
    most_bends = fences(np.array([front.bends for front in fronts], dtype=np.float64), 1)[1]
    unconfirmed = unconfirmed_changes(fronts)
    return [
        tuple(
            word
            for word, is_so in (
                (UNUSUAL_LENGTH, not low_m <= front.length_m <= high_m),
                (UNUSUAL_SHAPE, front.bends > most_bends),
                (UNCONFIRMED_CHANGE, bool(change)),
            )
            if is_so
        )
        for front, change in zip(fronts, unconfirmed, strict=True)
    ]


def fences(values: np.ndarray, least_iqr: float = 0.0) -> tuple[float, float]:
    """The fences below and above the quartiles, which count as at least so far apart.

    >>> fences(np.arange(1.0, 10)), fences(np.full(9, 5.0), 1)
    ((-5.0, 15.0), (3.0, 7.0))
    """
    low, high = np.percentile(values, (25, 75))
    away = FENCE_IQR * max(high - low, least_iqr)
    return float(low - away), float(high + away)


def unconfirmed_changes(fronts: Sequence[SeriesFront]) -> np.ndarray:
    """Which fronts are far from where the believed ones before them lead, without a like one among the next.

    The expectation is a robust line in time (Theil-Sen) through the last `FITTED` believed fronts. An outlier is
    believed if a front of one of the next `CONFIRMING` days is an outlier from the same line to the same side: the
    glacier has calved or advanced, and the line begins anew, so that the next `LEAST_FITTED` are not judged. Fronts of
    one day, such as two products of one acquisition, share their error and do not confirm each other. The last front
    of a series has none to confirm it.

    Args:
        fronts: Fronts of one glacier, in any order; those without a position or day are not judged.

    Returns:
        Bool, in the order given.
    """
    unconfirmed = np.zeros(len(fronts), dtype=bool)
    known = [at for at, front in enumerate(fronts) if np.isfinite(front.position_m) and np.isfinite(front.day)]
    order = np.array(sorted(known, key=lambda at: fronts[at].day), dtype=int)
    days = np.array([fronts[at].day for at in order])
    positions_m = np.array([fronts[at].position_m for at in order])
    limit_m = OUTLIER_SD * _noise(days, positions_m)
    believed: list[int] = []
    for at in range(len(order)):
        if len(believed) >= LEAST_FITTED:
            fitted = believed[-FITTED:]
            later = np.unique(days[days > days[at]])[:CONFIRMING]
            near = [at, *np.flatnonzero(np.isin(days, later))]
            off_m = positions_m[near] - _expected(days[fitted], positions_m[fitted], days[near])
            limits_m = np.maximum(limit_m, [fronts[place].uncertainty_m for place in order[near]])
            outliers = np.where(np.abs(off_m) > limits_m, np.sign(off_m), 0)
            if outliers[0] and outliers[0] not in outliers[1:]:
                unconfirmed[order[at]] = True
                continue
            if outliers[0]:
                believed = []
        believed.append(at)
    return unconfirmed


def _noise(days: np.ndarray, positions_m: np.ndarray) -> float:
    """Robust standard deviation of a position about the line through the ones before it."""
    off_m = [
        positions_m[at] - _expected(days[first:at], positions_m[first:at], days[at : at + 1])[0]
        for at in range(LEAST_FITTED, len(days))
        for first in [max(0, at - FITTED)]
    ]
    return _TO_SIGMA * float(np.median(np.abs(off_m))) if off_m else 0.0


def _expected(days: np.ndarray, positions_m: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Position on some days by the Theil-Sen line of others."""
    from scipy.stats import theilslopes

    if len(np.unique(days)) < 2:
        return np.full(len(at), np.median(positions_m))
    slope, at_zero = theilslopes(positions_m, days)[:2]
    expected: np.ndarray = at_zero + slope * at
    return expected
