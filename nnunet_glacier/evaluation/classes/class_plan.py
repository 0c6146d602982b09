"""Which class maps are scored against which labels: predictions matched with the scenes of the dataset, and counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.evaluation.classes.class_maps import ClassLabels, count_classes, list_class_maps
from nnunet_glacier.evaluation.classes.class_results import ClassCounts
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    MissingPrediction,
    PredictionSet,
    Scheme,
    choose_split,
    missing_predictions,
    strangers,
)
from nnunet_glacier.evaluation.inputs.scoring_plan import read_both
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.support.errors import InputError, Problem

_SPLITS_JSON = "splits_final.json"


@dataclass(frozen=True)
class ClassTask:
    """One scene to score; small enough to travel to a worker.

    Attributes:
        set_name: Name of the set of predictions.
        scene: The scene.
        predicted: Its predicted class map.
        label: Its label map.
        classes: Number of classes.
        ignore: Value of labels that are not scored, or None.
    """

    set_name: str
    scene: Scene
    predicted: Path
    label: Path
    classes: int
    ignore: int | None


@dataclass(frozen=True)
class ClassPlan:
    """What will be scored.

    Attributes:
        scheme: How the sets of predictions belong together.
        sets: The sets.
        split: The split that is scored.
        tasks: One a set and scene.
        missing: Scenes that should have been predicted and were not.
        not_in_split: Number of predicted scenes that are outside of the split.
        faults: Predictions without a scene, and scenes without a prediction where that is not allowed.
    """

    scheme: Scheme
    sets: list[PredictionSet]
    split: str
    tasks: list[ClassTask]
    missing: list[MissingPrediction]
    not_in_split: int
    faults: list[Fault]


def make_class_plan(predictions: Sequence[Path], dataset: Path, labels: ClassLabels, options: Options) -> ClassPlan:
    """Match predictions and labels; no map is read.

    Training scenes that validate in no fold are scored if they were predicted, and not missed otherwise: of the
    published halves of sea ice only one validates.

    Raises:
        InputError: If the predictions, the dataset or its folds cannot be read.
    """
    (scheme, sets), known = read_both(predictions, dataset, partial(list_class_maps, labels=labels))
    cases = {case for found in sets for case in found.cases}
    split = choose_split(options.split, scheme, False, cases, known)
    wanted = [case for case, reference in known.items() if split in ("all", reference.scene.split)]
    validating = validating_cases(labels.folder)
    due = [case for case in wanted if validating is None or case in validating or known[case].scene.split != "train"]
    missing = missing_predictions(sets, scheme, due)
    faults = strangers(sets, known, dataset)
    if options.skip_bad or not options.allow_missing:
        faults += [lacking.fault for lacking in missing]
    tasks = [
        ClassTask(found.name, scene, found.cases[case].where, labels.path(scene), len(labels.classes), labels.ignore)
        for found in sets
        for case in wanted
        if case in found.cases and (scene := known[case].scene)
    ]
    return ClassPlan(scheme, sets, split, tasks, missing, len(cases & known.keys() - set(wanted)), faults)


def validating_cases(dataset: Path) -> set[str] | None:
    """The cases that validate in any fold of ``splits_final.json``; None if the dataset has no such file.

    Raises:
        InputError: If the file holds no folds.
    """
    path = dataset / _SPLITS_JSON
    if not path.is_file():
        return None
    try:
        return {case for fold in json.loads(path.read_text(encoding="utf-8")) for case in fold["val"]}
    except (ValueError, KeyError, TypeError):
        what = "it holds no list of folds with 'train' and 'val'"
        raise InputError([Problem(path, what, "Convert the dataset again")]) from None


def count_scene(task: ClassTask) -> ClassCounts | list[Fault]:
    """The scene's counts, or what is wrong with its files."""
    try:
        confusion, ignored = count_classes(task.predicted, task.label, task.classes, task.ignore)
    except InputError as error:
        return [Fault(task.set_name, task.scene.case, problem) for problem in error.problems]
    return ClassCounts(task.set_name, task.scene, confusion, ignored)
