"""What the threshold sweep reads: predicted validation cases matched with their labels, checked without any pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    PredictionSet,
    cases_given_twice,
    mixed_models,
    strangers,
    without_probabilities,
)
from nnunet_glacier.evaluation.inputs.references import label_problems
from nnunet_glacier.evaluation.inputs.scoring_input import ScoringInput
from nnunet_glacier.evaluation.sweep.case_sweep import SweepTask, label_map_of
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted

CASES = "cases"

_SWEEP_APART = (
    "A threshold is one model's, chosen on the scenes that its folds did not train on: sweep each model apart"
)


def plan_sweep(
    given: ScoringInput, out: Path, rules: FrontRules, *, skip_bad: bool = False
) -> tuple[list[SweepTask], list[Fault]]:
    """One task per case, sorted by name, and the cases that are skipped.

    Args:
        given: Predictions, and the dataset that they are compared with.
        out: Where numbers are kept.
        rules: How a line is found.
        skip_bad: Skip cases without probabilities or labels, or of no scene, as long as one is left.

    Raises:
        InputError: With everything that is wrong and can be told without decoding a pixel: test scenes, cases without
            probabilities or labels, of no scene, or predicted twice, sets of different models.
    """
    sets, known, description = given.sets, given.dataset.scenes, given.dataset.description
    if description is not None and description.has_classes_alone:
        remedy = "Give a dataset of fronts or grounding lines"
        raise InputError([Problem(description.path, "its label maps hold ice types and no line", remedy)])
    problems = mixed_models(sets, _SWEEP_APART) + _test_scenes(sets, known) + _twice(sets)
    faults = [*strangers(sets, given.dataset), *without_probabilities(sets)]
    tasks = []
    for one in sets:
        for case, prediction in one.cases.items():
            if case not in known or known[case].scene.split == "test":
                continue
            reference = known[case]
            against_band = description is not None and description.has_line and reference.label is not None
            lacking = [Fault(one.name, case, problem) for problem in _lacking_labels(reference, against_band)]
            faults += lacking
            if prediction.probability is not None and not lacking:
                kept_in = out / CASES / f"{case}.json"
                line_rules = replace(rules, keep_rings=reference.grounding_line)
                tasks.append(SweepTask(prediction, reference, against_band, line_rules, kept_in))
    if problems or (faults and not (skip_bad and tasks)):
        raise InputError([*problems, *(fault.problem for fault in faults)], "No threshold can be chosen")
    return sorted(tasks, key=lambda task: task.reference.scene.case), faults


def _test_scenes(sets: Sequence[PredictionSet], known: Mapping[str, SceneFiles]) -> list[Problem]:
    problems = []
    for one in sets:
        cases = [case for case in one.cases if case in known and known[case].scene.split == "test"]
        if cases:
            what = f"{counted(len(cases), 'case is', 'cases are')} of split 'test': {', '.join(cases)}"
            remedy = "A threshold is never chosen on test scenes: predict the validation cases of the folds"
            problems.append(Problem(one.folder, what, remedy))
    return problems


def _lacking_labels(reference: SceneFiles, against_band: bool) -> list[Problem]:
    problems = label_problems(reference, published=False)
    label_map = label_map_of(reference, against_band)
    if label_map is not None and not label_map.is_file():
        problems.append(Problem(label_map, "there is no such label", "Restore it"))
    return problems


def _twice(sets: Sequence[PredictionSet]) -> list[Problem]:
    remedy = "Give each case once, predicted by its own fold"
    return [
        Problem(again.where, f"case {case} is in {first.folder} too", remedy)
        for case, first, again in cases_given_twice(sets)
    ]
