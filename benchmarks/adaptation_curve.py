"""What a few labelled scenes of a new glacier are worth, by their number and by which they are.

    python benchmarks/adaptation_curve.py MODEL DATASET --out adaptation --counts 0 1 3 5 10

MODEL is a trained folder, or a shipped model, whose folds each left out one glacier (``nnunet-glacier convert caffe
--folds glacier``), DATASET the converted dataset. For every fold and every N the network is adapted with
``nnunet-glacier adapt`` to N scenes of the glacier that it has not seen: the earliest, so that it is a forecast in
time, and as many spread over the series (``adapt --choose spread``). With ``--from-nothing`` one with fresh weights is
trained on the earliest too, by the same schedule. All are scored on the scenes that none of them is trained on. Written
are ``adaptation.csv``, ``adaptation.md`` and the figure ``adaptation.svg`` and ``.png``: MDE in pixels and mean IoU of
the zones, over all pixels, against N. Run again, it goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib import pyplot
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from nnunet_glacier.adaptation.adapt import Options as AdaptOptions
from nnunet_glacier.adaptation.adapt import adapt
from nnunet_glacier.adaptation.labelled_scenes import LabelledScenes, choose_scenes, open_labelled_scenes
from nnunet_glacier.adaptation.source_model import find_trainer, open_source, starting_checkpoint
from nnunet_glacier.domain.adaptation import ADAPTED_SHARE
from nnunet_glacier.domain.choices import SceneChoice
from nnunet_glacier.evaluation.evaluate import Options as ScoreOptions
from nnunet_glacier.evaluation.evaluate import evaluate
from nnunet_glacier.formats.checkpoints import CHECKPOINT_FILES, checkpoint_path
from nnunet_glacier.formats.scene_table import SCENES_CSV, read_scenes
from nnunet_glacier.inference.settings import Options as PredictOptions
from nnunet_glacier.inference.stage import predict
from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.support.files import write_json, write_text_whole, write_whole
from nnunet_glacier.support.fold_statistics import figure_text
from nnunet_glacier.trainers.catalogue import markdown
from nnunet_glacier.trainers.seeding import seed_draws

EARLIEST, SPREAD, FRESH = "earliest", "spread", "from nothing"
CHOICES: dict[str, SceneChoice] = {EARLIEST: "earliest", SPREAD: "spread", FRESH: "earliest"}
COLOURS = {EARLIEST: "#0072b2", SPREAD: "#009e73", FRESH: "#d55e00"}


@dataclass(frozen=True)
class Step:
    """One point of the curve: a fold, its start and its training scenes."""

    fold: str
    glacier: str
    start: str
    scenes: tuple[str, ...]
    scored: tuple[str, ...]

    def folder(self, out: Path) -> Path:
        """Where its model, predictions and scores are."""
        return out / self.glacier / self.start.replace(" ", "_") / str(len(self.scenes))


def steps(scenes: LabelledScenes, folds: tuple[str, ...], counts: list[int], starts: tuple[str, ...]) -> Iterator[Step]:
    """Every point: the glacier of a fold is that of its validation scenes.

    Counts for which a glacier has too few scenes are left out, so that some remain to be scored. Without labelled
    scenes there is one point, the model as it is.
    """
    splits = json.loads((scenes.folder / "splits_final.json").read_text())
    known = read_scenes(scenes.folder / SCENES_CSV)
    for fold in folds:
        left_out = splits[int(fold)]["val"]
        (glacier,) = {known[case].glacier for case in left_out}
        dates = {case: scenes.dates[case] for case in left_out}
        trained = {
            (start, count): choose_scenes(dates, count, CHOICES[start]) if count else ()
            for count in counts
            if len(starts) * count < len(dates)
            for start in (starts if count else starts[:1])
        }
        used = {case for cases in trained.values() for case in cases}
        scored = tuple(case for case in choose_scenes(dates, None) if case not in used)
        for (start, _), cases in trained.items():
            yield Step(fold, glacier, start, cases, scored)


def fresh_model(model: Path, out: Path, seed: int) -> Path:
    """A copy of a trained folder with fresh weights in every fold."""
    source, folder = open_source(model, None), out / "fresh_model"
    plans = PlansManager(source.plans)
    labels = plans.get_label_manager(source.dataset_json)
    for fold in source.folds:
        target = checkpoint_path(folder, fold, CHECKPOINT_FILES["final"])
        if target.is_file():
            continue
        seed_draws(seed, fold)
        network = find_trainer(source.trainer).build_network_architecture(
            plans,
            plans.get_configuration(source.configuration),
            source.n_channels,
            labels.num_segmentation_heads,
            enable_deep_supervision=True,
        )
        start = starting_checkpoint(source, fold, out / "unpacked")
        checkpoint = torch.load(start, map_location="cpu", weights_only=False)
        kept = {key: checkpoint[key] for key in ("init_args", "trainer_name", "inference_allowed_mirroring_axes")}
        content = {**kept, "network_weights": network.state_dict()}
        write_whole(target, partial(torch.save, content))
    write_json(folder / "plans.json", source.plans)
    write_json(folder / "dataset.json", source.dataset_json)
    return folder


def score(step: Step, models: dict[str, Path], scenes: LabelledScenes, options: Namespace) -> dict[str, Any]:
    """Train, predict and score one point, or what of it is not done yet; its row of the table."""
    folder = step.folder(options.out)
    summary = folder / "scores" / "summary.json"
    forget_other_scenes(folder, step.scored)
    if not summary.is_file():
        model = models[step.start]
        if step.scenes:
            # Weights that know nothing are not kept a part of.
            share = 1.0 if step.start == FRESH else options.share
            chosen = AdaptOptions(
                step.scenes,
                folds=[step.fold],
                schedule=schedule(options),
                share=share,
                device=options.device,
                workers=1,
            )
            adapt(model, scenes.folder, folder / "model", chosen)
            model = folder / "model"
        images = [path for case in step.scored for path in scenes.images[case]]
        predict(
            model,
            images,
            folder / "predictions",
            PredictOptions(folds=(step.fold,), device=options.device, nodata=None),
        )
        scoring = ScoreOptions(split="train", route=options.route, allow_missing=True, overwrite=True, workers=1)
        evaluate([folder / "predictions"], scenes.folder, folder / "scores", scoring)
    return row(step, json.loads(summary.read_text()), options.seed)


def schedule(options: Namespace) -> dict[str, Any]:
    """What is otherwise than in the schedule of ``adapt``; None leaves an entry as it is."""
    return {
        "num_epochs": options.epochs,
        "num_iterations_per_epoch": options.iterations,
        "initial_lr": options.learning_rate,
        "adam_lr": options.learning_rate,
        "seed": options.seed,
    }


def forget_other_scenes(folder: Path, scored: tuple[str, ...]) -> None:
    """Remove predictions and scores of another choice of scenes: with other counts others are left to be scored."""
    noted = folder / "scored.json"
    if not noted.is_file() or json.loads(noted.read_text()) != list(scored):
        for name in ("predictions", "scores"):
            shutil.rmtree(folder / name, ignore_errors=True)
        write_json(noted, list(scored))


def row(step: Step, summary: dict[str, Any], seed: int) -> dict[str, Any]:
    """A point's figures; the IoU is the mean over the zones that occur."""
    scores = summary["subsets"]["all"]
    classes = summary.get("zones", {}).get("pooled", {}).get("classes", {})
    ious = [figures["iou"] for figures in classes.values() if figures["iou"] is not None]
    return {
        "glacier": step.glacier,
        "fold": step.fold,
        "start": step.start,
        "N": len(step.scenes),
        "scored": scores["images"],
        "without front": scores["no_front_predicted"],
        "MDE px": np.nan if scores["mde_px"] is None else scores["mde_px"],
        "low px": scores["mde_px_interval"]["low"],
        "high px": scores["mde_px_interval"]["high"],
        "IoU": float(np.mean(ious)) if ious else np.nan,
        "route": summary["route"],
        "seed": seed,
    }


