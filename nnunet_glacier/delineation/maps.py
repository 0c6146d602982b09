"""What a network says on its own grid, brought back to the scene's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_folder import FRONT_MAPS, MapFolders, map_paths
from nnunet_glacier.formats.scene_maps import NODATA, in_steps, write_cog, write_zones
from nnunet_glacier.formats.scene_pixels import strips
from nnunet_glacier.lines.grids import Grid

HoldsData = Callable[[slice], np.ndarray]


@dataclass(frozen=True)
class SceneMaps:
    """The maps of a scene on the network's grid.

    Attributes:
        grid: The grid.
        zones: Zone ids, uint8, ``(H, W)``; None where the network has none.
        probability: Probability of the line, float32, ``(H, W)``.
        spread: Its standard deviation over the folds, likewise; None for one fold.
        valid: Where the scene holds data, bool.
    """

    grid: Grid
    zones: np.ndarray | None
    probability: np.ndarray
    spread: np.ndarray | None
    valid: np.ndarray


def front_probabilities(folds: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean and standard deviation over the folds of how probable the front is in each pixel.

    A fold is sure of a front where glacier and ocean are equally probable, and together certain: ``2 min(g, o)``. Where
    a network has a class for the front, `zone_probabilities` has split it in halves, so that this is its probability.

    Args:
        folds: Zone probabilities of each fold, float16, ``(folds, 4, H, W)``.

    Returns:
        Two float32 arrays ``(H, W)``, in [0, 1] and [0, 0.5]; no spread for one fold.
    """
    total = np.zeros(folds.shape[2:], dtype=np.float32)
    squares = np.zeros_like(total)
    for fold in folds:
        front = 2 * np.minimum(fold[Zone.GLACIER], fold[Zone.OCEAN]).astype(np.float32)
        total += front
        squares += front * front
    mean = total / len(folds)
    if len(folds) < 2:
        return mean, None
    return mean, np.sqrt(np.maximum(squares / len(folds) - mean * mean, 0))


def mean_and_spread(folds: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Mean and standard deviation over the folds of how probable the line is in each pixel.

    Args:
        folds: Probabilities of the line of each fold, float16, ``(folds, H, W)``.

    Returns:
        Two float32 arrays ``(H, W)``, in [0, 1] and [0, 0.5]; no spread for one fold.
    """
    spread = folds.std(axis=0, dtype=np.float32) if len(folds) > 1 else None
    return folds.mean(axis=0, dtype=np.float32), spread


def write_maps(
    out: Path,
    case: str,
    maps: SceneMaps,
    target: Grid,
    holds_data: HoldsData | None,
    progress: Callable[[int], object] = lambda rows: None,
    folders: MapFolders = FRONT_MAPS,
) -> None:
    """Write the maps of a scene on its own grid, in strips.

    Args:
        out: The output folder.
        case: Name of the files.
        maps: The maps on the network's grid.
        target: The grid to write them on.
        holds_data: Where rows of the target hold data by the scene's own header; None where that is not known.
        progress: Gets the number of rows that were written, of each map.
        folders: Folders of the maps.
    """
    paths = map_paths(out, case, with_spread=maps.spread is not None, maps=folders)
    place = (target.shape, target.crs, target.map_affine)
    common: dict[str, Any] = {"maps": maps, "target": target, "holds_data": holds_data, "progress": progress}
    if maps.zones is not None and folders.zones is not None:
        write_zones(paths[folders.zones], partial(_strips, maps.zones, **common, smooth=False), *place)
    fields = {folders.probability: maps.probability, folders.spread: maps.spread}
    for folder, values in fields.items():
        if values is not None:
            name = folder.replace("_", " ")
            write_cog(paths[folder], partial(_strips, in_steps(values), **common, smooth=True), *place, name)


def _strips(
    values: np.ndarray,
    *,
    maps: SceneMaps,
    target: Grid,
    holds_data: HoldsData | None,
    progress: Callable[[int], object],
    smooth: bool,
) -> Iterator[tuple[slice, np.ndarray]]:
    for rows in strips(target.shape[0]):
        strip = _on_rows(values, maps.grid, target, rows, smooth=smooth)
        valid = _on_rows(maps.valid.astype(np.uint8), maps.grid, target, rows, smooth=False) == 1
        if holds_data is not None:
            valid &= holds_data(rows)
        strip[~valid] = NODATA
        yield rows, strip
        progress(rows.stop - rows.start)


def _on_rows(values: np.ndarray, grid: Grid, target: Grid, rows: slice, *, smooth: bool) -> np.ndarray:
    """Some rows of a raster on another grid, uint8; `NODATA` beyond it."""
    if grid == target:
        return values[rows].copy()
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.warp import reproject
    from rasterio.windows import Window, transform

    window = Window(0, rows.start, target.shape[1], rows.stop - rows.start)
    strip = np.full((rows.stop - rows.start, target.shape[1]), NODATA, dtype=np.uint8)
    reproject(
        values,
        strip,
        src_transform=rasterio.Affine(*grid.map_affine),
        src_crs=grid.crs,
        dst_transform=transform(window, rasterio.Affine(*target.map_affine)),
        dst_crs=target.crs,
        resampling=Resampling.bilinear if smooth else Resampling.nearest,
        init_dest_nodata=False,
    )
    return strip
