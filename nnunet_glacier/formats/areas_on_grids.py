"""Areas of a map brought to that of a grid of pixels, also where longitudes jump at the antimeridian or run beyond."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.longitudes import TURN, closed_round_the_pole, running_on, turns_to

_EDGE_SHARE = 1000
"""Parts into which the size of an area is divided for its longest straight edge in another CRS."""

_NEAR_DEG = 1.0
"""An area in degrees is cut so far from the grid: the rest may have no place on its map, as the other pole has none."""

_OUTLINE_POINTS = 101
_SLACK_DEG = 1e-6
_SLACK_PX = 1e-4

_Move = Callable[[np.ndarray], np.ndarray]


def area_on_grid(area: Any, crs: str, grid: Grid) -> Any:
    """An area in the CRS of a grid; in degrees in every turn of the earth in which it meets the grid.

    Edges are straight on the area's own map.

    Args:
        area: Polygons; in degrees without jumps (`without_jumps`).
        crs: Their CRS.
        grid: The pixels, on a map.

    Returns:
        A valid geometry; empty where nothing of the area has a place on the grid's map.
    """
    from pyproj import CRS, Transformer

    from_degrees = CRS.from_user_input(crs).is_geographic
    if from_degrees:
        area = _near(area, grid, crs)
    if area.is_empty:
        return area
    west, south, east, north = area.bounds
    fine = shapely.segmentize(area, max(east - west, north - south) / _EDGE_SHARE or 1.0)
    to_grid = Transformer.from_crs(crs, grid.crs, always_xy=True)
    if CRS.from_user_input(grid.crs).is_geographic:
        corners = _outline(grid, 2)
        moved = _of_rings(fine, lambda xy: vertices_in(xy, to_grid))
        moved = _in_every_turn(moved, corners[:, 0].min(), corners[:, 0].max())
    else:
        moved = shapely.transform(fine, lambda xy: np.column_stack(to_grid.transform(*xy.T)))
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        return shapely.Polygon()
    moved = shapely.make_valid(moved)
    # Round the pole both ends of a turn lie on one another, and a slit would cut lines and pixels there.
    return shapely.set_precision(moved, _joined_within(grid)) if from_degrees and _is_turn(east - west) else moved


def _is_turn(width_deg: Any) -> Any:
    return width_deg > TURN - _SLACK_DEG


def _joined_within(grid: Grid) -> float:
    """A small part of a pixel, in the unit of the grid's map."""
    a, _, _, d, _, _ = grid.map_affine
    return _SLACK_PX * math.hypot(a, d)


def without_jumps(area: Any) -> Any:
    """Polygons in degrees whose edges of more than half a turn go the short way, over the antimeridian.

    An edge of a whole turn runs round the earth and stays, as in a box from -180 to 180 degrees.

    >>> without_jumps(shapely.Polygon([(179, 70), (-179, 70), (-179, 71), (179, 71)])).bounds
    (179.0, 70.0, 181.0, 71.0)
    """
    polygons = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    if not any(map(_jumps, polygons)):
        return area
    return shapely.union_all([_of_one(one, _run_on) if _jumps(one) else shapely.make_valid(one) for one in polygons])


def _jumps(polygon: Any) -> bool:
    steps = [abs(np.diff(shapely.get_coordinates(ring)[:, 0])) for ring in (polygon.exterior, *polygon.interiors)]
    return any(((step > TURN / 2) & ~_is_turn(step)).any() for step in steps)


def _run_on(xy: np.ndarray) -> np.ndarray:
    return np.column_stack([running_on(xy[:, 0]), xy[:, 1]])


def _of_rings(area: Any, move: _Move) -> Any:
    """Polygons in degrees made of rings that are moved one by one, each of which may come into another turn."""
    polygons = [_of_one(part, move) for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return shapely.union_all(polygons)


def _of_one(polygon: Any, move: _Move) -> Any:
    outer, *holes = (_filled(ring, move) for ring in (polygon.exterior, *polygon.interiors))
    if outer.is_empty or not holes:
        return outer
    west, _, east, _ = outer.bounds
    return outer.difference(_in_every_turn(shapely.union_all(holes), west, east))


def _filled(ring: Any, move: _Move) -> Any:
    """What a ring encloses; nothing where it has no place on the map."""
    xy = move(shapely.get_coordinates(ring))
    return (
        shapely.make_valid(shapely.Polygon(closed_round_the_pole(xy))) if np.isfinite(xy).all() else shapely.Polygon()
    )


def _in_every_turn(area: Any, west: float, east: float) -> Any:
    """An area in degrees, shifted by whole turns to where it meets what lies between two longitudes."""
    if area.is_empty:
        return area
    least, _, greatest, _ = area.bounds
    return shapely.union_all([affinity.translate(area, shift) for shift in turns_to(least, greatest, west, east)])


def _near(area: Any, grid: Grid, crs: str) -> Any:
    """What of an area in degrees lies near a grid, in the turn of the earth of the grid's middle."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(grid.crs, crs, always_xy=True)
    outline = closed_round_the_pole(vertices_in(_outline(grid, _OUTLINE_POINTS), to_degrees))
    if not np.isfinite(outline).all():
        return area
    (west, south), (east, north) = outline.min(axis=0), outline.max(axis=0)
    # Of a whole turn nothing may lie twice on the grid.
    beside = max(min(_NEAR_DEG, (TURN - (east - west)) / 2), 0.0)
    west, east = west - beside, east + beside
    frame = shapely.box(west, south - _NEAR_DEG, east, north + _NEAR_DEG)
    return shapely.intersection(_in_every_turn(shapely.make_valid(area), west, east), frame)


def _outline(grid: Grid, points: int) -> np.ndarray:
    """So many points on each side of a grid, shape ``(n, 2)``, in map coordinates, from a corner round to it."""
    along = np.linspace(0, 1, points)
    zeros, ones = np.zeros_like(along), np.ones_like(along)
    x = np.concatenate([along, ones, along[::-1], zeros]) * grid.shape[1]
    y = np.concatenate([zeros, along, ones, along[::-1]]) * grid.shape[0]
    a, b, c, d, e, f = grid.map_affine
    return np.column_stack([a * x + b * y + c, d * x + e * y + f])
