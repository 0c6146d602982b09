"""What was drawn for a scene, on its pixels: lines one pixel wide, areas as zones, areas that a line cuts in two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from nnunet_glacier.dataset_conversion.geodata.line_burning import lines_on_grid
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.areas_on_grids import area_on_grid, without_jumps
from nnunet_glacier.formats.map_features import MapFeature
from nnunet_glacier.lines.front_pieces import to_pixels
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.islands import without_islands
from nnunet_glacier.support.errors import MendableError

WORDS = {
    **dict.fromkeys(("na", "nodata", "none", "unknown", "shadow", "missing", "0"), Zone.NA),
    **dict.fromkeys(("rock", "land", "bedrock", "nunatak", "1", "64"), Zone.ROCK),
    **dict.fromkeys(("glacier", "ice", "glacierice", "iceshelf", "2", "127"), Zone.GLACIER),
    **dict.fromkeys(
        ("ocean", "sea", "water", "melange", "icemelange", "fjord", "oceanmelange", "3", "254"), Zone.OCEAN
    ),
}
"""What an area's class may be called, in small letters and digits, and the zone that it means."""

OUTSIDE = 255
"""Marks pixels of zone maps that nothing is known of."""

_TOUCH_PX = 1e-6


def zone_of_word(word: str) -> Zone | None:
    """The zone that a class means, or None.

    >>> zone_of_word("Ocean / Mélange"), zone_of_word("3.0"), zone_of_word("forest")
    (<Zone.OCEAN: 3>, <Zone.OCEAN: 3>, None)
    """
    plain = re.sub(r"\.0$", "", word.strip().lower()).replace("é", "e")
    return WORDS.get(re.sub(r"[^a-z0-9]", "", plain))


def in_pixels(features: Iterable[MapFeature], grid: Grid) -> list[Any]:
    """The geometries of features in pixel coordinates ``(column, row)`` from the corner of the first pixel."""
    assert grid.affine is not None
    return [to_pixels(part, grid.affine) for feature in features for part in _on_grid(feature, grid)]


def _on_grid(feature: MapFeature, grid: Grid) -> list[Any]:
    if not feature.is_area:
        return lines_on_grid([feature.geometry], feature.crs, grid)
    from pyproj import CRS

    area = without_jumps(feature.geometry) if CRS.from_user_input(feature.crs).is_geographic else feature.geometry
    placed = area_on_grid(area, feature.crs, grid)
    return [] if placed.is_empty else [placed]


def lies_in(feature: MapFeature, grid: Grid) -> bool:
    """Whether a feature lies, in part, in a scene."""
    rows, columns = grid.shape
    frame = shapely.box(0, 0, columns, rows)
    shared = (shapely.intersection(part, frame) for part in in_pixels([feature], grid))
    return any(part.area > 0 if feature.is_area else part.length > 0 for part in shared)


def burn_zones(areas: Sequence[tuple[Zone, Any]], shape: tuple[int, int]) -> tuple[np.ndarray, int]:
    """The zone of every pixel: that of the area its centre lies in.

    Where areas of two zones overlap, the order in which they were drawn says nothing: such pixels are `OUTSIDE`.

    Args:
        areas: Zones and their areas in pixel coordinates.
        shape: Rows and columns.

    Returns:
        Zone ids and `OUTSIDE`, uint8, shape ``(H, W)``; and the number of pixels in areas of two zones.
    """
    zones, doubled = np.full(shape, OUTSIDE, np.uint8), np.zeros(shape, dtype=bool)
    for zone in dict.fromkeys(zone for zone, _ in areas):
        inside = covered([area for other, area in areas if other == zone], shape)
        doubled |= inside & (zones != OUTSIDE)
        zones[inside] = zone
    zones[doubled] = OUTSIDE
    return zones, int(doubled.sum())


def covered(areas: Sequence[Any], shape: tuple[int, int]) -> np.ndarray:
    """Pixels whose centres lie in areas in pixel coordinates, bool, shape ``(H, W)``."""
    from rasterio.features import rasterize

    parts = [part for area in areas for part in shapely.get_parts(area) if part.area > 0]
    if not parts:
        return np.zeros(shape, dtype=bool)
    return rasterize(parts, shape, dtype=np.uint8).astype(bool)


def cut_by_lines(area: Any, lines: Sequence[Any], upstream: Sequence[Any]) -> list[tuple[Zone, Any]]:
    """Glacier and ocean of an area that lines cut: crossing a line changes sides.

    A line that leaves the area and comes back cuts it into more than two parts, each of which is on one side. A closed
    line that touches no other belongs to what surrounds it.

    Args:
        area: A polygon in pixel coordinates.
        lines: Fronts in pixel coordinates, which reach the area's edge on both sides.
        upstream: Points in pixel coordinates, each on the glacier.

    Raises:
        MendableError: If no point lies in the area, the lines do not cut it, or points lie on both sides.
    """
    inside = [point for point in upstream if shapely.contains(area, point)]
    if not inside:
        what, remedy = "no point of --upstream lies in its area", "Draw --area far enough up the glacier to hold one"
        raise MendableError(what, remedy)
    fronts = shapely.union_all(lines)
    edges = shapely.union_all([shapely.boundary(area), fronts])
    parts = [part for part in shapely.get_parts(shapely.polygonize([edges])) if area.contains(part.point_on_surface())]
    parts = without_islands([piece for part in parts for piece in shapely.get_parts(part)])
    if len(parts) < 2:
        raise MendableError("its line does not cut the area", "Draw the line to the edge of --area on both sides")
    side: dict[int, bool] = {}
    start = next((number for number, part in enumerate(parts) if part.covers(inside[0])), 0)
    side[start], waiting = True, [start]
    while waiting:
        here = waiting.pop()
        for other, part in enumerate(parts):
            if other not in side and shapely.intersection(parts[here], part).length > _TOUCH_PX:
                side[other] = not side[here]
                waiting.append(other)
    wrong = [point for point in inside if not any(side.get(n) and parts[n].covers(point) for n in range(len(parts)))]
    if wrong:
        what, remedy = (
            "points of --upstream lie on both sides of its line",
            "Correct the points, or the line between them",
        )
        raise MendableError(what, remedy)
    return [(Zone.GLACIER if side[n] else Zone.OCEAN, part) for n, part in enumerate(parts) if n in side]
