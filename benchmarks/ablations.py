"""What each part of the recipe for real SAR is worth: one change a training, each glacier left out once.

    python benchmarks/ablations.py shared/data/caffe_256/data_raw --out ablations --epochs 16 --workers 2

Converts the scenes with fused labels and folds by glacier, plans with the preset ``real-caffe-256``, and trains every
fold of the recipe and of each change with the same seed and number of batches: a change is another value of the
trainer's settings, which stands in the plans. Scored is each glacier by the network that has not seen it. Written are
``ablations.csv`` and ``ablations.md``, a row each, with the difference to the recipe over the scenes in which both
have a front. Run again, it goes on where it stopped. nnU-Net's folders are those of the environment, or below OUT
where they are not set.
"""

from __future__ import annotations

import argparse
import json
from argparse import Namespace
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from compare_trainers import train
from mean_of_networks import row
from real_caffe import Variant, fold_count, folder, prepare, set_environment
from tqdm import tqdm

from nnunet_glacier.evaluation.evaluate import Options, evaluate
from nnunet_glacier.formats.plan_entries import SETTINGS_KEY
from nnunet_glacier.planning.presets import PRESETS
from nnunet_glacier.report.evaluations import PIXELS, read_evaluations
from nnunet_glacier.report.significance import differences_table
from nnunet_glacier.support.files import write_json, write_text_whole
from nnunet_glacier.trainers.catalogue import markdown

RECIPE = "recipe"
VARIANT = Variant(500, "Caffe256Fused", "fused", "nnUNetTrainerGlacierSensorEfficientNet")

NNUNET_SPATIAL = {"spatial_probability": 0.2, "scaling": (0.7, 1.4)}
NO_SENSOR = {"tone_probability": 0.0, "speckle_probability": 0.0}
NNUNET_GREY = {"grey_probability": 0.0, **NO_SENSOR}
"""Each of nnU-Net's grey values keeps at least its own probability."""


@dataclass(frozen=True)
class Change:
    """What a training does otherwise than the recipe."""

    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)


CHANGES = {
    RECIPE: Change("the recipe"),
    "nnunet-augmentation": Change("nnU-Net's augmentation alone", NNUNET_SPATIAL | NNUNET_GREY),
    "nnunet-grey": Change("grey values as nnU-Net changes them", NNUNET_GREY),
    "no-tone-speckle": Change("without tone curves and speckle", NO_SENSOR),
    "nnunet-spatial": Change("turned and scaled as seldom and little as nnU-Net does", NNUNET_SPATIAL),
    "no-scaling": Change("turned as often, never scaled", {"scaling": (1.0, 1.0)}),
}


def plans_of(name: str, options: Namespace) -> str:
    """The plans of a change."""
    return options.plans if name == RECIPE else f"{options.plans}-{name}"


def write_plans(name: str, options: Namespace) -> None:
    """The recipe's plans with a change's settings, and the same preprocessed data."""
    if name == RECIPE:
        return
    preprocessed = folder("nnUNet_preprocessed", VARIANT)
    plans = json.loads((preprocessed / f"{options.plans}.json").read_text())
    plans |= {"plans_name": plans_of(name, options), SETTINGS_KEY: dict(CHANGES[name].settings)}
    write_json(preprocessed / f"{plans['plans_name']}.json", plans)


def model(name: str, options: Namespace) -> Path:
    """A change's trained folder."""
    return folder("nnUNet_results", VARIANT) / f"{VARIANT.trainer}__{plans_of(name, options)}__2d"


def train_all(options: Namespace) -> None:
    """Train every fold that is not trained yet: first all changes' first folds, then the next."""
    jobs = [(fold, name) for fold in range(fold_count(VARIANT)) for name in options.only]

    def one(job: tuple[int, str]) -> None:
        fold, name = job
        logs = options.out / "logs" / name
        logs.mkdir(parents=True, exist_ok=True)
        how = Namespace(plans=plans_of(name, options), device=options.device, out=logs, sweep=False)
        train(VARIANT.name, VARIANT.trainer, fold, how)

    with ThreadPoolExecutor(options.workers) as lanes:
        list(tqdm(lanes.map(one, jobs), total=len(jobs), desc="train", unit="fold"))


def score(name: str, options: Namespace) -> Path:
    """Score a change's cross-validation with the front from the zones; the folder of the scores."""
    scores: Path = options.out / "scores" / name
    chosen = Options(route="zones", allow_missing=True, overwrite=True, workers=1)
    evaluate([model(name, options)], folder("nnUNet_raw", VARIANT), scores, chosen)
    return scores


def write_table(names: list[str], options: Namespace) -> str:
    """Write the table; its text."""
    scores = {name: score(name, options) for name in names}
    rows = [
        {"change": CHANGES[name].title, **row(name, json.loads((path / "summary.json").read_text()))}
        for name, path in scores.items()
    ]
    table = pd.DataFrame(rows).drop(columns="networks")
    write_text_whole(options.out / "ablations.csv", table.to_csv(index=False))
    page = markdown(table.round(3).astype(str))
    differences = differences_table(read_evaluations(list(scores.values()), list(scores)), "zones", PIXELS)
    if differences is not None:
        page += f"\n\n{markdown(differences.shown)}\n\n{differences.caption}"
    write_text_whole(options.out / "ablations.md", page + "\n")
    return page


def parsed() -> Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_raw", type=Path, help="CaFFe's data_raw, such as that of caffe_256")
    parser.add_argument("--out", type=Path, required=True, help="folder for logs, scores and the table")
    parser.add_argument("--only", nargs="+", choices=CHANGES, default=list(CHANGES), metavar="CHANGE")
    parser.add_argument("--preset", choices=PRESETS, default="real-caffe-256")
    parser.add_argument("--plans", default="ablations", help="name of the recipe's plans")
    parser.add_argument("--epochs", type=int, help="the preset's if not given")
    parser.add_argument("--iterations", type=int, help="the preset's if not given")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--table-only", action="store_true", help="score what is trained, and write the table")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    options.plans_only = False
    set_environment(options.out)
    if not options.table_only:
        prepare(VARIANT, options)
        for name in options.only:
            write_plans(name, options)
        train_all(options)
    trained = [name for name in options.only if any(model(name, options).glob("fold_*/validation/summary.json"))]
    print(write_table(trained, options))


if __name__ == "__main__":
    main()
