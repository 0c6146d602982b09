"""Lines scored as ``fronts`` and ``lines`` deliver them - pruned, bridged, smoothed - by the measures of masks.

The delivered line is drawn one pixel wide on the pixels of the label, so that its scores stand beside those of masks.
A labelled scene without a delivered line counts as one whose line was missed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.evaluation.inputs.references import label_problems, with_hemispheres
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


def evaluate_lines(file: Path, dataset: Path, out: Path, options: Options) -> str:
    """Score delivered lines against a dataset's line labels and write the scores.

    Args:
        file: A vector file with a column ``case`` (`open_delivered_lines`).
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        out: Folder for ``scores.csv`` and ``summary.json``, which are of the form that ``evaluate`` gives masks.
        options: What to score; those of how fronts are found must have their defaults, since the lines are taken as
            they are.

    Returns:
        The text for the screen.

    Raises:
        InputError: With everything that is wrong with the lines, the labels or the options; nothing is written then.
    """
    what = "it makes lines of maps, and these are lines already"
    refused = [Problem(option, what, "Leave it out") for option in options.given() if option in _OF_MAPS]
    if refused:
        raise InputError(refused, "The lines cannot be scored")
    delivered, opened = all_of(lambda: open_delivered_lines(file), lambda: open_dataset(dataset))
    split, tasks = _tasks(delivered, opened, options)
    scores: list[SceneScore] = []
    problems: list[Problem] = []
    for answer in map_with_progress(score_lines, tasks, description="score", workers=options.workers):
        if isinstance(answer, Problem):
            problems.append(answer)
        else:
            scores.append(answer)
    if problems:
        raise InputError(problems, "The lines cannot be scored")
    measures = chosen_measures(options.measures, cut_ends=options.cut_ends_m is not None)
    result = Result("front", "single", {SET_NAME: scores}, measures, Bootstrap(options.bootstrap_seed))
    head = summary_head([file], opened.source, "single", split, [], [], "front", options, delivered=True)
    write_scores(out, scores_table(scores, measures), {**head, **result.to_json()})
    missed = sum(score.front.predicted_pixels == 0 < score.front.label_pixels for score in scores)
    return "\n\n".join([screen_tables(result, options.cut_ends_m), _closing(file, out, split, missed)])


def _tasks(delivered: DeliveredLines, dataset: Dataset, options: Options) -> tuple[str, list[LineTask]]:
    """The split that is scored, and its scenes.

    Raises:
        InputError: If lines are of scenes that the dataset has not, labels are missing, or no scene is in the split.
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
    problems += [one for files in wanted for one in label_problems(files, published=dataset.published)]
    placed, unplaced = with_hemispheres(wanted, dict(options.hemispheres), published=dataset.published)
    if problems or unplaced:
        raise InputError([*problems, *unplaced], "The lines cannot be scored")
    lines = delivered.lines
    return split, [LineTask(one, lines.get(one.scene.case, ()), delivered.file, options.cut_ends_m) for one in placed]


def score_lines(task: LineTask) -> SceneScore | Problem:
    """The score of one scene's lines, or what is wrong with them."""
    scene = task.reference.scene
    try:
        label, ignored = task.reference.read_front(), task.reference.read_ignored()
        predicted = inside_box(thin_line(lines_in_pixels(task.lines, scene), label.shape), scene.box)
    except InputError as error:
        return error.problems[0]
    except GlacierError as error:
        return Problem(task.file, f"case {scene.case}: {error}", "Convert the dataset from images with map coordinates")
    if ignored is not None:
        label, predicted = label & ~ignored, predicted & ~ignored
    compared = Comparison(
        predicted, label, scene.pixel_size_m, cut_ends_m=math.nan if task.cut_ends_m is None else task.cut_ends_m
    )
    return SceneScore.of(SET_NAME, "front", scene, compared)


def _closing(file: Path, out: Path, split: str, missed: int) -> str:
    were = counted(missed, "labelled scene has", "labelled scenes have")
    return "\n".join(
        [
            f"The lines of {file} as they are, drawn one pixel wide; no piece was deleted here; split {split!r}.",
            f"{were} no line in it: missed.",
            f"Written: {out / SCORES_CSV} (a row per image), {out / SUMMARY_JSON}.",
            f"Next: 'nnunet-glacier report {quoted(out)} REPORT' draws the scores.",
        ]
    )
