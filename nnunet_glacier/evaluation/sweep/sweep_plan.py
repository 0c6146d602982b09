"""What the threshold sweep reads: predicted validation cases matched with their labels, checked without any pixels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.labels import FRONT, FUSED, GROUNDING_LINE, LabelSpace
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.predicting_models import mixed_models
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    PredictionSet,
    read_prediction_sets,
    strangers,
    with_probabilities,
    without_probabilities,
)
from nnunet_glacier.evaluation.inputs.references import is_published_layout, label_problems, read_references
from nnunet_glacier.evaluation.sweep.case_sweep import LineLabels, SweepTask
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.scene_files import SceneFiles, dataset_folder
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

LABELS = "labelsTr"
CASES = "cases"


def plan_sweep(
    predictions: Sequence[Path], dataset: Path, out: Path, rules: FrontRules, *, skip_bad: bool = False
) -> tuple[list[SweepTask], list[Fault]]:
    """One task a case, sorted by name, and the cases that are skipped.

    Args:
        predictions: Folders of predictions.
        dataset: What they are compared with.
        out: Where numbers are kept.
        rules: How a line is found.
        skip_bad: Skip cases without probabilities or labels, or of no scene, as long as one is left.

    Raises:
        InputError: With everything that is wrong and can be told without decoding a pixel: folders that cannot be
            read, test scenes, cases without probabilities or labels, of no scene, or predicted twice, folders of
            different models.
    """
    problems: list[Problem] = []
    sets: list[PredictionSet] = []
    known: dict[str, SceneFiles] = {}
    labels, ending = None, ""
    try:
        sets = [with_probabilities(found) for found in read_prediction_sets(predictions)[1]]
    except InputError as error:
        problems += error.problems
    try:
        known = read_references(dataset)
        labels, ending = read_line_labels(dataset)
    except InputError as error:
        problems += error.problems
    one_model = (
        "A threshold is one model's, chosen on the scenes that its folds did not train on: sweep each model apart"
    )
    problems += mixed_models(sets, one_model) + _test_scenes(sets, known) + _twice(sets)
    faults = [*(strangers(sets, known, dataset) if known else []), *without_probabilities(sets)]
    tasks = []
    for found in sets:
        for case, prediction in found.cases.items():
            if case not in known or known[case].scene.split == "test":
                continue
            label = None if labels is None else dataset_folder(dataset) / LABELS / f"{case}{ending}"
            lacking = [Fault(found.name, case, problem) for problem in _lacking_labels(known[case], label)]
            faults += lacking
            if prediction.probability is not None and not lacking:
                kept_in = out / CASES / f"{case}.json"
                found_by = replace(rules, keep_rings=known[case].grounding_line)
                tasks.append(SweepTask(prediction.probability, known[case], label, labels, found_by, kept_in))
    if problems or (faults and not (skip_bad and tasks)):
        raise InputError([*problems, *(fault.problem for fault in faults)], "No threshold can be chosen")
    return sorted(tasks, key=lambda task: task.reference.scene.case), faults


def read_line_labels(dataset: Path) -> tuple[LineLabels | None, str]:
    """What the label maps of a dataset mean, and their file ending; None where they have no line, or there are none.

    Raises:
        InputError: If its ``dataset.json`` does not say.
    """
    path = dataset_folder(dataset) / DATASET_JSON
    if is_published_layout(dataset) or not path.is_file() or not (path.parent / LABELS).is_dir():
        return None, ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        space = LabelSpace.from_dataset_json(content)
        ignore, ending = content.get("labels", {}).get("ignore"), content["file_ending"]
    except (GlacierError, ValueError, KeyError, AttributeError) as error:
        what = f"it does not tell what the label maps mean ({error})"
        raise InputError([Problem(path, what, "Convert the dataset again")]) from None
    has_line = bool({FRONT.name, FUSED.name, GROUNDING_LINE.name} & set(space.names))
    return (LineLabels(space, ignore) if has_line else None), ending


def _test_scenes(sets: Sequence[PredictionSet], known: Mapping[str, SceneFiles]) -> list[Problem]:
    problems = []
    for found in sets:
        cases = [case for case in found.cases if case in known and known[case].scene.split == "test"]
        if cases:
            what = f"{counted(len(cases), 'case is', 'cases are')} of split 'test': {', '.join(cases)}"
            remedy = "A threshold is never chosen on test scenes: predict the validation cases of the folds"
            problems.append(Problem(found.folder, what, remedy))
    return problems


def _lacking_labels(reference: SceneFiles, label: Path | None) -> list[Problem]:
    problems = label_problems(reference, published=False)
    if label is not None and not label.is_file():
        problems.append(Problem(label, "there is no such label", "Restore it"))
    return problems


def _twice(sets: Sequence[PredictionSet]) -> list[Problem]:
    owner: dict[str, PredictionSet] = {}
    problems = []
    for found in sets:
        for case, prediction in found.cases.items():
            if case in owner:
                what = f"case {case} is in {owner[case].folder} too"
                problems.append(Problem(prediction.where, what, "Give each case once, predicted by its own fold"))
            owner.setdefault(case, found)
    return problems
