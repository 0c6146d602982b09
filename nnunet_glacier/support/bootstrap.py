"""Bootstrap intervals of means over scenes: how far a figure would move with other scenes of the same kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Bootstrap:
    """How scenes are drawn anew.

    Attributes:
        seed: Seed of the random numbers; the same for every figure, so that each can be computed on its own.
        resamples: Number of sets of scenes that are drawn with replacement.
        confidence: Share of the resampled figures inside the interval.
    """

    seed: int = 0
    resamples: int = 2000
    confidence: float = 0.95

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``."""
        return {"method": "percentile, scenes drawn with replacement", **asdict(self)}


@dataclass(frozen=True)
class Interval:
    """A percentile bootstrap interval.

    Attributes:
        low: Lower end, in the unit of the figure; NaN for fewer than two scenes.
        high: Upper end.
        scenes: Scenes that were drawn from.
    """

    low: float
    high: float
    scenes: int

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``, with null for NaN."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Interval:
        """The interval of an entry of ``summary.json``, the inverse of `to_json`."""
        low, high = (math.nan if entry[name] is None else float(entry[name]) for name in ("low", "high"))
        return cls(low, high, int(entry["scenes"]))


@dataclass(frozen=True)
class PooledDifference:
    """What two experiments' pooled means differ by on the scenes that both have.

    Attributes:
        value: The first one's mean minus the second one's, in their unit; NaN without a common scene.
        interval: Its bootstrap interval; NaN for fewer than two common scenes.
    """

    value: float
    interval: Interval


def pooled_mean_interval(sums: np.ndarray, counts: np.ndarray, bootstrap: Bootstrap | None = None) -> Interval:
    """Interval of a mean over the pixels of all scenes, of one set of predictions or averaged over several.

    Scenes are drawn, not pixels, because the pixels of a line err together. Scenes without a distance are not drawn.

    Args:
        sums: Sum of the distances of each scene, shape ``(scenes,)`` or ``(sets, scenes)``; ignored where its count is
            0.
        counts: Number of distances of each scene, same shape.
        bootstrap: How scenes are drawn.
    """
    totals, numbers = _without_empty(sums, counts)
    known = (numbers > 0).any(axis=0)
    return _interval(totals[:, known], numbers[:, known], _mean_over_sets, bootstrap or Bootstrap())


def pooled_difference(
    sums: tuple[np.ndarray, np.ndarray], counts: tuple[np.ndarray, np.ndarray], bootstrap: Bootstrap | None = None
) -> PooledDifference:
    """The difference between two experiments' pooled means on their common scenes, the first minus the second.

    The same scenes are drawn for both, so that what is hard about a scene for both does not widen the interval. An
    experiment of several sets of predictions counts with the mean of the sets' pooled means.

    Args:
        sums: Of each experiment the sum of the distances of each scene, shape ``(scenes,)`` or ``(sets, scenes)``, the
            same scene in the same column of both; ignored where its count is 0.
        counts: Of each experiment the numbers of distances, in the shapes of the sums. A scene that has none in any set
            of an experiment is left out of both.
        bootstrap: How scenes are drawn.
    """
    first, second = (_without_empty(*pair) for pair in zip(sums, counts, strict=True))
    common = (first[1] > 0).any(axis=0) & (second[1] > 0).any(axis=0)
    totals, numbers = (np.concatenate(pair)[:, common] for pair in zip(first, second, strict=True))
    sets = len(first[1])

    def difference(means: np.ndarray) -> np.ndarray:
        return _mean_over_sets(means[:sets]) - _mean_over_sets(means[sets:])

    value = float(difference(_pooled(totals, numbers))) if common.any() else math.nan
    return PooledDifference(value, _interval(totals, numbers, difference, bootstrap or Bootstrap()))


_DRAWN_AT_ONCE = 2_000_000
"""Scenes in memory at a time: some 50 MB, however many scenes and resamples there are."""


def _interval(
    sums: np.ndarray, counts: np.ndarray, figure: Callable[[np.ndarray], np.ndarray], bootstrap: Bootstrap
) -> Interval:
    """The interval of a figure of the sets' pooled means, shape ``(sets, ...)`` to ``(...)``; sums as of `_pooled`."""
    sets, scenes = counts.shape
    if scenes < 2:
        return Interval(math.nan, math.nan, scenes)
    bootstrapped = stats.bootstrap(
        (np.arange(scenes),),
        lambda drawn, axis: figure(_pooled(sums[:, drawn], counts[:, drawn])),
        n_resamples=bootstrap.resamples,
        batch=max(1, _DRAWN_AT_ONCE // (scenes * sets)),
        vectorized=True,
        confidence_level=bootstrap.confidence,
        method="percentile",
        random_state=np.random.default_rng(bootstrap.seed),
    )
    low, high = bootstrapped.confidence_interval
    return Interval(float(low), float(high), scenes)


def _without_empty(sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts as floats of shape ``(sets, scenes)``, with a sum of 0 where the count is 0."""
    numbers = np.atleast_2d(counts).astype(np.float64)
    return np.where(numbers > 0, np.atleast_2d(sums), 0.0), numbers


def _pooled(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means over the last axis, the scenes; NaN where they hold no distance. Sums are 0 where counts are."""
    totals, numbers = sums.sum(axis=-1), counts.sum(axis=-1)
    return np.divide(totals, numbers, out=np.full(totals.shape, np.nan), where=numbers > 0)


def _mean_over_sets(means: np.ndarray) -> np.ndarray:
    """Mean over the first axis, the sets, without those that have no distance."""
    return np.nanmean(means, axis=0)
