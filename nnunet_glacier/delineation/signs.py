"""What can be measured of a delineated front without knowing the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely import LineString

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_shape import distance_of_ends, ends_on_border, mean_along
from nnunet_glacier.lines.front_uncertainty import fold_distances

EDGE_PX = 2.0
"""An end this near the border of the data lies on it: a contour ends half a pixel before it."""


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
        prolonged_share: Share of its length that was followed and not seen, in [0, 1].
        na_share: Share of the pixels with data that are NA, in [0, 1].
        unlike_training: How far the grey values are beyond those of the training images
            (`nnunet_glacier.delineation.training_likeness.GreyRange.unlikeness`); 0 within.
        pixel_size_ratio: See `pixel_size_ratio`; 1 within the model's range.
        grey_levels: Number of different values in the file's valid pixels.
    """

    spread_px: float
    mean_probability: float
    rival_share: float
    ends_at_edge: int
    ends_off_land_px: float
    prolonged_share: float
    na_share: float
    unlike_training: float = math.nan
    pixel_size_ratio: float = math.nan
    grey_levels: float = math.nan


def measured_signs(
    front: LineString,
    *,
    fold_fronts: Sequence[Sequence[LineString]],
    others: Sequence[LineString],
    prolonged: Sequence[LineString],
    probability: np.ndarray,
    zones: np.ndarray,
    valid: np.ndarray,
    unlike_training: float = math.nan,
    pixel_size_ratio: float = math.nan,
    grey_levels: float = math.nan,
) -> Signs:
    """What can be measured of a front without knowing the true one; all lines in pixels of one grid.

    Args:
        front: The front that was chosen.
        fold_fronts: For each network the lines of its front; empty where it has none.
        others: Other lines that could be the front, without icebergs.
        prolonged: Parts of the front that were followed and not seen.
        probability: Probability of the front, float32, ``(H, W)``.
        zones: Zone ids, ``(H, W)``.
        valid: Where the scene holds data, bool, ``(H, W)``.
        unlike_training: See `Signs`.
        pixel_size_ratio: See `Signs`.
        grey_levels: See `Signs`.
    """
    land = (zones == Zone.ROCK) | (zones == Zone.NA) | ~valid
    land[[0, -1]] = land[:, [0, -1]] = True
    off_land = distance_of_ends(front, land)
    return Signs(
        spread_px=_spread(fold_fronts, front),
        mean_probability=mean_along(front, probability),
        rival_share=max((line.length for line in others), default=0.0) / front.length,
        ends_at_edge=ends_on_border(front, valid, EDGE_PX),
        ends_off_land_px=float(off_land.max(initial=0.0)),
        prolonged_share=sum(line.length for line in prolonged) / front.length,
        na_share=float(np.mean(zones[valid] == Zone.NA)),
        unlike_training=unlike_training,
        pixel_size_ratio=pixel_size_ratio,
        grey_levels=grey_levels,
    )


def _spread(fold_fronts: Sequence[Sequence[LineString]], front: LineString) -> float:
    if len(fold_fronts) < 2:
        return math.nan
    distances = fold_distances(fold_fronts, front)
    return math.inf if np.isnan(distances).any() else float(distances.mean())


def pixel_size_ratio(seen_m: float, own_m: float, trained_m: Sequence[float]) -> float:
    """How far the pixels are from those that a model was trained on.

    A scene with finer pixels is averaged to the model's size and loses nothing; one with coarser pixels has less to
    see, at whatever size the network sees it.

    Args:
        seen_m: Edge of the pixels that the network saw.
        own_m: Edge of the scene's own pixels.
        trained_m: Least and greatest pixel size that the model was trained on.

    Returns:
        1 within the range, more for coarser pixels, less for finer ones.

    >>> pixel_size_ratio(76, 20, (68, 85)), pixel_size_ratio(76, 170, (68, 85)), pixel_size_ratio(34, 20, (68, 85))
    (1.0, 2.0, 0.5)
    """
    least_m, greatest_m = trained_m
    coarsest_m = max(seen_m, own_m)
    if coarsest_m > greatest_m:
        return float(coarsest_m / greatest_m)
    return float(min(seen_m / least_m, 1.0))
