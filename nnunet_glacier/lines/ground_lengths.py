"""Lengths of lines on the ground: on the ellipsoid, whatever the scale of the map or the shape of a degree."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shapely import LineString, MultiLineString

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.lines.longitudes import TURN

if TYPE_CHECKING:
    from pyproj import CRS, Geod, Transformer

_STEP_M = 1000.0
_STEP_DEGREES = 0.01
"""Longest straight edge on the map that is measured as one geodesic: a longer one would be another line."""


_POLE = 90.0


def map_crs(scene: Scene) -> str:
    """CRS of a scene's lines, or "" where they stay in pixels: coordinates without a CRS are on no map."""
    return scene.crs if scene.affine is not None else ""


def scene_length_m(line: LineString | MultiLineString, scene: Scene) -> float:
    """Length in metres of a line in a scene's pixel coordinates.

    It is `line_length_m` where the scene has a CRS and an affine, or else the length in pixels times their size.
    """
    if scene.crs and scene.affine is not None:
        return line_length_m(to_map(line, scene.affine), scene.crs)
    return float(line.length * scene.pixel_size_m)


def line_length_m(line: LineString | MultiLineString, crs: str) -> float:
    """Length of a line on the map in metres: geodesic, on the ellipsoid of the CRS.

    In a polar stereographic map the plane's own length is off by up to 3 % between 60 degrees and the pole. In a local
    CRS, which has no place on the Earth, the length is the plane's. NaN where the projection has no such place.

    Args:
        line: Coordinates ``(x, y)`` in the CRS.
        crs: CRS as ``EPSG:nnnn`` or WKT.
    """
    projection, to_degrees, geod = _earth(crs)
    unit_m = projection.axis_info[0].unit_conversion_factor
    if to_degrees is None:
        return float(line.length * unit_m)
    if line.length == 0:
        # GEOS makes a point of two equal vertices, and fails.
        return 0.0
    fine = line.segmentize(_STEP_M / unit_m if projection.is_projected else _STEP_DEGREES)
    parts = fine.geoms if isinstance(fine, MultiLineString) else (fine,)
    degrees = (to_degrees.transform(*part.xy) for part in parts)
    return float(sum(geod.line_length(longitudes, latitudes) for longitudes, latitudes in degrees))


def on_the_earth(crs: str, x: float, y: float) -> tuple[float, float] | None:
    """Longitude and latitude of a point on the map in degrees, or None where it has none.

    Longitudes may run on over 180, by a turn at most; latitudes beyond 90, as of axes that were swapped, are no place.
    """
    import numpy as np

    _, to_degrees, _ = _earth(crs)
    if to_degrees is None:
        return None
    longitude, latitude = to_degrees.transform(x, y)
    there = np.isfinite([longitude, latitude]).all() and abs(latitude) <= _POLE and abs(longitude) <= 1.5 * TURN
    return (longitude, latitude) if there else None


@lru_cache(maxsize=32)
def _earth(crs: str) -> tuple[CRS, Transformer | None, Geod]:
    """A CRS, its way to longitude and latitude (None for a local one), and its ellipsoid."""
    from pyproj import CRS, Geod, Transformer

    projection = CRS.from_user_input(crs)
    if not (projection.is_projected or projection.is_geographic):
        return projection, None, Geod(ellps="WGS84")
    geographic = projection.geodetic_crs
    geod = projection.get_geod()
    assert geographic is not None and geod is not None
    return projection, Transformer.from_crs(projection, geographic, always_xy=True), geod
