"""The grid on which a network sees a scene: square metre pixels of the size that it was trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pyproj import CRS

from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.lines.pixel_sizes import NOMINAL_WITHIN, SQUARE_WITHIN, centre_of, fitting_crs, ground_edges_m

MAX_PIXELS = 100_000_000
"""Largest grid: its probabilities take 16 bytes a pixel for two folds."""


@dataclass(frozen=True)
class Grid:
    """A raster's place.

    Attributes:
        crs: CRS as ``EPSG:nnnn`` or WKT.
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``.
        shape: Rows and columns.
    """

    crs: str
    affine: tuple[float, ...]
    shape: tuple[int, int]

    @property
    def pixel_size_m(self) -> float:
        """Edge of a square pixel in the unit of the CRS, in metres."""
        return abs(self.affine[0]) * CRS.from_user_input(self.crs).axis_info[0].unit_conversion_factor


def ground_size_m(grid: Grid) -> float:
    """Edge of a pixel at the grid's centre on the ellipsoid, ``sqrt(width * height)`` in metres; NaN if not known."""
    edges = ground_edges_m(grid.crs, grid.affine, grid.shape)
    return math.nan if edges is None else math.sqrt(edges[0] * edges[1])


def is_square(grid: Grid) -> bool:
    """Whether rows run east and columns south in metres, of equal size and true to within 5 %."""
    projection = CRS.from_user_input(grid.crs)
    a, b, _, d, e, _ = grid.affine
    if not projection.is_projected or b or d or a <= 0 or e >= 0 or abs(a + e) > SQUARE_WITHIN * a:
        return False
    ground_m = ground_size_m(grid)
    return math.isnan(ground_m) or abs(ground_m - grid.pixel_size_m) < NOMINAL_WITHIN * ground_m


def network_grid(scene: Grid, pixel_size_m: Sequence[float]) -> Grid:
    """The grid on which the network sees a scene.

    Square pixels of a size that the model was trained on stay as they are. Other square pixels are resampled in their
    CRS; degrees, oblong and rotated pixels are brought to a CRS that fits the place: polar stereographic from 60
    degrees of latitude on, UTM elsewhere. The new size is the geometric mean of the model's range.

    Args:
        scene: The scene's own grid.
        pixel_size_m: Least and greatest pixel size that the model was trained on.
    """
    least_m, greatest_m = pixel_size_m
    target_m = math.sqrt(least_m * greatest_m)
    if is_square(scene):
        if least_m <= scene.pixel_size_m <= greatest_m:
            return scene
        return _resampled(scene, target_m)
    return _warped(scene, target_m)


def _resampled(scene: Grid, target_m: float) -> Grid:
    """The same corner in the same CRS with other pixels; the last ones may reach beyond the scene."""
    a, _, c, _, e, f = scene.affine
    size = a * target_m / scene.pixel_size_m
    rows, columns = (max(1, math.ceil(length * a / size - 1e-6)) for length in scene.shape)
    return Grid(scene.crs, (size, 0.0, c, 0.0, math.copysign(size, e), f), (rows, columns))


def _warped(scene: Grid, target_m: float) -> Grid:
    import rasterio
    from rasterio.transform import array_bounds
    from rasterio.warp import calculate_default_transform

    place = on_the_earth(scene.crs, *centre_of(scene.affine, *scene.shape))
    assert place is not None
    target_crs = fitting_crs(*place)
    rows, columns = scene.shape
    bounds = array_bounds(rows, columns, rasterio.Affine(*scene.affine))
    source_crs = rasterio.crs.CRS.from_user_input(scene.crs)
    affine, width, height = calculate_default_transform(
        source_crs, target_crs, columns, rows, *bounds, resolution=target_m
    )
    return Grid(target_crs, tuple(affine[:6]), (height, width))
