"""A box divided by a front: which parts are glacier, by what lies on the other side of the front.

A front that leaves the box and comes back divides it into three parts or more, and neither the largest nor the
foremost part is the glacier. But whoever crosses the front goes from glacier to ocean or back: from the part at the
upstream edge on, each step over the front changes the side. A closed line that touches no other, of an iceberg or a
lake, belongs to what surrounds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

from nnunet_glacier.lines.islands import without_islands
from nnunet_glacier.time_series.front_cuts import ends_apart_m

_SHARED_M = 1e-6
"""Least length of front between two parts that are neighbours."""

_ON_EDGE_M = 0.01

_ROUNDING_M = 0.5
"""Longest gap that is none: the ends of a front that was cut along the box, and of pieces that were cut from each
other, miss each other by rounding and by the decimals of a file. No front is known better."""


@dataclass(frozen=True)
class BoxParts:
    """How a front divides a box.

    Attributes:
        parts: Number of parts; 1 where the front does not divide it.
        glacier_m2: Area on the glacier's side; NaN for one part.
        folded_m2: Of all parts beyond the largest on each side: bays that the front cuts off at the box's edge.
        front_length_m: Length of the front in the box between glacier and ocean.
        front_width_m: Distance between the ends of its longest stretch.
        upstream_share: Share of the upstream edge that lies at one part: less than 1 where the front cuts that edge.
        parted: Whether the downstream edge lies in the ocean; where a front only cuts off bays at the sides, it lies on
            the glacier.
    """

    parts: int
    glacier_m2: float = np.nan
    folded_m2: float = 0.0
    front_length_m: float = np.nan
    front_width_m: float = np.nan
    upstream_share: float = 1.0
    parted: bool = False


def divide(box: Polygon, front: Geometry, upstream_edge: Geometry, downstream_edge: Geometry) -> BoxParts:
    """Divide a box by a front and tell its glacier from its ocean; gaps by rounding (`_ROUNDING_M`) are none.

    Args:
        box: The box.
        front: Line or lines on the same plane.
        upstream_edge: The part of the box's edge that lies on the glacier: its part with the most of it is glacier.
        downstream_edge: The part that lies in the ocean.
    """
    # The front is not clipped first: ends that miss the box's edge by rounding would divide nothing.
    lines = shapely.union_all([box.exterior, closed_gaps(front, box, _ROUNDING_M)[0]])
    parts = without_islands(
        [part for part in shapely.get_parts(shapely.polygonize([lines])) if box.contains(part.representative_point())]
    )
    if len(parts) < 2:
        return BoxParts(len(parts))
    shared = {
        (one, other): line
        for one in range(len(parts))
        for other in range(one + 1, len(parts))
        if (line := parts[one].exterior.intersection(parts[other].exterior)).length > _SHARED_M
    }
    on_edge = _lengths_on(upstream_edge, parts)
    seed = int(np.argmax(on_edge))
    steps = _steps_from(seed, len(parts), list(shared))
    areas = np.array([part.area for part in parts])
    glacier = steps % 2 == 0
    between = [line for (one, other), line in shared.items() if glacier[one] != glacier[other]]
    stretches = shapely.get_parts(shapely.line_merge(shapely.union_all(between)))
    lines_between = [line for line in stretches if isinstance(line, LineString)]
    return BoxParts(
        len(parts),
        float(areas[glacier].sum()),
        float(areas.sum() - areas[glacier].max() - areas[~glacier].max()),
        float(sum(line.length for line in lines_between)),
        ends_apart_m(max(lines_between, key=shapely.length)),
        float(on_edge[seed] / on_edge.sum()),
        not glacier[np.argmax(_lengths_on(downstream_edge, parts))],
    )


def _lengths_on(edge: Geometry, parts: list[Polygon]) -> np.ndarray:
    """Length of each part's outline along an edge of the box, shape ``(parts,)``."""
    near = edge.buffer(_ON_EDGE_M)
    return np.array([part.exterior.intersection(near).length for part in parts])


def _steps_from(seed: int, count: int, neighbours: list[tuple[int, int]]) -> np.ndarray:
    """Least number of steps over the front from one part to each, shape ``(count,)``."""
    steps = np.full(count, -1)
    steps[seed] = 0
    reached = [seed]
    while reached:
        part = reached.pop(0)
        for pair in neighbours:
            if part in pair:
                other = pair[1] if pair[0] == part else pair[0]
                if steps[other] < 0:
                    steps[other] = steps[part] + 1
                    reached.append(other)
    return steps


def closed_gaps(front: Geometry, box: Polygon, max_gap_m: float) -> tuple[Geometry, float]:
    """A front whose gaps are closed by straight lines: between its pieces, and from its ends to the box's edge.

    Args:
        front: Line or lines.
        box: The box.
        max_gap_m: Longest gap to close; 0 closes none that is longer than 0.

    Returns:
        The front with the lines that were added, and their length in metres.
    """
    pieces = [line for line in shapely.get_parts(front) if line.intersects(box)]
    added: list[LineString] = []
    while max_gap_m > 0 and len(pieces) > 1:
        gap, one, other = min(
            (_gap(pieces[one], pieces[other]), one, other) for one in range(len(pieces)) for other in range(one)
        )
        if gap[0] > max_gap_m:
            break
        added.append(LineString([gap[1], gap[2]]))
        joined = shapely.line_merge(shapely.union_all([pieces[one], pieces[other], added[-1]]))
        pieces = [piece for number, piece in enumerate(pieces) if number not in (one, other)] + [joined]
    for end in _ends(pieces):
        gap_m = end.distance(box.exterior)
        if gap_m <= max_gap_m and (box.contains(end) or gap_m <= _ROUNDING_M):
            added.append(LineString([end, _beyond(box, end)]))
    return shapely.union_all([*pieces, *added]) if added else front, float(sum(line.length for line in added))


def _beyond(box: Polygon, end: shapely.Point) -> shapely.Point:
    """The place of a box's edge that is nearest to an end, a little over it.

    A line to the edge itself would end short of it by rounding, and not divide the box.
    """
    ring = box.exterior
    along = ring.project(end)
    before, place, after = (
        shapely.get_coordinates(ring.interpolate((along + step) % ring.length))[0]
        for step in (-_ON_EDGE_M, 0.0, _ON_EDGE_M)
    )
    across = np.array([before[1] - after[1], after[0] - before[0]]) / np.hypot(*(after - before)) * _ON_EDGE_M
    one, other = shapely.points([place + across, place - across])
    return other if box.contains(one) else one


def end_gap_m(front: Geometry, box: Polygon) -> float:
    """How far inside the box the end of a front that comes least near its edge lies; 0 where none lies inside."""
    pieces = [line for line in shapely.get_parts(front) if line.intersects(box)]
    return max((end.distance(box.exterior) for end in _ends(pieces) if box.contains(end)), default=0.0)


def _ends(pieces: list[Geometry]) -> list[shapely.Point]:
    lines = [line for piece in pieces for line in shapely.get_parts(piece)]
    return [end for line in lines for end in shapely.points(shapely.get_coordinates(line)[[0, -1]])]


def _gap(one: Geometry, other: Geometry) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """The least distance between an end of one piece and an end of another, and the two ends."""
    pairs = [(a.distance(b), (a.x, a.y), (b.x, b.y)) for a in _ends([one]) for b in _ends([other])]
    return min(pairs)
