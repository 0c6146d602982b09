"""Made-up Sentinel-1 scenes of sea ice with their ice charts, in ExtremeEarth's layout: to see a network learn.

    python benchmarks/made_up_sea_ice.py sea_ice --scenes 12 --seed 0

Writes ``sea_ice/scenes/<time>.tif`` (HH and HV in dB, incidence angle) and ``sea_ice/charts/seaice_s1_<time>.shp``,
which ``nnunet-glacier convert sea-ice`` takes. Water and the five ice types lie where smooth random fields have their
largest; each has a backscatter and a fall with the incidence angle of its own, wind makes water brighter in some
scenes, and everything has speckle. The figures are rounded from what is usual at C band; they are not fitted to
anything.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import shapes
from rasterio.transform import from_origin
from scipy import ndimage
from shapely.geometry import shape
from tqdm import tqdm

PIXEL_SIZE_M = 80.0
CRS = "EPSG:32633"
LOOKS = 12

CODES = (("W", 99), ("I", 81), ("I", 82), ("I", 83), ("I", 86), ("I", 95))
"""``poly_type`` and ``SA`` of water, new, nilas, young, first-year and old ice, in the order of the classes."""

HH_DB = np.array([-17.0, -22.0, -19.0, -13.0, -15.0, -10.0])
HV_DB = np.array([-28.0, -30.0, -28.0, -23.0, -25.0, -18.0])
"""Backscatter at 35 degrees by class."""

SLOPE_DB_PER_DEG = np.array([-0.6, -0.3, -0.3, -0.25, -0.22, -0.16])
"""Change of HH with the incidence angle by class."""


def made_classes(size: int, rng: np.random.Generator) -> np.ndarray:
    """Class ids 0 to 5 in patches of some kilometres, uint8."""
    fields = np.stack([ndimage.gaussian_filter(rng.normal(size=(size, size)), size / 14) for _ in CODES])
    fields /= fields.std(axis=(1, 2), keepdims=True)
    return fields.argmax(axis=0).astype(np.uint8)


def made_channels(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """HH and HV in dB and the incidence angle, float32, ``(3, H, W)``."""
    size = classes.shape[1]
    angle = np.broadcast_to(np.linspace(19, 46, size), classes.shape)
    wind_db = np.where(classes == 0, rng.uniform(-2, 6), 0)
    texture_db = ndimage.gaussian_filter(rng.normal(size=classes.shape), 1.5) * 2.5
    hh = HH_DB[classes] + SLOPE_DB_PER_DEG[classes] * (angle - 35) + wind_db + texture_db
    hv = HV_DB[classes] + 0.3 * SLOPE_DB_PER_DEG[classes] * (angle - 35) + 0.4 * wind_db + texture_db
    speckle_db = 10 * np.log10(rng.gamma(LOOKS, 1 / LOOKS, (2, *classes.shape)))
    # Cross polarisation is near the sensor's noise.
    noise = 10 ** (np.stack([hh, hv]) / 10) * 10 ** (speckle_db / 10) + np.array([1e-3, 5e-4])[:, None, None]
    return np.stack([*(10 * np.log10(noise)), angle]).astype(np.float32)


def write_scene(folder: Path, time: str, size: int, rng: np.random.Generator) -> None:
    """Write a scene and its chart."""
    classes = made_classes(size, rng)
    transform = from_origin(400_000, 8_200_000, PIXEL_SIZE_M, PIXEL_SIZE_M)
    profile = {"driver": "GTiff", "height": size, "width": size, "count": 3, "dtype": "float32", "crs": CRS}
    with rasterio.open(folder / "scenes" / f"{time}.tif", "w", **profile, transform=transform) as file:
        file.write(made_channels(classes, rng))
    areas = [(shape(outline), CODES[int(id_)]) for outline, id_ in shapes(classes, transform=transform)]
    rows = [
        {"id": number, "poly_type": kind, "SA": stage, "SD": 0, "geometry": area}
        for number, (area, (kind, stage)) in enumerate(areas)
    ]
    gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS).to_file(folder / "charts" / f"seaice_s1_{time}.shp")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--size", type=int, default=320, help="edge of a scene in pixels of 80 m")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for name in ("scenes", "charts"):
        (given.out / name).mkdir(parents=True, exist_ok=True)
    first = datetime.datetime(2018, 1, 16, 7, 54, 30)
    for number in tqdm(range(given.scenes), desc="scenes", unit="scene"):
        time = (first + datetime.timedelta(days=30 * number)).strftime("%Y%m%dt%H%M%S")
        write_scene(given.out, time, given.size, np.random.default_rng([given.seed, number]))


if __name__ == "__main__":
    main()
