"""A glacier of FrontLearning from cross-validated predictions to retreat, beside the retreat of the labels.

    python benchmarks/frontlearning_retreat.py MODEL DATASET --fold 1 --out frontlearning_retreat

MODEL is a trained folder whose folds each left out one glacier (``nnunet-glacier convert front-learning --folds
glacier``), DATASET the converted dataset. The fold's validation predictions become fronts with ``nnunet-glacier
fronts``. The scenes have no place on the map: these fronts and the labels are put on a made-up one, at their 49 m, and
``retreat`` measures both along the same line, which is derived from the labels. Written are both results of
``retreat``, ``positions.csv`` and ``positions.png``; printed is what ``retreat`` says of both, and how far apart they
are.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import geopandas
from predicted_retreat import CRS, compare_along_labels, front_rows

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.postprocessing.extract_fronts import Options, extract_fronts


def write_lines(masks: Iterable[Path], scenes: dict[str, Scene], out: Path) -> Path:
    """Write the fronts of masks, named by their case, as one layer."""
    rows = [row for mask in masks for row in front_rows(read_raster(mask).values > 0, scenes[mask.stem])]
    out.parent.mkdir(parents=True, exist_ok=True)
    geopandas.GeoDataFrame(rows, crs=CRS).to_file(out, layer="fronts")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="trained folder with a fold for each glacier left out")
    parser.add_argument("dataset", type=Path, help="the converted dataset that it was trained on")
    parser.add_argument("--fold", default="1", help="fold of the model that has not seen the glacier")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    scenes = read_scenes(options.dataset / SCENES_CSV)
    print(extract_fronts(options.model / f"fold_{options.fold}" / "validation", options.out, Options(options.dataset)))
    predicted = sorted((options.out / "fronts").glob("*.png"))
    labels = [options.dataset / "frontsTr" / mask.name for mask in predicted]
    of_labels = write_lines(labels, scenes, options.out / "labels.gpkg")
    of_predictions = write_lines(predicted, scenes, options.out / "predicted.gpkg")
    compare_along_labels(of_labels, of_predictions, options.out)


if __name__ == "__main__":
    main()
