"""Means over images, and what becomes of images without a value: the one policy that every score follows and cites.

* A prediction or a label without a line has no distance: NaN. The image is left out of every mean of distances and
  counted (published as "images without front").
* A zone that is in neither the label nor the prediction has no precision, recall, F1 or IoU: NaN, left out of means,
  and counted; two empty masks are not a perfect match. A zone that is in only one of the two scores 0.
* A mean of nothing is NaN, written as null.

Means of distances follow one of three rules, which differ in what weighs the same: a pixel (`pooled_mean`), an image
(`mean_of_known` of the images' means), or a pixel of the labelled line (`front_length_mean`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mean:
    """A mean over the known values, and how many there were.

    Attributes:
        value: Mean of the values that are not NaN; NaN if there is none.
        count: Number of values in it.
        left_out: Number of NaN values.
    """

    value: float
    count: int
    left_out: int


def mean_of_known(values: Iterable[float]) -> Mean:
    """The mean of the values that are not NaN.

    >>> mean_of_known([1.0, float("nan"), 2.0])
    Mean(value=1.5, count=2, left_out=1)
    """
    known, total = _known(values)
    return Mean(float(np.mean(known)) if known else math.nan, len(known), total - len(known))


def median_of_known(values: Iterable[float]) -> float:
    """The median of the values that are not NaN; NaN if there is none."""
    known, _ = _known(values)
    return float(np.median(known)) if known else math.nan


def mad_of_known(values: Iterable[float]) -> float:
    """The median absolute deviation from the median of the values that are not NaN; NaN if there is none."""
    known, _ = _known(values)
    return float(np.median(np.abs(np.array(known) - np.median(known)))) if known else math.nan


def percentile_of_known(values: Iterable[float], percent: float) -> float:
    """A percentile of the values that are not NaN, linear between the two nearest; NaN if there is none."""
    known, _ = _known(values)
    return float(np.percentile(known, percent)) if known else math.nan


def _known(values: Iterable[float]) -> tuple[list[float], int]:
    everything = [float(value) for value in values]
    return [value for value in everything if not math.isnan(value)], len(everything)


def null_if_nan(value: float) -> float | None:
    """The value, or None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def pooled_mean(sums: Sequence[float], counts: Sequence[int]) -> float:
    """Mean over all pixels of all images (Herrmann et al. 2023, Eq. 1; CaFFe's published MDE).

    Args:
        sums: Each image's sum of distances; ignored where its count is 0.
        counts: Each image's number of distances, 0 for an image without a line.

    Returns:
        The mean in the unit of the sums; NaN if there is no distance.
    """
    count = sum(counts)
    if not count:
        return math.nan
    return math.fsum(total for total, number in zip(sums, counts, strict=True) if number) / count


def front_length_mean(means: Sequence[float], front_lengths: Sequence[float]) -> float:
    """Mean of the images' own means, weighted with their front lengths: the front-length normalised MDE.

    The multi-temporal follow-up of CaFFe's baselines logs it beside the pooled and the per-image mean, with the pixels
    of an image's front as its length. Here the length is that of the labelled line, so that the weights do not depend
    on the prediction: a spurious line raises its image's mean but not that image's weight.

    Args:
        means: Each image's mean distance; NaN for an image without a line, which is left out.
        front_lengths: Each image's length of the labelled line, in pixels or metres.

    Returns:
        The mean in the unit of `means`; NaN if there is none.

    >>> front_length_mean([10.0, 40.0, math.nan], [30, 10, 99])
    17.5
    """
    values, weights = np.asarray(means, dtype=np.float64), np.asarray(front_lengths, dtype=np.float64)
    known = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else math.nan


def share_without_front(has_distance: Sequence[bool]) -> float:
    """Share of the images that have no distance, in [0, 1]; NaN without images.

    >>> share_without_front([True, False, True, True])
    0.25
    """
    return 1 - sum(has_distance) / len(has_distance) if len(has_distance) else math.nan


@dataclass(frozen=True)
class Distribution:
    """One measure over the images that have it; NaN if none has.

    Attributes:
        mean: Mean of the images' values.
        median: Their median.
        mad: Their median absolute deviation from it.
        images: Number of those images.
    """

    mean: float
    median: float
    mad: float
    images: int

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``."""
        figures = {"mean": self.mean, "median": self.median, "mad": self.mad}
        return {**{name: null_if_nan(value) for name, value in figures.items()}, "images": self.images}


def distribution(values: Sequence[float]) -> Distribution:
    """Mean, median and MAD of the values that are not NaN.

    >>> distribution([1.0, 2.0, 6.0, float("nan")])
    Distribution(mean=3.0, median=2.0, mad=1.0, images=3)
    """
    mean = mean_of_known(values)
    return Distribution(mean.value, median_of_known(values), mad_of_known(values), mean.count)
