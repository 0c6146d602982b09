"""Rasters and tables in degrees whose longitudes run on over the antimeridian, or from 0 to 360."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import geopandas
import numpy as np
import shapely

from nnunet_glacier.lines.longitudes import points_running_on, running_on
from nnunet_glacier.support.errors import GlacierError

_SLACK_DEGREES = 1e-9

_PRIME_MERIDIAN = re.compile(r'PRIMEM\["[^"]*",([^,\]]+)(?:,AUTHORITY\[[^\]]*\])?\]')
_AUTHORITY = re.compile(r',AUTHORITY\["[^"]*","[^"]*"\]\]$')


def warp_options(source: Any) -> dict[str, Any]:
    """What a warp (`WarpedVRT`) of an open raster needs, so that it finds pixels beyond 180 degrees; else nothing."""
    import rasterio

    if source.crs is None or source.transform.is_identity:
        return {}
    a, b, c, d, e, f = source.transform[:6]
    across, down = a * source.width, b * source.height
    middle = _middle_beyond_180(source.crs, [c, c + across, c + down, c + across + down])
    if middle == 0:
        return {}
    moved = rasterio.Affine(a, b, c - middle, d, e, f)
    return {"src_crs": _counted_from(middle, source.crs), "src_transform": moved}


def control_points(source: Any) -> tuple[Sequence[Any], Any]:
    """Ground control points of an open raster and their CRS, in degrees without jumps at the antimeridian."""
    points, crs = source.gcps
    if not points or not crs or not crs.is_geographic:
        return points, crs
    return _with_longitudes(points, points_running_on(np.array([point.x for point in points]))), crs


@contextmanager
def to_warp_by_points(source: Any) -> Iterator[Any]:
    """An open raster that ground control points alone place, as a warp needs it to find pixels beyond 180 degrees."""
    import rasterio
    from rasterio.shutil import copy

    points, crs = control_points(source)
    longitudes = np.array([point.x for point in points])
    middle = _middle_beyond_180(crs, longitudes)
    if middle == 0:
        yield source
        return
    # GDAL warps a file by its own points, and only a file is not held in memory: hence another header before it.
    with rasterio.MemoryFile(ext=".vrt") as memory:
        copy(source, memory.name, driver="VRT")
        with rasterio.open(memory.name, "r+") as header:
            header.gcps = (_with_longitudes(points, longitudes - middle), _counted_from(middle, crs))
        with rasterio.open(memory.name) as moved:
            yield moved


def _with_longitudes(points: Sequence[Any], longitudes: np.ndarray) -> list[Any]:
    from rasterio.control import GroundControlPoint

    pairs = zip(points, longitudes, strict=True)
    return [GroundControlPoint(point.row, point.col, float(moved), point.y, point.z) for point, moved in pairs]


def _middle_beyond_180(crs: Any, longitudes: Sequence[float] | np.ndarray) -> float:
    """The middle of longitudes of which one lies beyond 180 degrees; 0 where none does, and on other maps."""
    west, east = min(longitudes), max(longitudes)
    if not crs.is_geographic or max(-west, east) <= 180 + _SLACK_DEGREES:
        return 0.0
    return float(west + east) / 2


def _counted_from(longitude: float, crs: Any) -> Any:
    """A CRS in degrees whose longitudes are counted from another meridian.

    GDAL gives longitudes from -180 to 180 alone, and finds no pixel of a raster beyond; seen from its middle it has
    none there.
    """
    import rasterio

    def moved(prime: re.Match[str]) -> str:
        return f'PRIMEM["middle of the scene",{float(prime[1]) + longitude!r}]'

    try:
        wkt = crs.to_wkt(version="WKT1_GDAL")
    except rasterio.errors.CRSError:
        raise GlacierError(
            "its CRS has heights, and its longitudes lie beyond 180 degrees; give it one without: gdal_edit -a_srs"
        ) from None
    return rasterio.crs.CRS.from_wkt(_PRIME_MERIDIAN.sub(moved, _AUTHORITY.sub("]", wkt)))


def vertices_in(xy: np.ndarray, to_target: Any, near: float = 0.0) -> np.ndarray:
    """Vertices of a line in another CRS; in degrees it runs on over the antimeridian (`running_on`).

    Args:
        xy: Shape ``(n, 2)``.
        to_target: The `pyproj.Transformer` that brings them there.
        near: A longitude in the turn of the earth in which the line is wanted.
    """
    x, y = to_target.transform(*xy.T)
    if to_target.target_crs is not None and to_target.target_crs.is_geographic:
        x = running_on(x, near)
    return np.column_stack([x, y])


def lines_in_degrees(lines: geopandas.GeoDataFrame, crs: str) -> geopandas.GeoDataFrame:
    """Lines in a CRS of degrees; one that crosses the antimeridian runs on beyond 180 degrees."""
    placed = lines.to_crs(crs)
    return placed.set_geometry([_running_on(line) for line in placed.geometry], crs=placed.crs)


def _running_on(line: Any) -> Any:
    if line is None or line.is_empty or np.ptp(shapely.get_coordinates(line)[:, 0]) <= 180:
        return line
    return shapely.transform(line, lambda xy: np.column_stack([running_on(xy[:, 0]), xy[:, 1]]))
