"""Bootstrap intervals of means over scenes: how far a figure would move with other scenes of the same kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


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
        """The entry in ``summary.json``, null for NaN."""
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

    Scenes are drawn, not pixels: the pixels of a front err together. Scenes without a distance are not drawn from.

    Args:
        sums: Sum of distances of each scene, shape ``(scenes,)`` or ``(sets, scenes)``; ignored where its count is 0.
        counts: Number of distances of each scene, same shape.
        bootstrap: How scenes are drawn.
    """
    bootstrap = bootstrap or Bootstrap()
    means, scenes = _resampled(sums, counts, bootstrap)
    return _interval(np.nanmean(means, axis=0) if scenes > 1 else np.empty(0), scenes, bootstrap)


def pooled_difference(
    sums: tuple[np.ndarray, np.ndarray], counts: tuple[np.ndarray, np.ndarray], bootstrap: Bootstrap | None = None
) -> PooledDifference:
    """The difference between two experiments' pooled means on their common scenes, the first minus the second.

    Both are drawn together, so that what is hard about a scene for both does not widen the interval. An experiment of
    several sets of predictions counts with the mean of the sets' pooled means.

    Args:
        sums: Of each experiment the sum of distances of each scene, shape ``(scenes,)`` or ``(sets, scenes)``, the same
            scene in the same column of both; ignored where its count is 0.
        counts: Of each experiment the numbers of distances, in the shapes of the sums. A scene that has none in any set
            of an experiment is left out of both.
        bootstrap: How scenes are drawn.
    """
    bootstrap = bootstrap or Bootstrap()
    numbers = [np.atleast_2d(one).astype(np.float64) for one in counts]
    common = np.logical_and(*((one > 0).any(axis=0) for one in numbers))
    together = np.concatenate([one[:, common] for one in numbers])
    totals = np.concatenate([np.atleast_2d(one)[:, common] for one in sums])
    totals = np.where(together > 0, totals, 0.0)
    first = len(numbers[0])
    value = _difference(_pooled(totals, together), first) if common.any() else math.nan
    means, scenes = _resampled(totals, together, bootstrap)
    figures = _difference(means, first) if scenes > 1 else np.empty(0)
    return PooledDifference(float(value), _interval(figures, scenes, bootstrap))


def _difference(means: np.ndarray, first: int) -> np.ndarray:
    """From pooled means, sets along the first axis: the average of the first sets minus that of the others."""
    return np.nanmean(means[:first], axis=0) - np.nanmean(means[first:], axis=0)


_DRAWN_AT_ONCE = 2_000_000
"""Scenes in memory at a time: some 50 MB, however many scenes and resamples there are."""


def _resampled(sums: np.ndarray, counts: np.ndarray, bootstrap: Bootstrap) -> tuple[np.ndarray, int]:
    """Pooled means of the resampled scenes, shape ``(sets, resamples)``, and the number of scenes drawn from."""
    counts = np.atleast_2d(counts).astype(np.float64)
    sums = np.where(counts > 0, np.atleast_2d(sums), 0.0)
    known = (counts > 0).any(axis=0)
    scenes = int(known.sum())
    if scenes < 2:
        return np.empty((len(sums), 0)), scenes
    sums, counts = sums[:, known], counts[:, known]
    rng = np.random.default_rng(bootstrap.seed)
    parts = []
    for done in range(0, bootstrap.resamples, step := max(1, _DRAWN_AT_ONCE // (scenes * len(sums)))):
        drawn = rng.integers(scenes, size=(min(step, bootstrap.resamples - done), scenes))
        parts.append(_pooled(sums[:, drawn], counts[:, drawn]))
    return np.concatenate(parts, axis=1), scenes


def _pooled(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Means over the last axis, the scenes; NaN where they hold no distance. Sums are 0 where counts are."""
    totals, numbers = sums.sum(axis=-1), counts.sum(axis=-1)
    return np.divide(totals, numbers, out=np.full(totals.shape, np.nan), where=numbers > 0)


def _interval(figures: np.ndarray, scenes: int, bootstrap: Bootstrap) -> Interval:
    if not len(figures):
        return Interval(math.nan, math.nan, scenes)
    tail = 50 * (1 - bootstrap.confidence)
    low, high = np.percentile(figures, [tail, 100 - tail])
    return Interval(float(low), float(high), scenes)
