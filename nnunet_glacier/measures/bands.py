"""Scores of a predicted line class before it is thinned: a band of pixels beside a labelled band or line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from scipy.special import expit

from nnunet_glacier.lines.line_lengths import line_length_px
from nnunet_glacier.measures.front_distances import PIXELS
from nnunet_glacier.measures.line_dilation import dilated_window, reached_windows
from nnunet_glacier.measures.tolerance_scores import shared_pixels

DISTANCE_WEIGHTS_PX = (4.0, 8.0, 16.0)
"""The weights w that Holzmann et al. (2021) compare."""

LABEL_RADII_PX = (2, 3, 5)
"""Gattolin's radius, and two that are nearer to the error of published grounding lines at 100 m."""


def distance_weighted_dice(
    predicted: np.ndarray,
    label: np.ndarray,
    weights: Sequence[float] = DISTANCE_WEIGHTS_PX,
    spacing: tuple[float, float] = PIXELS,
) -> list[float]:
    """Dice coefficient that forgives predicted pixels near the line (Holzmann et al. 2021, Eq. 2).

    It is the Dice of the label and of the prediction times ``2 (sigmoid(d / w) - 0.5) + y``, where d is a pixel's
    distance to the label and y is 1 on it. Predicted pixels count 1 on the label, little beside it and nearly 1 far
    away. The sums are not thresholded: ``2 sum(p W y) / (sum(p W) + sum(y))``. Distances are taken only where something
    was predicted.

    Args:
        predicted: Predicted mask or probabilities in [0, 1], shape ``(H, W)``.
        label: Labelled band or line, bool, same shape.
        weights: In the unit of the spacing; a larger one forgives more.
        spacing: Height and width of a pixel.

    Returns:
        One score in [0, 1] for each weight: 0 if only one side is empty, NaN if both are.
    """
    hit = np.nonzero(predicted)
    label_pixels = np.count_nonzero(label)
    if not len(hit[0]) or not label_pixels:
        empty = math.nan if len(hit[0]) == label_pixels else 0.0
        return [empty] * len(weights)
    on_label = label[hit]
    distance = np.zeros(len(on_label))
    tree = cKDTree(np.argwhere(label) * spacing, balanced_tree=False, compact_nodes=False)
    distance[~on_label] = tree.query(np.transpose(hit)[~on_label] * spacing)[0]
    values = predicted[hit].astype(np.float64)
    scores = []
    for weight in weights:
        weighted = values * (2 * (expit(distance / weight) - 0.5) + on_label)
        scores.append(float(2 * weighted[on_label].sum() / (weighted.sum() + label_pixels)))
    return scores


@dataclass(frozen=True)
class LabelDilatedIou:
    """IoU with the label dilated, in [0, 1]; NaN where both masks are empty, 0 where one is.

    Attributes:
        over_dilated_union: Predicted pixels in the dilated label over the union of prediction and dilated label, as
            Gattolin's text defines it. A prediction thinner than the dilated label loses by the dilation.
        over_plain_union: The same pixels over the union of prediction and label as they are. Only this one rises with
            the tolerance for thin lines, as the figures in the report's Table 2 do.
    """

    over_dilated_union: float
    over_plain_union: float


def label_dilated_ious(predicted: np.ndarray, label: np.ndarray, radii_px: Sequence[int]) -> list[LabelDilatedIou]:
    """IoU of the prediction with the label dilated by some pixels on every side (Gattolin, "IoU tol2" for 2 pixels).

    The label grows by a square of ``2 radius + 1`` pixels; the report does not name the shape.

    Args:
        predicted: Predicted band, bool, shape ``(H, W)``.
        label: Labelled band or line, bool, same shape.
        radii_px: Pixels by which the label grows on every side, from the smallest to the largest; 0 gives the plain
            IoU.

    Returns:
        One entry for each radius.
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
    plain_union = len(line_pixels) + predicted_pixels - shared_pixels(predicted, label)
    return [
        LabelDilatedIou(shared / (predicted_pixels + grown_pixels - shared), shared / plain_union)
        for grown_pixels, shared in sizes.tolist()
    ]


def band_thickness_px(band: np.ndarray, line: np.ndarray) -> float:
    """Mean thickness of a predicted band: its area over the length of the labelled line (Holzmann et al. 2021).

    The paper estimates it by the ratio of line to background, without a formula (Sect. III-D). Over the background, a
    band would be the thicker the smaller the image is cut, and one that fills a fifth of it thicker by a quarter.

    Args:
        band: Predicted line class, bool, shape ``(H, W)``.
        line: Labelled line of one pixel, bool, same shape; its length is `line_length_px`, so that a band is as thick
            as it measures across, at any angle.

    Returns:
        Thickness in pixels; 0 if nothing was predicted, NaN without a label.

    >>> band, line = np.zeros((2, 9, 9), dtype=bool)
    >>> band[2:5], line[3] = True, True
    >>> band_thickness_px(band, line)
    3.0
    """
    length_px = line_length_px(line)
    return float(np.count_nonzero(band) / length_px) if length_px else math.nan


def mask_boundary(mask: np.ndarray) -> np.ndarray:
    """The pixels of a mask that one erosion with a cross takes off; what lies outside the image is not in the mask.

    Gattolin scores such contours; the report does not name the erosion.

    >>> mask_boundary(np.ones((3, 4), dtype=bool)).astype(int)
    array([[1, 1, 1, 1],
           [1, 0, 0, 1],
           [1, 1, 1, 1]])
    """
    return mask & ~ndimage.binary_erosion(mask)


def certainty_m(thickness_px: float, pixel_size_m: float) -> float:
    """How far the line may lie from the middle of the band: half the thickness (Holzmann et al. 2021, Table II).

    >>> f"{certainty_m(6.5, 44.74):.1f} {certainty_m(8.4, 44.74):.1f}"
    '145.4 187.9'
    """
    return thickness_px * pixel_size_m / 2
