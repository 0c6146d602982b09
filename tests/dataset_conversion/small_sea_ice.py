"""A few tiny scenes with ice charts in ExtremeEarth's layout, for the tests of conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
from shapely.geometry import box
from small_dinsar import write_tiff

from nnunet_glacier.lines.grids import Grid

SHAPE = (80, 96)
AFFINE = (80.0, 0.0, 400_040.0, 0.0, -80.0, 8_200_040.0)
GRID = Grid(SHAPE, "EPSG:32633", AFFINE)
NAME = "Dataset550_SeaIce"

JANUARY, FEBRUARY, MARCH, APRIL = "20180116t075430", "20180213t175444", "20180313t181225", "20180417t074606"
TIMES = (JANUARY, FEBRUARY, MARCH, APRIL)
"""Four of the published times: test, halved, and two that train."""

INVALID_COLUMNS = 2


def channels(seed: int, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """HH and HV in dB and the incidence angle, float32; the first two columns hold no HH."""
    rng = np.random.default_rng(seed)
    hh, hv = rng.normal(-13, 3, shape), rng.normal(-27, 2, shape)
    angle = np.broadcast_to(np.linspace(19, 46, shape[1]), shape)
    values = np.stack([hh, hv, angle]).astype(np.float32)
    values[0, :, :INVALID_COLUMNS] = np.nan
    return values


def area(row: float, column: float, last_row: float, last_column: float) -> Any:
    """A rectangle between corners in pixel coordinates of `GRID`, in map coordinates."""
    a, _, c, _, e, f = AFFINE
    return box(c + a * column, f + e * last_row, c + a * last_column, f + e * row)


def chart_rows() -> list[dict[str, Any]]:
    """Areas one above the other: water, the five types, undetermined ice, land; rows 64 to 79 are not mapped."""
    kinds = [("W", 99), ("I", 81), ("I", 82), ("I", 83), ("I", 86), ("I", 95), ("I", 99), ("L", -1)]
    return [
        {"id": number, "poly_type": kind, "SA": stage, "SD": 0, "geometry": area(8 * number, -5, 8 * number + 8, 120)}
        for number, (kind, stage) in enumerate(kinds)
    ]


EXPECTED_ROWS = np.repeat([0, 1, 2, 3, 4, 5, 6, 6, 6, 6], 8)
"""The class of every row where there is data; 6 is ignored."""


def write_chart(path: Path, rows: list[dict[str, Any]], crs: Any = "EPSG:32633") -> Path:
    """Write areas given in `GRID`'s CRS as a chart in another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:32633")
    if crs is None:
        frame.to_file(path)
        path.with_suffix(".prj").unlink()
    else:
        frame.to_crs(crs).to_file(path)
    return path


def write_sea_ice(root: Path) -> tuple[Path, Path]:
    """Folder of scenes and folder of charts."""
    for seed, time in enumerate(TIMES):
        write_tiff(root / "scenes" / f"{time}.tif", channels(seed), GRID)
        write_chart(root / "charts" / f"seaice_s1_{time}.shp", chart_rows())
    return root / "scenes", root / "charts"
