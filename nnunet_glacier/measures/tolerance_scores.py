"""Overlap of lines within a tolerance: both lines widened (paper 000), or the label alone (paper 004)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.measures.class_scores import ClassScores
from nnunet_glacier.measures.line_dilation import dilated_window, reached_windows

JAKOBSHAVN_TOLERANCES_M = (60.0, 105.0, 150.0)
"""Paper 000, Tables I and II: 20, 35 and 50 pixels wide at Jakobshavn's 6 m."""

PENINSULA_TOLERANCES_M = (65.0, 110.0, 155.0)
"""Paper 000, Tables I and II, Antarctic Peninsula: 13, 22 and 31 pixels wide at 10 m, or 26, 44 and 62 at 5 m.

The paper names neither width nor pixel size for them; its images there have pixels of 5 to 50 m.
"""

PUBLISHED_TOLERANCES_M = tuple(sorted((*JAKOBSHAVN_TOLERANCES_M, *PENINSULA_TOLERANCES_M)))
"""Both sets: each fits the pixels of its own images, so that no rule of the paper gives one to a new glacier."""

LABEL_RADII_PX = (2, 3, 5)
"""Paper 004's radius, and two that are nearer to the error of published grounding lines at 100 m."""


def dilation_width_px(tolerance_m: float, spacing_m: tuple[float, float]) -> tuple[int, int]:
    """Width of the dilation that gives a tolerance, by ``t = s p / 2`` (paper 000), along rows and columns.

    Rounded to whole pixels and at least one; `dilation_tolerance_m` gives the tolerance that this comes to.

    >>> [dilation_width_px(tolerance_m, (6.0, 6.0))[0] for tolerance_m in JAKOBSHAVN_TOLERANCES_M]
    [20, 35, 50]
    >>> [dilation_width_px(tolerance_m, (10.0, 5.0)) for tolerance_m in PENINSULA_TOLERANCES_M]
    [(13, 26), (22, 44), (31, 62)]
    """
    rows, columns = (max(1, int(2 * tolerance_m / size_m + 0.5)) for size_m in spacing_m)
    return rows, columns


def dilation_tolerance_m(width_px: int, pixel_size_m: float) -> float:
    """Tolerance in metres of lines dilated by so many pixels: ``t = s p / 2`` (paper 000)."""
    return pixel_size_m * width_px / 2


@dataclass(frozen=True)
class OverlapScores:
    """Overlap of two masks; NaN where both are empty, 0 where one is (`empty_masks`).

    Attributes:
        iou: Intersection over union, in [0, 1] (paper 000, Eq. 8).
        dice: Dice coefficient, in [0, 1] (paper 000, Eq. 9).
        mcc: Matthews correlation coefficient, in [-1, 1] (paper 000, Eq. 1); all of the image counts.
        precision: Share of the predicted pixels that are in the label.
        recall: Share of the labelled pixels that were predicted.
    """

    iou: float
    dice: float
    mcc: float
    precision: float
    recall: float


def overlap_scores(predicted_pixels: int, label_pixels: int, shared_pixels: int, all_pixels: int) -> OverlapScores:
    """The overlap of two masks from their sizes, the size of their intersection and that of the image."""
    misses, inventions = label_pixels - shared_pixels, predicted_pixels - shared_pixels
    rest = all_pixels - shared_pixels - misses - inventions
    scores = ClassScores.from_confusion(np.array([[rest, inventions], [misses, shared_pixels]]))
    return OverlapScores(
        iou=float(scores.iou[1]),
        dice=float(scores.f1[1]),
        mcc=float(scores.mcc[1]),
        precision=float(scores.precision[1]),
        recall=float(scores.recall[1]),
    )


def mask_overlap(predicted: np.ndarray, label: np.ndarray) -> OverlapScores:
    """The overlap of two masks as they are: bool, shape ``(H, W)``."""
    return overlap_scores(np.count_nonzero(predicted), np.count_nonzero(label), _shared(predicted, label), label.size)


def _shared(predicted: np.ndarray, label: np.ndarray) -> int:
    # Looking up the few labelled pixels is quicker than the intersection of two images.
    return int(np.count_nonzero(predicted.ravel()[np.flatnonzero(label)]))


def tolerance_scores(
    predicted: np.ndarray, label: np.ndarray, widths_px: Sequence[tuple[int, int]]
) -> list[OverlapScores]:
    """Overlap of prediction and label after both were dilated (paper 000, Sect. IV-C).

    Args:
        predicted: Predicted line, bool, shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        widths_px: Rows and columns of each dilating rectangle (`dilation_width_px`), from the smallest to the largest.
            One of even size reaches one pixel farther down and to the right than up and to the left.

    Returns:
        One overlap a width.
    """
    line_pixels = np.concatenate([np.flatnonzero(predicted), np.flatnonzero(label)])
    sizes = np.zeros((len(widths_px), 3), dtype=np.int64)
    for window in reached_windows(line_pixels, label.shape, widths_px[-1]):
        for size, (ours, theirs) in zip(sizes, dilated_window([predicted, label], window, widths_px), strict=True):
            size += np.count_nonzero(ours), np.count_nonzero(theirs), np.count_nonzero(ours & theirs)
    return [overlap_scores(*size.tolist(), label.size) for size in sizes]


@dataclass(frozen=True)
class LabelDilatedIou:
    """IoU with the label dilated, in [0, 1]; NaN where both masks are empty, 0 where one is (`empty_masks`).

    Attributes:
        over_dilated_union: Predicted pixels in the dilated label over the union of prediction and dilated label: what
            paper 004 writes. A prediction thinner than the dilated label loses by the dilation.
        over_plain_union: The same pixels over the union of prediction and label as they are. Only this one rises with
            the tolerance for thin lines, as the figures in the paper's Table 2 do.
    """

    over_dilated_union: float
    over_plain_union: float


def label_dilated_ious(predicted: np.ndarray, label: np.ndarray, radii_px: Sequence[int]) -> list[LabelDilatedIou]:
    """IoU of the prediction with the label dilated by some pixels on every side (paper 004, "IoU tol2" for 2 pixels).

    The label grows by a square of ``2 radius + 1`` pixels; the paper does not name the shape.

    Args:
        predicted: Predicted band, bool, shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        radii_px: Pixels by which the label grows on every side, from the smallest to the largest; 0 gives the plain
            IoU.

    Returns:
        One entry a radius.
    """
    line_pixels, predicted_pixels = np.flatnonzero(label), np.count_nonzero(predicted)
    if not len(line_pixels):
        nothing = 0.0 if predicted_pixels else math.nan
        return [LabelDilatedIou(nothing, nothing)] * len(radii_px)
    widths_px = [(2 * radius + 1, 2 * radius + 1) for radius in radii_px]
    sizes = np.zeros((len(widths_px), 2), dtype=np.int64)
    for window in reached_windows(line_pixels, label.shape, widths_px[-1]):
        for size, (grown,) in zip(sizes, dilated_window([label], window, widths_px), strict=True):
            size += np.count_nonzero(grown), np.count_nonzero(grown & predicted[window])
    plain_union = len(line_pixels) + predicted_pixels - _shared(predicted, label)
    return [
        LabelDilatedIou(shared / (predicted_pixels + grown_pixels - shared), shared / plain_union)
        for grown_pixels, shared in sizes.tolist()
    ]
