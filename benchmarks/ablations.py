"""What each part of the recipe for real SAR is worth: one change a training, each glacier left out once.

    python benchmarks/ablations.py shared/data/caffe_256/data_raw --out ablations --epochs 16 --workers 2

Converts the scenes with fused labels and folds by glacier, plans with the preset ``real-caffe-256``, and trains every
fold of the recipe and of each change with the same seed and number of batches: a change is another value of the
trainer's settings, which stands in the plans, or another trainer (``benchmarks/ablation_trainers``). Losses of lines
take the labels of the front alone, and are compared with the recipe's Dice + CE on these. Scored is each glacier by the
network that has not seen it. Written are ``ablations.csv`` and ``ablations.md``, a row for each route from a prediction
to its front, with the difference to the recipe over the scenes in which both have a front. Run again, it goes on where
it stopped. nnU-Net's folders are those of the environment, or below OUT where they are not set.
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from compare_trainers import by_routes
from mean_of_networks import row
from real_caffe import (
    Variant,
    experiments_parser,
    is_validated,
    prepare,
    score,
    set_environment,
    train_all,
    write_plans_with,
)

from nnunet_glacier.dataset_conversion.caffe.channels import Channel
from nnunet_glacier.report.evaluations import PIXELS, read_evaluations
from nnunet_glacier.report.significance import differences_table
from nnunet_glacier.support.environment import TRAINER_VARIABLE
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown

RECIPE = "recipe"
FUSED = Variant(500, "Caffe256Fused", "fused", "nnUNetTrainerGlacierSensorEfficientNet")
FRONT_WEIGHT = replace(FUSED, trainer=f"{FUSED.trainer}FrontWeight")
FRONT_MCC = replace(FUSED, trainer=f"{FUSED.trainer}FrontMCC")
CURRICULUM = replace(FUSED, trainer=f"{FUSED.trainer}Curriculum")
FRONT = replace(FUSED, number=502, dataset="Caffe256Front", labels="front")
TRAINERS = Path(__file__).parent / "ablation_trainers"

NNUNET_SPATIAL = {"spatial_probability": 0.2, "scaling": (0.7, 1.4)}
NO_SENSOR = {"tone_probability": 0.0, "speckle_probability": 0.0}
NNUNET_GREY = {"grey_probability": 0.0, **NO_SENSOR}
"""Each of nnU-Net's grey values keeps at least its own probability."""


@dataclass(frozen=True)
class Change:
    """What a training does otherwise than the recipe."""

    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    variant: Variant = FUSED


def with_trainer(title: str, trainer: str, variant: Variant = FRONT) -> Change:
    """Another trainer of `TRAINERS`."""
    return Change(title, variant=replace(variant, trainer=f"nnUNetTrainerAblation{trainer}"))


CHANGES = {
    RECIPE: Change("the recipe"),
    "nnunet-augmentation": Change("nnU-Net's augmentation alone", NNUNET_SPATIAL | NNUNET_GREY),
    "nnunet-grey": Change("grey values as nnU-Net changes them", NNUNET_GREY),
    "no-tone-speckle": Change("without tone curves and speckle", NO_SENSOR),
    "nnunet-spatial": Change("turned and scaled as seldom and little as nnU-Net does", NNUNET_SPATIAL),
    "no-scaling": Change("turned as often, never scaled", {"scaling": (1.0, 1.0)}),
    "plain": Change("never scaled, grey values as nnU-Net changes them", {"scaling": (1.0, 1.0), **NNUNET_GREY}),
    "front-weight": Change("a pixel of the front counts four times in the cross-entropy", variant=FRONT_WEIGHT),
    "front-weight-16": Change("the same, sixteen times", {"front_weight": 16.0}, FRONT_WEIGHT),
    "curriculum": Change(
        "a front's pixel counts from sixteen times at first to twice; made-up scenes less and less", variant=CURRICULUM
    ),
    "slow-encoder": Change("four times, the encoder at a tenth of the rate", {"encoder_share": 0.1}, FRONT_WEIGHT),
    "warp": with_trainer("four times, half of the patches warped smoothly", "Warp", FUSED),
    "mix-style": with_trainer("four times, styles of the scenes of a batch mixed", "MixStyle", FUSED),
    "zone-mix": with_trainer("four times, ground of one scene shown in another's zones", "ZoneMix", FUSED),
    "weight-mean": with_trainer("four times, the mean of the weights of the second half", "WeightMean", FUSED),
    "front-weight-mcc": Change("four times, and the MCC of the front's class", variant=FRONT_MCC),
    "curriculum-mcc": with_trainer(
        "from sixteen times to twice, and the MCC of the front's class", "CurriculumMCC", FUSED
    ),
    "front": Change("front alone: Dice + CE", variant=FRONT),
    "front-mcc-stopping": with_trainer("the same, the epoch with the highest MCC of the left-out glacier", "MCC"),
    "front-bce": with_trainer("front alone: BCE", "BCE"),
    "front-weighted-bce": with_trainer("front alone: BCE, inverse class frequency of the batch", "WeightedBCE"),
    "front-distance-map-bce": with_trainer("front alone: distance-map BCE, k = 0.1", "DistanceMapBCE"),
    "front-distance-weighted-bce": with_trainer("front alone: distance-weighted BCE, w = 4", "DistanceWeightedBCE"),
    "front-focal-tversky-bce": with_trainer("front alone: BCE + Focal Tversky", "FocalTverskyBCE"),
    "front-mcc-loss": with_trainer("front alone: MCC", "MCCLoss"),
    "front-skeleton-recall": with_trainer("front alone: Dice + BCE + skeleton recall", "SkeletonRecall"),
    "front-soft-cldice": with_trainer("front alone: Dice + soft clDice", "SoftCLDice"),
}


