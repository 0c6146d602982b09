"""The stage ``sweep``: probabilities of validation cases in, the threshold for test scenes out (Gattolin)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.line_threshold import Criterion
from nnunet_glacier.evaluation.inputs.faults import Fault, skipped_text
from nnunet_glacier.evaluation.inputs.scoring_input import open_input
from nnunet_glacier.evaluation.sweep.case_sweep import CaseSweep, SweepTask, sweep_case
from nnunet_glacier.evaluation.sweep.sweep_picture import write_picture
from nnunet_glacier.evaluation.sweep.sweep_plan import CASES, plan_sweep
from nnunet_glacier.evaluation.sweep.threshold_sweep import (
    Curve,
    ThresholdChoice,
    choose_by_dice,
    choose_by_mde,
    comparable,
    dice_curve,
    mde_curve,
)
from nnunet_glacier.measures.means import null_if_nan
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_json, write_whole
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.wording import counted, quoted

SWEEP = "sweep"
SWEEP_JSON, SWEEP_CSV = f"{SWEEP}.json", f"{SWEEP}.csv"

_ELSEWHERE = "Give another folder, or --overwrite"


@dataclass(frozen=True)
class SweepOptions:
    """What a user may choose.

    Attributes:
        by: The highest mean Dice decides, or the lowest MDE.
        rules: How the line is found for the MDE; the defaults are those of scoring.
        workers: Processes; None for one per core.
        overwrite: Replace the threshold that was chosen on other predictions.
        skip_bad: Choose by the other cases when files of a case are missing or cannot be used.
    """

    by: Criterion = "dice"
    rules: FrontRules = field(default_factory=FrontRules)
    workers: int | None = None
    overwrite: bool = False
    skip_bad: bool = False


@dataclass(frozen=True)
class _Curves:
    """Both scores against the threshold; the MDE in metres, or in pixels if a case's pixel size is not known."""

    dice: Curve
    mde: Curve
    unit: str
    against: str


def sweep(predictions: Sequence[Path], dataset: Path, out: Path, options: SweepOptions | None = None) -> str:
    """Choose the threshold above which a probability is line, on validation cases.

    Dice is that of the mask above the threshold with the line's class in the label map (``labelsTr``): the band that
    was learnt. Datasets whose label maps have no such class, or that have none, are compared with their one-pixel
    line. The MDE is that of the line found in the mask (`front_lines.front_of_band`) to the one-pixel line, over all
    pixels of all cases. Pixels with the label ``ignore`` count in neither.

    Args:
        predictions: Folders of predictions with probabilities (`line_probabilities`), of different cases; or one
            trained model's folder, whose folds kept the probabilities of their validation cases.
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        out: Folder for ``sweep.json``, ``sweep.csv``, ``sweep.png`` and ``sweep.svg``, and ``cases/``, where each
            case's numbers are kept.
        options: Which score decides, and how.

    Returns:
        The text for the screen: the choice, what was written and what comes next.

    Raises:
        InputError: With everything that is wrong with the predictions, the labels or the output folder; test scenes
            among the cases are.
    """
    options = options or SweepOptions()
    tasks, faults = _plan(predictions, dataset, out, options)
    done = _sweep_all(tasks, faults, out, options)
    curves = _curves(done)
    choice = _choose(curves, dataset, options)
    table = _table(curves)
    write_whole(out / SWEEP_CSV, lambda temporary: table.to_csv(temporary, index=False))
    write_picture(out / SWEEP, curves.dice, curves.mde, curves.unit, choice)
    # Last, since the next command reads it.
    skipped = {"skipped": [fault.to_json() for fault in faults]}
    write_json(out / SWEEP_JSON, _record(predictions, dataset, options, curves, choice) | skipped)
    return "\n\n".join(filter(None, [skipped_text(faults, SWEEP_JSON), _closing(out, curves, choice)]))


def _plan(
    predictions: Sequence[Path], dataset: Path, out: Path, options: SweepOptions
) -> tuple[list[SweepTask], list[Fault]]:
    problems = folder_problems(out, *predictions, dataset)
    problems += [] if options.overwrite else _of_others(out, predictions, dataset)
    try:
        given = open_input(predictions, dataset, of_one_model=False)
        tasks, faults = plan_sweep(given, out, options.rules, skip_bad=options.skip_bad)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems, "No threshold can be chosen")
    return tasks, faults


def _of_others(out: Path, predictions: Sequence[Path], dataset: Path) -> list[Problem]:
    """Problems if a threshold chosen on other predictions is there, or files that this stage did not write."""
    path = out / SWEEP_JSON
    if not path.is_file():
        written = [out / name for name in (SWEEP_CSV, f"{SWEEP}.png", f"{SWEEP}.svg")]
        return foreign_problems(out, written, out / CASES, _ELSEWHERE)
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        before = None
    ours = _input(predictions, dataset)
    if isinstance(before, dict) and all(before.get(name) == value for name, value in ours.items()):
        return []
    return [Problem(path, "it was chosen on other predictions", _ELSEWHERE)]


