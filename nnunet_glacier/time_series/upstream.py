"""Which side is upstream, as the user says it: only this makes a change an advance or a retreat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely import Geometry, LineString, MultiLineString, Point, Polygon

from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.front_cuts import cuts_of
from nnunet_glacier.time_series.local_plane import LocalPlane

COMPASS = {
    "north": 0.0,
    "northeast": 45.0,
    "east": 90.0,
    "southeast": 135.0,
    "south": 180.0,
    "southwest": 225.0,
    "west": 270.0,
    "northwest": 315.0,
}
"""Azimuths in degrees of the sides by name."""

GRAMMAR = "start or end (of the centreline), a side (north, northeast, ...), or LON,LAT of a place on the glacier"
_SAME_SIDE = math.cos(math.radians(30))
_OTHER_SIDE = math.cos(math.radians(60))
_TOLERABLE = 0.15
"""Least difference, as cosine, by which one side of a box must face the upstream side more than the others."""

_SQUARE = math.sin(math.radians(15))
"""Least cosine between the upstream side and a flowline: a line that runs more nearly square to it has no end there."""

_ON_EDGE = 1e-9


@dataclass(frozen=True)
class Upstream:
    """What the user says of the upstream side.

    Attributes:
        kind: ``end of line``, ``side``, ``place``.
        end: ``start`` or ``end``, of the centreline.
        azimuth: Of the side, in degrees from true north.
        place: Longitude and latitude.
    """

    kind: Literal["end of line", "side", "place"]
    end: str = ""
    azimuth: float = math.nan
    place: tuple[float, float] = (math.nan, math.nan)


def parse_upstream(text: str) -> Upstream:
    """The upstream side from an option's text.

    Raises:
        InputError: If it is not of the `GRAMMAR`.

    >>> parse_upstream("northeast").azimuth, parse_upstream("-49.5,69.2").place
    (45.0, (-49.5, 69.2))
    """
    word = text.strip().lower()
    if word in ("start", "end"):
        return Upstream("end of line", end=word)
    if word in COMPASS:
        return Upstream("side", azimuth=COMPASS[word])
    try:
        longitude, latitude = map(float, word.split(","))
    except ValueError:
        longitude = latitude = math.nan
    if abs(longitude) <= 360 and abs(latitude) <= 90:
        return Upstream("place", place=(longitude, latitude))
    raise InputError([Problem("--upstream", f"{text!r} tells no side", f"Give {GRAMMAR}")])


def from_upstream(flowline: Flowline, upstream: Upstream | None, fronts: Sequence[Geometry]) -> Flowline:
    """A flowline turned so that it starts upstream; as it was drawn where nothing is said.

    Args:
        flowline: The flowline, whichever end is upstream.
        upstream: What is said of that.
        fronts: Lines on its plane: the side of them that holds a given place is upstream.

    Raises:
        InputError: If the given place lies between the fronts, or neither end lies towards the given side.
    """
    if upstream is None or upstream.end == "start":
        return flowline
    if upstream.end == "end":
        return flowline.reversed()
    if upstream.kind == "place":
        return flowline if _starts_at(flowline, upstream.place, fronts) else flowline.reversed()
    return flowline if _starts_towards(flowline, upstream.azimuth) else flowline.reversed()


def _starts_towards(flowline: Flowline, azimuth: float) -> bool:
    """Whether the start of a flowline, and not its end, lies towards a side."""
    start, end = shapely.get_coordinates(flowline.line)[[0, -1]]
    towards_start = (start - end) / max(np.hypot(*(start - end)), _ON_EDGE)
    cosine = towards_start @ _towards(azimuth)
    if abs(cosine) < _SQUARE:
        one, other = (_side_of(vector) for vector in (towards_start, -towards_start))
        what = f"{_side_of(_towards(azimuth))} tells neither end of the flowline, which lie {one} and {other}"
        remedy = f"Give {one} or {other}, or LON,LAT of a place on the glacier, above all fronts"
        raise InputError([Problem("--upstream", what, remedy)])
    return bool(cosine > 0)


def _starts_at(flowline: Flowline, place: tuple[float, float], fronts: Sequence[Geometry]) -> bool:
    """Whether a place lies on the side of the fronts where a flowline starts; on the nearer half if no front cuts it.

    Fronts that cut the line an even number of times, as a lake or an iceberg does, have no sides and do not count.
    """
    place_m = flowline.position_m(Point(flowline.plane.point(*place)))
    cuts = [cuts_of(front, flowline) for front in fronts]
    positions_m = [position for one in cuts if not math.isnan(one.position_m) for position in one.positions_m]
    first_m, last_m = min(positions_m, default=flowline.length_m / 2), max(positions_m, default=flowline.length_m / 2)
    if positions_m and first_m <= place_m <= last_m:
        what = (
            f"the place lies between the fronts: along the flow it is at {place_m / 1000:.1f} km, and they are at "
            f"{first_m / 1000:.1f} to {last_m / 1000:.1f} km"
        )
        remedy = "Give a place above all fronts, start or end of the centreline, or a side such as northeast"
        raise InputError([Problem("--upstream", what, remedy)])
    return place_m <= first_m


def downstream_of(upstream: Upstream, box: Polygon, plane: LocalPlane, fronts: Sequence[Geometry]) -> np.ndarray:
    """Unit vector of the flow through a box whose upstream side is given as a side or a place.

    From a place it points to the middle of the fronts in the box, and so that the place is upstream of them.

    Raises:
        InputError: If the given place lies between the fronts.
    """
    if upstream.kind == "side":
        return -_towards(upstream.azimuth)
    within = shapely.union_all([front.intersection(box) for front in fronts])
    vector = np.array((box if within.is_empty else within).centroid.coords[0]) - plane.point(*upstream.place)
    flow = vector / max(np.hypot(*vector), _ON_EDGE)
    axis = Flowline(box_sides(box, flow, strict=False).axis, plane)
    return flow if _starts_at(axis, upstream.place, fronts) else -flow


def flow_through(flowline: Flowline, box: Polygon) -> np.ndarray:
    """Unit vector of the flow at the place of the flowline that is nearest to a box's middle."""
    return flowline.direction_at(flowline.position_m(box.centroid))


