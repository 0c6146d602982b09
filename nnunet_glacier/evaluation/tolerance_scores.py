"""Overlap of lines within a tolerance: both lines widened (paper 000), or the label alone (paper 004).

Lines are widened with rectangles in the tiles of the image that they reach, so that the cost follows their length and
not the size of the image.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.evaluation.class_scores import ClassScores

JAKOBSHAVN_TOLERANCES_M = (60.0, 105.0, 150.0)
"""Paper 000, Tables I and II: 20, 35 and 50 pixels wide at Jakobshavn's 6 m."""

PENINSULA_TOLERANCES_M = (65.0, 110.0, 155.0)
"""Paper 000, Tables I and II, Antarctic Peninsula: 13, 22 and 31 pixels wide at 10 m, or 26, 44 and 62 at 5 m.

The paper names neither width nor pixel size for them; its images there have pixels of 5 to 50 m.
"""

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
    for tile in _tiles(line_pixels, label.shape, widths_px[-1]):
        for size, (ours, theirs) in zip(sizes, _dilated([predicted, label], tile, widths_px), strict=True):
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
    for tile in _tiles(line_pixels, label.shape, widths_px[-1]):
        for size, (grown,) in zip(sizes, _dilated([label], tile, widths_px), strict=True):
            size += np.count_nonzero(grown), np.count_nonzero(grown & predicted[tile])
    plain_union = len(line_pixels) + predicted_pixels - _shared(predicted, label)
    return [
        LabelDilatedIou(shared / (predicted_pixels + grown_pixels - shared), shared / plain_union)
        for grown_pixels, shared in sizes.tolist()
    ]


_TILE_PX = 256
"""Smallest edge of a tile: short against a front, long against the widths of the published tolerances."""


def _tiles(pixels: np.ndarray, shape: tuple[int, int], width_px: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """The parts of an image that some pixels reach when they are dilated.

    Args:
        pixels: Flat indices of the pixels.
        shape: Rows and columns of the image.
        width_px: Rows and columns of the dilating rectangle.

    Yields:
        Rows and columns of a window, cut to what is reached in its tile; every pixel of the dilated mask is in one of
        them.
    """
    edge = max(_TILE_PX, *width_px)
    rows, columns = np.divmod(pixels, shape[1])
    reach = (width_px[0] // 2, width_px[1] // 2)
    per_row = shape[1] // edge + 1
    # With half a width shorter than a tile, a pixel reaches two tiles an axis at most.
    reached = set()
    for row_step in (-reach[0], reach[0]):
        row_tiles = np.clip(rows + row_step, 0, shape[0] - 1) // edge
        for column_step in (-reach[1], reach[1]):
            column_tiles = np.clip(columns + column_step, 0, shape[1] - 1) // edge
            reached |= set(np.unique(row_tiles * per_row + column_tiles).tolist())
    for tile in sorted(reached):
        starts = [number * edge for number in divmod(tile, per_row)]
        near = np.ones(len(pixels), dtype=bool)
        for places, start, far in zip((rows, columns), starts, reach, strict=True):
            near &= (places >= start - far) & (places < start + edge + far)
        yield (
            _cut(rows[near], starts[0], edge, reach[0], shape[0]),
            _cut(columns[near], starts[1], edge, reach[1], shape[1]),
        )


def _cut(places: np.ndarray, start: int, edge: int, reach: int, size: int) -> slice:
    """What some places reach of a tile along one axis."""
    return slice(
        max(start, int(places.min()) - reach),
        min(start + edge, size, int(places.max()) + reach + 1),
    )


def _dilated(
    masks: Sequence[np.ndarray], tile: tuple[slice, slice], widths_px: Sequence[tuple[int, int]]
) -> Iterator[np.ndarray]:
    """A tile of some masks, dilated by a rectangle that grows from width to width.

    Args:
        masks: Masks of one image, bool, shape ``(H, W)`` each.
        tile: Rows and columns of the tile.
        widths_px: Rows and columns of the rectangles, from the smallest to the largest.

    Yields:
        The tile of all masks for each width, bool, shape ``(masks, rows, columns)``: valid until the next is asked for.

    Raises:
        ValueError: If a width is smaller than the one before.
    """
    sources, places, sizes = [], [], []
    for window, size, width in zip(tile, masks[0].shape, widths_px[-1], strict=True):
        first, stop = window.start - width // 2, window.stop + (width - 1) // 2
        sources.append(slice(max(first, 0), min(stop, size)))
        places.append(slice(max(-first, 0), min(stop, size) - first))
        sizes.append(stop - first)
    grown = np.zeros((len(masks), *sizes), dtype=bool)
    for surroundings, mask in zip(grown, masks, strict=True):
        surroundings[tuple(places)] = mask[tuple(sources)]
    reached = (1, 1)
    for width in widths_px:
        if width[0] < reached[0] or width[1] < reached[1]:
            raise ValueError(f"widths must grow, but {width} follows {reached}")
        for axis in (0, 1):
            _smear(np.moveaxis(grown, axis + 1, 0), width[axis] - reached[axis] + 1)
        reached = width
        inside = []
        for window, wide, widest in zip(tile, width, widths_px[-1], strict=True):
            first = widest // 2 + (wide - 1) // 2
            inside.append(slice(first, first + window.stop - window.start))
        yield grown[:, inside[0], inside[1]]


def _smear(mask: np.ndarray, width: int) -> None:
    """Set the ``width - 1`` pixels after every set pixel along the first axis, in place, in log2(width) steps."""
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        mask[step:] |= mask[:-step]
        reach += step
