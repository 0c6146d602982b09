"""Lines scored as ``fronts`` and ``lines`` deliver them - pruned, bridged, smoothed - by the measures of masks.

The delivered line is drawn one pixel wide on the pixels of the label, so that its scores stand beside those of masks.
A labelled scene without a delivered line counts as one whose line was missed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.evaluation.inputs.faults import Fault, skipped_text, with_skipped
from nnunet_glacier.evaluation.inputs.map_problems import line_header_problems
from nnunet_glacier.evaluation.inputs.references import (
    label_problems,
    line_of,
    with_hemispheres,
    without_pixel_size,
)
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.output_folder import summary_head
from nnunet_glacier.evaluation.results.result import Result
from nnunet_glacier.evaluation.results.tables import scores_table, screen_tables
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.formats.dataset import Dataset, open_dataset
from nnunet_glacier.formats.delivered_lines import DeliveredLines, lines_in_pixels, open_delivered_lines
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scores import SCORES_CSV, SUMMARY_JSON, write_scores
from nnunet_glacier.lines.front_lines import inside_box
from nnunet_glacier.lines.thin_lines import thin_line
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.registry import chosen_measures
from nnunet_glacier.support.bootstrap import Bootstrap
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.wording import counted, quoted

SET_NAME = "lines"

_OF_MAPS = ("--route", "--threshold", "--min-front-length-m", "--front-side", "--fused-decoding")
"""Options of how a line is made of a map."""


@dataclass(frozen=True)
class LineTask:
    """One scene to score.

    Attributes:
        reference: The scene and its labels.
        lines: Its delivered lines with their CRS; none where none was delivered.
        file: Where they stand, for the errors.
        cut_ends_m: As of `Options`.
    """

    reference: SceneFiles
    lines: tuple[tuple[str, Any], ...]
    file: Path
    cut_ends_m: float | None = None


@dataclass(frozen=True)
class LinePlan:
    """What will be scored.

    Attributes:
        split: The split that is scored.
        tasks: One per scene.
        faults: Scenes that are left out because of bad labels; empty unless that was asked for.
        outside: Number of scenes with lines that are outside of the split.
    """

    split: str
    tasks: list[LineTask]
    faults: list[Fault]
    outside: int


def evaluate_lines(file: Path, dataset: Path, out: Path, options: Options) -> str:
    """Score delivered lines against a dataset's line labels and write the scores.

    Args:
        file: A vector file with a column ``case`` (`open_delivered_lines`).
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        out: Folder for ``scores.csv`` and ``summary.json``, which are of the form that ``evaluate`` gives masks.
        options: What to score; those of how fronts are found must have their defaults, since the lines are taken as
            they are, and scenes without a line count as missed.

    Returns:
        The text for the screen.

    Raises:
        InputError: With everything that is wrong with the lines, the labels or the options; nothing is written then.
    """
    refused = _refused(options)
    if refused:
        raise InputError(refused, "The lines cannot be scored")
    delivered, opened = all_of(lambda: open_delivered_lines(file), lambda: open_dataset(dataset))
    plan = _plan(delivered, opened, options)
    scores, faults = _score(plan, options)
    measures = chosen_measures(options.measures, cut_ends=options.cut_ends_m is not None)
    result = Result("front", "single", {SET_NAME: scores}, measures, Bootstrap(options.bootstrap_seed))
    head = summary_head([file], opened.source, "single", plan.split, [], faults, "front", options, delivered=True)
    write_scores(out, with_skipped(scores_table(scores, measures), faults), {**head, **result.to_json()})
    tables = screen_tables(result, options.cut_ends_m, line_of(task.reference for task in plan.tasks), delivered=True)
    return "\n\n".join(filter(None, [tables, skipped_text(faults), _closing(file, out, plan, scores)]))


def _refused(options: Options) -> list[Problem]:
    """Options that are of maps."""
    what = "it makes lines of maps, and these are lines already"
    refused = [Problem(option, what, "Leave it out") for option in options.given() if option in _OF_MAPS]
    if options.allow_missing:
        missing = "scenes without a delivered line count as missed, and are not left out"
        remedy = "Leave it out, or choose the scenes with --split"
        refused.append(Problem("--allow-missing", missing, remedy))
    return refused


def _plan(delivered: DeliveredLines, dataset: Dataset, options: Options) -> LinePlan:
    """What is scored.

    Raises:
        InputError: If lines are of scenes that the dataset has not, labels are missing or do not fit, no scene is in
            the split, or ends cannot be cut; with `Options.skip_bad` bad labels become faults of the plan.
    """
    problems = dataset.split_problems()
    remedy = "Give the dataset they belong to"
    strangers = sorted(set(delivered.lines) - set(dataset.scenes))
    if strangers:
        what = f"{dataset.source} has no scene of {counted(len(strangers), 'case')} of it, such as {strangers[0]}"
        problems.append(Problem(delivered.file, what, remedy))
    splits = {dataset.scenes[case].scene.split for case in delivered.lines if case in dataset.scenes}
    split = options.split if options.split != "auto" else next(iter(splits)) if len(splits) == 1 else "all"
    wanted = [files for files in dataset.scenes.values() if split in ("all", files.scene.split)]
    if not wanted and not problems:
        problems.append(Problem(dataset.source, f"it has no scene of split {split!r}", "Choose another --split"))
    faults = [
        Fault(None, files.scene.case, problem)
        for files in wanted
        for problem in label_problems(files, published=dataset.published) or line_header_problems(files)
    ]
    lost = {fault.case for fault in faults}
    usable = [files for files in wanted if files.scene.case not in lost]
    placed, unplaced = with_hemispheres(usable, dict(options.hemispheres), published=dataset.published)
    problems += unplaced + without_pixel_size(usable, options.cut_ends_m)
    if problems or (faults and not options.skip_bad):
        raise InputError([*problems, *(fault.problem for fault in faults)], "The lines cannot be scored")
    lines = delivered.lines
    tasks = [LineTask(one, lines.get(one.scene.case, ()), delivered.file, options.cut_ends_m) for one in placed]
    outside = len(set(lines) - {files.scene.case for files in wanted})
    return LinePlan(split, tasks, faults, outside)


def _score(plan: LinePlan, options: Options) -> tuple[list[SceneScore], list[Fault]]:
    """The scores, and the scenes that are left out.

    Raises:
        InputError: With everything that could not be scored, unless such scenes are skipped and others remain.
    """
    scores: list[SceneScore] = []
    faults = list(plan.faults)
    answers = map_with_progress(
        score_lines, plan.tasks, description="score", workers=options.workers, backend=options.backend
    )
    for task, answer in zip(plan.tasks, answers, strict=True):
        if isinstance(answer, SceneScore):
            scores.append(answer)
        else:
            faults += [Fault(None, task.reference.scene.case, problem) for problem in answer]
    if faults and not (options.skip_bad and scores):
        raise InputError([fault.problem for fault in faults], "The lines cannot be scored")
    return scores, faults


def score_lines(task: LineTask) -> SceneScore | list[Problem]:
    """The score of one scene's lines, or what is wrong with them or with its labels, which are of one size."""
    scene = task.reference.scene
    try:
        label, ignored = all_of(task.reference.read_front, task.reference.read_ignored)
        predicted = inside_box(thin_line(lines_in_pixels(task.lines, scene), label.shape), scene.box)
    except InputError as error:
        return list(error.problems)
    except GlacierError as error:
        what = f"case {scene.case}: {error}"
        return [Problem(task.file, what, "Convert the dataset from images with map coordinates")]
    if ignored is not None:
        label, predicted = label & ~ignored, predicted & ~ignored
    compared = Comparison(
        predicted, label, scene.pixel_size_m, cut_ends_m=math.nan if task.cut_ends_m is None else task.cut_ends_m
    )
    return SceneScore.of(SET_NAME, "front", scene, compared)


def _closing(file: Path, out: Path, plan: LinePlan, scores: Sequence[SceneScore]) -> str:
    missed = sum(score.front.predicted_pixels == 0 < score.front.label_pixels for score in scores)
    unscaled = sum(math.isnan(score.scene.pixel_size_m) for score in scores)
    lines = [
        f"The lines of {file} as they are, drawn one pixel wide; no piece was deleted here; split {plan.split!r}.",
        f"{counted(missed, 'labelled scene has', 'labelled scenes have')} no line in it: missed.",
    ]
    if plan.outside:
        outside = counted(plan.outside, "scene with lines is", "scenes with lines are")
        lines.append(f"{outside} outside split {plan.split!r}: not scored.")
    if unscaled:
        lines.append(f"{counted(unscaled, 'scene has', 'scenes have')} no pixel size: errors in pixels only.")
    lines.append(f"Written: {out / SCORES_CSV} (a row per image), {out / SUMMARY_JSON}.")
    lines.append(f"Next: 'nnunet-glacier report {quoted(out)} REPORT' draws the scores.")
    return "\n".join(lines)