def draw(table: pd.DataFrame, stem: Path) -> None:
    """MDE and IoU against N: thin lines for the glaciers, a thick one for their mean."""
    with figure_style(DIAGRAM_STYLE):
        figure, axes = pyplot.subplots(1, 2, figsize=(7.5, 3), constrained_layout=True)
        for axis, column in zip(axes, ("MDE px", "IoU"), strict=True):
            for start, colour in COLOURS.items():
                if start not in set(table["start"]):
                    continue
                # Without a labelled scene there is the model as it is, from which a fresh network does not start.
                as_it_is = (table["N"] == 0) & (start != FRESH)
                own = table[(table["start"] == start) & (table["N"] > 0) | as_it_is]
                lines = own.pivot(index="N", columns="glacier", values=column)
                for glacier in lines:
                    axis.plot(lines[glacier].dropna(), color=colour, linewidth=0.7, alpha=0.5)
                # Without an N that a glacier lacks, whose absence alone would bend the curve.
                axis.plot(lines.mean(axis=1, skipna=False).dropna(), "o-", color=colour, label=start)
            axis.set_xlabel("labelled scenes")
            axis.set_xticks(sorted(table["N"].unique()))
            axis.grid()
        axes[0].set_ylabel("MDE [px]")
        # Networks that have learned nothing find no front, and a log axis cannot be empty.
        if table["MDE px"].gt(0).any():
            axes[0].set_yscale("log")
            axes[0].yaxis.set_major_formatter("{x:.0f}")
            axes[0].yaxis.set_minor_formatter("{x:.0f}")
        axes[1].set_ylabel("mean IoU of the zones")
        axes[1].legend(frameon=False, loc="center right")
        save_svg_and_png(figure, stem, dpi=150)
        pyplot.close(figure)


