"""Is a glacier better served by networks that each saw some of the others, or by one network that saw all of them?

    python benchmarks/pairs_of_glaciers.py shared/data/caffe_256/data_raw --out pairs --epochs 16 --workers 2

The question behind the shipped model, whose four networks each left out one glacier, asked where it can be answered: of
CaFFe's four glaciers in caffe_256 each is left out, and predicted by a network that saw the other three, by the mean of
three networks that saw two of these, and by each of them alone. All have the same plans and number of batches. Written
are ``pairs_of_glaciers.csv`` and ``.md``, a row for each. Run again, it goes on where it stopped. nnU-Net's folders are
those of the environment, or below OUT where they are not set.
"""

from __future__ import annotations

import json
from argparse import Namespace
from itertools import combinations

import pandas as pd
from ablations import FUSED
from mean_of_networks import row
from real_caffe import experiments_parser, folder, model, prepare, set_environment, train_all

from nnunet_glacier.evaluation.evaluate import Options as ScoreOptions
from nnunet_glacier.evaluation.evaluate import evaluate
from nnunet_glacier.formats.folds import SPLITS_JSON, Folds, read_folds, write_folds
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.formats.scores import SUMMARY_JSON
from nnunet_glacier.inference.settings import Options
from nnunet_glacier.inference.stage import predict
from nnunet_glacier.support.files import write_text_whole
from nnunet_glacier.trainers.catalogue import markdown


def scenes_of_glaciers() -> dict[str, list[str]]:
    """The dataset's cases by glacier, in order."""
    scenes = read_scenes(folder("nnUNet_raw", FUSED) / SCENES_CSV)
    glaciers = sorted({scene.glacier for scene in scenes.values()})
    return {name: sorted(case for case, scene in scenes.items() if scene.glacier == name) for name in glaciers}


def folds_with_pairs(folds: Folds, scenes: dict[str, list[str]]) -> tuple[Folds, dict[tuple[str, ...], int]]:
    """The folds by glacier and behind them those that see two glaciers; and the fold of each set of glaciers seen."""
    glacier_of = {case: name for name, cases in scenes.items() for case in cases}
    own = folds[: len(scenes)]
    seen = {tuple(sorted({glacier_of[case] for case in fold["train"]})): number for number, fold in enumerate(own)}
    pairs = list(combinations(scenes, 2))
    further = [
        {
            "train": sorted(case for name in pair for case in scenes[name]),
            "val": sorted(case for name, cases in scenes.items() if name not in pair for case in cases),
        }
        for pair in pairs
    ]
    return [*own, *further], seen | {pair: len(own) + number for number, pair in enumerate(pairs)}


def networks_for(left_out: str, numbers: dict[tuple[str, ...], int]) -> dict[str, tuple[str, ...]]:
    """The folds of each ensemble that has not seen a glacier, by what to call it."""
    unseen = {names: str(number) for names, number in numbers.items() if left_out not in names}
    pairs = {" and ".join(names): fold for names, fold in unseen.items() if len(names) == 2}
    three = tuple(fold for names, fold in unseen.items() if len(names) > 2)
    return {"all three": three, "mean of the pairs": tuple(pairs.values()), **{n: (f,) for n, f in pairs.items()}}


def scored(left_out: str, cases: list[str], name: str, folds: tuple[str, ...], options: Namespace) -> dict[str, object]:
    """Predict a glacier's scenes by some networks and score them; a row of the table."""
    images, key = folder("nnUNet_raw", FUSED) / "imagesTr", name.replace(" ", "_")
    maps, scores = (options.out / kind / f"{left_out}_{key}" for kind in ("predictions", "scores"))
    chosen = Options(folds=folds, device=options.device, mirroring=False)
    predict(model(FUSED, options), [images / f"{case}_0000.png" for case in cases], maps, chosen)
    route = ScoreOptions(split="train", route="zones", allow_missing=True, overwrite=True, workers=1)
    evaluate([maps], folder("nnUNet_raw", FUSED), scores, route)
    figures = row(name, json.loads((scores / SUMMARY_JSON).read_text()))
    return {"left out": left_out, "networks that saw": name} | {
        key: figures[key] for key in ("scenes", "without a front", "MDE px pooled", "median px", "macro IoU")
    }


def main() -> None:
    options = experiments_parser(__doc__, plans="ablations", seed=1).parse_args()
    set_environment(options.out)
    prepare(FUSED, options)
    scenes = scenes_of_glaciers()
    places = [folder(variable, FUSED) / SPLITS_JSON for variable in ("nnUNet_raw", "nnUNet_preprocessed")]
    folds, numbers = folds_with_pairs(read_folds(places[0]), scenes)
    for place in places:
        write_folds(place, folds)
    if options.plans_only:
        return
    if not options.table_only:
        train_all({"pairs": FUSED}, options)
    rows = [
        scored(left_out, cases, name, networks, options)
        for left_out, cases in scenes.items()
        for name, networks in networks_for(left_out, numbers).items()
    ]
    table = pd.DataFrame(rows)
    write_text_whole(options.out / "pairs_of_glaciers.csv", table.to_csv(index=False))
    page = markdown(table.round(3).astype(str))
    write_text_whole(options.out / "pairs_of_glaciers.md", page + "\n")
    print(page)


if __name__ == "__main__":
    main()
