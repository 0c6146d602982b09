"""The grid of pixels that a raster lies on: its own, a window of it, or a common one for all scenes."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace

from nnunet_glacier.domain.scenes import Scene, hemisphere_from_crs
from nnunet_glacier.lines.pixel_sizes import centre_of, ground_edges_m
from nnunet_glacier.support.errors import GlacierError

SQUARE_TOLERANCE = 0.05
"""Pixels whose sides differ by more than this share have no single size."""

BYTES_PER_PIXEL = 64
"""What a scene takes while it is converted: signal, channels, label, and copies of them."""


@dataclass(frozen=True)
class Grid:
    """Pixels and where they lie.

    Attributes:
        shape: Rows and columns.
        crs: CRS as ``EPSG:nnnn`` or WKT, or "".
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``, from the outer corner of the
            first pixel, or None.
    """

    shape: tuple[int, int]
    crs: str = ""
    affine: tuple[float, ...] | None = None

    @property
    def placed(self) -> bool:
        """Whether the grid lies on a map."""
        return bool(self.crs) and self.affine is not None

    @property
    def map_affine(self) -> tuple[float, ...]:
        """`affine` of a grid that must lie on a map.

        Raises:
            GlacierError: If it does not.
        """
        if self.affine is None:
            raise GlacierError("it has no place on a map")
        return self.affine

    def window(self, row: int, column: int, shape: tuple[int, int]) -> Grid:
        """The grid of a window whose first pixel is ``(row, column)``.

        >>> Grid((9, 9), "EPSG:3031", (100.0, 0.0, 500.0, 0.0, -100.0, 900.0)).window(2, 3, (4, 4)).affine
        (100.0, 0.0, 800.0, 0.0, -100.0, 700.0)
        """
        if self.affine is None:
            return Grid(shape, self.crs)
        a, b, c, d, e, f = self.affine
        return Grid(shape, self.crs, (a, b, a * column + b * row + c, d, e, d * column + e * row + f))

    def in_blocks(self, edge: int) -> Grid:
        """The grid of blocks of so many pixels a side; the last ones may reach beyond the grid.

        >>> Grid((5, 4), "EPSG:3031", (40.0, 0.0, 500.0, 0.0, -40.0, 900.0)).in_blocks(2)
        Grid(shape=(3, 2), crs='EPSG:3031', affine=(80.0, 0.0, 500.0, 0.0, -80.0, 900.0))
        """
        shape = (-(-self.shape[0] // edge), -(-self.shape[1] // edge))
        if self.affine is None:
            return replace(self, shape=shape)
        a, b, c, d, e, f = self.affine
        return Grid(shape, self.crs, (a * edge, b * edge, c, d * edge, e * edge, f))

    def resized(self, pixel_size_m: float) -> Grid:
        """Square pixels of another size from the same corner; the last ones may reach beyond the grid.

        Args:
            pixel_size_m: Edge of the new pixels in metres; this grid lies on a projected map.

        Raises:
            GlacierError: If the new grid does not fit into the memory.

        >>> Grid((5, 4), "EPSG:3031", (40.0, 0.0, 500.0, 0.0, -40.0, 900.0)).resized(80)
        Grid(shape=(3, 2), crs='EPSG:3031', affine=(80.0, 0.0, 500.0, 0.0, -80.0, 900.0))
        """
        from pyproj import CRS

        assert self.affine is not None
        a, b, c, d, e, f = self.affine
        size = pixel_size_m / CRS.from_user_input(self.crs).axis_info[0].unit_conversion_factor
        across, down = size / math.hypot(a, d), size / math.hypot(b, e)
        # A size that divides the grid must not gain a pixel by rounding.
        shape = (
            max(math.ceil(self.shape[0] / down - 1e-6), 1),
            max(math.ceil(self.shape[1] / across - 1e-6), 1),
        )
        refuse_beyond_memory(shape)
        return Grid(shape, self.crs, (a * across, b * down, c, d * across, e * down, f))

    def centre(self) -> tuple[float, float]:
        """Map coordinates of the grid's middle; the grid has an affine."""
        return centre_of(self.affine or (), *self.shape)

    @property
    def pixel_size_m(self) -> float:
        """Edge of a pixel on the map in metres; NaN without a map, and where pixels are not about square."""
        if not self.placed:
            return math.nan
        from pyproj import CRS

        a, b, _, d, e, _ = self.affine or ()
        crs = CRS.from_user_input(self.crs)
        if crs.is_geographic:
            assert crs.ellipsoid is not None
            per_degree = math.radians(1) * crs.ellipsoid.semi_major_metre
            x_m = y_m = per_degree
            x_m *= math.cos(math.radians(self.centre()[1]))
        else:
            x_m = y_m = crs.axis_info[0].unit_conversion_factor
        width_m, height_m = math.hypot(a * x_m, d * y_m), math.hypot(b * x_m, e * y_m)
        if abs(width_m - height_m) > SQUARE_TOLERANCE * max(width_m, height_m):
            return math.nan
        return width_m if width_m == height_m else math.sqrt(width_m * height_m)

    @property
    def ground_size_m(self) -> float:
        """Edge of a pixel in the middle on the ellipsoid, ``sqrt(width * height)`` in metres; NaN if not known."""
        if self.affine is None or not self.crs:
            return math.nan
        edges_m = ground_edges_m(self.crs, self.affine, self.shape)
        return math.nan if edges_m is None else math.sqrt(edges_m[0] * edges_m[1])

    def hemisphere(self) -> str:
        """``north`` or ``south`` by the latitude of the grid's middle, or "" where it has none."""
        if not self.placed:
            return ""
        try:
            return hemisphere_from_crs(self.crs, *self.centre())
        except GlacierError:
            return ""


