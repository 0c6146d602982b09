"""Bootstrap intervals of means over scenes: how far a figure would move with other scenes of the same kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nnunet_glacier.evaluation.empty_masks import null_if_nan


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
        """The entry in ``summary.json``."""
        return {"low": null_if_nan(self.low), "high": null_if_nan(self.high), "scenes": self.scenes}


def pooled_mean_interval(sums: np.ndarray, counts: np.ndarray, bootstrap: Bootstrap | None = None) -> Interval:
    """Interval of a mean over the pixels of all scenes, of one set of predictions or averaged over several.

    Scenes are drawn, not pixels: the pixels of a front err together. Scenes without a distance are not drawn from.

    Args:
        sums: Sum of distances of each scene, shape ``(scenes,)`` or ``(sets, scenes)``; ignored where its count is 0.
        counts: Number of distances of each scene, same shape.
        bootstrap: How scenes are drawn.
    """
    means, scenes = _resampled(sums, counts, bootstrap or Bootstrap())
    return _interval(np.nanmean(means, axis=0) if scenes > 1 else np.empty(0), scenes, bootstrap or Bootstrap())


def pooled_difference_interval(sums: np.ndarray, counts: np.ndarray, bootstrap: Bootstrap | None = None) -> Interval:
    """Interval of the difference between two experiments' pooled means on the same scenes, the first minus the second.

    Both are drawn together, so that what is hard about a scene for both does not widen the interval.

    Args:
        sums: Sum of distances of each scene, shape ``(2, scenes)``.
        counts: Number of distances, same shape; scenes that lack one in either experiment are not drawn from.
        bootstrap: How scenes are drawn.
    """
    both = (np.asarray(counts) > 0).all(axis=0)
    means, scenes = _resampled(np.asarray(sums)[:, both], np.asarray(counts)[:, both], bootstrap or Bootstrap())
    return _interval(means[0] - means[1] if scenes > 1 else np.empty(0), scenes, bootstrap or Bootstrap())


def mean_interval(values: Sequence[float], bootstrap: Bootstrap | None = None) -> Interval:
    """Interval of a mean over scenes; those whose value is NaN are not drawn from."""
    known = np.asarray(values, dtype=np.float64)
    return pooled_mean_interval(known, ~np.isnan(known), bootstrap)


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
        numbers = counts[:, drawn].sum(axis=2)
        totals = sums[:, drawn].sum(axis=2)
        parts.append(np.divide(totals, numbers, out=np.full(totals.shape, np.nan), where=numbers > 0))
    return np.concatenate(parts, axis=1), scenes


def _interval(figures: np.ndarray, scenes: int, bootstrap: Bootstrap) -> Interval:
    if not len(figures):
        return Interval(math.nan, math.nan, scenes)
    tail = 50 * (1 - bootstrap.confidence)
    low, high = np.percentile(figures, [tail, 100 - tail])
    return Interval(float(low), float(high), scenes)
