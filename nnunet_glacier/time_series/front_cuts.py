"""Where a front cuts a flowline, and what follows where it cuts it several times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, LineString, MultiLineString

from nnunet_glacier.time_series.flowline import Flowline

_SAME_CUT_M = 0.01
_STEEPEST = 0.2
"""Least cosine between flow and the front's normal: a front along the flow says little of the position."""

_REACH_M = 100.0
"""Length of front on both sides of a cut that tells its direction there."""


@dataclass(frozen=True)
class Cuts:
    """Where a front cuts a flowline.

    Attributes:
        positions_m: Distances of the cuts from the flowline's upstream end, in order.
        obliquity: 1 / cosine of the angle between the flow and the front's normal at the first cut, from 1 to 5: what
            a shift of the front along its normal is worth along the flow; NaN without a cut.
        width_m: Distance between the two ends of the part of front that is cut first; NaN without a cut.
    """

    positions_m: tuple[float, ...]
    obliquity: float = math.nan
    width_m: float = math.nan

    @property
    def position_m(self) -> float:
        """Length of flowline on the glacier; NaN where the cuts do not tell it.

        A front that is cut once ends the glacier there. Of an odd number of cuts every second stretch lies in the
        ocean and is left out. An even number leaves both ends of the flowline on one side of the front.
        """
        return length_on_glacier(self.positions_m)

    @property
    def ambiguity_m(self) -> float:
        """Half the distance from the first to the last cut: 0 for one cut."""
        return (self.positions_m[-1] - self.positions_m[0]) / 2 if self.positions_m else math.nan


def length_on_glacier(positions_m: Sequence[float]) -> float:
    """Length of the stretches that lie on the glacier, from cuts in order; NaN for an even number of cuts.

    >>> length_on_glacier([100.0]), length_on_glacier([100.0, 130.0, 150.0]), length_on_glacier([100.0, 130.0])
    (100.0, 120.0, nan)
    """
    if len(positions_m) % 2 == 0:
        return math.nan
    signs = np.where(np.arange(len(positions_m)) % 2 == 0, 1, -1)
    return float(np.dot(signs, positions_m))


def cuts_of(front: Geometry, flowline: Flowline) -> Cuts:
    """Where a front cuts a flowline; where it runs along it, at the middle of the common stretch.

    Cuts of a closed line that touches no other, of an iceberg or a lake, do not count beside those of an open one.

    Args:
        front: Line or lines on the flowline's plane.
        flowline: The flowline.
    """
    front = _without_closed(front)
    common = [part for part in shapely.get_parts(front.intersection(flowline.line)) if not part.is_empty]
    points = [part for part in common if part.geom_type == "Point"]
    # A common stretch comes in one part for each edge of the flowline.
    stretches = MultiLineString([part for part in common if part.geom_type == "LineString"])
    points += [part.interpolate(0.5, normalized=True) for part in shapely.get_parts(shapely.line_merge(stretches))]
    if not points:
        return Cuts(())
    cuts = sorted(((flowline.position_m(point), point) for point in points), key=lambda pair: pair[0])
    positions = [position for position, _ in cuts]
    kept = [pair for number, pair in enumerate(cuts) if not number or pair[0] - positions[number - 1] > _SAME_CUT_M]
    first_m, first = kept[0]
    part = min(shapely.get_parts(front), key=lambda line: line.distance(first))
    obliquity = _obliquity(part, first, flowline.direction_at(first_m))
    return Cuts(tuple(position for position, _ in kept), obliquity, ends_apart_m(part))


def _without_closed(front: Geometry) -> Geometry:
    """A front without its closed lines that touch no other; as it is where all of its lines are closed."""
    parts = shapely.get_parts(front)
    closed = shapely.is_closed(parts)
    if not closed.any() or closed.all():
        return front
    alone = [
        shut and not part.intersects(MultiLineString(list(np.delete(parts, number))))
        for number, (part, shut) in enumerate(zip(parts, closed, strict=True))
    ]
    return MultiLineString(list(parts[~np.array(alone)]))


def ends_apart_m(line: LineString) -> float:
    """Distance between the two ends of a line: the width of a front, whatever its bays."""
    ends = shapely.get_coordinates(line)[[0, -1]]
    return float(np.hypot(*(ends[1] - ends[0])))


def _obliquity(front: LineString, cut: Geometry, flow: np.ndarray) -> float:
    along = front.project(cut)
    ends = [front.interpolate(min(max(along + reach, 0.0), front.length)) for reach in (-_REACH_M, _REACH_M)]
    vector = np.subtract(*shapely.get_coordinates(ends))
    length = np.hypot(*vector)
    cosine = abs(vector[0] * flow[1] - vector[1] * flow[0]) / length if length else 1.0
    return 1 / max(float(cosine), _STEEPEST)
