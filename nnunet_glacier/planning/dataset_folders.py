"""A dataset's place in nnU-Net's folders, looked up and checked before anything is planned."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.formats.dataset import Dataset, open_dataset
from nnunet_glacier.formats.dataset_json import DATASET_JSON, DatasetDescription, known_space
from nnunet_glacier.formats.folds import SPLITS_JSON, read_folds
from nnunet_glacier.formats.raw_layout import IMAGES, image_name, map_folder
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted

FINGERPRINT = "dataset_fingerprint.json"

_NNUNET_FOLDS = 5
"""The folds that nnU-Net makes of its own where a dataset has none."""

_RUN_AGAIN = "Finish the conversion: run it again."


@dataclass(frozen=True)
class DatasetFolders:
    """One dataset in nnU-Net's folders.

    Attributes:
        dataset: It in ``nnUNet_raw``, with a ``dataset.json``.
        space: What its labels mean.
        preprocessed: Its folder in ``nnUNet_preprocessed``, which may not exist yet.
    """

    dataset: Dataset
    space: LabelSpace
    preprocessed: Path

    @property
    def name(self) -> str:
        """nnU-Net's full name, such as ``Dataset101_CaFFe``."""
        return self.dataset.folder.name

    @property
    def raw(self) -> Path:
        """Its folder in ``nnUNet_raw``."""
        return self.dataset.folder

    @property
    def description(self) -> DatasetDescription:
        """Its ``dataset.json``."""
        assert self.dataset.description is not None
        return self.dataset.description


def find_dataset(dataset: str) -> DatasetFolders:
    """The folders of a dataset, given as nnU-Net takes it: an ID or the full name.

    Raises:
        InputError: If nnU-Net's folders are not set, there is no such dataset or more than one, it cannot be opened
            (`open_dataset`), or its images or labels are missing.
    """
    raw, preprocessed = nnunet_folder("nnUNet_raw"), nnunet_folder("nnUNet_preprocessed")
    problems = [place for place in (raw, preprocessed) if isinstance(place, Problem)]
    if isinstance(raw, Problem) or isinstance(preprocessed, Problem):
        raise InputError(problems, "nnU-Net's folders are not ready")
    folder = _dataset_folder(raw, dataset)
    problems += _other_names(preprocessed, folder.name)
    space = None
    try:
        opened = open_dataset(folder, with_scenes=False)
        problems += _missing_files(opened)
        space = known_space(_description(opened))
    except InputError as error:
        problems += error.problems
    if problems or space is None:
        raise InputError(problems, f"{folder.name} cannot be planned")
    return DatasetFolders(opened, space, preprocessed / folder.name)


def folds_of(folders: DatasetFolders) -> int:
    """The number of folds of a dataset: those that `plan` put where nnU-Net looks, or nnU-Net's own five."""
    splits = folders.preprocessed / SPLITS_JSON
    return len(read_folds(splits)) if splits.is_file() else _NNUNET_FOLDS


def _description(dataset: Dataset) -> DatasetDescription:
    if dataset.description is None:
        what = "there is no such file"
        raise InputError([Problem(dataset.folder / DATASET_JSON, what, "Convert the dataset: nnunet-glacier convert.")])
    return dataset.description


def nnunet_folder(variable: str) -> Path | Problem:
    """The folder that one of nnU-Net's environment variables names, or what is wrong with it."""
    value = os.environ.get(variable, "")
    if not value:
        return Problem(variable, "is not set", f"Say where it is: export {variable}=/path/to/{variable}")
    folder = Path(value)
    if variable != "nnUNet_raw":
        return folder
    if not folder.is_dir():
        return Problem(variable, f"names {folder}, which is no folder", "Make it, or correct the variable.")
    return folder


def _dataset_folder(raw: Path, dataset: str) -> Path:
    if dataset.startswith("Dataset"):
        matching = [raw / dataset] if (raw / dataset).is_dir() else []
    elif re.fullmatch("[0-9]{1,18}", dataset):
        matching = sorted(folder for folder in raw.glob(f"Dataset{int(dataset):03d}_*") if folder.is_dir())
    else:
        raise InputError([Problem(dataset, "is neither a dataset ID nor a name", "Give -d 101 or -d Dataset101_Name.")])
    if len(matching) == 1:
        return matching[0]
    if matching:
        names = ", ".join(folder.name for folder in matching)
        raise InputError([Problem(raw, f"has several datasets with ID {dataset}: {names}", "Give the full name.")])
    present = ", ".join(sorted(folder.name for folder in raw.glob("Dataset*"))) or "none"
    raise InputError(
        [Problem(raw, f"has no dataset {dataset} (found: {present})", "Convert it first: nnunet-glacier convert.")]
    )


def _missing_files(dataset: Dataset) -> list[Problem]:
    """Images or labels that are not there, or not as many as the dataset declares."""
    description = _description(dataset)
    images, labels = map(len, dataset.training_files())
    if not images:
        what = f"holds no image {image_name('*', 0, description.file_ending)}"
        return [Problem(map_folder(dataset.folder, IMAGES, "train"), what, _RUN_AGAIN)]
    if images == labels == description.training_cases:
        return []
    what = (
        f"has {counted(images, 'training image')} and {counted(labels, 'label')}, dataset.json declares "
        f"{description.training_cases}"
    )
    return [Problem(dataset.folder, what, _RUN_AGAIN)]


def _other_names(preprocessed: Path, name: str) -> Sequence[Problem]:
    """Folders of the same ID under another name, on which nnU-Net's commands would stop."""
    others = [folder for folder in preprocessed.glob(f"{name[:10]}_*") if folder.is_dir() and folder.name != name]
    return [Problem(folder, f"has the same ID as {name}", "Rename or remove one of the two.") for folder in others]
