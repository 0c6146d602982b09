"""Train every trainer alike and score its cross-validation: one table.

    python benchmarks/compare_trainers.py 101 --plans compare --folds 0 1 --out comparison

The dataset is converted, planned and preprocessed; every trainer of the package that takes it is trained on the same
folds with the same plans by ``nnUNetv2_train``, one after the other, and what is trained already stays. Written are
``comparison.csv`` and ``comparison.md``: front error by ``nnunet-glacier evaluate``, a row for each route to the front
that the labels allow; Dice and MCC of the front band from the pixels of all validation scenes; the zones' mean IoU;
the trainer's own loss on validation patches after the first and the last epoch; seconds of a training iteration,
validation batches included. With ``--sweep`` also the best of the thresholds of ``nnunet-glacier sweep`` and the mean
Dice of the scenes at it, which shows what a network has learned whose probabilities stay below a half.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nnunetv2.paths import nnUNet_raw, nnUNet_results
from nnunetv2.utilities.dataset_name_id_conversion import maybe_convert_to_dataset_name
from tqdm import tqdm

from nnunet_glacier.domain.labels import FUSED, ZONES, LabelSpace, zones_and_front
from nnunet_glacier.evaluation.evaluate import Options, evaluate
from nnunet_glacier.evaluation.options import RouteChoice
from nnunet_glacier.evaluation.sweep.sweep import SweepOptions, sweep
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.losses.mcc import mcc
from nnunet_glacier.support.environment import TRAINER_VARIABLE, trainer_path
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown
from nnunet_glacier.trainers.line_losses import LineLossMixin
from nnunet_glacier.trainers.phase import phase_kind
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin

BASE = "nnUNetTrainerGlacier"
"""The trainer whose iterations are the unit of the others': stock nnU-Net with a schedule."""

LOG = "training_log_*.txt"
EPOCH_TIME = re.compile(r"Epoch time: ([\d.]+) s")
VALIDATION_LOSS = re.compile(r"val_loss (\S+)")


def takes(name: str, described: dict) -> bool:
    """Whether a trainer is for a dataset of these tasks and channels."""
    trainer, space = getattr(plugin, name), LabelSpace.from_dataset_json(described)
    if getattr(trainer, "phase_required", False) and phase_kind(described) is None:
        return False
    if issubclass(trainer, LineLossMixin) and not any(task.thin for task in space.tasks):
        return False
    return len(space.tasks) == 1 if trainer.label_spaces is None else space in trainer.label_spaces


def train(dataset: str, trainer: str, fold: int | str, options: argparse.Namespace) -> None:
    """Train and validate one fold, or ``all``, with nnU-Net's command, or what of it is not done yet."""
    results = Path(nnUNet_results) / dataset / f"{trainer}__{options.plans}__2d" / f"fold_{fold}"
    validation = results / "validation"
    if (validation / "summary.json").is_file() and (not options.sweep or any(validation.glob("*.npz"))):
        return
    go_on = ["--c"] if (results / "checkpoint_latest.pth").is_file() else []
    if (results / "checkpoint_final.pth").is_file():
        go_on = ["--val"]
    what = [dataset, "2d", str(fold), "-p", options.plans, "-tr", trainer, "-device", options.device, *go_on]
    with (options.out / f"{trainer}_{fold}.log").open("w") as output:
        command = ["nnUNetv2_train", *what, *(["--npz"] if options.sweep else [])]
        subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=True)