def options_of(name: str, options: Namespace) -> Namespace:
    """The options with the plans of a change; without settings these are the recipe's."""
    plans = f"{options.plans}-{name}" if CHANGES[name].settings else options.plans
    return Namespace(**vars(options) | {"plans": plans})


def write_plans(name: str, options: Namespace) -> None:
    """The recipe's plans with a change's settings, and the same preprocessed data."""
    change = CHANGES[name]
    if change.settings:
        write_plans_with(change.settings, change.variant, options.plans, options_of(name, options).plans)


def write_table(names: list[str], options: Namespace) -> str:
    """Write the table, and the differences by both routes from a prediction to its front; its text."""
    scores = {name: score(name, CHANGES[name].variant, options_of(name, options)) for name in names}
    rows = [
        {"change": CHANGES[name].title, "front from": route, **row(name, result)}
        for name, path in scores.items()
        for route, result in by_routes(json.loads((path / "summary.json").read_text())).items()
    ]
    table = pd.DataFrame(rows).drop(columns="networks")
    write_text_whole(options.out / "ablations.csv", table.to_csv(index=False))
    page = markdown(table.round(3).astype(str))
    evaluations = read_evaluations(list(scores.values()), list(scores))
    for route in ("zones", "front"):
        differences = differences_table(evaluations, route, PIXELS)
        if differences is not None:
            page += f"\n\n{markdown(differences.shown)}\n\n{differences.caption}"
    write_text_whole(options.out / "ablations.md", page + "\n")
    return page


def channel(text: str) -> Channel:
    """A channel as ``convert caffe --channel`` takes it."""
    name, _, maps = text.partition("=")
    return Channel(name, Path(maps))


def parsed() -> Namespace:
    parser = experiments_parser(__doc__, plans="ablations", seed=1)
    parser.add_argument("--only", nargs="+", choices=CHANGES, default=list(CHANGES), metavar="CHANGE")
    own = "in an OUT of its own"
    parser.add_argument("--extra", type=Path, help=f"made-up scenes for every fold; {own}")
    parser.add_argument(
        "--channel", type=channel, nargs="+", default=[], metavar="NAME=FOLDER", help=f"as of convert caffe; {own}"
    )
    return parser.parse_args()


def main() -> None:
    options = parsed()
    set_environment(options.out)
    os.environ[TRAINER_VARIABLE] += f"{os.pathsep}{TRAINERS}"
    variants = {name: CHANGES[name].variant for name in options.only}
    if not options.table_only:
        for variant in {variant.number: variant for variant in variants.values()}.values():
            prepare(variant, options, extra=options.extra, channels=tuple(options.channel))
        for name in options.only:
            write_plans(name, options)
        if options.plans_only:
            return
        for name, variant in variants.items():
            train_all({name: variant}, options_of(name, options))
    trained = [name for name, variant in variants.items() if is_validated(variant, options_of(name, options))]
    print(write_table(trained, options))


if __name__ == "__main__":
    main()
