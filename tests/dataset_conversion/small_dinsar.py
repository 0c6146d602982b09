"""A few tiny interferograms with grounding lines in the published layouts, for the tests of conversion."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from shapely.geometry import LineString, MultiLineString

from nnunet_glacier.lines.grids import Grid

SHAPE = (40, 48)
AFFINE = (100.0, 0.0, -1_500_050.0, 0.0, -100.0, -600_025.0)
GRID = Grid(SHAPE, "EPSG:3031", AFFINE)
SCENES = tuple(f"gl_{track:03}_180518-180524-180530-18060{track}_T1_T2" for track in range(1, 8))
NAME = "Dataset540_Lines"


def signal(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Random phases and magnitudes, complex64; the first three columns hold nothing."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 2, shape) * np.exp(1j * rng.uniform(-np.pi, np.pi, shape))
    values[:, :3] = 0
    return values.astype(np.complex64)


def write_tiff(path: Path, bands: Any, grid: Grid = GRID, dtype: str | None = None, **profile: Any) -> Path:
    """Write bands of shape ``(bands, H, W)``, with a fill value or the like in `profile`."""
    bands = np.asarray(bands)
    path.parent.mkdir(parents=True, exist_ok=True)
    place = {"crs": grid.crs, "transform": rasterio.Affine(*grid.affine)} if grid.placed else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=len(bands),
            height=bands.shape[1],
            width=bands.shape[2],
            dtype=dtype or bands.dtype,
            **place,
            **profile,
        ) as target:
            target.write(bands)
    return path


def line_through(row: float, first: float, last: float) -> LineString:
    """A line along a row of pixel coordinates, bent by one pixel in the middle, in map coordinates of `GRID`."""
    a, _, c, _, e, f = AFFINE
    points = [(first, row), ((first + last) / 2, row + 1), (last, row)]
    return LineString([(c + a * column, f + e * line) for column, line in points])


def getz_lines() -> gpd.GeoDataFrame:
    """Lines as in the Getz study: several features a scene, MultiLineStrings, and 44 features without geometry.

    The last scene has features without geometry alone; a further scene is not there as a file.
    """
    rows: list[dict[str, Any]] = []
    for index, scene in enumerate(SCENES[:-1]):
        rows.append({"source_file": f"{scene}.shp", "geometry": line_through(5.5 + index, 1.2, 40.7)})
        two = MultiLineString([line_through(30.3, 4.1, 10.6), line_through(33.3, 20.2, 25.4)])
        rows.append({"source_file": f"{scene}.shp", "geometry": two})
    rows += [{"source_file": f"{SCENES[-1]}.shp", "geometry": None}] * 43
    rows.append({"source_file": f"{SCENES[0]}.shp", "geometry": None})
    rows.append({"source_file": "gl_999_elsewhere.shp", "geometry": line_through(3.3, 2.2, 9.4)})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:3031")


def write_getz(root: Path) -> tuple[Path, Path]:
    """The Getz study's layout: two float bands a scene, one GeoPackage; folder of scenes and lines file."""
    for seed, scene in enumerate(SCENES):
        z = signal(seed)
        write_tiff(root / "DInSAR" / f"{scene}.tif", np.stack([z.real, z.imag]))
    lines = root / "all_manual_segm_gl.gpkg"
    getz_lines().to_file(lines, driver="GPKG")
    return root / "DInSAR", lines
