"""The door of scoring: predictions and the dataset that they are scored against, opened together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnunet_glacier.evaluation.inputs.prediction_sets import (
    Door,
    MissingPrediction,
    PredictionSet,
    Scheme,
    mixed_models,
    open_prediction_sets,
)
from nnunet_glacier.formats.dataset import Dataset, open_dataset
from nnunet_glacier.formats.predictions import open_label_maps, open_line_predictions, open_predictions
from nnunet_glacier.support.errors import InputError, Problem

_EVALUATE_APART = (
    "Several folders are scored as repeated trainings of one model, with mean and standard deviation: evaluate "
    "each model apart, and compare them with 'nnunet-glacier report'"
)


@dataclass(frozen=True)
class ScoringInput:
    """What is scored against what.

    Attributes:
        folders: The folders of predictions as they were given, or the trained model's.
        scheme: How the sets of predictions belong together.
        sets: The sets, at least one.
        dataset: The dataset, every scene of it in a split.
    """

    folders: tuple[Path, ...]
    scheme: Scheme
    sets: list[PredictionSet]
    dataset: Dataset

    def missing_predictions(self, wanted: Sequence[str]) -> list[MissingPrediction]:
        """Scenes of which a prediction is due and not there.

        In a cross-validation the sets together cover the scenes, otherwise each set does. Of training scenes that
        validate in no fold none is due: the extra scenes of ``convert caffe --extra``, and the half of the published
        sea ice that trains alone.

        Args:
            wanted: Cases of the split.
        """
        scenes, validating = self.dataset.scenes, self.dataset.validating
        due = [
            each for each in wanted if validating is None or each in validating or scenes[each].scene.split != "train"
        ]
        if self.scheme == "cross-validation":
            together = {case for one in self.sets for case in one.cases}
            return [MissingPrediction(None, case, self.folders[0]) for case in due if case not in together]
        return [
            MissingPrediction(one.name, case, one.folder) for one in self.sets for case in due if case not in one.cases
        ]


def open_input(
    predictions: Sequence[Path],
    dataset: Path,
    *,
    of_one_model: bool = True,
) -> ScoringInput:
    """Open predictions (`open_prediction_sets`) and a dataset (`open_dataset`); those of ice types are label maps.

    Args:
        predictions: Folders of predictions, or one trained model's folder.
        dataset: A converted dataset, or CaFFe's ``data_raw``.
        of_one_model: Whether sets that different models predicted are refused here (`mixed_models`).

    Raises:
        InputError: With what is wrong with either, at once.
    """
    problems: list[Problem] = []
    opened: Dataset | None = None
    scheme, sets = None, list[PredictionSet]()
    try:
        opened = open_dataset(dataset)
        problems += opened.split_problems()
    except InputError as error:
        problems += error.problems
    try:
        scheme, sets = open_prediction_sets(predictions, _door_for(opened))
        problems = (mixed_models(sets, _EVALUATE_APART) if of_one_model else []) + problems
    except InputError as error:
        problems = [*error.problems, *problems]
    if problems or opened is None or scheme is None:
        raise InputError(problems, "The predictions cannot be scored")
    return ScoringInput(tuple(predictions), scheme, sets, opened)


def _door_for(dataset: Dataset | None) -> Door:
    """What opens the predictions of a dataset; of one that cannot be opened they may be of any kind."""
    if dataset is None:
        return open_predictions
    if dataset.has_classes_alone:
        assert dataset.space is not None
        return partial(open_label_maps, space=dataset.space)
    return open_line_predictions
