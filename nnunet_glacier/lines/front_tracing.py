"""The glacier's own front among the lines on which glacier and ocean are equally probable, with its ends followed.

Hysteresis: a line counts as seen where glacier and ocean together are more probable than everything else. From there it
is followed as long as they are not improbable, up to the wall; that part is kept apart as prolonged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from scipy import ndimage
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_contours import SMOOTHING_PX, TOLERANCE_PX, positive_runs, zero_contours
from nnunet_glacier.lines.front_lines import clean_zones, front_from_zones
from nnunet_glacier.lines.points_along import points_along

SEEN_FROM = 0.5
"""Probability of glacier or ocean from which a line on their edge counts as seen."""

FOLLOWED_TO = 0.2
"""Probability of glacier or ocean down to which a line that was seen is followed."""

_BESIDE_PX = 2
"""How far a line may lie from the edge of the cleaned zones and still be part of it."""


@dataclass(frozen=True)
class TracedLine:
    """A line between glacier and ocean, in pixel coordinates with pixel centres at ``(column + 0.5, row + 0.5)``.

    Attributes:
        line: All of it.
        prolonged: The parts of it that were not seen, in their order: followed, bridged, or joins of pieces; empty
            where all was seen.
        main: Whether it can be the front: at the edge of zones, whether it separates the largest ocean from what it is
            connected to, so that it is no iceberg or lake.
        closed: Whether it is a ring.
    """

    line: LineString
    prolonged: tuple[LineString, ...]
    main: bool
    closed: bool


@dataclass(frozen=True)
class ZoneField:
    """Smoothed probabilities of the zones.

    Attributes:
        glacier: float32, ``(H, W)``.
        ocean: Likewise.
        zones: The most probable zone of each pixel, uint8, with the edge of glacier and ocean where both are equal.
    """

    glacier: np.ndarray
    ocean: np.ndarray
    zones: np.ndarray


def smoothed_zones(probabilities: np.ndarray, valid: np.ndarray | None = None) -> ZoneField:
    """The zones after a Gaussian of `SMOOTHING_PX`, which balances a band of front between glacier and ocean.

    Args:
        probabilities: Of the four zones, float, ``(4, H, W)``; of one fold or their mean.
        valid: Which pixels hold data, bool, ``(H, W)``; None for all. The others have no weight, and are NA.
    """
    holes = None if valid is None or valid.all() else ~valid
    smooth = np.empty(probabilities.shape, dtype=np.float32)
    weight = 1.0 if holes is None else np.maximum(_gaussian((~holes).astype(np.float32)), 1e-6)
    for plane, values in zip(smooth, probabilities, strict=True):
        values = values.astype(np.float32)
        if holes is not None:
            values[holes] = 0
        plane[:] = _gaussian(values) / weight
    if holes is not None:
        smooth[:, holes] = 0
    # Glacier against ocean decides within their joint share, so that the edge is that of the contour.
    joint = np.stack([smooth[Zone.NA], smooth[Zone.ROCK], smooth[Zone.GLACIER] + smooth[Zone.OCEAN]])
    zones = joint.argmax(axis=0).astype(np.uint8)
    zones[(zones == Zone.GLACIER) & (smooth[Zone.OCEAN] > smooth[Zone.GLACIER])] = Zone.OCEAN
    return ZoneField(smooth[Zone.GLACIER], smooth[Zone.OCEAN], zones)


def _gaussian(values: np.ndarray) -> np.ndarray:
    smooth: np.ndarray = ndimage.gaussian_filter(values, SMOOTHING_PX, mode="nearest")
    return smooth


def trace_lines(field: ZoneField, inside: np.ndarray | None = None) -> list[TracedLine]:
    """All lines between glacier and ocean.

    Args:
        field: The smoothed probabilities.
        inside: Where a front is looked for, bool, ``(H, W)``; None for everywhere. It decides what the largest ocean
            is; the lines themselves are not cut (`cut_to_area`).

    Returns:
        The lines, the longest first; empty where glacier and ocean do not meet.
    """
    zones = field.zones if inside is None else np.where(inside, field.zones, np.uint8(Zone.NA))
    edge = front_from_zones(clean_zones(zones))
    near_main = ndimage.binary_dilation(edge, iterations=_BESIDE_PX) if edge.any() else edge
    both = field.glacier + field.ocean
    traced = []
    for contour in zero_contours(field.glacier - field.ocean):
        share = ndimage.map_coordinates(both, contour.T, order=1, mode="nearest")
        if share.max() <= SEEN_FROM:
            continue
        for run in positive_runs(contour, share - FOLLOWED_TO):
            share_of_run = ndimage.map_coordinates(both, run.T, order=1, mode="nearest")
            if share_of_run.max() > SEEN_FROM:
                traced.append(_traced(run, share_of_run, near_main, inside))
    # A ring smaller than the tolerance has become a point.
    return sorted((one for one in traced if one.line.length > 0), key=lambda one: -one.line.length)


def _traced(run: np.ndarray, share: np.ndarray, near_main: np.ndarray, inside: np.ndarray | None) -> TracedLine:
    rows, columns = (np.round(run).astype(int)[:, axis].clip(0, near_main.shape[axis] - 1) for axis in (0, 1))
    beside = near_main[rows, columns]
    if inside is not None:
        beside = beside[inside[rows, columns]]
    return TracedLine(
        line=line_of_run(run),
        prolonged=tuple(line for part in positive_runs(run, SEEN_FROM - share) for line in lines_of(line_of_run(part))),
        main=bool(2 * np.count_nonzero(beside) > len(beside)),
        closed=bool(np.array_equal(run[0], run[-1])),
    )


def line_of_run(run: np.ndarray) -> LineString:
    """A line of points ``(row, column)`` from pixel centre to pixel centre, simplified by at most `TOLERANCE_PX`."""
    return LineString(run[:, ::-1] + 0.5).simplify(TOLERANCE_PX, preserve_topology=False)


def cut_to_area(lines: Sequence[TracedLine], area: Any) -> list[TracedLine]:
    """What of the lines lies inside an area.

    Args:
        lines: The lines.
        area: Polygon in their coordinates.

    Returns:
        A line for each part, the longest first.
    """
    cut = []
    for one in lines:
        if area.contains(one.line):
            cut.append(one)
            continue
        for part in lines_of(shapely.line_merge(one.line.intersection(area))):
            reach = part.buffer(2 * TOLERANCE_PX)
            ends = [piece for end in one.prolonged for piece in lines_of(end.intersection(area)) if reach.covers(piece)]
            cut.append(replace(one, line=part, prolonged=tuple(ends), closed=part.is_closed))
    return sorted(cut, key=lambda one: -one.line.length)


def choose_front(lines: Sequence[TracedLine]) -> tuple[TracedLine | None, list[TracedLine]]:
    """The glacier's own front, the first line that can be it, and the other lines.

    A ring is a front too where nothing else is; an iceberg is none, since it is not `TracedLine.main`.
    """
    front = next((one for one in lines if one.main), None)
    return front, [one for one in lines if one is not front]


def lines_of(geometry: Any) -> list[LineString]:
    """The lines of a geometry with a length; a point where a line touches an area is none."""
    parts = shapely.get_parts(geometry) if not isinstance(geometry, LineString) else [geometry]
    return [part for part in parts if part.geom_type == "LineString" and part.length > 0]


def mean_distance(line: LineString, others: Sequence[LineString], step: float = 1.0) -> float:
    """Mean distance of a line's points to the nearest of other lines.

    Args:
        line: The line.
        others: The other lines.
        step: Distance between points.

    Returns:
        In the unit of the coordinates; NaN without other lines.
    """
    if not others:
        return float("nan")
    at = np.arange(0, line.length + step / 2, step)
    points = shapely.points(points_along(line, at))
    return float(shapely.distance(points, MultiLineString(list(others))).mean())
