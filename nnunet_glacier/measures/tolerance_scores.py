"""Overlap of two masks, as they are or after both lines were widened to a tolerance (Davari et al. 2021)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.measures.class_scores import ClassScores
from nnunet_glacier.measures.line_dilation import dilated_window, reached_windows

JAKOBSHAVN_TOLERANCES_M = (60.0, 105.0, 150.0)
"""Davari et al. (2021), Tables I and II: 20, 35 and 50 pixels wide at Jakobshavn's 6 m."""

PENINSULA_TOLERANCES_M = (65.0, 110.0, 155.0)
"""Davari et al. (2021), Tables I and II, Antarctic Peninsula.

They are 13, 22 and 31 pixels wide at 10 m, or 26, 44 and 62 at 5 m. The paper names neither width nor pixel size for
them; its images there have pixels of 5 to 50 m.
"""

PUBLISHED_TOLERANCES_M = tuple(sorted((*JAKOBSHAVN_TOLERANCES_M, *PENINSULA_TOLERANCES_M)))
"""Both sets: each fits the pixels of its own images, so that no rule of the paper gives one for a new glacier."""


def dilation_width_px(tolerance_m: float, pixel_size_m: float) -> int:
    """Width in pixels of the dilation that gives a tolerance, by ``t = s p / 2`` (Davari et al. 2021, Sect. IV-C).

    Rounded to whole pixels, and at least one.

    >>> [dilation_width_px(tolerance_m, 6.0) for tolerance_m in JAKOBSHAVN_TOLERANCES_M]
    [20, 35, 50]
    >>> [dilation_width_px(tolerance_m, 10.0) for tolerance_m in PENINSULA_TOLERANCES_M]
    [13, 22, 31]
    """
    return max(1, int(2 * tolerance_m / pixel_size_m + 0.5))


@dataclass(frozen=True)
class OverlapScores:
    """Overlap of two masks; NaN where both are empty, 0 where one is. Equations are those of Davari et al. (2021).

    Attributes:
        iou: Intersection over union, in [0, 1] (Eq. 8).
        dice: Dice coefficient, in [0, 1] (Eq. 9).
        mcc: Matthews correlation coefficient, in [-1, 1] (Eq. 1); all of the image counts.
        precision: Share of the predicted pixels that are in the label.
        recall: Share of the labelled pixels that were predicted.
    """

    iou: float
    dice: float
    mcc: float
    precision: float
    recall: float


NO_OVERLAP = OverlapScores(math.nan, math.nan, math.nan, math.nan, math.nan)
"""Where there is nothing to compare."""


def overlap_scores(predicted_pixels: int, label_pixels: int, shared: int, all_pixels: int) -> OverlapScores:
    """The overlap of two masks from their sizes, the size of their intersection and that of the image."""
    misses, inventions = label_pixels - shared, predicted_pixels - shared
    rest = all_pixels - shared - misses - inventions
    scores = ClassScores.from_confusion(np.array([[rest, inventions], [misses, shared]]))
    return OverlapScores(
        iou=float(scores.iou[1]),
        dice=float(scores.f1[1]),
        mcc=float(scores.mcc[1]),
        precision=float(scores.precision[1]),
        recall=float(scores.recall[1]),
    )


def mask_overlap(predicted: np.ndarray, label: np.ndarray) -> OverlapScores:
    """The overlap of two masks as they are: bool, shape ``(H, W)``."""
    sizes = int(np.count_nonzero(predicted)), int(np.count_nonzero(label))
    return overlap_scores(*sizes, shared_pixels(predicted, label), label.size)


def shared_pixels(predicted: np.ndarray, label: np.ndarray) -> int:
    """Number of pixels that are in both masks."""
    # Looking up the few labelled pixels is quicker than the intersection of two images.
    return int(np.count_nonzero(predicted.ravel()[np.flatnonzero(label)]))


def tolerance_scores(
    predicted: np.ndarray, label: np.ndarray, widths_px: Sequence[tuple[int, int]]
) -> list[OverlapScores]:
    """Overlap of prediction and label after both were dilated (Davari et al. 2021, Sect. IV-C).

    Args:
        predicted: Predicted line, bool, shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        widths_px: Rows and columns of each dilating rectangle, from the smallest to the largest. One of even size
            reaches one pixel farther down and to the right than up and to the left.

    Returns:
        One overlap for each width.
    """
    line_pixels = np.concatenate([np.flatnonzero(predicted), np.flatnonzero(label)])
    sizes = np.zeros((len(widths_px), 3), dtype=np.int64)
    for window in reached_windows(line_pixels, label.shape, widths_px[-1]):
        dilated = dilated_window([predicted, label], window, widths_px)
        for size, (grown, grown_label) in zip(sizes, dilated, strict=True):
            size += [np.count_nonzero(mask) for mask in (grown, grown_label, grown & grown_label)]
    return [overlap_scores(ours, theirs, shared, label.size) for ours, theirs, shared in sizes.tolist()]
