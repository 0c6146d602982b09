"""A glacier of FrontLearning from a network that has not seen it to retreat, beside the retreat of the labels.

    python benchmarks/frontlearning_retreat.py MODEL DATASET --folds 1 --out frontlearning_retreat

MODEL is a trained folder of fronts whose folds each left out one glacier (``nnunet-glacier convert front-learning
--folds glacier``), DATASET the converted dataset. Several folds are an ensemble, and have to have left out the same
glacier (`benchmarks/unseen_twice.py`). The scenes have no place on the map: they and the labels are put on a
made-up one, at their 49 m. ``delineate`` draws the fronts of the fold's validation scenes, and ``retreat`` measures
these and the labels along the same line, which is derived from the labels. Written are both results of ``retreat``,
``positions.csv`` and ``positions.png``; printed is what both commands say, how far the fronts are from the labels, with
and without flags, and how far the positions are apart.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import geopandas
from predicted_retreat import CRS, compare_along_labels, front_rows, write_scene
from shapely import MultiLineString

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.formats.delineated_lines import BETWEEN_FLAGS, FRONTS_GPKG
from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes, write_scenes
from nnunet_glacier.lines.front_tracing import lines_of, mean_distance

LABELS_GPKG = "labels.gpkg"


def prepare(dataset: Path, folds: list[int], out: Path) -> tuple[Path, Path, Path]:
    """GeoTIFFs of the folds' validation scenes, the table of them, and a GeoPackage of their labelled fronts."""
    known = read_scenes(dataset / SCENES_CSV)
    splits = read_folds(dataset / SPLITS_JSON)
    cases = splits[folds[0]]["val"]
    if any(splits[fold]["val"] != cases for fold in folds):
        sys.exit(f"{dataset / SPLITS_JSON}: the folds {folds} did not leave out the same scenes")
    folder = out / "scenes"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for case in cases:
        write_scene(dataset / "imagesTr" / f"{case}_0000.png", folder / f"{case}.tif", known[case].pixel_size_m)
        rows += front_rows(read_raster(dataset / "frontsTr" / f"{case}.png").values > 0, known[case])
    geopandas.GeoDataFrame(rows, crs=CRS).to_file(out / LABELS_GPKG, layer="fronts")
    table = out / "scenes.csv"
    write_scenes(table, [known[case] for case in cases])
    return folder, table, out / LABELS_GPKG


def with_distances(fronts: Path, layer: str, labels: Path, pixel_size_m: float) -> geopandas.GeoDataFrame:
    """The fronts of a layer with their mean distance to the label, both directions alike, in ``away_px``."""
    true = geopandas.read_file(labels, layer="fronts").dissolve("case").geometry
    table = geopandas.read_file(fronts, layer=layer)
    away_px = []
    for case, front in zip(table["case"], table.geometry, strict=True):
        label = lines_of(true[case])
        there, back = mean_distance(front, label, 10.0), mean_distance(MultiLineString(label), [front], 10.0)
        away_px.append((there + back) / 2 / pixel_size_m)
    return table.assign(away_px=away_px)


def print_distances(fronts: Path, labels: Path, pixel_size_m: float) -> None:
    """Mean distance of each front to its label by layer and by flags."""
    for layer in ("fronts", "rejected"):
        table = with_distances(fronts, layer, labels, pixel_size_m)
        if table.empty:
            continue
        flags = table["flags"].fillna("")
        flagged = flags != ""
        told = [("all", table), ("without flags", table[~flagged]), ("with flags", table[flagged])]
        for name, part in told:
            if len(part):
                middle = f"mean {part['away_px'].mean():.2f}, median {part['away_px'].median():.2f}"
                print(f"{layer}, {name}: {len(part)}, {middle} px from the label")
        by_flag = table[flagged].assign(flag=flags.str.split(BETWEEN_FLAGS)).explode("flag").groupby("flag")["away_px"]
        for flag, of_flag in by_flag:
            print(f"  {flag}: {len(of_flag)}, mean {of_flag.mean():.2f} px")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="trained folder with a fold for each glacier left out")
    parser.add_argument("dataset", type=Path, help="the converted dataset that it was trained on")
    parser.add_argument("--folds", type=int, nargs="+", default=[1], help="folds that have not seen the glacier")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    scenes, table, labels = prepare(options.dataset, options.folds, options.out)
    pixel_size_m = next(iter(read_scenes(table).values())).pixel_size_m
    chosen = Options(table=table, folds=tuple(map(str, options.folds)), pixel_size_m=pixel_size_m)
    print(delineate(scenes, options.out / "delineated", options.model, chosen))
    fronts = options.out / "delineated" / FRONTS_GPKG
    print_distances(fronts, labels, pixel_size_m)
    compare_along_labels(labels, fronts, options.out)


if __name__ == "__main__":
    main()