@dataclass(frozen=True)
class BoxSides:
    """A box as the flow sees it.

    Attributes:
        upstream_edge: The edge that faces the flow most, with all that face within 30 degrees the same way.
        downstream_edge: The same for the edge that faces the other way.
        width_m: Width across the flow: area over length.
        axis: Line through the middle, as long as the box along the direction that the upstream edge faces, from
            upstream to downstream.
    """

    upstream_edge: MultiLineString
    downstream_edge: MultiLineString
    width_m: float
    axis: LineString


def box_sides(box: Polygon, flow: np.ndarray, *, strict: bool) -> BoxSides:
    """The upstream and downstream edges of a box, its width and its axis.

    Args:
        box: The box.
        flow: Unit vector of the flow.
        strict: Whether to refuse a flow between two sides.

    Raises:
        InputError: If no one side faces upstream.
    """
    ring = shapely.get_coordinates(shapely.orient_polygons(box).exterior)
    edges = np.diff(ring, axis=0)
    lengths = np.hypot(*edges.T)
    kept = lengths > _ON_EDGE
    outward = np.column_stack([edges[:, 1], -edges[:, 0]])[kept] / lengths[kept, None]
    facing = -outward @ flow
    best = int(np.argmax(facing))
    alike = outward @ outward[best]
    rival = facing[alike < _OTHER_SIDE].max(initial=-1.0)
    if strict and facing[best] - rival < _TOLERABLE:
        sides = ", ".join(f"{azimuth:.0f}" for azimuth in _azimuths_of(outward, lengths[kept]))
        what = "the upstream side lies between two sides of the box"
        remedy = f"Give --upstream LON,LAT of a place on the glacier; the box's sides face {sides} degrees from north"
        raise InputError([Problem("--upstream", what, remedy)])
    pairs = np.stack([ring[:-1][kept], ring[1:][kept]], axis=1)
    upstream = MultiLineString(list(pairs[alike > _SAME_SIDE]))
    opposite = outward @ outward[np.argmin(alike)]
    downstream = MultiLineString(list(pairs[opposite > _SAME_SIDE]))
    inward = -outward[best]
    middle = np.array(box.centroid.coords[0])
    along = (ring - middle) @ inward
    axis = LineString([middle + inward * along.min(), middle + inward * along.max()])
    return BoxSides(upstream, downstream, float(box.area / np.ptp(along)), axis)


def azimuth_of(vector: np.ndarray) -> float:
    """Direction of a vector of the plane, in degrees from true north.

    >>> azimuth_of(np.array([-1.0, 0.0]))
    270.0
    """
    return math.degrees(math.atan2(vector[0], vector[1])) % 360


def _side_of(vector: np.ndarray) -> str:
    """The name of the side that a vector points towards.

    >>> _side_of(np.array([-1.0, 0.2]))
    'west'
    """
    return next(name for name, azimuth in COMPASS.items() if azimuth == round(azimuth_of(vector) / 45) * 45 % 360)


def _towards(azimuth: float) -> np.ndarray:
    return np.array([math.sin(math.radians(azimuth)), math.cos(math.radians(azimuth))])


def _azimuths_of(outward: np.ndarray, lengths: np.ndarray) -> list[float]:
    """Azimuths of the sides that make up at least a tenth of the edge, each once."""
    length_by_azimuth: dict[int, float] = {}
    for normal, length in zip(outward, lengths, strict=True):
        key = round(azimuth_of(normal) / 15) * 15 % 360
        length_by_azimuth[key] = length_by_azimuth.get(key, 0.0) + length
    return [azimuth for azimuth, length in sorted(length_by_azimuth.items()) if length > 0.1 * lengths.sum()]
