"""Lines on the network's grid of pixels, as they go into the rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from shapely import LineString

from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.ground_lengths import line_length_m


def vertices_on_map(line: LineString, grid: Grid, target: Grid) -> tuple[tuple[float, float], ...]:
    """The vertices of a line in pixels of a grid, in the CRS of another one; in degrees where that lies."""
    placed = to_map(line, grid.affine)
    if grid.crs == target.crs:
        return tuple((float(x), float(y)) for x, y in placed.coords)
    from pyproj import Transformer

    to_target = Transformer.from_crs(grid.crs, target.crs, always_xy=True)
    moved = vertices_in(np.array(placed.coords), to_target, target.centre()[0])
    return tuple((float(x), float(y)) for x, y in moved)


def ground_length_m(line: LineString, grid: Grid) -> float:
    """Length of a line in pixels of a grid, on the ground."""
    return line_length_m(to_map(line, grid.affine), grid.crs)


def known_of(scene: SceneRaster) -> dict[str, Any]:
    """What stands of a scene beside each of its lines, by the names of `DelineatedLine`."""
    return {
        "glacier": scene.glacier,
        "date": scene.date.isoformat() if scene.date else "",
        "sensor": scene.sensor,
        "image_id": scene.image_id,
        "passes": scene.passes,
    }


def known_with(line: DelineatedLine) -> dict[str, Any]:
    """The same, of the scene of a line."""
    return {name: getattr(line, name) for name in ("glacier", "date", "sensor", "image_id", "passes")}
