"""What is kept of one image's lines beside the published figures: enough for every measure in `measures`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.measures import line_distances
from nnunet_glacier.measures.distance_weighted_dice import DISTANCE_WEIGHTS_PX, distance_weighted_dice
from nnunet_glacier.measures.front_distances import FrontDistances
from nnunet_glacier.measures.line_thickness import thickness_from_class_ratio_px
from nnunet_glacier.measures.tolerance_scores import (
    LABEL_RADII_PX,
    PUBLISHED_TOLERANCES_M,
    LabelDilatedIou,
    OverlapScores,
    dilation_width_px,
    label_dilated_ious,
    mask_overlap,
    tolerance_scores,
)

TOLERANCES_PX = (2, 3, 5)
"""Buffers in pixels for coverage and boundary F-score: paper 004's tolerance, and two near the published errors."""

TOLERANCES_M = (100, 250, 500)
"""Buffers in metres: from what careful people differ by to what good networks err by on CaFFe."""

DILATION_TOLERANCES_M = PUBLISHED_TOLERANCES_M
"""Tolerances of paper 000 at which overlap is scored: all of them for every scene, so that regions compare."""


@dataclass(frozen=True)
class LineScore:
    """Measures of a predicted and a labelled line. Distances are in pixels, NaN without a line on either side.

    Shares and scores are in [0, 1] and NaN where `line_distances` says so; those at tolerances in metres are NaN too
    where the pixel size is not known.

    Attributes:
        median_px: Median over the pixels of both lines.
        mad_px: Median absolute deviation from it.
        hd95_pooled_px: 95th percentile of the distances of both directions together.
        hd95_larger_direction_px: The larger of the two directions' 95th percentiles.
        polis_px: Average of the two directions' means.
        predicted_to_label_px: Mean distance of the predicted line to the label.
        label_to_predicted_px: Mean distance of the labelled line to the prediction.
        coverage_px: Coverage within each of `TOLERANCES_PX`.
        coverage_m: Coverage within each of `TOLERANCES_M`.
        boundary_f_px: Boundary F-score at each of `TOLERANCES_PX`.
        boundary_f_m: Boundary F-score at each of `TOLERANCES_M`.
        dilated: Overlap of both lines dilated to each of `DILATION_TOLERANCES_M`.
    """

    median_px: float
    mad_px: float
    hd95_pooled_px: float
    hd95_larger_direction_px: float
    polis_px: float
    predicted_to_label_px: float
    label_to_predicted_px: float
    coverage_px: tuple[float, ...]
    coverage_m: tuple[float, ...]
    boundary_f_px: tuple[float, ...]
    boundary_f_m: tuple[float, ...]
    dilated: tuple[OverlapScores, ...]


_NO_OVERLAP = OverlapScores(math.nan, math.nan, math.nan, math.nan, math.nan)


def line_score(
    predicted: np.ndarray, label: np.ndarray, distances_px: FrontDistances, pixel_size_m: float
) -> LineScore:
    """The measures of two lines whose distances are known.

    Args:
        predicted: Predicted line, bool, shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        distances_px: Their distances in pixels.
        pixel_size_m: Edge of a pixel in metres, or NaN where it is not known.
    """
    from_metres = [tolerance_m / pixel_size_m for tolerance_m in TOLERANCES_M]
    return LineScore(
        median_px=line_distances.median_distance(distances_px),
        mad_px=line_distances.mad_distance(distances_px),
        hd95_pooled_px=line_distances.hd95_pooled(distances_px),
        hd95_larger_direction_px=line_distances.hd95_larger_direction(distances_px),
        polis_px=line_distances.polis(distances_px),
        predicted_to_label_px=line_distances.predicted_to_label_mean(distances_px),
        label_to_predicted_px=line_distances.label_to_predicted_mean(distances_px),
        coverage_px=tuple(line_distances.coverage(distances_px, tolerance) for tolerance in TOLERANCES_PX),
        coverage_m=tuple(_known(line_distances.coverage, distances_px, tolerance) for tolerance in from_metres),
        boundary_f_px=tuple(line_distances.boundary_f_score(distances_px, tolerance) for tolerance in TOLERANCES_PX),
        boundary_f_m=tuple(_known(line_distances.boundary_f_score, distances_px, t) for t in from_metres),
        dilated=_dilated(predicted, label, pixel_size_m),
    )


def _known(measure, distances_px: FrontDistances, tolerance_px: float) -> float:
    return math.nan if math.isnan(tolerance_px) else measure(distances_px, tolerance_px)


def _dilated(predicted: np.ndarray, label: np.ndarray, pixel_size_m: float) -> tuple[OverlapScores, ...]:
    if math.isnan(pixel_size_m):
        return (_NO_OVERLAP,) * len(DILATION_TOLERANCES_M)
    spacing_m = (pixel_size_m, pixel_size_m)
    widths_px = [dilation_width_px(tolerance_m, spacing_m) for tolerance_m in DILATION_TOLERANCES_M]
    # Tolerances that are near to each other are as many whole pixels wide where pixels are large.
    widths = list(dict.fromkeys(widths_px))
    scores = dict(zip(widths, tolerance_scores(predicted, label, widths), strict=True))
    return tuple(scores[width] for width in widths_px)


@dataclass(frozen=True)
class BandScore:
    """Measures of a front class as it was predicted, before it is thinned to a line.

    Attributes:
        overlap: Its overlap with the labelled line of one pixel.
        label_dilated: Its overlap with the label dilated by each of `LABEL_RADII_PX`.
        weighted_dice: Its distance-weighted Dice with each of `DISTANCE_WEIGHTS_PX` (paper 002).
        thickness_px: Its mean thickness by paper 002's class ratio, in pixels; NaN without a labelled line.
    """

    overlap: OverlapScores
    label_dilated: tuple[LabelDilatedIou, ...]
    weighted_dice: tuple[float, ...]
    thickness_px: float


def band_score(predicted: np.ndarray, label: np.ndarray) -> BandScore:
    """The measures of a predicted band and a labelled line of one pixel, both bool, shape ``(H, W)``."""
    sizes = np.count_nonzero(predicted), np.count_nonzero(label)
    return BandScore(
        overlap=mask_overlap(predicted, label),
        label_dilated=tuple(label_dilated_ious(predicted, label, LABEL_RADII_PX)),
        weighted_dice=tuple(distance_weighted_dice(predicted, label, DISTANCE_WEIGHTS_PX)),
        thickness_px=thickness_from_class_ratio_px(*sizes, label.size, label_thickness_px=1.0),
    )
