"""What can be wrong with the folder that a dataset is to be written to, and its clearing for a new conversion."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.dataset_conversion.writing.raw_dataset import (
    BALANCE_CSV,
    CONVERTED,
    DATASET_JSON,
    FOLDERS,
    PATCHES_CSV,
    SPLITS_JSON,
    Case,
    RawDataset,
    dataset_number,
)
from nnunet_glacier.formats.rasters import VOLUME_SUFFIXES
from nnunet_glacier.formats.raw_layout import CONVERSION_JSON, SUFFIX
from nnunet_glacier.formats.scene_table import SCENES_CSV
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import folder_problems, read_text
from nnunet_glacier.support.partial_files import holds_anything
from nnunet_glacier.support.wording import counted, some_of


def target_problems(dataset: RawDataset, cases: Sequence[Case], *, overwrite: bool) -> list[Problem]:
    """Everything that forbids writing this dataset to its folder; an empty list if nothing does.

    Args:
        dataset: The dataset to be written.
        cases: Its cases.
        overwrite: Whether an earlier conversion in the folder is to be replaced.
    """
    folder = dataset.folder
    problems = _name_problems(folder) + _size_problems(dataset, cases)
    closed = folder_problems(folder)
    if closed or not holds_anything(folder):
        return [*closed, *problems]
    if not (folder / CONVERSION_JSON).is_file():
        what = f"the folder is not empty and was not written by 'convert' (it has no {CONVERSION_JSON})"
        return [*problems, Problem(folder, what, "Give another folder, or empty this one")]
    if overwrite:
        return problems
    return problems + (_other_options(dataset) or _foreign_cases(dataset, cases))


def _size_problems(dataset: RawDataset, cases: Sequence[Case]) -> list[Problem]:
    """Scenes of unknown pixel size for files that carry it: nnU-Net would take their pixels for those of 1 m."""
    if dataset.file_ending not in VOLUME_SUFFIXES:
        return []
    unknown = [case.scene.case for case in cases if not case.scene.pixel_size_m > 0]
    if not unknown:
        return []
    what = f"{counted(len(unknown), 'scene has', 'scenes have')} no pixel size, which NIfTI carries: {some_of(unknown)}"
    return [Problem(dataset.folder, what, "Fill in pixel_size_m in the table of the scenes, or take --file-format png")]


def _name_problems(folder: Path) -> list[Problem]:
    if folder.is_absolute() and len(folder.parts) == 2 and not os.environ.get("nnUNet_raw"):  # noqa: SIM112
        what = "it would lie at the root of the disk: $nnUNet_raw is not set"
        return [Problem(folder, what, "export nnUNet_raw=/path/to/nnUNet_raw, and give the same command again")]
    number = dataset_number(folder.name)
    if number is None:
        words = "".join(character if character.isalnum() else "_" for character in folder.name).strip("_") or "Glacier"
        what = f"the name {folder.name!r} is not of nnU-Net's form DatasetXXX_Name, with three digits"
        return [Problem(folder, what, f"Name it, for instance, {folder.parent / ('Dataset501_' + words)}")]
    taken = [path.name for path in folder.parent.glob(f"Dataset{number:03}_*") if path.name != folder.name]
    if taken:
        what = f"the number {number:03} is taken by {', '.join(sorted(taken))} beside it; nnU-Net goes by the number"
        return [Problem(folder, what, "Give another number")]
    return []


def _other_options(dataset: RawDataset) -> list[Problem]:
    path = dataset.folder / CONVERSION_JSON
    try:
        earlier = json.loads(read_text(path))
    except ValueError as error:
        return [Problem(path, f"it is no JSON ({error})", "Give --overwrite to convert anew")]
    if not isinstance(earlier, dict):
        return [
            Problem(path, f"it holds {str(earlier)[:60]!r} in place of options", "Give --overwrite to convert anew")
        ]
    wanted = json.loads(json.dumps(dataset.conversion()))
    names = [
        name for name in {**earlier, **wanted} if name != "nnunet_glacier" and earlier.get(name) != wanted.get(name)
    ]
    if not names:
        return []
    there = ", ".join(f"{name}={json.dumps(earlier.get(name))}" for name in names)
    asked = ", ".join(f"{name}={json.dumps(wanted.get(name))}" for name in names)
    what = f"the folder holds a conversion with {there}; asked for is {asked}"
    return [Problem(dataset.folder, what, "Give another folder, or --overwrite to replace it")]


def _foreign_cases(dataset: RawDataset, cases: Sequence[Case]) -> list[Problem]:
    """Cases in the folder that the source no longer has: nnU-Net would train on them."""
    problems = []
    for split, end in SUFFIX.items():
        known = {case.scene.case for case in cases if case.scene.split == split}
        ending = f"_0000{dataset.file_ending}"
        names = (path.name for path in (dataset.folder / f"images{end}").glob(f"[!.]*{ending}"))
        foreign = sorted({name.removesuffix(ending) for name in names} - known)
        if foreign:
            what = f"it holds {counted(len(foreign), 'case')} that the source has not: {', '.join(foreign[:5])}"
            what += ", ..." if len(foreign) > 5 else ""
            remedy = "Give --overwrite to convert anew, or another folder"
            problems.append(Problem(dataset.folder / f"images{end}", what, remedy))
    return problems


def clear_target(folder: Path) -> None:
    """Remove what an earlier conversion wrote to the folder, ``dataset.json`` first, and nothing else.

    The options go last: until then an interrupted clearing is known to be one of ours.
    """
    (folder / DATASET_JSON).unlink(missing_ok=True)
    for name in FOLDERS:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
    for name in (SCENES_CSV, SPLITS_JSON, PATCHES_CSV, BALANCE_CSV, CONVERTED, CONVERSION_JSON):
        (folder / name).unlink(missing_ok=True)
