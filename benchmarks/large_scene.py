"""Make a large made-up scene, to measure the time and peak memory of `delineate`.

    python benchmarks/large_scene.py large.tif [--edge 20000]
    /usr/bin/time -v nnunet-glacier delineate large.tif out

The GeoTIFF is tiled and deflated, 8 bits, with pixels of 10 m in EPSG:32622: bright glacier and dark sea under speckle,
with a ragged front from north to south. It is written row by row of tiles.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window
from scipy import ndimage

TILE_PX = 512
BRIGHT, DARK = 150, 45


def write_large_scene(path: Path, edge_px: int, seed: int = 0) -> None:
    """Write a square scene.

    Args:
        path: The GeoTIFF.
        edge_px: Its rows and columns.
        seed: Seed of the front and the speckle.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.arange(edge_px), np.arange(edge_px)
    ragged = 400 * ndimage.gaussian_filter1d(rng.normal(size=edge_px), 40)
    front = edge_px * (0.5 + 0.1 * np.sin(9 * rows / edge_px)) + ragged
    profile = {
        "driver": "GTiff",
        "height": edge_px,
        "width": edge_px,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:32622",
        "transform": rasterio.Affine(10, 0, 400_000, 0, -10, 7_700_000),
        "tiled": True,
        "blockxsize": TILE_PX,
        "blockysize": TILE_PX,
        "compress": "deflate",
        "zlevel": 1,
    }
    with rasterio.open(path, "w", **profile) as target:
        for start in range(0, edge_px, TILE_PX):
            part = front[start : start + TILE_PX, None]
            amplitude = np.where(part > columns, BRIGHT, DARK)
            speckle = np.sqrt(rng.exponential(size=amplitude.shape))
            values = (amplitude * speckle).clip(1, 255).astype(np.uint8)
            target.write(values, 1, window=Window(0, start, edge_px, len(part)))


def main() -> None:
    """Make the scene."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--edge", type=int, default=20_000, help="rows and columns")
    given = parser.parse_args()
    write_large_scene(given.out, given.edge)


if __name__ == "__main__":
    main()
