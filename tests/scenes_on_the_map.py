"""Made-up scenes on the map whose front is known."""

from pathlib import Path

import numpy as np
import rasterio

FRONT_X = -176_000.0
"""Easting of the made-up front in EPSG:3413, from north to south through the scene."""

WEST, NORTH, EDGE_M = -180_000.0, -2_270_000.0, 8000.0


def made_scene(pixel_m: float = 80.0, dtype: str = "uint8") -> np.ndarray:
    """Glacier (200) west of the front, ocean (20) east of it, the pixel of the front mixed by area."""
    n = round(EDGE_M / pixel_m)
    left = WEST + pixel_m * np.arange(n)
    share = np.clip((FRONT_X - left) / pixel_m, 0, 1)
    return np.tile(20 + 180 * share, (n, 1)).astype(dtype)


def write_scene(path: Path, values: np.ndarray, pixel_m: float = 80.0, **profile) -> Path:
    settings = {"crs": "EPSG:3413", "transform": rasterio.Affine(pixel_m, 0, WEST, 0, -pixel_m, NORTH), **profile}
    bands = values if values.ndim == 3 else values[None]
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=bands.shape[1],
        width=bands.shape[2],
        count=len(bands),
        dtype=bands.dtype,
        **settings,
    ) as target:
        target.write(bands)
    return path
