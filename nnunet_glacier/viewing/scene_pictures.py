"""How a scene and its maps are drawn in the page's plane: read at the size they are shown, never whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.formats.antimeridian import control_points, warp_options
from nnunet_glacier.formats.delineated_folder import DelineatedScene
from nnunet_glacier.formats.interferograms import read_reduced_signal
from nnunet_glacier.formats.opened_scenes import open_band
from nnunet_glacier.formats.phase_rules import recorded_storage
from nnunet_glacier.formats.rasters import open_tiff
from nnunet_glacier.formats.scene_maps import NODATA, PALETTE, STEPS
from nnunet_glacier.formats.scene_pixels import warp_by_points, warped_band
from nnunet_glacier.lines.complex_resampling import resample_signal
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted

_STRETCH_PERCENT = (2, 98)
ON_GREY = ((221, 60, 130), (255, 240, 90))
"""Colours of a line's probability from low to high; their lightness alone tells them apart."""

ON_PHASE = ((0, 110, 60), (150, 255, 80))
"""The same over phases, whose colours have no green."""

_PHASE_COLOURS = "twilight"
"""matplotlib's cyclic colours of even lightness steps, which also the colour-blind can follow."""

_PHASE_STEPS = 250
_MEMORY_MB = 128
"""For a warp, and for the blocks that GDAL keeps; by itself it keeps a twentieth of the machine's memory."""

_ANOTHER, _NOWHERE = "it has {}: it is another image now, so give delineate the scenes again", "no place on a map"

WritePng = Callable[[Path], object]
Picture = Callable[[DelineatedScene, Path, Grid], WritePng]
"""Draws a file of a scene on a grid of the plane; what it gives writes the PNG."""


def picture_grid(path: Path, crs: str, longest_px: int) -> Grid:
    """The grid of the pictures: that of a raster as it lies in the plane, made coarser where it is too large."""
    from rasterio.transform import array_bounds, from_bounds
    from rasterio.warp import calculate_default_transform

    with open_tiff(path) as source:
        _check_same(source, 1)
        points, points_crs = control_points(source)
        # JPEG 2000 has a CRS of ground control points where it has none of these.
        by_points = points and source.transform.is_identity
        placed = {"gcps": points, "src_crs": points_crs} if by_points else {**source.bounds._asdict()}
        origin = placed.pop("src_crs", source.crs)
        affine, width, height = calculate_default_transform(origin, crs, source.width, source.height, **placed)
    factor = min(1.0, longest_px / max(width, height))
    shape = (max(1, round(height * factor)), max(1, round(width * factor)))
    bounds = array_bounds(height, width, affine)
    return Grid(shape, crs, tuple(from_bounds(*bounds, shape[1], shape[0]))[:6])


def _check_same(source: Any, band: int) -> None:
    """Refuse an open raster that cannot be the one that was delineated under its name.

    Raises:
        GlacierError: If it has no place on a map, or not so many bands.
    """
    lacking = ""
    if not all(source.gcps) and (not source.crs or source.transform.is_identity):
        lacking = _NOWHERE
    elif band > source.count:
        lacking = f"{counted(source.count, 'band')}, and band {band} was delineated"
    if lacking:
        raise GlacierError(_ANOTHER.format(lacking))


