"""The grid on which a network sees a scene: square metre pixels of the size that it was trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pyproj import CRS

from nnunet_glacier.lines.grids import Grid, refuse_beyond_memory
from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.lines.pixel_sizes import NOMINAL_WITHIN, SQUARE_WITHIN, fitting_crs, ground_edges_m
from nnunet_glacier.support.errors import GlacierError

MAX_PIXELS = 100_000_000
"""Largest grid: its probabilities take 16 bytes a pixel for two folds."""


def refuse_too_large(grid: Grid) -> None:
    """Refuse a grid of more than `MAX_PIXELS` pixels.

    Raises:
        GlacierError: With its size, and how to cut the scene.
    """
    if grid.shape[0] * grid.shape[1] > MAX_PIXELS:
        raise GlacierError(
            f"at {grid.ground_size_m:.0f} m it has {grid.shape[0]}x{grid.shape[1]} pixels, more than can be held; cut "
            "it: gdal_translate -projwin WEST NORTH EAST SOUTH IMAGE PART"
        )


def is_square(grid: Grid) -> bool:
    """Whether rows run east and columns south in metres, of equal size and true to within 5 %."""
    assert grid.affine is not None
    a, b, _, d, e, _ = grid.affine
    if not CRS.from_user_input(grid.crs).is_projected or b or d or a <= 0 or e >= 0 or abs(a + e) > SQUARE_WITHIN * a:
        return False
    # Each edge by itself: an equal-area map may draw one too long and the other too short.
    edges_m = ground_edges_m(grid.crs, grid.affine, grid.shape)
    return edges_m is None or all(abs(edge_m - grid.pixel_size_m) < NOMINAL_WITHIN * edge_m for edge_m in edges_m)


def network_grid(scene: Grid, pixel_size_m: Sequence[float]) -> Grid:
    """The grid on which the network sees a scene.

    Square pixels of a size that the model was trained on stay as they are. Other square pixels are resampled in their
    CRS; degrees, oblong and rotated pixels are brought to a CRS that fits the place: polar stereographic from 60
    degrees of latitude on, UTM elsewhere. The new size is the geometric mean of the model's range.

    Args:
        scene: The scene's own grid, on a map.
        pixel_size_m: Least and greatest pixel size that the model was trained on.

    Raises:
        GlacierError: If the scene lies nowhere on the Earth, or the new grid does not fit into the memory.
    """
    least_m, greatest_m = pixel_size_m
    target_m = math.sqrt(least_m * greatest_m)
    if not is_square(scene):
        return _warped(scene, target_m)
    return scene if least_m <= scene.pixel_size_m <= greatest_m else scene.resized(target_m)


def _warped(scene: Grid, target_m: float) -> Grid:
    import rasterio
    from rasterio.transform import array_bounds
    from rasterio.warp import calculate_default_transform

    assert scene.affine is not None
    place = on_the_earth(scene.crs, *scene.centre())
    if place is None:
        raise GlacierError("its CRS and affine put it at no place on the Earth")
    target_crs = fitting_crs(*place)
    rows, columns = scene.shape
    bounds = array_bounds(rows, columns, rasterio.Affine(*scene.affine))
    source_crs = rasterio.crs.CRS.from_user_input(scene.crs)
    affine, width, height = calculate_default_transform(
        source_crs, target_crs, columns, rows, *bounds, resolution=target_m
    )
    refuse_beyond_memory((height, width))
    return Grid((height, width), target_crs, tuple(affine[:6]))