def _input(predictions: Sequence[Path], dataset: Path) -> dict[str, Any]:
    return {"predictions": [str(folder.absolute()) for folder in predictions], "dataset": str(dataset.absolute())}


def _sweep_all(
    tasks: Sequence[SweepTask], faults: list[Fault], out: Path, options: SweepOptions
) -> list[tuple[SweepTask, CaseSweep]]:
    """The numbers of each case; those that are skipped are added to the faults, in place."""
    done = []
    results = map_with_progress(sweep_case, tasks, description="sweep", workers=options.workers)
    for task, result in zip(tasks, results, strict=True):
        if isinstance(result, CaseSweep):
            done.append((task, result))
        else:
            faults += [Fault(None, task.reference.scene.case, problem) for problem in result]
    if faults and not (options.skip_bad and done):
        outcome = f"no threshold was written; the other cases are kept in {out / CASES}" if done else None
        problems = [fault.problem for fault in faults]
        raise InputError(problems, "No threshold can be chosen", outcome or "nothing was written")
    return done


def _curves(done: Sequence[tuple[SweepTask, CaseSweep]]) -> _Curves:
    tasks, sweeps = zip(*done, strict=True)
    sizes_m = [task.reference.scene.pixel_size_m for task in tasks]
    in_metres = not any(map(math.isnan, sizes_m))
    return _Curves(
        dice_curve(case.overlaps for case in sweeps),
        mde_curve([case.fronts for case in sweeps], sizes_m if in_metres else [1.0] * len(sweeps)),
        "m" if in_metres else "px",
        "band" if tasks[0].against_band else "line",
    )


def _choose(curves: _Curves, dataset: Path, options: SweepOptions) -> ThresholdChoice:
    try:
        return choose_by_dice(curves.dice) if options.by == "dice" else choose_by_mde(curves.mde)
    except ValueError as error:
        remedy = "Give cases with labelled lines and a model that finds them"
        raise InputError(
            [Problem(dataset, str(error), remedy)], "No threshold can be chosen", "none was written"
        ) from None


def _table(curves: _Curves) -> pd.DataFrame:
    """A row per threshold; an unknown MDE is empty."""
    return pd.DataFrame(
        {
            "threshold": curves.dice.thresholds,
            "mean_dice": curves.dice.scores,
            f"mde_{curves.unit}": curves.mde.scores,
            "cases_without_mask": curves.dice.without_line,
            "cases_without_line": curves.mde.without_line,
            "mde_comparable": comparable(curves.mde),
        }
    )


def _record(
    predictions: Sequence[Path], dataset: Path, options: SweepOptions, curves: _Curves, choice: ThresholdChoice
) -> dict[str, Any]:
    """The content of ``sweep.json``: ``threshold`` is what ``nnunet-glacier lines --threshold`` reads."""
    return {
        "threshold": choice.threshold,
        "by": choice.criterion,
        "thresholds": list(choice.thresholds),
        "mean_dice": [null_if_nan(score) for score in curves.dice.scores],
        f"mde_{curves.unit}": [null_if_nan(score) for score in curves.mde.scores],
        "cases_without_line": list(curves.mde.without_line),
        "cases": choice.images,
        "dice_against": curves.against,
        "min_front_length_m": options.rules.min_front_length_m,
        **_input(predictions, dataset),
        "version": version("nnunet-glacier"),
    }


def _closing(out: Path, curves: _Curves, choice: ThresholdChoice) -> str:
    """The choice with both of its scores, remarks, what was written and what comes next."""
    index = choice.thresholds.index(choice.threshold)
    dice, mde = curves.dice.scores[index], curves.mde.scores[index]
    by = "highest mean Dice" if choice.criterion == "dice" else "lowest MDE"
    lines = [
        f"Threshold {choice.threshold:g}, the {by} over {counted(choice.images, 'validation case')}: "
        f"mean Dice {dice:.3f}, MDE {'unknown' if math.isnan(mde) else f'{mde:.4g} {curves.unit}'}."
    ]
    if index in (0, len(choice.thresholds) - 1):
        lines.append("It is the end of the range that was tried: look at the picture before you rely on it.")
    if curves.against == "line":
        lines.append("The dataset's label maps have no class of the line: Dice is against the one-pixel line.")
    if curves.unit == "px":
        lines.append("Not every case has a known pixel size: the MDE is in pixels, and there short lines stay.")
    without = curves.mde.without_line[index]
    if without:
        lines.append(f"{counted(without, 'case has', 'cases have')} no line there: in no MDE.")
    lines.append(f"Written: {out / SWEEP_JSON}, {out / SWEEP_CSV} (a row per threshold), {out / SWEEP}.png and .svg.")
    threshold = quoted(out / SWEEP_JSON)
    lines.append(f"Next: 'nnunet-glacier lines PREDICTIONS OUT --threshold {threshold}' on the test scenes.")
    return "\n".join(lines)
