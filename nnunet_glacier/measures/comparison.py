"""A scene's prediction beside its label: what the measures of the registry are functions of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnunet_glacier.measures.band_scores import BandScores
from nnunet_glacier.measures.bands import band_thickness_px
from nnunet_glacier.measures.front_distances import FrontDistances, front_distances
from nnunet_glacier.measures.line_ends import without_ends
from nnunet_glacier.measures.tolerance_scores import (
    NO_OVERLAP,
    PUBLISHED_TOLERANCES_M,
    OverlapScores,
    dilation_width_px,
    tolerance_scores,
)
from nnunet_glacier.measures.zone_scores import ZoneScores, zone_scores


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
        label_band: The line class of the dataset's own label maps, bool, same shape; None where it has no such maps,
            and the labelled line takes its place.
        uncleaned: What was predicted before short pieces were deleted: the line class as it is, or the edge of the
            zones; bool, same shape. None where that is `predicted`.
        cut_ends_m: How much of the label is left out at each end in `distances_without_ends_px`, in metres; NaN where
            that is not asked for.
    """

    predicted: np.ndarray
    label: np.ndarray
    pixel_size_m: float
    band: np.ndarray | None = None
    zone_confusion: np.ndarray | None = None
    label_band: np.ndarray | None = None
    uncleaned: np.ndarray | None = None
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
        """Overlap of prediction and label as they are, after they were dilated to one of `PUBLISHED_TOLERANCES_M`."""
        return self._dilated[tolerance_m]

    @cached_property
    def _dilated(self) -> dict[float, OverlapScores]:
        if math.isnan(self.pixel_size_m):
            return dict.fromkeys(PUBLISHED_TOLERANCES_M, NO_OVERLAP)
        widths_px = {t: dilation_width_px(t, self.pixel_size_m) for t in PUBLISHED_TOLERANCES_M}
        # Tolerances that are near to each other are as many whole pixels wide where pixels are large.
        different = list(dict.fromkeys(widths_px.values()))
        predicted = self.predicted if self.uncleaned is None else self.uncleaned
        label = self.label if self.band is None else self._band_label
        overlaps = tolerance_scores(predicted, label, [(width, width) for width in different])
        by_width = dict(zip(different, overlaps, strict=True))
        return {tolerance_m: by_width[width] for tolerance_m, width in widths_px.items()}

    @property
    def _band_label(self) -> np.ndarray:
        """What the band is scored against."""
        return self.label if self.label_band is None else self.label_band

    @cached_property
    def band_scores(self) -> BandScores:
        """Scores of the band against the dataset's own label of the line class."""
        return BandScores(self.band, self._band_label)

    @cached_property
    def band_scores_against_line(self) -> BandScores:
        """Scores of the band against the labelled line of one pixel."""
        return self.band_scores if self.label_band is None else BandScores(self.band, self.label)

    @cached_property
    def thickness_px(self) -> float:
        """Mean thickness of the band in pixels; NaN without a band or a label."""
        return math.nan if self.band is None else band_thickness_px(self.band, self.label)

    @cached_property
    def zones(self) -> ZoneScores | None:
        """Scores of the zones, or None without zones."""
        return None if self.zone_confusion is None else zone_scores(self.zone_confusion)
