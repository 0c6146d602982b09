"""Means of line distances over images, by the three rules in use, and the share of images without a front.

The rules differ in what weighs the same: a pixel (`pooled_mean`), an image (`image_mean`), or a pixel of the labelled
front (`front_length_mean`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from nnunet_glacier.measures.empty_masks import mean_of_known


def pooled_mean(sums: Sequence[float], counts: Sequence[int]) -> float:
    """Mean over all pixels of all images (paper 001, Eq. 1; CaFFe's published MDE).

    Args:
        sums: Each image's sum of distances; ignored where its count is 0.
        counts: Each image's number of distances, 0 for an image without a front.

    Returns:
        The mean in the unit of the sums; NaN if there is no distance.
    """
    count = sum(counts)
    if not count:
        return math.nan
    return math.fsum(total for total, number in zip(sums, counts, strict=True) if number) / count


def image_mean(means: Iterable[float]) -> float:
    """Mean of the images' own means, every image with a front counting the same; NaN if there is none."""
    return mean_of_known(means).value


def front_length_mean(means: Sequence[float], front_lengths: Sequence[float]) -> float:
    """Mean of the images' own means, weighted with their front lengths: the front-length normalised MDE.

    It is the rule that the multi-temporal follow-up of CaFFe's baselines logs beside the pooled and the per-image
    mean, with the pixels of an image's front as its length. Here that is the labelled front, so that the weights do
    not depend on the prediction: a spurious line raises its image's mean but not that image's weight.

    Args:
        means: Each image's mean distance; NaN for an image without a front, which is left out (`empty_masks`).
        front_lengths: Each image's length of the labelled front, in pixels or metres.

    Returns:
        The mean in the unit of `means`; NaN if there is none.

    >>> front_length_mean([10.0, 40.0, math.nan], [30, 10, 99])
    17.5
    """
    values, weights = np.asarray(means, dtype=np.float64), np.asarray(front_lengths, dtype=np.float64)
    known = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else math.nan


def share_without_front(found: Sequence[bool]) -> float:
    """Share of the images that have no distance, in [0, 1]; NaN without images.

    >>> share_without_front([True, False, True, True])
    0.25
    """
    return 1 - sum(found) / len(found) if len(found) else math.nan
