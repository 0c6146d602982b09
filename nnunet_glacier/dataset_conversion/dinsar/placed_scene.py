"""One interferogram with its lines on the grid that both are written on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import SceneLines
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
from nnunet_glacier.dataset_conversion.geodata.line_burning import burn_lines
from nnunet_glacier.formats.interferograms import read_signal
from nnunet_glacier.formats.phase_rules import on_common_grid
from nnunet_glacier.formats.rasters import read_georeference, read_raster
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.skeleton_paths import skeleton
from nnunet_glacier.support.errors import GlacierError


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
    placed = on_common_grid(stored, options.crs, options.pixel_size_m)
    line, thin = _lines(scene, stored.grid, placed.grid, all_touched=options.all_touched)
    return PlacedScene(placed.values, placed.valid, line, thin, placed.grid, stored.bands)


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
