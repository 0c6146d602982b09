"""The maps of a delineated scene: zones with their colours and cloud-optimised probabilities, strip by strip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.domain.zones import ZONE_COLOURS, Zone
from nnunet_glacier.formats.rasters import without_georeference_warning
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.partial_files import temporary_path

NODATA = 255
"""Value of pixels without data in zones, probabilities and spreads."""

STEPS = 250
"""Steps of a probability or a spread of 1; the file's scale makes them numbers from 0 to 1."""

PALETTE: dict[int, tuple[int, ...]] = {
    **{int(zone): (*rgb, 255) for zone, rgb in ZONE_COLOURS.items()},
    NODATA: (0, 0, 0, 0),
}
"""Colours of a map of zones by its values, red, green, blue and alpha."""

Strip = tuple[slice, np.ndarray]


def in_steps(values: np.ndarray) -> np.ndarray:
    """Probabilities or spreads in [0, 1] as uint8 in `STEPS`.

    >>> in_steps(np.array([0.0, 0.5, 1.0]))
    array([  0, 125, 250], dtype=uint8)
    """
    return np.round(values * STEPS).clip(0, STEPS).astype(np.uint8)


def write_zones(
    path: Path, strips: Callable[[], Iterator[Strip]], shape: tuple[int, int], crs: str, affine: tuple[float, ...]
) -> None:
    """Write zone ids as a GeoTIFF with a palette, tiled, whole or not at all.

    Args:
        path: The ``.tif`` file.
        strips: Gives the rows and their uint8 values, `NODATA` without data.
        shape: Rows and columns.
        crs: CRS.
        affine: Six numbers of the affine.
    """

    def finish(target: Any) -> None:
        target.write_colormap(1, PALETTE)
        target.set_band_description(1, "zones: " + ", ".join(f"{int(zone)} {zone.name.lower()}" for zone in Zone))

    write_whole(path, lambda temporary: _write(temporary, strips(), shape, crs, affine, finish))


def write_cog(
    path: Path,
    strips: Callable[[], Iterator[Strip]],
    shape: tuple[int, int],
    crs: str,
    affine: tuple[float, ...],
    name: str,
) -> None:
    """Write probabilities in `STEPS` as a cloud-optimised GeoTIFF with overviews, whole or not at all.

    Args:
        path: The ``.tif`` file.
        strips: Gives the rows and their uint8 values, `NODATA` without data.
        shape: Rows and columns.
        crs: CRS.
        affine: Six numbers of the affine.
        name: What the values are.
    """
    from rasterio.shutil import copy

    def finish(target: Any) -> None:
        target.scales = (1 / STEPS,)
        target.set_band_description(1, name)

    def write(temporary: Path) -> None:
        plain = temporary_path(temporary)
        try:
            _write(plain, strips(), shape, crs, affine, finish)
            copy(plain, temporary, driver="COG", compress="DEFLATE", predictor="YES", overview_resampling="average")
        finally:
            plain.unlink(missing_ok=True)

    write_whole(path, write)


def _write(
    path: Path,
    strips: Iterator[Strip],
    shape: tuple[int, int],
    crs: str,
    affine: tuple[float, ...],
    finish: Callable[[Any], None],
) -> None:
    import rasterio
    from rasterio.windows import Window

    profile = {
        "driver": "GTiff",
        "count": 1,
        "dtype": "uint8",
        "height": shape[0],
        "width": shape[1],
        "crs": crs,
        "transform": rasterio.Affine(*affine),
        "nodata": NODATA,
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "bigtiff": "if_safer",
    }
    with without_georeference_warning(), rasterio.open(path, "w", **profile) as target:
        finish(target)
        for rows, values in strips:
            target.write(values, 1, window=Window(0, rows.start, shape[1], rows.stop - rows.start))
