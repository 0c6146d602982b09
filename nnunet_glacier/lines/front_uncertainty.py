"""How far the single networks' fronts lie from that of the ensemble, and what this says of the true front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiLineString

from nnunet_glacier.lines.points_along import even_points


@dataclass(frozen=True)
class Calibration:
    """What turns the spread of fronts into an interval: ``floor_px + factor * spread``, in the network's pixels.

    Attributes:
        factor: Pixels of interval for each pixel of spread.
        floor_px: Interval where the networks agree wholly.
        share: Share of scenes whose mean distance to the true front is meant to lie within the interval.
    """

    factor: float
    floor_px: float
    share: float

    def interval(self, spread: Any) -> Any:
        """The interval for a spread, or for each of an array, in pixels."""
        return self.floor_px + self.factor * spread


@dataclass(frozen=True)
class Calibrations:
    """What makes the intervals of a kind of front.

    Attributes:
        line: Of the whole line (`fold_uncertainty`).
        position_px: Half of the interval about the place where a flowline cuts it, across the front, in the network's
            pixels; None where that has not been measured.
    """

    line: Calibration
    position_px: float | None = None


def fold_distances(fold_fronts: Sequence[Sequence[LineString]], front: LineString, step: float = 1.0) -> np.ndarray:
    """Mean distance between the front and that of each network, over both directions alike.

    Both directions count, so that a network whose front is a short piece of the ensemble's does not agree with it.

    Args:
        fold_fronts: For each network the lines of its front; empty where it has none.
        front: The ensemble's front.
        step: Distance between the points at which it is measured.

    Returns:
        One distance for each network, float64, in the unit of the coordinates; NaN where a network has no front.
    """
    return np.array([_both_ways(front, MultiLineString(list(lines)), step) for lines in fold_fronts], dtype=np.float64)


def fold_uncertainty(
    fold_fronts: Sequence[Sequence[LineString]], front: LineString, pixel_size_m: float, calibration: Calibration
) -> float | None:
    """Half of the interval about a front that holds the true one in a stated share of scenes, in metres.

    Args:
        fold_fronts: For each network the lines of its front, in pixels; empty where it has none.
        front: The ensemble's front in the same pixels.
        pixel_size_m: Edge of such a pixel.
        calibration: Fitted on scenes that the networks had not seen.

    Returns:
        Metres; None with fewer than two networks, or where no network has a front.
    """
    if len(fold_fronts) < 2:
        return None
    distances = fold_distances(fold_fronts, front)
    if np.isnan(distances).all():
        return None
    return float(calibration.interval(np.nanmean(distances))) * pixel_size_m


def _both_ways(first: LineString, second: MultiLineString, step: float) -> float:
    if second.is_empty:
        return float("nan")
    there = shapely.distance(_points(first, step), second)
    back = shapely.distance(np.concatenate([_points(line, step) for line in second.geoms]), first)
    return float((there.sum() + back.sum()) / (len(there) + len(back)))


def _points(line: LineString, step: float) -> np.ndarray:
    points: np.ndarray = shapely.points(even_points(line, step))
    return points
