"""``evaluate`` on sea ice: predicted class maps and a labelled dataset in, scores of every ice type out.

There are no lines in such a dataset, so nothing is measured in metres; every class counts alike, water too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.domain.labels import ICE_TYPE
from nnunet_glacier.evaluation.classes.class_maps import class_names
from nnunet_glacier.evaluation.classes.class_plan import ClassPlan, count_scene, make_class_plan
from nnunet_glacier.evaluation.classes.class_tables import class_screen_tables, class_table, confusion_table
from nnunet_glacier.evaluation.inputs.faults import Fault, skipped_text, with_skipped
from nnunet_glacier.evaluation.inputs.scoring_input import ScoringInput
from nnunet_glacier.evaluation.inputs.scoring_plan import coverage_remarks, without_scenes
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.class_results import ClassCounts, ClassPool, ClassResult
from nnunet_glacier.evaluation.results.output_folder import summary_head
from nnunet_glacier.formats.scores import CONFUSION_CSV, SCORES_CSV, SUMMARY_JSON, write_scores
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress


def evaluate_classes(given: ScoringInput, out: Path, options: Options) -> str:
    """Score class maps against a dataset's labels and write the scores.

    Every run counts all scenes anew, which takes no longer than reading them.

    Args:
        given: Label maps of ice types and the dataset they are scored against (`open_input`).
        out: Folder for ``scores.csv``, ``confusion.csv`` and ``summary.json``, which may be written to (`check_out`).
        options: What to score; those of fronts must have their defaults (`options_of_fronts`).

    Returns:
        The text for the screen: tables, remarks and what was written.

    Raises:
        InputError: With everything that is wrong with options, predictions and labels; nothing is written then.
    """
    refused = options_of_fronts(options)
    if refused:
        raise InputError(refused, "The predictions cannot be scored")
    classes = class_names(given.dataset)
    plan = make_class_plan(given, options)
    counts, faults = _count(plan, options)
    _refuse_faults(given, plan, counts, faults, options)
    by_set = {one.name: [scene for scene in counts if scene.prediction == one.name] for one in plan.sets}
    result = ClassResult(plan.scheme, {name: ClassPool(classes, scenes) for name, scenes in by_set.items()})
    table, confusion = with_skipped(class_table(counts, classes), faults), confusion_table(result)
    head = summary_head(given.folders, given.dataset.source, plan.scheme, plan.split, plan.missing, faults)
    description = given.dataset.description
    assert description is not None
    meaning = {"task": ICE_TYPE.name, "classes": list(classes), "ignore": description.ignore}
    write_scores(out, table, {**head, **meaning, **result.to_json()}, confusion)
    closing = _closing(given, plan, counts, out, description.ignore, options)
    return "\n\n".join(filter(None, [class_screen_tables(result), skipped_text(faults), closing]))


def options_of_fronts(options: Options) -> list[Problem]:
    """Options that were given and mean nothing here: those that decide how fronts are found, grouped and drawn anew.

    One that was given its default changes nothing and is not refused.
    """
    what = "it is about fronts, and this dataset has ice types, which are scored by class"
    return [Problem(option, what, "Leave it out") for option in options.given()]


def _count(plan: ClassPlan, options: Options) -> tuple[list[ClassCounts], list[Fault]]:
    """The counts of all scenes, in the order of the tasks, and every fault."""
    counts, faults = [], list(plan.faults)
    answers = map_with_progress(
        count_scene, plan.tasks, description="score", workers=options.workers, backend=options.backend
    )
    for answer in answers:
        if isinstance(answer, ClassCounts):
            counts.append(answer)
        else:
            faults += answer
    return counts, faults


def _refuse_faults(
    given: ScoringInput, plan: ClassPlan, counts: Sequence[ClassCounts], faults: Sequence[Fault], options: Options
) -> None:
    """Refuse bad input, unless it is skipped and every set keeps a scene; and sets without a scene of the split."""
    unskipped = bool(faults) and not options.skip_bad
    scored = {scene.prediction for scene in counts}
    empty = [] if unskipped else without_scenes(given, scored, plan.split)
    if unskipped or empty:
        problems = [*empty, *(fault.problem for fault in faults)]
        raise InputError(list(dict.fromkeys(problems)), "The predictions cannot be scored")


def _closing(
    given: ScoringInput, plan: ClassPlan, counts: Sequence[ClassCounts], out: Path, ignore: int | None, options: Options
) -> str:
    """Remarks on what was scored, and what was written."""
    lines = [
        "Scores of the pixels of all scenes together; weighted F1: by labelled pixels; its scene mean: of the scenes' "
        f"own, which Pires de Lima et al. (2023) quote; split {plan.split!r}."
    ]
    if ignore is not None:
        # Of repeated trainings every scene is there several times.
        scenes = {scene.scene.case: scene for scene in counts}.values()
        ignored = sum(scene.ignored_pixels for scene in scenes)
        total = ignored + sum(int(scene.confusion.sum()) for scene in scenes)
        lines.append(f"{ignored} of {total} pixels are labelled {ignore} (ignore) and in no figure.")
    lines += coverage_remarks(given, plan.split, plan.missing, plan.not_in_split, options)
    lines.append(
        f"Written: {out / SCORES_CSV} (a row per scene), {out / CONFUSION_CSV} (labelled by predicted class), "
        f"{out / SUMMARY_JSON}."
    )
    return "\n".join(lines)
