"""The plane of metres in which the page shows scenes and lines."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import geopandas
import numpy as np
import shapely
from pyproj import CRS, Transformer

from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.lines.pixel_sizes import ground_edges_m

_PROBE_M = 100.0
_AXES_M = 1.0
_NORTHWARD_DEGREES = 1e-3


def display_plane(tables: Iterable[geopandas.GeoDataFrame]) -> str:
    """The CRS in which lines are shown: their own where it is a map in metres, else one round their middle.

    In the latter, an oblique stereographic projection, north is up and scales are true in the middle of the lines.

    Args:
        tables: Lines of one CRS, not all of them empty.
    """
    tables = list(tables)
    crs = tables[0].crs
    unit_m = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 0.0
    if not crs.is_geographic and unit_m == _AXES_M:
        epsg = crs.to_epsg()
        return f"EPSG:{epsg}" if epsg else str(crs.to_wkt())
    degrees = np.concatenate([shapely.get_coordinates(table.geometry.to_crs("EPSG:4326")) for table in tables])
    longitude, latitude = _middle(degrees)
    return f"+proj=stere +lat_0={latitude:.2f} +lon_0={longitude:.2f} +datum=WGS84 +units=m +no_defs"


def _middle(degrees: np.ndarray) -> tuple[float, float]:
    """Longitude and latitude of the mean direction from the Earth's centre, which the antimeridian does not tear."""
    longitude, latitude = np.radians(degrees[np.isfinite(degrees).all(axis=1)]).T
    x, y, z = (
        float(np.mean(part))
        for part in (np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude))
    )
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def ground_scale(crs: str, x: float, y: float) -> float:
    """Metres on the ground of a metre on the map at a place; 1 where that is not known."""
    edges_m = ground_edges_m(crs, (_PROBE_M, 0.0, x, 0.0, -_PROBE_M, y), (1, 1))
    return 1.0 if edges_m is None else math.sqrt(edges_m[0] * edges_m[1]) / _PROBE_M


def north_degrees(crs: str, x: float, y: float) -> float:
    """How far north is turned clockwise from the top of the map at a place; 0 where that is not known."""
    place = on_the_earth(crs, x, y)
    if place is None:
        return 0.0
    north_x, north_y = _to_map(crs).transform(place[0], place[1] + _NORTHWARD_DEGREES)
    return math.degrees(math.atan2(north_x - x, north_y - y)) if math.isfinite(north_x + north_y) else 0.0


@lru_cache(maxsize=4)
def _to_map(crs: str) -> Transformer:
    return Transformer.from_crs(CRS.from_user_input(crs).geodetic_crs, crs, always_xy=True)
