"""What can be measured of a delineated front without knowing the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely import LineString

from nnunet_glacier.delineation.training_likeness import UNKNOWN_LIKENESS, Likeness
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_shape import distance_of_ends, ends_on_border, greatest_sinuosity, mean_along
from nnunet_glacier.lines.front_uncertainty import fold_distances

EDGE_PX = 2.0
"""An end this near the border of the data lies on it: a contour ends half a pixel before it."""

SINUOSITY_PX = 20.0
"""Length of the pieces whose sinuosity is taken, chosen: about 1.5 km for the shipped model, more than the notches of a
front and less than a front."""


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What is measured of a front; NaN where it cannot be.

    Attributes:
        spread_px: Mean distance between the networks' fronts and the ensemble's, in pixels of the network; NaN for one
            network, and infinite where a network has no front.
        mean_probability: Mean probability of the front along it, in [0, 1].
        rival_share: Length of the longest other front over its own length.
        ends_at_edge: Number of ends at the edge of the image or of its data, 0 to 2.
        ends_off_land_px: Distance of the farther end from the nearest rock, NA or edge, in pixels; 0 for a ring.
            NaN without zones.
        prolonged_share: Share of its length that was followed and not seen, in [0, 1].
        sinuosity: The greatest of its pieces of `SINUOSITY_PX`, at least 1.
        na_share: Share of the pixels with data that are NA, in [0, 1]; NaN without zones.
        likeness: How like the training images the scene is.
    """

    spread_px: float
    mean_probability: float
    rival_share: float
    ends_at_edge: int
    ends_off_land_px: float
    prolonged_share: float
    sinuosity: float
    na_share: float
    likeness: Likeness = UNKNOWN_LIKENESS


def measured_signs(
    front: LineString,
    *,
    fold_fronts: Sequence[Sequence[LineString]],
    others: Sequence[LineString],
    prolonged: Sequence[LineString],
    probability: np.ndarray,
    zones: np.ndarray | None,
    valid: np.ndarray,
    likeness: Likeness = UNKNOWN_LIKENESS,
) -> Signs:
    """What can be measured of a front without knowing the true one; all lines in pixels of one grid.

    Args:
        front: The front that was chosen.
        fold_fronts: For each network the lines of its front; empty where it has none.
        others: Other lines that could be the front, without icebergs.
        prolonged: Parts of the front that were followed and not seen.
        probability: Probability of the front, float32, ``(H, W)``.
        zones: Zone ids, ``(H, W)``; None where the network has none.
        valid: Where the scene holds data, bool, ``(H, W)``.
        likeness: How like the training images the scene is.
    """
    return Signs(
        spread_px=_spread(fold_fronts, front),
        mean_probability=mean_along(front, probability),
        rival_share=max((line.length for line in others), default=0.0) / front.length,
        ends_at_edge=ends_on_border(front, valid, EDGE_PX),
        ends_off_land_px=math.nan if zones is None else _off_land(front, zones, valid),
        prolonged_share=sum(line.length for line in prolonged) / front.length,
        sinuosity=greatest_sinuosity(front, SINUOSITY_PX),
        na_share=math.nan if zones is None else float(np.mean(zones[valid] == Zone.NA)),
        likeness=likeness,
    )


def _off_land(front: LineString, zones: np.ndarray, valid: np.ndarray) -> float:
    land = (zones == Zone.ROCK) | (zones == Zone.NA) | ~valid
    land[[0, -1]] = land[:, [0, -1]] = True
    return float(distance_of_ends(front, land).max(initial=0.0))


def _spread(fold_fronts: Sequence[Sequence[LineString]], front: LineString) -> float:
    if len(fold_fronts) < 2:
        return math.nan
    distances = fold_distances(fold_fronts, front)
    return math.inf if np.isnan(distances).any() else float(distances.mean())