def _read_scene(path: Path, grid: Grid, band: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of a scene's pixels on the grid, float32, and where it holds data."""
    import rasterio

    with open_tiff(path) as source:
        _check_same(source, band)
    with rasterio.Env(GDAL_CACHEMAX=_MEMORY_MB), open_band(path, band) as source:
        if source.transform.is_identity and source.gcps[1]:
            values = warp_by_points(source, grid, mean=True, memory_mb=_MEMORY_MB)
            return values, np.isfinite(values)
        with warped_band(source, grid, mean=True, memory_mb=_MEMORY_MB) as warped:
            values, alpha = warped.read()
    return values, (alpha > 0) & np.isfinite(values)


def _read_map(path: Path, grid: Grid, *, mean: bool) -> tuple[np.ndarray, np.ndarray]:
    """A map of a scene on the grid, float32, and where it holds data."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    rows, columns = grid.shape
    with rasterio.Env(GDAL_CACHEMAX=_MEMORY_MB), open_tiff(path) as source:
        _check_same(source, 1)
        with WarpedVRT(
            source,
            crs=grid.crs,
            transform=rasterio.Affine(*grid.map_affine),
            height=rows,
            width=columns,
            resampling=Resampling.average if mean else Resampling.nearest,
            warp_mem_limit=_MEMORY_MB,
            **warp_options(source),
        ) as warped:
            values = warped.read(1).astype(np.float32)
    return values, (values != NODATA) & np.isfinite(values)


def grey_picture(scene: DelineatedScene, path: Path, grid: Grid) -> WritePng:
    """Grey from the 2nd to the 98th percentile of the pixels that hold data; 0 is transparent."""
    values, held = _read_scene(path, grid, scene.band)
    low, high = np.percentile(values[held], _STRETCH_PERCENT) if held.any() else (0.0, 1.0)
    grey = 1 + 254 * np.clip((values - low) / max(high - low, 1e-9), 0, 1, where=held, out=np.zeros_like(values))
    picture = Image.fromarray(np.where(held, np.round(grey), 0).astype(np.uint8))
    return lambda target: picture.save(target, format="PNG", transparency=0)


def phase_picture(scene: DelineatedScene, path: Path, grid: Grid) -> WritePng:
    """The phase in colours that close at half a turn; where pixels are made coarser, that of the complex mean."""
    import rasterio

    bands, phase_unit = recorded_storage(scene.made_from)
    with rasterio.Env(GDAL_CACHEMAX=_MEMORY_MB):
        signal = read_reduced_signal(path, bands=bands, phase_unit=phase_unit, longest_px=max(grid.shape))
    if not signal.grid.placed:
        raise GlacierError(_ANOTHER.format(_NOWHERE))
    values, held = resample_signal(signal.values, signal.valid, signal.grid, grid)
    steps = np.floor((np.angle(values) / (2 * np.pi) + 0.5) * _PHASE_STEPS) % _PHASE_STEPS
    palette = {step: (*colour, 255) for step, colour in enumerate(phase_colours(_PHASE_STEPS))}
    return _with_palette(steps, held, palette)


def phase_colours(count: int) -> list[tuple[int, ...]]:
    """So many colours in [0, 255] of phases from -pi to pi."""
    from matplotlib import colormaps

    shares = (np.arange(count) + 0.5) / count
    return [tuple(int(part) for part in colour) for colour in colormaps[_PHASE_COLOURS](shares, bytes=True)[:, :3]]


def zones_picture(_: DelineatedScene, path: Path, grid: Grid) -> WritePng:
    """Zones in their colours."""
    values, held = _read_map(path, grid, mean=False)
    return _with_palette(values, held, PALETTE)


def probability_on_grey(_: DelineatedScene, path: Path, grid: Grid) -> WritePng:
    """The probability of a line over an image in grey."""
    return _probability(path, grid, ON_GREY)


def probability_on_phase(_: DelineatedScene, path: Path, grid: Grid) -> WritePng:
    """The probability of a line over phases."""
    return _probability(path, grid, ON_PHASE)


def _probability(path: Path, grid: Grid, low_and_high: tuple[tuple[int, ...], ...]) -> WritePng:
    """Clear where no line is probable, and ever denser and lighter the more probable it is."""
    values, held = _read_map(path, grid, mean=True)
    shares = np.linspace(0, 1, STEPS + 1)
    colours = np.column_stack([np.interp(shares, (0, 1), ends) for ends in zip(*low_and_high, strict=True)])
    palette = {
        step: (*(int(part) for part in colour), round(235 * float(share)))
        for step, (colour, share) in enumerate(zip(colours, shares, strict=True))
    }
    return _with_palette(values, held, palette)


def _with_palette(values: np.ndarray, held: np.ndarray, palette: dict[int, tuple[int, ...]]) -> WritePng:
    picture = Image.fromarray(np.where(held, np.round(values), NODATA).astype(np.uint8), mode="P")
    colours = [palette.get(value, (0, 0, 0, 0)) for value in range(256)]
    picture.putpalette([part for colour in colours for part in colour[:3]])
    clear = bytes(colour[3] for colour in colours)
    return lambda target: picture.save(target, format="PNG", transparency=clear)
