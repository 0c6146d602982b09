"""The line along which a front's position is told: its length on the ellipsoid, its parallels and the box along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

from nnunet_glacier.time_series.local_plane import LocalPlane

_SHARPEST = 0.2
"""Least of 1 + cosine of a bend: sharper ones, by more than 140 degrees, get no longer mitre."""


@dataclass(frozen=True)
class Flowline:
    """A centreline on the plane, from upstream to downstream.

    Attributes:
        line: The line, no two neighbouring vertices the same.
        plane: Its plane.
        stations_m: Position of each vertex, shape ``(n,)``, for a line that runs beside the one that positions are
            told along; None for their own geodesic distance from the upstream end.
    """

    line: LineString
    plane: LocalPlane
    stations_m: np.ndarray | None = None

    @cached_property
    def _lengths_m(self) -> tuple[np.ndarray, np.ndarray]:
        """Length on the plane from the start to each vertex, and the vertex's position."""
        xy = shapely.get_coordinates(self.line)
        on_plane = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
        return on_plane, self.plane.lengths_m(xy) if self.stations_m is None else self.stations_m

    @property
    def length_m(self) -> float:
        """Geodesic length in metres."""
        return float(self._lengths_m[1][-1])

    def position_m(self, point: Geometry) -> float:
        """Position in metres of the place of the line that is nearest to a point."""
        return float(np.interp(self.line.project(point), *self._lengths_m))

    def point_at(self, position_m: float) -> shapely.Point:
        """The place on the line at a distance from its upstream end."""
        on_plane, geodesic = self._lengths_m
        return self.line.interpolate(float(np.interp(position_m, geodesic, on_plane)))

    def direction_at(self, position_m: float, reach_m: float = 50.0) -> np.ndarray:
        """Unit vector of the flow at a distance from the upstream end, over `reach_m` on both sides."""
        ends = (self.point_at(position_m - reach_m), self.point_at(position_m + reach_m))
        vector = np.subtract(*shapely.get_coordinates(ends)[::-1])
        return vector / np.hypot(*vector)

    def reversed(self) -> Flowline:
        """The line from its other end."""
        return Flowline(self.line.reverse(), self.plane)

    def parallels(self, lines: int, width_m: float) -> list[Flowline]:
        """Lines at equal distances across a width, the outer ones half a step inside it, as each is worth one strip.

        Positions on them are told along this line: vertex by vertex, so that they do not jump at its bends, as those
        of the nearest point would. Where the line bends more tightly than the width, they cross themselves.

        Args:
            lines: Their number; an odd one has the line itself as its middle.
            width_m: The whole width.
        """
        xy = shapely.get_coordinates(self.line)
        offsets = ((np.arange(lines) + 0.5) / lines - 0.5) * width_m
        across = _mitres(xy)
        return [Flowline(LineString(xy + offset * across), self.plane, self._lengths_m[1]) for offset in offsets]

    def box(self, width_m: float) -> Polygon:
        """The curvilinear box of Lea et al. (2014): a strip of `width_m` along the line, square at its ends.

        With mitred bends its area is width times length, so that area over width is a length along the line.
        """
        return self.line.buffer(width_m / 2, cap_style="flat", join_style="mitre")

    def box_ends(self, width_m: float) -> tuple[LineString, LineString]:
        """The box's edges at the upstream and at the downstream end."""
        xy = shapely.get_coordinates(self.line)
        across = _mitres(xy) * width_m / 2
        first, last = (LineString([xy[end] + across[end], xy[end] - across[end]]) for end in (0, -1))
        return first, last


def _mitres(xy: np.ndarray) -> np.ndarray:
    """What to add to each vertex to move its line to the left by one, shape ``(n, 2)``."""
    steps = np.diff(xy, axis=0)
    normals = np.column_stack([-steps[:, 1], steps[:, 0]]) / np.hypot(*steps.T)[:, None]
    before, after = np.vstack([normals[:1], normals]), np.vstack([normals, normals[-1:]])
    cosine = (before * after).sum(axis=1, keepdims=True)
    return (before + after) / np.maximum(1 + cosine, _SHARPEST)
