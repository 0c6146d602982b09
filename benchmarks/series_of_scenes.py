"""The shipped model on a series of Landsat scenes, before and after it adapts to them without any label.

    python benchmarks/series_of_scenes.py DATASET --fold 0 --out series_of_scenes

DATASET is FrontLearning, converted with ``--folds glacier``; the scenes that a fold validates on are a glacier that no
network of ``caffe-256`` has seen, and optical images, which none has seen either. They have no place on the map and are
put on a made-up one. ``delineate`` draws their fronts, ``convert series`` labels them by their series, ``adapt`` trains
all networks of the model further, and ``delineate`` draws again. Printed is how far the fronts are from the labels
before and after, with and without flags; the labels have no other part in it. Run again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from frontlearning_retreat import prepare, print_distances

from nnunet_glacier.adaptation.adapt import Options as AdaptOptions
from nnunet_glacier.adaptation.adapt import adapt
from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
from nnunet_glacier.dataset_conversion.series.stage import convert
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.delineation.options import DEFAULT_MODEL, Options
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG
from nnunet_glacier.formats.scene_table import read_scenes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="FrontLearning, converted with --folds glacier")
    parser.add_argument("--fold", type=int, default=0, help="fold whose validation scenes are the glacier")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    scenes, table, labels = prepare(options.dataset, [options.fold], options.out)
    pixel_size_m = next(iter(read_scenes(table).values())).pixel_size_m
    chosen = Options(table=table)
    print(delineate(scenes, options.out / "before", options.model, chosen))
    print_distances(options.out / "before" / FRONTS_GPKG, labels, pixel_size_m)
    dataset, model = options.out / "Dataset601_Series", options.out / "model"
    print(convert(options.out / "before", dataset, SeriesOptions(), Run(workers=1)))
    print(adapt(options.model, dataset, model, AdaptOptions(workers=1)))
    print(delineate(scenes, options.out / "after", model, chosen))
    print_distances(options.out / "after" / FRONTS_GPKG, labels, pixel_size_m)


if __name__ == "__main__":
    main()
