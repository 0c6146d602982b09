"""The experiments of Herrmann et al. (2023) on real CaFFe pixels: every label variant, each glacier left out once.

    python benchmarks/real_caffe.py shared/data/caffe_256/data_raw --out real_caffe --workers 2

Converts to every label variant with folds by glacier, and to fused labels with random folds, whose validation scenes
have neighbours in time among the training scenes; plans all alike; trains all folds with ``nnUNetv2_train``; scores
each cross-validation with ``nnunet-glacier evaluate``. Written are ``real_caffe.csv`` and ``real_caffe.md`` in the
form of their Tables A2 and A3, a row for each route from a prediction to its front, and the paired differences of each
route, ``differences_ROUTE.csv`` and ``.md``. Run again, it goes on where it stopped. nnU-Net's folders are those of the
environment, or below OUT where they are not set.
"""

from __future__ import annotations

import argparse
import json
import os
from argparse import Namespace
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import Any

import pandas as pd
from compare_trainers import by_routes, train
from tqdm import tqdm

from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
from nnunet_glacier.dataset_conversion.caffe.stage import convert as convert_caffe
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.evaluation.evaluate import Options, evaluate
from nnunet_glacier.evaluation.options import RouteChoice
from nnunet_glacier.formats.plan_entries import SETTINGS_KEY
from nnunet_glacier.formats.trained_folders import FOLD_ALL
from nnunet_glacier.planning.dataset_folders import DATASET_JSON, find_dataset
from nnunet_glacier.planning.plan import plan_dataset
from nnunet_glacier.planning.presets import PRESETS, with_overrides
from nnunet_glacier.report.evaluations import PIXELS, read_evaluations
from nnunet_glacier.report.significance import differences_table
from nnunet_glacier.support.environment import FOLDER_VARIABLES, TRAINER_VARIABLE, trainer_path
from nnunet_glacier.support.files import write_json, write_text_whole
from nnunet_glacier.support.fold_statistics import figure_text
from nnunet_glacier.trainers.catalogue import markdown

ZONE_METRICS = ("precision", "recall", "f1", "iou")
MACRO = 0
"""Place of the mean over zones among an entry's five zone figures."""


@dataclass(frozen=True)
class Variant:
    """One experiment: labels, folds and trainer."""

    number: int
    dataset: str
    labels: str
    trainer: str = "nnUNetTrainerGlacier"
    folds: str = "glacier"

    @property
    def name(self) -> str:
        """nnU-Net's name of the dataset."""
        return f"Dataset{self.number}_{self.dataset}"


VARIANTS = {
    "fused": Variant(500, "Caffe256Fused", "fused"),
    "zones": Variant(501, "Caffe256Zones", "zones"),
    "front": Variant(502, "Caffe256Front", "front"),
    "multitask-late": Variant(503, "Caffe256Multitask", "multitask", "nnUNetTrainerGlacierLate"),
    "multitask-early": Variant(503, "Caffe256Multitask", "multitask", "nnUNetTrainerGlacierEarly"),
    "boundary-late": Variant(504, "Caffe256Boundary", "boundary", "nnUNetTrainerGlacierLate"),
    "fused-random": Variant(505, "Caffe256FusedRandom", "fused", folds="random"),
}


def set_environment(out: Path) -> None:
    """nnU-Net's folders below OUT where the environment has none; few processes for each training."""
    for variable in FOLDER_VARIABLES:
        os.environ.setdefault(variable, str(out.absolute() / variable))
        Path(os.environ[variable]).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("nnUNet_n_proc_DA", "0")
    os.environ.setdefault("nnUNet_def_n_proc", "1")
    # On a CPU nnU-Net asks for a thread a core; threads that wait must not take the cores from other trainings.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ[TRAINER_VARIABLE] = trainer_path(os.environ)


def folder(variable: str, variant: Variant) -> Path:
    """A dataset's place in one of nnU-Net's folders."""
    return Path(os.environ[variable]) / variant.name


def model(variant: Variant, options: Namespace) -> Path:
    """A variant's trained folder."""
    return folder("nnUNet_results", variant) / f"{variant.trainer}__{options.plans}__2d"


