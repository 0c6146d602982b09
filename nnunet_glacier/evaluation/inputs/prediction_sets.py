"""Which predictions are scored together: one set, several sets of the same cases, or a cross-validation's folds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.domain.choices import SplitChoice
from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.trained_models import without_validation
from nnunet_glacier.formats.dataset import Dataset
from nnunet_glacier.formats.line_probabilities import WITH_PROBABILITIES
from nnunet_glacier.formats.plan_entries import without_seed
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.prediction_layout import validation_folders
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON
from nnunet_glacier.formats.predictions import Predictions
from nnunet_glacier.formats.score_summary import Scheme
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import given_twice
from nnunet_glacier.support.names import distinct_names

Door = Callable[[Path], Predictions]


@dataclass(frozen=True)
class PredictionSet:
    """The predictions of one folder, such as those of one trained fold.

    Attributes:
        name: Short name, unique among the sets.
        predictions: The opened folder.
    """

    name: str
    predictions: Predictions

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.predictions.folder

    @property
    def cases(self) -> Mapping[str, Prediction]:
        """Case to prediction."""
        return self.predictions.cases


@dataclass(frozen=True)
class MissingPrediction:
    """A scene that should have been predicted and was not.

    Attributes:
        prediction: Name of the set that lacks it, or None in a cross-validation, where no fold has it.
        case: The scene.
        folder: Where it was looked for.
    """

    prediction: str | None
    case: str
    folder: Path

    @property
    def fault(self) -> Fault:
        """What is said where missing predictions are not allowed."""
        first = "Predict it"
        if self.prediction is None and (folds := validation_folders(self.folder)):
            done = ", ".join(name.replace("_", " ") for name in folds)
            first = f"Train the fold that validates it (done: {done})"
        remedy = f"{first}, choose another --split, or score the rest with --allow-missing"
        problem = Problem(self.folder, f"no prediction of scene {self.case}", remedy, name=self.case)
        return Fault(self.prediction, self.case, problem)

    def to_json(self) -> dict[str, str | None]:
        """The entry in ``summary.json``."""
        return {"prediction": self.prediction, "case": self.case}


def open_prediction_sets(folders: Sequence[Path], door: Door) -> tuple[Scheme, list[PredictionSet]]:
    """The sets of the folders; a trained model's folder gives one set per fold, from its ``validation`` folders.

    Several folders without a scene in common are parts of a cross-validation too, such as glaciers that were each
    predicted by the fold that has not seen them.

    Args:
        folders: Folders of predictions, or one trained model's folder.
        door: What opens a folder, with `InputError` for one that holds no predictions.

    Raises:
        InputError: If a folder is given twice or holds no predictions, also as a model that was validated on nothing
            (`without_validation`), if a model's folder stands among several folders, or if a case
            was validated in two folds.
    """
    unscored = [problem for folder in folders if (problem := without_validation(folder))]
    if unscored:
        raise InputError(unscored, "The predictions cannot be read")
    validations = {folder: validation_folders(folder) for folder in folders}
    models = [folder for folder, folds in validations.items() if folds]
    if models and len(folders) > 1:
        remedy = "Give it alone, or give its folds' validation folders"
        what = "a trained model's folder beside other folders"
        raise InputError([Problem(folder, what, remedy) for folder in models])
    if models:
        sets = _open_sets(validations[models[0]], door)
        _refuse_overlap(sets)
        return "cross-validation", sets
    if repeated := given_twice(folders):
        raise InputError(repeated, "The predictions cannot be read")
    sets = _open_sets(dict(zip(distinct_names(folders), folders, strict=True)), door)
    if len(sets) == 1:
        return "single", sets
    return ("repeated" if any(cases_given_twice(sets)) else "cross-validation"), sets


def _open_sets(folders: Mapping[str, Path], door: Door) -> list[PredictionSet]:
    """The sets by name; what is wrong with any of the folders comes at once."""
    sets: list[PredictionSet] = []
    problems: list[Problem] = []
    for name, folder in folders.items():
        try:
            sets.append(PredictionSet(name, door(folder)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems, "The predictions cannot be read")
    return sets


def cases_given_twice(sets: Sequence[PredictionSet]) -> Iterator[tuple[str, PredictionSet, Prediction]]:
    """Every case of several sets: its name, the set that had it first, and the further prediction of it."""
    first: dict[str, PredictionSet] = {}
    for one in sets:
        for case, prediction in one.cases.items():
            if case in first:
                yield case, first[case], prediction
            first.setdefault(case, one)


def _refuse_overlap(sets: Sequence[PredictionSet]) -> None:
    remedy = "Score folds of one split only; remove stale folds"
    problems = [
        Problem(again.where, f"case {case} was validated in {first.name} too", remedy)
        for case, first, again in cases_given_twice(sets)
    ]
    if problems:
        raise InputError(problems, "The folds do not belong together")


def choose_split(choice: SplitChoice, scheme: Scheme, dataset: Dataset, cases: Collection[str]) -> str:
    """The split that is scored: ``train``, ``test`` or ``all``.

    Left to itself it is the split that the predicted cases are in. If they are in both it is the test split of CaFFe
    as published, whose scores are known, and ``all`` of a converted dataset; if they are in none, the training split
    for a cross-validation and else the test split.

    Args:
        choice: What the user chose.
        scheme: How the sets of predictions belong together.
        dataset: The dataset.
        cases: The predicted cases.
    """
    if choice != "auto":
        return choice
    splits = {dataset.scenes[case].scene.split for case in cases if case in dataset.scenes}
    if not splits:
        return "train" if scheme == "cross-validation" else "test"
    if len(splits) == 1:
        return splits.pop()
    return "test" if dataset.published else "all"


def strangers(sets: Sequence[PredictionSet], dataset: Dataset) -> list[Fault]:
    """Predictions of scenes that the dataset does not have."""
    remedy = "Give the dataset it belongs to, or remove it"
    return [
        Fault(one.name, case, Problem(prediction.where, f"{dataset.source} has no scene {case!r}", remedy))
        for one in sets
        for case, prediction in one.cases.items()
        if case not in dataset.scenes
    ]


def at_threshold(sets: Sequence[PredictionSet], threshold: float) -> list[PredictionSet]:
    """The sets with their fronts taken from the probabilities, above a threshold, where there are any."""
    return [PredictionSet(one.name, one.predictions.at(threshold)) for one in sets]


def without_probabilities(sets: Sequence[PredictionSet]) -> list[Fault]:
    """Cases without probabilities of a line beside their maps."""
    what, remedy = "no probabilities of a line beside the map of case", f"Predict again {WITH_PROBABILITIES}"
    return [
        Fault(one.name, case, Problem(prediction.where, f"{what} {case}", remedy))
        for one in sets
        for case, prediction in one.cases.items()
        if prediction.probability is None
    ]


def mixed_models(sets: Sequence[PredictionSet], remedy: str) -> list[Problem]:
    """The sets that another model predicted than the first one whose model is known; the unknown are trusted.

    Several folders are repeated trainings of one model, and ``prediction.json`` tells which. Those of ``repeat`` have
    plans of their own, which differ by the seed alone.
    """
    known = [one.predictions for one in sets if one.predictions.model]
    problems = []
    for one in known:
        model, expected = one.model, known[0].model
        other = [
            f"{name} {model[name]}, there {expected[name]}"
            for name in model
            if without_seed(model[name]) != without_seed(expected.get(name, model[name]))
        ]
        if other:
            what = f"another model predicted it than {known[0].folder}: {'; '.join(other)}"
            problems.append(Problem(one.folder / PREDICTION_JSON, what, remedy))
    return problems
