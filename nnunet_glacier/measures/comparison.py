"""A scene's prediction beside its label: what the measures of the registry are functions of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnunet_glacier.measures.bands import (
    DISTANCE_WEIGHTS_PX,
    LABEL_RADII_PX,
    LabelDilatedIou,
    distance_weighted_dice,
    label_dilated_ious,
    thickness_from_class_ratio_px,
)
from nnunet_glacier.measures.front_distances import FrontDistances, front_distances
from nnunet_glacier.measures.line_ends import without_ends
from nnunet_glacier.measures.tolerance_scores import (
    PUBLISHED_TOLERANCES_M,
    OverlapScores,
    dilation_width_px,
    mask_overlap,
    tolerance_scores,
)
from nnunet_glacier.measures.zone_scores import ZoneScores, zone_scores

_NO_OVERLAP = OverlapScores(math.nan, math.nan, math.nan, math.nan, math.nan)
_NOT_DILATED = LabelDilatedIou(math.nan, math.nan)


@dataclass(frozen=True)
class Comparison:
    """A prediction beside its label. What several measures need is computed once, when the first of them asks.

    Attributes:
        predicted: Predicted line, bool, shape ``(H, W)``.
        label: Labelled line of one pixel, bool, same shape.
        pixel_size_m: Edge of a pixel in metres, or NaN where it is not known.
        band: Predicted line class before it was thinned, bool, same shape; None where the line is of the zones.
        zone_confusion: Pixels by labelled (row) and predicted zone (column), int64, shape ``(4, 4)``; None without
            zones.
        cut_ends_m: How much of the label is left out at each end in `distances_without_ends_px`, in metres; NaN where
            that is not asked for.
    """

    predicted: np.ndarray
    label: np.ndarray
    pixel_size_m: float
    band: np.ndarray | None = None
    zone_confusion: np.ndarray | None = None
    cut_ends_m: float = math.nan

    @cached_property
    def distances_px(self) -> FrontDistances:
        """Distances of both lines in pixels."""
        return front_distances(self.predicted, self.label)

    @cached_property
    def distances_without_ends_px(self) -> FrontDistances:
        """Distances of both lines in pixels without the label's ends; none where that is not asked for."""
        reach_px = self.in_px(self.cut_ends_m)
        if math.isnan(reach_px):
            return FrontDistances(np.empty(0), np.empty(0))
        return without_ends(self.predicted, self.label, self.distances_px, reach_px)

    def in_px(self, distance_m: float) -> float:
        """A distance in metres in pixels; NaN where the pixel size is not known."""
        return distance_m / self.pixel_size_m

    def dilated(self, tolerance_m: float) -> OverlapScores:
        """Overlap of both lines after they were dilated to one of `PUBLISHED_TOLERANCES_M`."""
        return self._dilated[tolerance_m]

    @cached_property
    def _dilated(self) -> dict[float, OverlapScores]:
        if math.isnan(self.pixel_size_m):
            return dict.fromkeys(PUBLISHED_TOLERANCES_M, _NO_OVERLAP)
        widths_px = {t: dilation_width_px(t, self.pixel_size_m) for t in PUBLISHED_TOLERANCES_M}
        # Tolerances that are near to each other are as many whole pixels wide where pixels are large.
        different = list(dict.fromkeys(widths_px.values()))
        overlaps = tolerance_scores(self.predicted, self.label, [(width, width) for width in different])
        by_width = dict(zip(different, overlaps, strict=True))
        return {tolerance_m: by_width[width] for tolerance_m, width in widths_px.items()}

    @cached_property
    def band_overlap(self) -> OverlapScores:
        """Overlap of the band and the labelled line; NaN without a band."""
        return _NO_OVERLAP if self.band is None else mask_overlap(self.band, self.label)

    def label_dilated(self, radius_px: int) -> LabelDilatedIou:
        """IoU of the band and the label dilated by one of `LABEL_RADII_PX`; NaN without a band."""
        return self._label_dilated[radius_px]

    @cached_property
    def _label_dilated(self) -> dict[int, LabelDilatedIou]:
        if self.band is None:
            return dict.fromkeys(LABEL_RADII_PX, _NOT_DILATED)
        return dict(zip(LABEL_RADII_PX, label_dilated_ious(self.band, self.label, LABEL_RADII_PX), strict=True))

    def weighted_dice(self, weight_px: float) -> float:
        """Distance-weighted Dice of the band with one of `DISTANCE_WEIGHTS_PX`; NaN without a band."""
        return self._weighted_dice[weight_px]

    @cached_property
    def _weighted_dice(self) -> dict[float, float]:
        if self.band is None:
            return dict.fromkeys(DISTANCE_WEIGHTS_PX, math.nan)
        return dict(zip(DISTANCE_WEIGHTS_PX, distance_weighted_dice(self.band, self.label), strict=True))

    @cached_property
    def thickness_px(self) -> float:
        """Mean thickness of the band in pixels; NaN without a band or a label."""
        if self.band is None:
            return math.nan
        pixels = np.count_nonzero(self.band), np.count_nonzero(self.label)
        return thickness_from_class_ratio_px(*pixels, self.label.size, label_thickness_px=1.0)

    @cached_property
    def zones(self) -> ZoneScores | None:
        """Scores of the zones, or None without zones."""
        return None if self.zone_confusion is None else zone_scores(self.zone_confusion)