def mde_with_interval(table: pd.DataFrame) -> list[str]:
    """The pooled MDE of each row with its 95 % interval."""
    return [
        f"{figure_text(mde, digits=2)} ({figure_text(low, digits=2)} to {figure_text(high, digits=2)})"
        for mde, low, high in table[["MDE px", "low px", "high px"]].astype(float).itertuples(index=False)
    ]


def write_table(table: pd.DataFrame, out: Path) -> str:
    """Write the table; its text."""
    text = table.drop(columns=["fold", "low px", "high px"]).astype(object)
    text["MDE px"] = mde_with_interval(table)
    text["IoU"] = [figure_text(value, digits=3) for value in table["IoU"]]
    return write_csv_and_page(table, text, out / "adaptation")


def write_csv_and_page(table: pd.DataFrame, text: pd.DataFrame, stem: Path) -> str:
    """Write a table as ``.csv``, and what is shown of it as ``.md``; the latter."""
    page = markdown(text.astype(str))
    write_text_whole(stem.with_suffix(".csv"), table.to_csv(index=False))
    write_text_whole(stem.with_suffix(".md"), page + "\n")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="trained folder with a fold for each glacier left out")
    parser.add_argument("dataset", type=Path, help="the converted dataset that it was trained on")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 1, 3, 5, 10])
    parser.add_argument("--from-nothing", action="store_true", help="train networks with fresh weights too")
    parser.add_argument(
        "--choose", choices=(EARLIEST, SPREAD), help="adapt to these alone; scored are the same scenes as with both"
    )
    parser.add_argument("--folds", nargs="+", help="all that the model has if not given")
    parser.add_argument("--epochs", type=int, help="of adapt if not given, as the two that follow")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument(
        "--share", type=float, default=ADAPTED_SHARE, help="of the adapted weights in the mean with the model's"
    )
    parser.add_argument("--route", choices=("zones", "front"), default="zones", help="from a prediction to its front")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    scenes = open_labelled_scenes(options.dataset)
    models = dict.fromkeys((EARLIEST, SPREAD), options.model)
    if options.from_nothing:
        models[FRESH] = fresh_model(options.model, options.out, options.seed)
    folds = open_source(options.model, options.folds).folds
    points = [
        point
        for point in steps(scenes, folds, sorted(options.counts), tuple(models))
        if not point.scenes or options.choose in (None, point.start)
    ]
    table = pd.DataFrame([score(point, models, scenes, options) for point in points])
    print(write_table(table, options.out))
    draw(table, options.out / "adaptation")


if __name__ == "__main__":
    main()
