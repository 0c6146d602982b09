"""The pixels of a scene on any grid, read in strips, and as the grey values that a network is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.formats.antimeridian import to_warp_by_points, warp_options
from nnunet_glacier.formats.opened_scenes import open_band
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_rasters import SceneRaster, own_grid
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.normal_form import to_grey
from nnunet_glacier.support.errors import GlacierError

STRIP_PX = 512
"""Rows that are read or written at once."""


@dataclass(frozen=True)
class Pixels:
    """A scene on a grid.

    Attributes:
        values: float32, ``(H, W)``; 0 where it holds no data.
        valid: Where it holds data, bool, ``(H, W)``.
    """

    values: np.ndarray
    valid: np.ndarray


def read_normal_form(scene: SceneRaster, grid: Grid, values: Values = "auto") -> Pixels:
    """A scene on another grid in the normal form (`to_grey`), as a network sees it in training and afterwards.

    Args:
        scene: The scene.
        grid: The grid.
        values: What the pixels' values are.

    Returns:
        Grey values in [0, 255], not rounded, and where the scene holds data.

    Raises:
        GlacierError: If it cannot be read, none of its pixels holds data, or all have one value.
    """
    pixels = read_on_grid(scene, grid, ground_edge_m(own_grid(scene)))
    return Pixels(to_grey(pixels.values, pixels.valid, scene.dtype, values), pixels.valid)


def read_on_grid(
    scene: SceneRaster, grid: Grid, ground_m: float, progress: Callable[[int], object] = lambda rows: None
) -> Pixels:
    """Read a scene on another grid, in strips: averaged where its pixels are smaller, bilinear elsewhere.

    Args:
        scene: The scene.
        grid: The grid.
        ground_m: Edge of the scene's own pixels.
        progress: Gets the number of rows that were read.

    Raises:
        GlacierError: If it cannot be read, or none of its pixels holds data.
    """
    coarser = grid.pixel_size_m > 1.5 * ground_m
    if scene.grid is None:
        return _read_by_points(scene, grid, coarser=coarser)
    values = np.zeros(grid.shape, dtype=np.float32)
    valid = np.zeros(grid.shape, dtype=bool)
    with open_band(scene.path, scene.band) as source, warped_band(source, grid, mean=coarser) as warped:
        for rows in strips(grid.shape[0]):
            window = ((rows.start, rows.stop), (0, grid.shape[1]))
            strip = warped.read(1, window=window)
            holds = (warped.read(2, window=window) > 0) & np.isfinite(strip)
            values[rows], valid[rows] = np.where(holds, strip, 0), holds
            progress(rows.stop - rows.start)
    if not valid.any():
        raise GlacierError("none of its pixels holds data")
    return Pixels(values, valid)


def strips(rows: int) -> Iterator[slice]:
    """Rows of an image in strips of `STRIP_PX`."""
    for start in range(0, rows, STRIP_PX):
        yield slice(start, min(start + STRIP_PX, rows))


@contextmanager
def warped_band(source: Any, grid: Grid, *, mean: bool, memory_mb: int = 256) -> Iterator[Any]:
    """A band that an affine places, on a grid, float32, and as the second band alpha, which is 0 without data.

    Args:
        source: The band, as `open_band` opens it.
        grid: Where to, on a map.
        mean: Whether to take means, as for coarser pixels; else values between neighbours.
        memory_mb: Most memory of the warp.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with WarpedVRT(
        source,
        crs=grid.crs,
        transform=rasterio.Affine(*grid.map_affine),
        height=grid.shape[0],
        width=grid.shape[1],
        resampling=Resampling.average if mean else Resampling.bilinear,
        dtype="float32",
        add_alpha=True,
        warp_mem_limit=memory_mb,
        **warp_options(source),
    ) as warped:
        yield warped


def warp_by_points(source: Any, grid: Grid, *, mean: bool, memory_mb: int = 0) -> np.ndarray:
    """A band of a scene that ground control points alone place, on a grid.

    Args:
        source: The band, as `open_band` opens it.
        grid: Where to.
        mean: Whether to take means, as for coarser pixels; else values between neighbours.
        memory_mb: Most memory of the warp; 0 for GDAL's own.

    Returns:
        float32, ``grid.shape``; NaN without data.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.warp import reproject

    values = np.full(grid.shape, np.nan, dtype=np.float32)
    with to_warp_by_points(source) as placed:
        points, crs = placed.gcps
        reproject(
            rasterio.band(placed, 1),
            values,
            gcps=points,
            src_crs=crs,
            src_nodata=source.nodata,
            dst_transform=rasterio.Affine(*grid.map_affine),
            dst_crs=grid.crs,
            dst_nodata=np.nan,
            resampling=Resampling.average if mean else Resampling.bilinear,
            warp_mem_limit=memory_mb,
        )
    return values


def _read_by_points(scene: SceneRaster, grid: Grid, *, coarser: bool) -> Pixels:
    """A scene that ground control points alone place, by GDAL's polynomial through them."""
    with open_band(scene.path, scene.band) as source:
        values = warp_by_points(source, grid, mean=coarser)
    valid = np.isfinite(values)
    if not valid.any():
        raise GlacierError("none of its pixels holds data")
    values[~valid] = 0
    return Pixels(values, valid)


def nearest_on_grid(path: Path, grid: Grid, outside: int) -> np.ndarray:
    """The first band of a map of classes on another grid: the value of the nearest pixel.

    Args:
        path: A GeoTIFF of whole numbers on a map.
        grid: The grid, on a map.
        outside: Value beyond the map.

    Returns:
        The map's dtype, ``grid.shape``.

    Raises:
        GlacierError: If it cannot be read.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    with (
        open_tiff(path) as source,
        WarpedVRT(
            source,
            crs=grid.crs,
            transform=rasterio.Affine(*grid.map_affine),
            height=grid.shape[0],
            width=grid.shape[1],
            resampling=Resampling.nearest,
            nodata=outside,
            **warp_options(source),
        ) as warped,
    ):
        return np.asarray(warped.read(1))


def ground_edge_m(grid: Grid) -> float:
    """Edge of a scene's pixels on the ground, for the choice of the resampling; that of the CRS where it is unknown."""
    return grid.pixel_size_m if math.isnan(grid.ground_size_m) else grid.ground_size_m
