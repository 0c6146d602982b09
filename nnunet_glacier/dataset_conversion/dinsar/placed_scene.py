"""One interferogram with its lines on the grid that both are written on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import SceneLines
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
from nnunet_glacier.dataset_conversion.geodata.line_burning import burn_lines
from nnunet_glacier.formats.interferograms import Signal, read_signal
from nnunet_glacier.formats.rasters import read_georeference, read_raster
from nnunet_glacier.lines.complex_resampling import resample_signal
from nnunet_glacier.lines.grids import Grid, common_grid, stretch_in
from nnunet_glacier.lines.skeleton_paths import skeleton
from nnunet_glacier.support.errors import GlacierError

MAX_STRETCH = 2
"""A map that draws lengths so many times too long or too short was made for another part of the earth."""


@dataclass(frozen=True)
class DinsarScene:
    """An interferogram and its lines.

    Attributes:
        name: Stem of its file.
        path: The GeoTIFF.
        lines: What is drawn for it.
    """

    name: str
    path: Path
    lines: SceneLines


@dataclass(frozen=True)
class PlacedScene:
    """A scene on the grid that it is written on; arrays of shape ``grid.shape``.

    Attributes:
        signal: complex64.
        valid: Where it holds data, bool.
        line: Label of the line, bool, without regard to `valid`.
        thin: The line one pixel wide, bool.
        grid: The grid.
        bands: How the file stores the signal.
    """

    signal: np.ndarray
    valid: np.ndarray
    line: np.ndarray
    thin: np.ndarray
    grid: Grid
    bands: str


def place_scene(scene: DinsarScene, options: DinsarOptions) -> PlacedScene:
    """Read a scene and its lines and bring both to the grid that they are written on.

    Raises:
        GlacierError: If the file holds no phase, or lines and scene do not fit together.
    """
    stored = read_signal(scene.path, bands=options.bands, phase_unit=options.phase_unit)
    grid = _target_grid(stored, options)
    signal, valid = resample_signal(stored.values, stored.valid, stored.grid, grid)
    if not valid.any():
        raise GlacierError(f"nothing of its signal is left on a grid of {options.pixel_size_m:g} m")
    line, thin = _lines(scene, stored.grid, grid, all_touched=options.all_touched)
    return PlacedScene(signal, valid, line, thin, grid, stored.bands)


def _target_grid(stored: Signal, options: DinsarOptions) -> Grid:
    if options.pixel_size_m is None:
        return stored.grid
    if not stored.grid.placed:
        raise GlacierError("it has no CRS or no affine, so it cannot be brought to a common grid")
    from pyproj import CRS

    crs = CRS.from_user_input(options.crs or stored.grid.crs)
    if not crs.is_projected:
        raise GlacierError("its CRS is in degrees; give --crs with --pixel-size-m")
    if stretch_in(stored.grid, options.crs or stored.grid.crs) > MAX_STRETCH:
        what = (
            f"{options.crs or 'its CRS'} draws the place where it lies more than {MAX_STRETCH} times too large or small"
        )
        raise GlacierError(f"{what}; give a --crs for that part of the earth, such as EPSG:3031 or EPSG:3413")
    pixel_size = options.pixel_size_m / crs.axis_info[0].unit_conversion_factor
    return common_grid(stored.grid, options.crs or stored.grid.crs, pixel_size)


def _lines(scene: DinsarScene, own: Grid, grid: Grid, *, all_touched: bool) -> tuple[np.ndarray, np.ndarray]:
    """The label of the line and the one-pixel line."""
    lines = scene.lines
    label, thin = np.zeros(grid.shape, dtype=bool), np.zeros(grid.shape, dtype=bool)
    if lines.raster is not None:
        if grid != own:
            raise GlacierError("its line is a raster, which fits its own grid alone; leave --pixel-size-m out")
        label = _read_delineation(lines.raster, own)
        thin = skeleton(label)
    if lines.parts:
        if not grid.placed:
            raise GlacierError("it has no CRS or no affine, so lines on a map cannot be drawn into it")
        thin = thin | burn_lines(lines.parts, grid, all_touched=False)
        label = label | burn_lines(lines.parts, grid, all_touched=all_touched)
        if not label.any():
            raise GlacierError(f"none of its lines lies in it ({', '.join(str(path) for path in lines.files)})")
    return label, thin


def _read_delineation(path: Path, grid: Grid) -> np.ndarray:
    """A raster of lines on the pixels of a scene, bool: 0, and one other value on the line."""
    try:
        values = read_raster(path).values
        crs, affine = read_georeference(path)
    except GlacierError as error:
        raise GlacierError(f"its line raster {path}: {error}") from None
    if values.shape != grid.shape:
        raise GlacierError(f"its line raster {path} has {values.shape} pixels, the scene {grid.shape}")
    if crs and grid.placed and (crs, affine) != (grid.crs, grid.affine):
        raise GlacierError(f"its line raster {path} lies elsewhere: CRS or affine differ from the scene's")
    others = np.unique(values[values != 0])
    if others.size > 1 or not (others > 0).all():
        raise GlacierError(f"its line raster {path} holds values beside 0 and one other: {others[:5].tolist()}")
    return values > 0
