"""Steps of a front that are more than noise, whatever the time between its days."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from nnunet_glacier.time_series.trends import DAYS_PER_YEAR

_LEAST_CHANGES = 5
_LEAST_STRETCHES = 20
"""Stretches that tell how a front moves over a time; where too few are about as long, the next longer ones help."""

_ABOUT_AS_LONG = 1.25
"""Ratio of two times that are about the same."""

_LEAST_NOISE_M = 1.0
"""No front is known better; evenly moving made-up fronts have no noise at all."""

_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


def step_noise_m(years: np.ndarray, positions_m: np.ndarray) -> float:
    """Robust standard deviation of the changes less what the trend (Theil-Sen) makes of the time between the days.

    NaN for fewer than five changes.

    Args:
        years: Decimal years, in order and all different, shape ``(n,)``.
        positions_m: Positions in metres, same shape.
    """
    if len(years) <= _LEAST_CHANGES:
        return math.nan
    return _spread(np.diff(_less_trend(years, positions_m)))


def large_steps(years: np.ndarray, positions_m: np.ndarray, uncertainties_m: np.ndarray, factor: float) -> np.ndarray:
    """Which changes are steps beyond noise: -1 back, 1 ahead, 0 neither; shape ``(n - 1,)``.

    A change is judged against the series' own changes over about the same time, between any two of its days, neighbours
    or not: their median is what was to be expected, their robust deviation the noise. So neither steady movement over
    a gap nor the swing of a season is a step. The noise is at least that of all changes (`step_noise_m`), 1 m, and the
    change's own uncertainty. A step differs from what was to be expected by more than `factor` times the noise, and
    goes the same way as it differs. The trend is taken out before, since the times are only about the same.

    A change over a gap that is longer than all other stretches is compared with stretches that hold the same gap, and
    is no step then: nothing tells how the front moves over so long a time.

    Args:
        years: Decimal years, in order and all different, shape ``(n,)``.
        positions_m: Positions in metres, same shape.
        uncertainties_m: Of each change, shape ``(n - 1,)``; NaN where it is not known.
        factor: Of the noise.
    """
    if len(years) <= _LEAST_CHANGES:
        return np.zeros(len(uncertainties_m), dtype=int)
    rest = _less_trend(years, positions_m)
    noise_of_all = _spread(np.diff(rest))
    # Rounded, times of equal whole days are equal.
    days = np.round(np.diff(years) * DAYS_PER_YEAR, 3)
    usual, noise = _usual_changes(years, rest, days)
    beyond = np.diff(rest) - usual
    limit = factor * np.fmax(np.fmax(noise, max(noise_of_all, _LEAST_NOISE_M)), uncertainties_m)
    same_way = np.sign(beyond) == np.sign(np.diff(positions_m))
    return np.where((np.abs(beyond) > limit) & same_way, np.sign(beyond), 0).astype(int)


def _usual_changes(years: np.ndarray, positions_m: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median and robust deviation of the changes over about so many days; NaN where there are fewer than five."""
    first, last = np.triu_indices(len(years), 1)
    lasting = np.round((years[last] - years[first]) * DAYS_PER_YEAR, 3)
    order = np.argsort(lasting, kind="stable")
    lasting, changes = lasting[order], (positions_m[last] - positions_m[first])[order]
    times, place = np.unique(days, return_inverse=True)
    usual, noise = np.full(len(times), math.nan), np.full(len(times), math.nan)
    for number, time in enumerate(times):
        begin = np.searchsorted(lasting, time / _ABOUT_AS_LONG)
        end = max(np.searchsorted(lasting, time * _ABOUT_AS_LONG, side="right"), begin + _LEAST_STRETCHES)
        alike = changes[begin:end]
        if len(alike) >= _LEAST_CHANGES:
            usual[number], noise[number] = np.median(alike), _spread(alike)
    return usual[place], noise[place]


def _less_trend(years: np.ndarray, positions_m: np.ndarray) -> np.ndarray:
    return positions_m - stats.theilslopes(positions_m, years).slope * (years - years[0])


def _spread(values: np.ndarray) -> float:
    return float(_TO_SIGMA * np.median(np.abs(values - np.median(values))))
