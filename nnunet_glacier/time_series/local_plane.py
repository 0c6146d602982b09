"""A plane in true metres round one glacier: areas exact, distances within 0.01 % up to 180 km from its centre.

Map projections are out of scale (EPSG:3413 by 0.3 % at Jakobshavn Isbræ, EPSG:3857 by a factor of three), tear at the
antimeridian, and differ from file to file. All lines of a series are brought into one Lambert azimuthal equal-area
projection on WGS84 whose centre lies at the glacier; its y axis is true north there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from shapely import Geometry

GEOD = Geod(ellps="WGS84")

STEP_M = 250.0
"""Longest edge before projecting: a straight line of one map is none of another, by millimetres at this length."""

_STEP_DEGREES = STEP_M / 111_320
_SNAP_M = 1e-3
"""Grid that coordinates are put on, so that parts of a line that was cut at the antimeridian touch again."""


class LocalPlane:
    """The plane round a place.

    Args:
        longitude: Longitude of the centre in degrees (WGS84).
        latitude: Its latitude.
    """

    def __init__(self, longitude: float, latitude: float) -> None:
        self.longitude, self.latitude = longitude, latitude
        self.definition = f"+proj=laea +lat_0={latitude:.9f} +lon_0={longitude:.9f} +datum=WGS84 +units=m"
        self.crs = CRS.from_proj4(self.definition)

    @classmethod
    def around(cls, shapes: Iterable[tuple[Geometry, str]]) -> LocalPlane:
        """The plane round the middle of shapes.

        Args:
            shapes: Shapes with their CRS, not all empty.
        """
        return cls(*_middle(np.concatenate([_degrees(shape, crs) for shape, crs in shapes])))

    def project(self, shape: Geometry, crs: str) -> Any:
        """A line or polygon of a CRS on the plane, its parts that touch joined; holes of polygons are filled.

        Vertices that the CRS cannot place (infinite coordinates) make the shape an empty one.
        """
        dense = _densified(shape, crs)
        transformer = _transformer(crs, self.crs.to_wkt())
        moved = shapely.transform(dense, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            return shapely.from_wkt("LINESTRING EMPTY")
        moved = shapely.transform(moved, lambda xy: np.round(xy / _SNAP_M) * _SNAP_M)
        if moved.geom_type == "MultiLineString":
            return shapely.line_merge(moved)
        parts = shapely.get_parts(moved)
        return shapely.union_all(parts) if shapely.is_valid(parts).all() else moved

    def to_crs(self, shape: Geometry, crs: str) -> Any:
        """A shape of the plane in another CRS."""
        transformer = _transformer(self.crs.to_wkt(), crs)
        return shapely.transform(shape, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))

    def point(self, longitude: float, latitude: float) -> np.ndarray:
        """A place on the plane, ``(x, y)``."""
        return np.array(_transformer("EPSG:4326", self.crs.to_wkt()).transform(longitude, latitude))

    def lengths_m(self, xy: np.ndarray) -> np.ndarray:
        """Geodesic distance along a line from its first vertex to each, shape ``(n,)``.

        Args:
            xy: Vertices on the plane, shape ``(n, 2)``.
        """
        longitude, latitude = _transformer(self.crs.to_wkt(), "EPSG:4326").transform(xy[:, 0], xy[:, 1])
        steps = GEOD.inv(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])[2]
        return np.concatenate([[0.0], np.cumsum(steps)])


def latitudes(shape: Geometry, crs: str) -> np.ndarray:
    """Latitudes of a shape's vertices in degrees."""
    return _degrees(shape, crs)[:, 1]


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=64)
def _in_degrees(crs: str) -> bool:
    return CRS.from_user_input(crs).is_geographic


@lru_cache(maxsize=64)
def _metres_per_unit(crs: str) -> float:
    return CRS.from_user_input(crs).axis_info[0].unit_conversion_factor


def _degrees(shape: Geometry, crs: str) -> np.ndarray:
    xy = shapely.get_coordinates(shape)
    longitude, latitude = _transformer(crs, "EPSG:4326").transform(xy[:, 0], xy[:, 1])
    return np.column_stack([longitude, latitude])


def _middle(degrees: np.ndarray) -> tuple[float, float]:
    """Longitude and latitude of the mean direction from the Earth's centre: no seam at 180 degrees, none at a pole."""
    longitude, latitude = np.radians(degrees[np.isfinite(degrees).all(axis=1)]).T
    x, y, z = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
    mean = np.array([x.mean(), y.mean(), z.mean()])
    return math.degrees(math.atan2(mean[1], mean[0])), math.degrees(math.atan2(mean[2], math.hypot(*mean[:2])))


def _densified(shape: Geometry, crs: str) -> Any:
    """More vertices along the straight edges of the shape's own map; longitudes run on over 180 degrees.

    Rings are densified by themselves: a polygon that crosses itself would be mended silently.
    """
    degrees = _in_degrees(crs)
    step = _STEP_DEGREES if degrees else STEP_M / _metres_per_unit(crs)
    parts = [shapely.transform(part, _without_jumps) if degrees else part for part in _rings_and_lines(shape)]
    parts = [shapely.segmentize(part, step) for part in parts]
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shapely.MultiPolygon([shapely.Polygon(ring) for ring in parts])
    return shapely.MultiLineString(parts)


def _rings_and_lines(shape: Geometry) -> list[Any]:
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return [part.exterior for part in shapely.get_parts(shape)]
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def _without_jumps(xy: np.ndarray) -> np.ndarray:
    """Vertices whose longitudes run on; a ring stays closed, which rounding would open."""
    moved = np.column_stack([np.unwrap(xy[:, 0], period=360.0), xy[:, 1]])
    if (xy[0] == xy[-1]).all():
        moved[-1] = moved[0]
    return moved
