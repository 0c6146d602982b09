"""A dataset's place in nnU-Net's folders, looked up and checked before anything is planned."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

DATASET_JSON = "dataset.json"
SPLITS = "splits_final.json"
FINGERPRINT = "dataset_fingerprint.json"


@dataclass(frozen=True)
class DatasetFolders:
    """One dataset in nnU-Net's folders.

    Attributes:
        name: nnU-Net's full name, such as ``Dataset101_CaFFe``.
        raw: Its folder in ``nnUNet_raw``.
        preprocessed: Its folder in ``nnUNet_preprocessed``, which may not exist yet.
        dataset_json: Content of its ``dataset.json``.
    """

    name: str
    raw: Path
    preprocessed: Path
    dataset_json: dict[str, Any]


def find_dataset(dataset: str) -> DatasetFolders:
    """The folders of a dataset, given as nnU-Net takes it: an ID or the full name.

    Raises:
        InputError: If nnU-Net's folders are not set, there is no such dataset or more than one, or its
            ``dataset.json``, images or labels are missing or unfit for planning.
    """
    raw, preprocessed = nnunet_folder("nnUNet_raw"), nnunet_folder("nnUNet_preprocessed")
    problems = [place for place in (raw, preprocessed) if isinstance(place, Problem)]
    if isinstance(raw, Problem) or isinstance(preprocessed, Problem):
        raise InputError(problems, "nnU-Net's folders are not ready")
    folder = _dataset_folder(raw, dataset)
    dataset_json = _read_dataset_json(folder / DATASET_JSON)
    problems = [*_content_problems(folder, dataset_json), *_other_names(preprocessed, folder.name)]
    if problems:
        raise InputError(problems, f"{folder.name} cannot be planned")
    return DatasetFolders(folder.name, folder, preprocessed / folder.name, dataset_json)


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
        found = [raw / dataset] if (raw / dataset).is_dir() else []
    elif dataset.isdigit():
        found = sorted(folder for folder in raw.glob(f"Dataset{int(dataset):03d}_*") if folder.is_dir())
    else:
        raise InputError([Problem(dataset, "is neither a dataset ID nor a name", "Give -d 101 or -d Dataset101_Name.")])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(folder.name for folder in found)
        raise InputError([Problem(raw, f"has several datasets with ID {dataset}: {names}", "Give the full name.")])
    present = ", ".join(sorted(folder.name for folder in raw.glob("Dataset*"))) or "none"
    raise InputError(
        [Problem(raw, f"has no dataset {dataset} (found: {present})", "Convert it first: nnunet-glacier convert.")]
    )


def _read_dataset_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(path, "is missing", "Convert the dataset: nnunet-glacier convert.")]) from None
    except ValueError as error:
        raise InputError([Problem(path, f"is no JSON ({error})", "Convert the dataset again.")]) from None


def _content_problems(folder: Path, dataset_json: dict[str, Any]) -> list[Problem]:
    problems = []
    try:
        LabelSpace.from_dataset_json(dataset_json)
    except GlacierError as error:
        problems.append(Problem(folder / DATASET_JSON, str(error), "Convert the dataset with this package."))
    ending = str(dataset_json.get("file_ending", ""))
    images = len(list((folder / "imagesTr").glob(f"*_0000{ending}")))
    labels = len(list((folder / "labelsTr").glob(f"*{ending}")))
    if images == 0:
        problems.append(
            Problem(folder / "imagesTr", f"holds no image *_0000{ending}", "Finish the conversion: run it again.")
        )
    elif not images == labels == dataset_json.get("numTraining"):
        declared = dataset_json.get("numTraining")
        found = f"{counted(images, 'training image')} and {counted(labels, 'label')}"
        problems.append(
            Problem(
                folder,
                f"has {found}, dataset.json declares {declared}",
                "Finish the conversion: run it again.",
            )
        )
    return problems


def _other_names(preprocessed: Path, name: str) -> Sequence[Problem]:
    """Folders of the same ID under another name, on which nnU-Net's commands would stop."""
    others = [folder for folder in preprocessed.glob(f"{name[:10]}_*") if folder.is_dir() and folder.name != name]
    return [Problem(folder, f"has the same ID as {name}", "Rename or remove one of the two.") for folder in others]
