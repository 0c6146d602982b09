"""What a glacier's own scenes are worth without any label: a network that adapts to their series, before and after.

    python benchmarks/series_adaptation.py DATASET MODEL --out series_adaptation

MODEL is a trained folder whose folds each left out one glacier (``nnunet-glacier convert caffe --folds glacier``),
DATASET the converted dataset. Of several models, the networks that left out one glacier are one model together. For
every fold the scenes of the glacier that it has not seen are predicted, labelled by their series (``convert series``),
the network is trained further on them (``adapt``), and predicts them again. The glacier's true labels have no part in
it; they score both. Written are ``series_adaptation.csv`` and ``.md``. Run again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from adaptation_curve import Step, mde_with_interval, schedule, write_csv_and_page
from adaptation_curve import row as figures_of
from compare_trainers import by_routes
from shipped_model import NODATA

from nnunet_glacier.adaptation.adapt import Options as AdaptOptions
from nnunet_glacier.adaptation.adapt import adapt
from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
from nnunet_glacier.dataset_conversion.series.stage import convert
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.evaluation.evaluate import Options as ScoreOptions
from nnunet_glacier.evaluation.evaluate import evaluate
from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.inference.settings import Options as PredictOptions
from nnunet_glacier.inference.stage import predict
from nnunet_glacier.models.pack import Options as PackOptions
from nnunet_glacier.models.pack import pack_model
from nnunet_glacier.support.fold_statistics import figure_text

Networks = tuple[Path, tuple[str, ...] | None]
"""A model and the folds of it that have not seen a glacier; None for all."""


def networks_of(fold: str, options: Namespace) -> Networks:
    """Those that left out the glacier of a fold: a fold of the one model, or of all of them packed into one."""
    if len(options.models) == 1:
        return options.models[0], (fold,)
    packed = options.out / f"fold_{fold}" / "kinds"
    if not packed.is_dir():
        pack_model(options.models, packed, PackOptions(folds=(fold,), nodata=NODATA))
    return packed, None


def score(folder: Path, fold: str, cases: list[str], networks: Networks, options: Namespace) -> dict[str, Any]:
    """Predict a glacier's scenes with networks that have not seen it and score them; as `adaptation_curve` does."""
    images = [options.dataset / "imagesTr" / f"{case}_0000.png" for case in cases]
    model, folds = networks
    predict(model, images, folder / "predictions", PredictOptions(folds=folds, device=options.device, nodata=None))
    summary = folder / "scores" / "summary.json"
    if not summary.is_file():
        scoring = ScoreOptions(split="train", route="both", allow_missing=True, overwrite=True, workers=1)
        evaluate([folder / "predictions"], options.dataset, folder / "scores", scoring)
    (glacier,) = {read_scenes(options.dataset / SCENES_CSV)[case].glacier for case in cases}
    whole = json.loads(summary.read_text())
    content = {**whole, **by_routes(whole)[options.route], "route": options.route}
    own = figures_of(Step(fold, glacier, "", (), tuple(cases)), content, options.seed)
    return {**own, "median px": content["subsets"]["all"]["median_of_image_means_px"]}


def rounds_of(fold: str, cases: list[str], options: Namespace) -> list[dict[str, Any]]:
    """The figures of a fold before and after each round."""
    folder, networks = options.out / f"fold_{fold}" / "0", networks_of(fold, options)
    rows = [{"round": 0, **score(folder, fold, cases, networks, options)}]
    chosen = AdaptOptions(folds=networks[1], schedule=schedule(options), device=options.device, workers=1)
    for number in range(1, options.rounds + 1):
        seen, folder = folder / "predictions", options.out / f"fold_{fold}" / str(number)
        labelled = folder / "Dataset601_Series"
        convert(seen, labelled, SeriesOptions(table=options.dataset / SCENES_CSV), Run(workers=1))
        adapt(networks[0], labelled, folder / "model", chosen)
        networks = folder / "model", networks[1]
        rows.append({"round": number, **score(folder, fold, cases, networks, options)})
    return rows


def write_table(table: pd.DataFrame, out: Path) -> str:
    """Write the table; its text."""
    text = table[["glacier", "scored", "round", "without front"]].astype(str)
    text["MDE px (95 %)"] = mde_with_interval(table)
    text["median px"] = [figure_text(value, digits=2) for value in table["median px"]]
    text["mean IoU"] = [figure_text(value, digits=3) for value in table["IoU"]]
    return write_csv_and_page(table, text, out / "series_adaptation")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="the converted dataset that the models were trained on")
    parser.add_argument(
        "models", type=Path, nargs="+", metavar="model", help="trained folder with a fold for each glacier left out"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folds", type=int, nargs="+", help="folds; all if not given")
    parser.add_argument("--route", choices=get_args(Route), default="front", help="from a prediction to its front")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="of adapt if not given, as the two that follow")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    splits = read_folds(options.dataset / SPLITS_JSON)
    chosen = range(len(splits)) if options.folds is None else options.folds
    rows = [row for fold in chosen for row in rounds_of(str(fold), splits[fold]["val"], options)]
    print(write_table(pd.DataFrame(rows), options.out))


if __name__ == "__main__":
    main()
