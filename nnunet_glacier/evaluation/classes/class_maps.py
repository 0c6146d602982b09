"""Class maps on disk, such as those of ice types: what labels mean, which maps were predicted, and their counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.domain.labels import ICE_TYPE, LabelSpace
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.model_description import (
    DATASET_JSON,
    description_if_any,
    find_dataset_json,
    read_label_space,
)
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.predictions import list_label_maps
from nnunet_glacier.formats.rasters import read_raster
from nnunet_glacier.formats.scene_files import FOLDER_ENDING, dataset_folder
from nnunet_glacier.measures.class_scores import confusion_matrix
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

_SHOWN_VALUES = 8


@dataclass(frozen=True)
class ClassLabels:
    """The label maps of a dataset, and what they mean.

    Attributes:
        folder: The dataset.
        space: Its label space, of one task.
        ignore: Value of pixels that are not scored, or None.
        file_ending: That of the label maps.
    """

    folder: Path
    space: LabelSpace
    ignore: int | None
    file_ending: str

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of their ids."""
        return self.space.tasks[0].classes

    def path(self, scene: Scene) -> Path:
        """The label map of a scene, which need not exist."""
        return self.folder / f"labels{FOLDER_ENDING[scene.split]}" / f"{scene.case}{self.file_ending}"


def read_class_labels(dataset: Path) -> ClassLabels | None:
    """What the labels of a sea ice dataset mean; None for every other dataset, also if it has no ``dataset.json``.

    Raises:
        InputError: If the ``dataset.json`` of a sea ice dataset does not say.
    """
    path = dataset_folder(dataset) / DATASET_JSON
    content = description_if_any(path)
    tasks = content.get("tasks")
    if not isinstance(tasks, list) or [_name(task) for task in tasks] != [ICE_TYPE.name]:
        return None
    try:
        space = LabelSpace.from_dataset_json(content)
        return ClassLabels(path.parent, space, content["labels"].get("ignore"), content["file_ending"])
    except (GlacierError, KeyError, AttributeError) as error:
        what = f"it does not tell what the label maps mean ({error})"
        raise InputError([Problem(path, what, "Convert the dataset again")]) from None


def _name(task: Any) -> Any:
    return task.get("name") if isinstance(task, dict) else None


def list_class_maps(folder: Path, *, labels: ClassLabels) -> list[Prediction]:
    """The cases of a folder of class maps (`list_label_maps`).

    They hold class ids of the dataset; a ``dataset.json`` of the model (`find_dataset_json`) must agree.

    Raises:
        InputError: As `list_label_maps`, or if the model's classes are others.
    """
    found = list_label_maps(folder, labels.space)
    problems = _class_problems(folder, labels)
    if problems:
        raise InputError(problems, "The predictions cannot be read")
    return found


def _class_problems(folder: Path, labels: ClassLabels) -> list[Problem]:
    """A model whose classes are not those of the dataset; nothing where no ``dataset.json`` tells them."""
    path = find_dataset_json(folder)
    if path is None:
        return []
    try:
        space = read_label_space(path)
    except GlacierError as error:
        return [Problem(path, str(error), "Copy the dataset.json of the dataset that the model was trained on here")]
    if space == labels.space:
        return []
    what = f"the predicted classes are {_class_names(space)}, those of {labels.folder} are {_class_names(labels.space)}"
    return [Problem(path, what, "Give predictions of a model that was trained on this dataset's classes")]


def _class_names(space: LabelSpace) -> str:
    return "; ".join(", ".join(task.classes) for task in space.tasks)


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
    ids = [values.astype(np.uint8, copy=False) for values in (guess, truth)]
    return confusion_matrix(*ids, classes), int(ignored.sum())


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
    found = np.unique(values)
    text = ", ".join(f"{value:g}" for value in found[:_SHOWN_VALUES])
    return f"{text}, ... ({len(found)} of them)" if len(found) > _SHOWN_VALUES else text