def prepare(variant: Variant, options: Namespace, **conversion: Any) -> None:
    """Convert, plan and preprocess what is not there yet; `conversion` holds further `CaffeOptions`."""
    raw = folder("nnUNet_raw", variant)
    # A dataset that was planned was converted whole; to convert it again would make its fingerprint out of date.
    if not (folder("nnUNet_preprocessed", variant) / f"{options.plans}.json").is_file():
        chosen = CaffeOptions(labels=variant.labels, folds=variant.folds, **conversion)
        convert_caffe(options.data_raw, raw, chosen, Run(workers=1))
    preset = with_overrides(
        PRESETS[options.preset],
        num_epochs=options.epochs,
        num_iterations_per_epoch=options.iterations,
        seed=options.seed,
    )
    plan_dataset(find_dataset(variant.name), preset, options.plans, workers=1)
    done = len(list((folder("nnUNet_preprocessed", variant) / f"{options.plans}_2d").glob("*.pkl")))
    if not options.plans_only and done < json.loads((raw / DATASET_JSON).read_text())["numTraining"]:
        what = ["-d", str(variant.number), "-plans_name", options.plans, "-c", "2d", "-np", "1"]
        run(["nnUNetv2_preprocess", *what], check=True)


def write_plans_with(settings: Mapping[str, Any], variant: Variant, plans: str, changed: str) -> None:
    """Plans with a trainer's settings under another name, and the same preprocessed data."""
    preprocessed = folder("nnUNet_preprocessed", variant)
    content = json.loads((preprocessed / f"{plans}.json").read_text())
    write_json(preprocessed / f"{changed}.json", content | {"plans_name": changed, SETTINGS_KEY: dict(settings)})


def fold_count(variant: Variant) -> int:
    """Number of the dataset's folds."""
    return len(json.loads((folder("nnUNet_preprocessed", variant) / "splits_final.json").read_text()))


def folds_of(variant: Variant, options: Namespace) -> list[int | str]:
    """The folds to train: of those that are asked for what the dataset has, and ``all``."""
    there: list[int | str] = list(range(fold_count(variant)))
    return there if options.folds is None else [fold for fold in options.folds if fold in (*there, FOLD_ALL)]


def train_all(chosen: dict[str, Variant], options: Namespace) -> None:
    """Train every fold that is not trained yet, several at a time: first all variants' first folds, then the next."""
    jobs = [(fold, name, variant) for name, variant in chosen.items() for fold in folds_of(variant, options)]
    jobs.sort(key=lambda job: str(job[0]))

    def one(job: tuple[Any, str, Variant]) -> None:
        fold, name, variant = job
        logs = options.out / "logs" / name
        logs.mkdir(parents=True, exist_ok=True)
        train(variant.name, variant.trainer, fold, Namespace(**vars(options) | {"out": logs, "sweep": False}))

    with ThreadPoolExecutor(options.workers) as lanes:
        list(tqdm(lanes.map(one, jobs), total=len(jobs), desc="train", unit="fold"))


def is_validated(variant: Variant, options: Namespace) -> bool:
    """Whether a variant has a fold that can be scored."""
    return any(model(variant, options).glob("fold_*/validation"))


def score(name: str, variant: Variant, options: Namespace) -> Path:
    """Score a variant's cross-validation by both routes where it has both; the folder of the scores."""
    scores = options.out / "scores" / name
    route: RouteChoice = "front" if variant.labels == "front" else "zones" if variant.labels == "zones" else "both"
    chosen = Options(route=route, allow_missing=True, overwrite=True, workers=1)
    evaluate([model(variant, options)], folder("nnUNet_raw", variant), scores, chosen)
    return scores


