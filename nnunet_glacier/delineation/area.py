"""Where fronts are looked for: polygons or masks of files in any CRS and a box in degrees, in the network's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from shapely import Polygon

from nnunet_glacier.formats.areas_on_grids import area_on_grid, without_jumps
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_rasters import surroundings_sha256
from nnunet_glacier.formats.vector_tables import read_vector_tables
from nnunet_glacier.lines.front_pieces import to_pixels
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.longitudes import TURN
from nnunet_glacier.lines.network_grids import MAX_PIXELS
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.support.resume import key_of

_MASKS = (".tif", ".tiff")


@dataclass(frozen=True)
class Area:
    """Polygons and their CRS.

    Attributes:
        shape: A polygon or several.
        crs: CRS as text.
    """

    shape: Any
    crs: str


def read_areas(paths: Sequence[Path], box: tuple[float, float, float, float] | None = None) -> list[Area]:
    """The area of each file: polygons, or the pixels of a GeoTIFF that are neither 0 nor without data; and `box_area`.

    A line that is closed stands for the polygon in it.

    Raises:
        InputError: For every file that cannot be read, holds no area, or has no CRS, and for a box that holds nothing.
    """
    files = [partial(_read_mask if path.suffix.lower() in _MASKS else _read_area, path) for path in paths]
    return all_of(*files, *([partial(box_area, box)] if box else []))


def contents_of_areas(paths: Sequence[Path]) -> list[str]:
    """What tells that the area of a file has changed, for each of them: SHA-256 of all that is read of it."""
    contents = []
    for path in paths:
        beside = [path.with_suffix(ending) for ending in (".prj", ".shx") if path.suffix.lower() == ".shp"]
        of_mask = surroundings_sha256(path) if path.suffix.lower() in _MASKS else ""
        contents.append(key_of(of_mask, [path, *(file for file in beside if file.is_file())]))
    return contents


def _read_mask(path: Path) -> Area:
    """The pixels of a raster, such as a fjord mask, that are set."""
    import rasterio
    from rasterio.features import shapes

    remedy = "Give a GeoTIFF of one band with a place on the map, 0 outside the area"
    try:
        with open_tiff(path) as source:
            if source.count != 1 or not source.crs or source.transform.is_identity:
                raise InputError([Problem(path, "it is no mask with a place on the map", remedy)])
            if source.height * source.width > MAX_PIXELS:
                what = f"it has {source.height}x{source.width} pixels, more than can be held"
                raise InputError([Problem(path, what, "Make it coarser: gdalwarp -tr SIZE SIZE MASK COARSE")])
            values = source.read(1)
            inside = (values != 0) & np.isfinite(values) & (source.dataset_mask() > 0)
            place, crs = source.transform, source.crs.to_wkt()
    except InputError:
        raise
    except (GlacierError, rasterio.errors.RasterioError) as error:
        raise InputError([Problem(path, str(error), remedy)]) from None
    polygons = [shapely.geometry.shape(one) for one, _ in shapes(inside.astype(np.uint8), mask=inside, transform=place)]
    if not polygons:
        raise InputError([Problem(path, "none of its pixels is set", remedy)])
    return Area(shapely.union_all(polygons), crs)


def _read_area(path: Path) -> Area:
    tables = [table for table in read_vector_tables(path, "an area").values() if len(table)]
    if any(table.crs is None for table in tables):
        raise InputError([Problem(path, "it has no CRS", "Give it one (for a shapefile, the .prj beside it)")])
    crs = tables[0].crs.to_wkt() if tables else ""
    in_degrees = bool(tables) and tables[0].crs.is_geographic
    shapes = [shape for table in tables for shape in table.to_crs(crs).geometry if shape is not None]
    polygons = [polygon for shape in shapes for polygon in _polygons(shape) if not polygon.is_empty]
    polygons = [shapely.make_valid(without_jumps(polygon) if in_degrees else polygon) for polygon in polygons]
    if not polygons:
        raise InputError([Problem(path, "it holds no polygon", "Give a file with the area as a polygon")])
    return Area(shapely.make_valid(shapely.union_all(polygons)), crs)


def _polygons(shape: Any) -> list[Any]:
    polygons = []
    for part in shapely.get_parts(shapely.force_2d(shape)):
        if part.geom_type == "Polygon":
            polygons.append(part)
        elif part.geom_type == "LineString" and part.is_closed:
            polygons.append(Polygon(part.coords))
    return polygons


def box_area(box: tuple[float, float, float, float]) -> Area:
    """The area of west, south, east and north in degrees; across the antimeridian where west is beyond east.

    Raises:
        InputError: If it holds nothing.
    """
    west, south, east, north = box
    onward = east
    while onward < west:
        onward += TURN
    if not (-90 <= south < north <= 90 and west < onward):
        what = f"from {west:g} to {east:g} degrees east and from {south:g} to {north:g} degrees north there is nothing"
        raise InputError([Problem("--box", what, "Give WEST SOUTH EAST NORTH")])
    return Area(shapely.box(west, south, onward, north), "EPSG:4326")


OUTSIDE = "none of its pixels lies within --aoi and --box"
"""What is said of a scene beside the area."""


class OutsideAreaError(GlacierError):
    """A scene of which no pixel lies in the area in which lines are looked for."""


def area_on(grid: Grid, areas: Sequence[Area]) -> tuple[Any, np.ndarray | None]:
    """What all areas share on a grid (`in_pixels`), and which of its pixels lie in it (`mask_of`); None without areas.

    Raises:
        OutsideAreaError: If none of its pixels lies in it.
    """
    area = in_pixels(areas, grid)
    if area is None:
        return None, None
    inside = mask_of(area, grid.shape)
    if not inside.any():
        raise OutsideAreaError(OUTSIDE)
    return area, inside


def in_pixels(areas: Sequence[Area], grid: Grid) -> Any:
    """What all areas share, as a polygon in a grid's pixel coordinates; None without areas.

    Pixel coordinates have pixel centres at ``(column + 0.5, row + 0.5)``.
    """
    shared = None
    for area in areas:
        placed = to_pixels(area_on_grid(area.shape, area.crs, grid), grid.map_affine)
        shared = placed if shared is None else shared.intersection(placed)
    return shared


def mask_of(area: Any, shape: tuple[int, int]) -> np.ndarray:
    """Which pixels have their centre in an area, bool, ``(H, W)``; none for an empty area."""
    from rasterio.features import geometry_mask

    if area.is_empty:
        return np.zeros(shape, dtype=bool)
    # rasterio's own identity has y upwards, and the area is in pixels already.
    import rasterio

    return geometry_mask([area], out_shape=shape, transform=rasterio.Affine.identity(), invert=True)
