"""Lines burned into a grid of pixels: brought to the grid's CRS, densified, and burned once for the whole scene."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from nnunet_glacier.formats.map_geometry import metres_per_unit
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.longitudes import running_on, turns_to


def burn_lines(parts: Iterable[tuple[str, Sequence[Any]]], grid: Grid, *, all_touched: bool = True) -> np.ndarray:
    """The pixels that lines run through.

    Args:
        parts: Pairs of a CRS (WKT or ``EPSG:nnnn``) and the lines in it (shapely); may be empty.
        grid: The pixels, on a map.
        all_touched: Every pixel that a line touches (Gattolin, Sect. 2.1); else one pixel a step (Bresenham).

    Returns:
        Bool, shape ``grid.shape``; nothing is set where no line is.
    """
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    lines = [line for crs, drawn in parts for line in lines_on_grid(drawn, crs, grid)]
    if not lines:
        return np.zeros(grid.shape, dtype=bool)
    transform = Affine(*grid.map_affine)
    return rasterize(lines, grid.shape, transform=transform, all_touched=all_touched, dtype=np.uint8).astype(bool)


def meets_grid(lines: Sequence[Any], crs: str, grid: Grid) -> bool:
    """Whether one of some lines (shapely, none empty) runs through a grid of pixels, which lies on a map."""
    import shapely

    a, b, c, d, e, f = grid.map_affine
    rows, columns = grid.shape
    corners = [(0, 0), (columns, 0), (columns, rows), (0, rows)]
    frame = shapely.Polygon([(a * x + b * y + c, d * x + e * y + f) for x, y in corners])
    return any(shapely.intersection(line, frame).length > 0 for line in lines_on_grid(lines, crs, grid))


def lines_on_grid(lines: Sequence[Any], crs: str, grid: Grid) -> list[Any]:
    """Lines in the coordinates of a grid; those in its CRS already stay as they are.

    Vertices are brought to the grid's CRS first and joined there: in degrees, the edge between 179 and -179 runs round
    the earth, on a polar map it is short. Long edges that are straight on another map are densified before.

    Args:
        lines: Shapely lines, none of them empty; for a grid that is not in degrees also polygons.
        crs: Their CRS.
        grid: The pixels, on a map.

    Returns:
        The same without height. In a grid of degrees a line that reaches over the antimeridian comes once for
        every turn of the earth in which it meets the grid.
    """
    import shapely
    from pyproj import CRS, Transformer

    source, target = CRS.from_user_input(crs), CRS.from_user_input(grid.crs)
    moved = np.asarray(shapely.force_2d(list(lines)), dtype=object)
    a, b, _, d, e, _ = grid.map_affine
    step = math.sqrt(abs(a * e - b * d))
    if not source.equals(target, ignore_axis_order=True):
        if source.is_projected:
            moved = shapely.segmentize(moved, _step_in(source, target, step))
        transformer = Transformer.from_crs(source, target, always_xy=True)
        moved = shapely.transform(moved, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
        moved = moved[np.isfinite(shapely.bounds(moved)).all(axis=1)]
    if target.is_geographic:
        pieces = _in_every_turn([piece for line in moved for piece in shapely.get_parts(line)], grid)
        moved = np.asarray(pieces, dtype=object)
    if not source.equals(target, ignore_axis_order=True):
        moved = shapely.segmentize(moved, step / 2)
    return list(moved)


def _step_in(source: Any, target: Any, step: float) -> float:
    """About a pixel in the unit of the lines' CRS; degrees of latitude are the longer ones."""
    return step * metres_per_unit(target) / metres_per_unit(source)


def _in_every_turn(lines: Sequence[Any], grid: Grid) -> list[Any]:
    """Lines in degrees without jumps at the antimeridian, shifted by whole turns to where the grid is."""
    import shapely
    from rasterio.transform import Affine, array_bounds

    west, _, east, _ = array_bounds(*grid.shape, Affine(*grid.map_affine))
    shifted = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        longitude = running_on(xy[:, 0])
        for shift in turns_to(longitude.min(), longitude.max(), west, east):
            shifted.append(shapely.LineString(np.column_stack([longitude + shift, xy[:, 1]])))
    return shifted