def rows(name: str, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each route of one experiment: pooled figures, and mean and deviation over the folds."""
    by_route = []
    for route, result in by_routes(summary).items():
        every, over = result["subsets"]["all"], result["over_folds"]
        row = {
            "experiment": name,
            "front from": route,
            "images": every["images"],
            "without front": every["no_front_predicted"],
            "MDE px pooled": every["mde_px"],
            "low px": every["mde_px_interval"]["low"],
            "high px": every["mde_px_interval"]["high"],
            "MDE px": over["subsets"]["all"]["mde_px"]["mean"],
            "MDE px SD": over["subsets"]["all"]["mde_px"]["sd"],
            "median px": every["median_of_image_means_px"],
            "MDE about m": every["mde_m"],
        }
        zones, by_fold = every["zone_metrics_mean_over_images"], over["zone_metrics_mean_over_images"]
        for metric in ZONE_METRICS if zones else ():
            row |= {
                f"{metric} pooled": zones[metric][MACRO],
                metric: by_fold[metric][MACRO]["mean"],
                f"{metric} SD": by_fold[metric][MACRO]["sd"],
            }
        by_route.append(row)
    return by_route


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text: pooled figures with their interval, then mean ± SD over the folds."""
    figure = lambda value, digits: figure_text(float("nan") if value is None else value, digits=digits)  # noqa: E731
    lines = []
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        line = {key: str(row[key]) for key in ("experiment", "front from", "images", "without front")}
        line["MDE pooled [px]"] = (
            f"{figure(row['MDE px pooled'], 2)} ({figure(row['low px'], 2)} to {figure(row['high px'], 2)})"
        )
        line["MDE over folds [px]"] = _spread(row, "MDE px", 2)
        line["median [px]"] = figure(row["median px"], 2)
        line["MDE [about m]"] = figure(row["MDE about m"], 0)
        for metric in ZONE_METRICS:
            line[metric] = f"{figure(row.get(f'{metric} pooled'), 3)} ({_spread(row, metric, 3)})"
        lines.append(line)
    return pd.DataFrame(lines)


def _spread(row: dict[str, Any], name: str, digits: int) -> str:
    mean, sd = (float("nan") if row.get(key) is None else row[key] for key in (name, f"{name} SD"))
    return figure_text(mean, sd, digits=digits)


def write_tables(scores: dict[str, Path], out: Path) -> str:
    """Write the table and the paired differences of every route; the table's text."""
    every_row = [
        row for name, path in scores.items() for row in rows(name, json.loads((path / "summary.json").read_text()))
    ]
    table = pd.DataFrame(every_row)
    page = markdown(shown(table))
    write_text_whole(out / "real_caffe.csv", table.to_csv(index=False))
    write_text_whole(out / "real_caffe.md", page + "\n")
    evaluations = read_evaluations(list(scores.values()), list(scores))
    for route in ("zones", "front"):
        differences = differences_table(evaluations, route, PIXELS)
        if differences is not None:
            write_text_whole(out / f"differences_{route}.csv", differences.numbers.to_csv(index=False))
            write_text_whole(
                out / f"differences_{route}.md", f"{markdown(differences.shown)}\n\n{differences.caption}\n"
            )
    return page


def experiments_parser(description: str | None, *, plans: str, seed: int) -> argparse.ArgumentParser:
    """The options of a benchmark that trains several experiments on CaFFe's scenes and compares them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="CaFFe's data_raw, such as that of caffe_256")
    parser.add_argument("--out", type=Path, required=True, help="folder for logs, scores and tables")
    parser.add_argument("--folds", type=int, nargs="+", help="all if not given")
    parser.add_argument("--preset", choices=PRESETS, default="real-caffe-256")
    parser.add_argument("--plans", default=plans, help="name of the plans")
    parser.add_argument("--epochs", type=int, help="the preset's if not given")
    parser.add_argument("--iterations", type=int, help="the preset's if not given")
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plans-only", action="store_true", help="convert and plan, and stop")
    parser.add_argument("--table-only", action="store_true", help="score what is trained, and write the tables")
    return parser


def parsed() -> Namespace:
    parser = experiments_parser(__doc__, plans="experiments", seed=0)
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS), metavar="VARIANT")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    set_environment(options.out)
    chosen = {name: VARIANTS[name] for name in VARIANTS if name in options.only}
    if not options.table_only:
        for variant in tqdm({variant.number: variant for variant in chosen.values()}.values(), desc="prepare"):
            prepare(variant, options)
        if options.plans_only:
            return
        train_all(chosen, options)
    trained = {name: variant for name, variant in chosen.items() if is_validated(variant, options)}
    print(write_tables({name: score(name, variant, options) for name, variant in trained.items()}, options.out))


if __name__ == "__main__":
    main()
