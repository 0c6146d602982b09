"""How wrong is the retreat that a network predicts of a glacier that it has not seen: against that of the labels.

    python benchmarks/predicted_retreat.py shared/data/caffe_256/data_raw --glacier JAC --fold 0 --out predicted_retreat

CaFFe's resized scenes have no place on the map: they are put on a made-up one, with their pixel size, so that
``delineate`` takes them. Both series, of ``delineate`` with the fold of ``caffe-256`` that has not seen the glacier,
and of the labels, are measured by ``retreat`` along the same line, which is derived from the labels' fronts. Written
are both results of ``retreat``, ``positions.csv`` and ``positions.png``; printed is what ``retreat`` says of both, and
how far the positions of the days that both have are apart.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import rasterio
from matplotlib import pyplot
from PIL import Image
from tqdm import tqdm

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.scenes import Scene, parse_caffe_stem
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG
from nnunet_glacier.formats.retreat_series import read_series
from nnunet_glacier.lines.front_pieces import front_pieces, to_map
from nnunet_glacier.support.fold_statistics import figure_text
from nnunet_glacier.time_series.result_files import GEOPACKAGE
from nnunet_glacier.time_series.retreat import Options as RetreatOptions
from nnunet_glacier.time_series.retreat import retreat

CRS = "EPSG:32622"
WEST_M, NORTH_M = 500_000.0, 7_700_000.0
METHOD = "centreline"


def affine_of(pixel_size_m: float) -> tuple[float, ...]:
    """The made-up place of a scene: the same upper left corner for all."""
    return (pixel_size_m, 0.0, WEST_M, 0.0, -pixel_size_m, NORTH_M)


def write_scene(image: Path, out: Path, pixel_size_m: float) -> None:
    """A grey PNG as a GeoTIFF whose zeros hold no data, as ``delineate`` takes it."""
    values = np.array(Image.open(image).convert("L"))
    profile = {"driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": "uint8"}
    place = {"crs": CRS, "transform": rasterio.Affine(*affine_of(pixel_size_m)), "nodata": 0}
    with rasterio.open(out, "w", **profile, **place) as target:
        target.write(values, 1)


def prepare(data_raw: Path, glacier: str, out: Path) -> tuple[Path, Path]:
    """GeoTIFFs of the glacier's scenes, and a GeoPackage of their labelled fronts."""
    scenes = out / "scenes"
    scenes.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for image in tqdm(sorted((data_raw / "sar_images" / "train").glob(f"{glacier}_*.png")), desc="prepare"):
        scene = parse_caffe_stem(image.stem)
        write_scene(image, scenes / image.name.replace(".png", ".tif"), scene.pixel_size_m)
        front = np.array(Image.open(data_raw / "fronts" / "train" / f"{image.stem}_front.png")) > 0
        rows += front_rows(front, scene)
    labels = out / "labels.gpkg"
    geopandas.GeoDataFrame(rows, crs=CRS).to_file(labels, layer="fronts")
    return scenes, labels


def front_rows(front: np.ndarray, scene: Scene) -> list[dict[str, Any]]:
    """The lines of a front's mask at the made-up place, as rows of a layer."""
    known = {"case": scene.case, "glacier": scene.glacier, "date": str(scene.date)}
    pieces = front_pieces(front, min_branch_pixels=np.inf)
    return [{**known, "geometry": to_map(piece, affine_of(scene.pixel_size_m))} for piece in pieces]


def series_of(folder: Path) -> pd.DataFrame:
    """Positions by day along the line."""
    table = read_series(folder)
    return table[table["method"] == METHOD].set_index("date")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="CaFFe's data_raw, such as that of caffe_256")
    parser.add_argument("--glacier", default="JAC")
    parser.add_argument("--fold", default="0", help="fold of the model that has not seen the glacier")
    parser.add_argument("--model", default="caffe-256")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    scenes, labels = prepare(options.data_raw, options.glacier, options.out)
    chosen = Options(glacier=options.glacier, folds=(options.fold,))
    print(delineate(scenes, options.out / "delineated", options.model, chosen))
    compare_along_labels(labels, options.out / "delineated" / FRONTS_GPKG, options.out)


def compare_along_labels(labels: Path, predicted: Path, out: Path) -> None:
    """Measure two files of fronts along a line that is derived from the first; print how far apart they are."""
    retreat(labels, out / "labelled")
    line = out / "centreline.gpkg"
    geopandas.read_file(out / "labelled" / GEOPACKAGE, layer="flowlines").head(1).to_file(line)
    folders = {"labelled": out / "labelled", "predicted": out / "predicted"}
    for fronts, folder in zip((labels, predicted), folders.values(), strict=True):
        print(retreat(fronts, folder, RetreatOptions(centreline=line)))
    compare(folders, out)


def compare(folders: dict[str, Path], out: Path) -> None:
    """Print how far both series are apart, and draw them."""
    both = {name: series_of(folder) for name, folder in folders.items()}
    renamed = {name: series.add_suffix(f"_{name}") for name, series in both.items()}
    joined = renamed["labelled"].join(renamed["predicted"], how="inner")
    joined = joined.dropna(subset=["position_m_labelled", "position_m_predicted"])
    joined.to_csv(out / "positions.csv")
    off_m = joined["position_m_predicted"] - joined["position_m_labelled"]
    correlation = float(np.corrcoef(joined["position_m_predicted"], joined["position_m_labelled"])[0, 1])
    print(
        f"days with a position: labels {len(both['labelled'])}, predicted {len(both['predicted'])}, both {len(joined)}"
    )
    print(f"predicted - labelled: median {off_m.median():.0f} m, median of the absolute {off_m.abs().median():.0f} m")
    print(f"mean {figure_text(off_m.mean(), off_m.std(), digits=0)} m, r {correlation:.3f}")
    figure, axes = pyplot.subplots(figsize=(9, 4), dpi=120)
    for name, colour, marker in (("labelled", "#0072b2", "o"), ("predicted", "#d55e00", "x")):
        days = pd.to_datetime(both[name].index)
        axes.plot(days, both[name]["position_m"] / 1000, marker, color=colour, markersize=4, label=name)
    axes.set_ylabel("position along the line [km]")
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(out / "positions.png")


if __name__ == "__main__":
    main()
