"""Which class maps are scored against which labels: predictions matched with the scenes of the dataset, and counted."""

from __future__ import annotations

from dataclasses import dataclass

from nnunet_glacier.evaluation.classes.class_maps import class_names, class_problems, count_classes
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.prediction_sets import (
    MissingPrediction,
    PredictionSet,
    Scheme,
    choose_split,
    strangers,
)
from nnunet_glacier.evaluation.inputs.scoring_input import ScoringInput
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.evaluation.results.class_results import ClassCounts
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.support.errors import InputError, Problem


@dataclass(frozen=True)
class ClassTask:
    """One scene to score; small enough to travel to a worker.

    Attributes:
        set_name: Name of the set of predictions.
        prediction: The predicted class map of the scene.
        reference: The scene and its label map.
        classes: Number of classes.
    """

    set_name: str
    prediction: Prediction
    reference: SceneFiles
    classes: int


@dataclass(frozen=True)
class ClassPlan:
    """What will be scored.

    Attributes:
        scheme: How the sets of predictions belong together.
        sets: The sets.
        split: The split that is scored.
        tasks: One per set and scene.
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


def make_class_plan(given: ScoringInput, options: Options) -> ClassPlan:
    """Match predictions and labels; no map is read.

    Training scenes that validate in no fold are scored if they were predicted, and not missed otherwise.

    Raises:
        InputError: If a model predicted other classes than the dataset's.
    """
    scheme, sets, dataset, known = given.scheme, given.sets, given.dataset, given.dataset.scenes
    problems = [problem for one in sets for problem in class_problems(one.predictions, dataset)]
    if problems:
        raise InputError(problems, "The predictions cannot be scored")
    cases = {case for one in sets for case in one.cases}
    split = choose_split(options.split, scheme, dataset, cases)
    wanted = [case for case, reference in known.items() if split in ("all", reference.scene.split)]
    missing = given.missing_predictions(wanted)
    faults = strangers(sets, dataset)
    if options.skip_bad or not options.allow_missing:
        faults += [lacking.fault for lacking in missing]
    tasks = [
        ClassTask(one.name, one.cases[case], known[case], len(class_names(dataset)))
        for one in sets
        for case in wanted
        if case in one.cases
    ]
    return ClassPlan(scheme, sets, split, tasks, missing, len(cases & known.keys() - set(wanted)), faults)


def count_scene(task: ClassTask) -> ClassCounts | list[Fault]:
    """The scene's counts, or what is wrong with its files."""
    reference = task.reference
    if reference.label is None:
        what = f"there are no label maps of split {reference.scene.split!r} beside it"
        problem = Problem(reference.described_in, what, "Restore them from the dataset")
        return [Fault(task.set_name, reference.scene.case, problem)]
    try:
        confusion, ignored = count_classes(task.prediction.where, reference.label, task.classes, reference.ignore)
    except InputError as error:
        return [Fault(task.set_name, reference.scene.case, problem) for problem in error.problems]
    return ClassCounts(task.set_name, reference.scene, confusion, ignored)