def by_routes(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The results of an evaluation by the route from a prediction to its front."""
    return {summary["route"]: summary, **summary.get("other_routes", {})}


def band_scores(model: Path, folds: list[int], labels: Path, described: dict) -> tuple[float, float]:
    """Dice and MCC of the band of the line over all labelled pixels of the folds' validation scenes."""
    space, counts = LabelSpace.from_dataset_json(described), np.zeros(4, dtype=np.int64)
    for fold in folds:
        for path in sorted((model / f"fold_{fold}" / "validation").glob(f"*{described['file_ending']}")):
            codes, true_codes = (read_raster(file).values for file in (path, labels / path.name))
            labelled = true_codes < space.n_codes
            predicted, truth = (zones_and_front(values[labelled], space)[1] for values in (codes, true_codes))
            assert predicted is not None and truth is not None
            counts += np.bincount(2 * truth + predicted, minlength=4)
    tn, fp, fn, tp = (int(count) for count in counts)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else np.nan, mcc(tp, fp, fn, tn)


def validation_losses(model: Path, folds: list[int]) -> tuple[float, float]:
    """The trainer's own loss on validation patches after the first epoch and after the last, means over the folds."""
    logs = ["".join(log.read_text() for log in sorted((model / f"fold_{fold}").glob(LOG))) for fold in folds]
    losses = [[float(loss) for loss in VALIDATION_LOSS.findall(text)] for text in logs]
    return float(np.mean([epochs[0] for epochs in losses])), float(np.mean([epochs[-1] for epochs in losses]))


def best_threshold(model: Path, raw: Path, out: Path) -> dict[str, float]:
    """The threshold with the highest mean Dice over the validation scenes, and that Dice; none where it is 0."""
    sweep([model], raw, out, SweepOptions(workers=1, overwrite=True))
    chosen = json.loads((out / "sweep.json").read_text())
    dice = max(chosen["mean_dice"])
    return {"threshold": chosen["threshold"] if dice else np.nan, "Dice at it": dice}


def seconds_per_iteration(model: Path, folds: list[int], plans: dict) -> float:
    """Median epoch time of all folds over the iterations of an epoch, validation batches counted as a third."""
    times = [
        float(seconds)
        for fold in folds
        for log in (model / f"fold_{fold}").glob(LOG)
        for seconds in EPOCH_TIME.findall(log.read_text())
    ]
    return float(np.median(times)) / (plans["num_iterations_per_epoch"] + plans["num_val_iterations_per_epoch"] / 3)


def rows(trainer: str, dataset: str, options: argparse.Namespace) -> list[dict]:
    """One trainer's rows of the table: one for each route to the front that its predictions allow."""
    raw = Path(nnUNet_raw) / dataset
    model = Path(nnUNet_results) / dataset / f"{trainer}__{options.plans}__2d"
    plans = json.loads((model / "plans.json").read_text())
    described = json.loads((raw / "dataset.json").read_text())
    space = LabelSpace.from_dataset_json(described)
    scores = options.out / trainer
    route: RouteChoice = "both" if {ZONES.name, FUSED.name} & set(space.names) else "front"
    evaluate([model], raw, scores, Options(route=route, allow_missing=True, overwrite=True, workers=1))
    summary = json.loads((scores / "summary.json").read_text())
    by_route = by_routes(summary)
    dice, correlation = band_scores(model, options.folds, raw / "labelsTr", described)
    seconds = seconds_per_iteration(model, options.folds, plans)
    first, last = validation_losses(model, options.folds)
    swept = best_threshold(model, raw, scores / "sweep") if options.sweep else {}
    rows_of_routes = []
    for way, result in by_route.items():
        subset = result["subsets"]["all"]
        rows_of_routes.append(
            {
                "trainer": trainer,
                "scenes": subset["images"],
                "front from": way,
                "without front": subset["no_front_predicted"],
                "MDE px": subset["mde_px"],
                "median px": subset["median_of_image_means_px"],
                "Dice": dice,
                "MCC": correlation,
                "zone IoU": subset["zone_metrics_mean_over_images"]["iou"][0] if len(by_route) > 1 else np.nan,
                "first loss": first,
                "last loss": last,
                **swept,
                "s/iteration": seconds,
            }
        )
    return rows_of_routes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="dataset ID or name")
    parser.add_argument("--plans", required=True)
    parser.add_argument("--folds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--trainers", nargs="+", default=plugin.__all__, help="all that take the dataset if not given")
    parser.add_argument("--sweep", action="store_true", help="also the best threshold, from saved probabilities")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    os.environ[TRAINER_VARIABLE] = trainer_path(os.environ)
    dataset = maybe_convert_to_dataset_name(int(options.dataset) if options.dataset.isdigit() else options.dataset)
    described = json.loads((Path(nnUNet_raw) / dataset / "dataset.json").read_text())
    trainers = [name for name in options.trainers if takes(name, described)]
    options.out.mkdir(parents=True, exist_ok=True)
    jobs = [(trainer, fold) for trainer in trainers for fold in options.folds]
    for trainer, fold in tqdm(jobs, desc="train", unit="fold"):
        train(dataset, trainer, fold, options)
    table = pd.DataFrame([row for trainer in trainers for row in rows(trainer, dataset, options)])
    base = table.loc[table["trainer"] == BASE, "s/iteration"]
    table["step"] = table["s/iteration"] / (base.iloc[0] if len(base) else np.nan)
    table.to_csv(options.out / "comparison.csv", index=False)
    formats = {
        "MDE px": "{:.2f}",
        "median px": "{:.2f}",
        "Dice": "{:.3f}",
        "MCC": "{:.3f}",
        "zone IoU": "{:.3f}",
        "first loss": "{:.3f}",
        "last loss": "{:.3f}",
        "threshold": "{:.2f}",
        "Dice at it": "{:.3f}",
        "s/iteration": "{:.3f}",
        "step": "{:.2f}x",
    }
    text = table.astype(object)
    for column, form in {name: form for name, form in formats.items() if name in table}.items():
        text[column] = [form.format(value) if pd.notna(value) else "-" for value in table[column]]
    page = markdown(text.astype(str))
    write_text_whole(options.out / "comparison.md", page + "\n")
    print(page)


if __name__ == "__main__":
    main()
