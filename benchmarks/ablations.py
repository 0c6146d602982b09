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

import json
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from mean_of_networks import row
from real_caffe import Variant, experiments_parser, folder, model, prepare, score, set_environment, train_all

from nnunet_glacier.formats.plan_entries import SETTINGS_KEY
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


def options_of(name: str, options: Namespace) -> Namespace:
    """The options with the plans of a change."""
    plans = options.plans if name == RECIPE else f"{options.plans}-{name}"
    return Namespace(**vars(options) | {"plans": plans})


def write_plans(name: str, options: Namespace) -> None:
    """The recipe's plans with a change's settings, and the same preprocessed data."""
    if name == RECIPE:
        return
    preprocessed = folder("nnUNet_preprocessed", VARIANT)
    plans = json.loads((preprocessed / f"{options.plans}.json").read_text())
    plans |= {"plans_name": options_of(name, options).plans, SETTINGS_KEY: dict(CHANGES[name].settings)}
    write_json(preprocessed / f"{plans['plans_name']}.json", plans)


def write_table(names: list[str], options: Namespace) -> str:
    """Write the table; its text."""
    scores = {name: score(name, VARIANT, options_of(name, options)) for name in names}
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
    parser = experiments_parser(__doc__, plans="ablations", seed=1)
    parser.add_argument("--only", nargs="+", choices=CHANGES, default=list(CHANGES), metavar="CHANGE")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    set_environment(options.out)
    if not options.table_only:
        prepare(VARIANT, options)
        for name in options.only:
            write_plans(name, options)
        if options.plans_only:
            return
        for name in options.only:
            train_all({name: VARIANT}, options_of(name, options))
    models = {name: model(VARIANT, options_of(name, options)) for name in options.only}
    trained = [name for name, one in models.items() if any(one.glob("fold_*/validation"))]
    print(write_table(trained, options))


if __name__ == "__main__":
    main()