def on_grid(scene: Scene, grid: Grid) -> Scene:
    """The scene with CRS, affine, pixel size and hemisphere of the grid that it lies on."""
    return replace(
        scene,
        pixel_size_m=grid.pixel_size_m,
        hemisphere=grid.hemisphere(),
        crs=grid.crs,
        affine=grid.affine,
    )


def common_grid(grid: Grid, crs: str, pixel_size: float) -> Grid:
    """The part of a common grid that covers a scene.

    Pixel edges lie on multiples of the pixel size, so that scenes of one area fall on the same pixels.

    Args:
        grid: The scene's own grid, on a map.
        crs: CRS of the common grid.
        pixel_size: Edge of its pixels in the CRS's unit, positive.

    Raises:
        GlacierError: If the scene cannot be brought to the CRS.
    """
    from rasterio.errors import RasterioError
    from rasterio.transform import Affine, array_bounds
    from rasterio.warp import transform_bounds

    assert grid.affine is not None
    try:
        # Of a raster whose rows run north the lower edge is named the upper one.
        west, south, east, north = array_bounds(*grid.shape, Affine(*grid.affine))
        own = (min(west, east), min(south, north), max(west, east), max(south, north))
        bounds = transform_bounds(grid.crs, crs, *own, densify_pts=101)
    except RasterioError as error:
        raise GlacierError(f"it cannot be brought to {crs} ({error})") from None
    if not all(map(math.isfinite, bounds)):
        raise GlacierError(f"it cannot be brought to {crs}: it reaches beyond that CRS")
    # A scene that lies on the common grid already must keep its pixels although its bounds are rounded.
    slack = 1e-6
    left, bottom = (math.floor(bound / pixel_size + slack) for bound in bounds[:2])
    right, top = (math.ceil(bound / pixel_size - slack) for bound in bounds[2:])
    affine = (pixel_size, 0.0, left * pixel_size, 0.0, -pixel_size, top * pixel_size)
    shape = (max(top - bottom, 1), max(right - left, 1))
    refuse_beyond_memory(shape)
    return Grid(shape, crs, affine)


def refuse_beyond_memory(shape: tuple[int, int]) -> None:
    """Refuse a grid whose scenes do not fit into the memory of this machine, at `BYTES_PER_PIXEL`.

    Raises:
        GlacierError: If it is one; with its size.
    """
    needed, there = shape[0] * shape[1] * BYTES_PER_PIXEL, memory_bytes()
    if needed > there:
        size = f"{shape[0]:.3g} x {shape[1]:.3g} pixels, which take about {needed / 1e9:.3g} GB"
        raise GlacierError(
            f"on a grid of this pixel size it has {size}; this machine has {there / 1e9:.3g} GB of memory"
        )


def memory_bytes() -> float:
    """Memory of this machine; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def stretch_in(grid: Grid, crs: str) -> float:
    """How many times too long or too short a map draws lengths at the middle of a grid.

    Args:
        grid: The grid, on a map of its own.
        crs: A projected CRS.

    Returns:
        1 where lengths are true, never less; infinite where the map does not reach.

    >>> greenland = Grid((10, 10), "EPSG:4326", (0.01, 0.0, -50.0, 0.0, -0.01, 70.0))
    >>> round(stretch_in(greenland, "EPSG:3413"), 3), round(stretch_in(greenland, "EPSG:3031"))
    (1.0, 32)
    """
    from pyproj import CRS, Proj, Transformer
    from pyproj.exceptions import ProjError

    try:
        to_degrees = Transformer.from_crs(CRS.from_user_input(grid.crs), "EPSG:4326", always_xy=True)
        factors = Proj(crs).get_factors(*to_degrees.transform(*grid.centre(), errcheck=True), errcheck=True)
    except ProjError:
        return math.inf
    scales = (factors.meridional_scale, factors.parallel_scale)
    if not all(math.isfinite(scale) and scale > 0 for scale in scales):
        return math.inf
    return max(max(scale, 1 / scale) for scale in scales)
