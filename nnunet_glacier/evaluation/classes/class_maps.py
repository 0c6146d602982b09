"""Class maps, such as those of ice types: the names of their classes, and the counts of two maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnunet_glacier.formats.dataset import Dataset
from nnunet_glacier.formats.dataset_json import known_space
from nnunet_glacier.formats.predictions import Predictions
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.measures.class_scores import confusion_matrix
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

_SHOWN_VALUES = 8


def class_names(dataset: Dataset) -> tuple[str, ...]:
    """Names of a dataset's classes, in the order of their ids."""
    assert dataset.space is not None
    return dataset.space.tasks[0].classes


def class_problems(predictions: Predictions, dataset: Dataset) -> list[Problem]:
    """A problem if the model's classes are not those of the dataset; nothing where no ``dataset.json`` tells them."""
    description = predictions.description
    if description is None:
        return []
    try:
        space = known_space(description, "Copy the dataset.json of the dataset that the model was trained on here")
    except InputError as error:
        return list(error.problems)
    if space == dataset.space:
        return []
    here, there = "; ".join(", ".join(task.classes) for task in space.tasks), ", ".join(class_names(dataset))
    what = f"the predicted classes are {here}, those of {dataset.folder} are {there}"
    return [Problem(description.path, what, "Give predictions of a model that was trained on this dataset's classes")]


def count_classes(predicted: Path, label: Path, classes: int, ignore: int | None) -> tuple[np.ndarray, int]:
    """The confusion matrix of a predicted map, and the number of pixels that are ignored.

    Args:
        predicted: Map of class ids; where the label is ignored it may hold anything.
        label: Map of class ids and `ignore`.
        classes: Number of classes.
        ignore: Value of labels that are not scored, or None.

    Returns:
        Counts as of `confusion_matrix`, and ignored pixels.

    Raises:
        InputError: If a file cannot be read, the two differ in size, or a value is no class; all at once.
    """
    problems: list[Problem] = []
    guess = _read(predicted, "Predict the case again, or mend it", problems)
    truth = _read(label, "Restore the label from the dataset", problems)
    if guess is None or truth is None:
        raise InputError(problems)
    ignored = np.zeros(truth.shape, dtype=bool) if ignore is None else truth == ignore
    known = _is_class(truth, classes) & ~ignored
    strange = truth[~known & ~ignored]
    if strange.size:
        also = "" if ignore is None else f" and {ignore} for ignored pixels"
        what = f"it holds values {_listed(strange)}, but its labels are 0 to {classes - 1}{also}"
        problems.append(Problem(label, what, "Convert the dataset again"))
    if guess.shape != truth.shape:
        sizes = [f"{rows}x{columns}" for rows, columns in (guess.shape, truth.shape)]
        what = f"it has {sizes[0]} pixels (rows x columns), its label {label} has {sizes[1]}"
        problems.append(Problem(predicted, what, "Predict at the size of the dataset's image"))
        raise InputError(problems)
    guess, truth = guess[known], truth[known]
    strange = guess[~_is_class(guess, classes)]
    if strange.size:
        what = f"it holds values {_listed(strange)} at labelled pixels, but the classes are 0 to {classes - 1}"
        problems.append(Problem(predicted, what, "Give label maps of a model that was trained on this dataset"))
    if problems:
        raise InputError(problems)
    guess, truth = (values.astype(np.uint8, copy=False) for values in (guess, truth))
    return confusion_matrix(guess, truth, classes), int(ignored.sum())


def _read(path: Path, remedy: str, problems: list[Problem]) -> np.ndarray | None:
    """A map, or None, its problem added to the list."""
    try:
        return read_raster(path).values
    except GlacierError as error:
        problems.append(Problem(path, str(error), remedy))
        return None


def _is_class(values: np.ndarray, classes: int) -> np.ndarray:
    """Where a map holds class ids: bool, the map's shape; NaN and fractions are none."""
    inside = (values >= 0) & (values < classes)
    return inside & (values % 1 == 0) if np.issubdtype(values.dtype, np.floating) else inside


def _listed(values: np.ndarray) -> str:
    """The different values, the first of them.

    >>> _listed(np.array([9, 7, 9]))
    '7, 9'
    """
    distinct = np.unique(values)
    text = ", ".join(f"{value:g}" for value in distinct[:_SHOWN_VALUES])
    return f"{text}, ... ({len(distinct)} of them)" if len(distinct) > _SHOWN_VALUES else text
