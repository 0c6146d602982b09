"""A predicted band beside one label, the dataset's band or the line of one pixel: what the measures take of the two."""

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
    mask_boundary,
)
from nnunet_glacier.measures.front_distances import FrontDistances, front_distances
from nnunet_glacier.measures.tolerance_scores import NO_OVERLAP, OverlapScores, mask_overlap

_NOT_DILATED = LabelDilatedIou(math.nan, math.nan)
_NO_DISTANCES = FrontDistances(np.empty(0), np.empty(0))


@dataclass(frozen=True)
class BandScores:
    """Scores of a band against a label; each is computed when it is first asked for.

    Attributes:
        band: Predicted line class, bool, shape ``(H, W)``; None where there is none, and every score is NaN.
        label: Labelled band or line, bool, same shape.
    """

    band: np.ndarray | None
    label: np.ndarray

    @cached_property
    def overlap(self) -> OverlapScores:
        """Overlap of both as they are."""
        return NO_OVERLAP if self.band is None else mask_overlap(self.band, self.label)

    def label_dilated(self, radius_px: int) -> LabelDilatedIou:
        """IoU of the band and the label dilated by one of `LABEL_RADII_PX`."""
        return self._label_dilated[radius_px]

    @cached_property
    def _label_dilated(self) -> dict[int, LabelDilatedIou]:
        if self.band is None:
            return dict.fromkeys(LABEL_RADII_PX, _NOT_DILATED)
        return dict(zip(LABEL_RADII_PX, label_dilated_ious(self.band, self.label, LABEL_RADII_PX), strict=True))

    def weighted_dice(self, weight_px: float) -> float:
        """Distance-weighted Dice with one of `DISTANCE_WEIGHTS_PX`."""
        return self._weighted_dice[weight_px]

    @cached_property
    def _weighted_dice(self) -> dict[float, float]:
        if self.band is None:
            return dict.fromkeys(DISTANCE_WEIGHTS_PX, math.nan)
        return dict(zip(DISTANCE_WEIGHTS_PX, distance_weighted_dice(self.band, self.label), strict=True))

    @cached_property
    def boundary_distances_px(self) -> FrontDistances:
        """Distances of the boundaries of both masks (`mask_boundary`), in pixels; none without a band."""
        if self.band is None:
            return _NO_DISTANCES
        return front_distances(mask_boundary(self.band), mask_boundary(self.label))
