"""What a conversion tells the user at its end: what is there now, and which commands come next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, dataset_number
from nnunet_glacier.formats.raw_layout import IMAGES, map_folder
from nnunet_glacier.support.wording import counted


def scenes_by_glacier(cases: Sequence[Case]) -> str:
    """The cases in words: how many train and test, and how many each glacier has."""
    splits = Counter(case.scene.split for case in cases)
    glaciers = Counter(case.scene.glacier or "unknown" for case in cases)
    tests = counted(splits["test"], "test scene")
    names = ", ".join(f"{glacier} {count}" for glacier, count in sorted(glaciers.items()))
    return f"{splits['train']} training and {tests} of {counted(len(glaciers), 'glacier')} ({names})"


def sizes_of_sets(sets: Iterable[str]) -> str:
    """How many cases train, validate and test, by the set of each."""
    count = Counter(sets)
    return f"({count['train']} training, {count['validation']} validation, {count['test']} test)"


def closing_words(
    folder: Path, contents: str, notes: Sequence[str], n_cases: int, written: int | None, *, trains: bool = True
) -> str:
    """The closing text of a conversion.

    Args:
        folder: The dataset folder.
        contents: The cases in words.
        notes: What the user may not expect, one sentence each.
        n_cases: Number of cases of the dataset.
        written: How many of them this run wrote, or None if it only checked.
        trains: Whether any of them is for training.
    """
    remarks = [f"  {note}" for note in notes]
    if written is None:
        return "\n".join([f"{contents} can be converted; nothing was written.", *remarks])
    heading = f"{folder}: {contents}; {written} written now, {n_cases - written} were there already."
    return "\n".join([heading, *remarks, *next_commands(folder, trains=trains)])


def next_commands(folder: Path, *, trains: bool = True) -> list[str]:
    """The lines that say how to go on with a dataset that was written to a folder."""
    if not trains:
        return [
            "Next:",
            f"  nnunet-glacier predict MODEL {map_folder(folder, IMAGES, 'test')} OUT",
            f"  nnunet-glacier evaluate OUT {folder} SCORES",
        ]
    return [
        *_export_lines(folder),
        "Next:",
        f"  nnunet-glacier plan -d {dataset_number(folder.name)} --preset laptop    # or paper, default",
    ]


def further_training(what: str, folder: Path) -> str:
    """The lines that say how to go on with a dataset of one's own scenes and a trained model."""
    return f"Or train {what} further:\n  nnunet-glacier adapt MODEL {folder} OUT"


def _export_lines(folder: Path) -> list[str]:
    """A line to type where nnU-Net would not find the dataset."""
    parent = folder.resolve().parent
    given = os.environ.get("nnUNet_raw", "")  # noqa: SIM112, nnU-Net's own spelling
    if given and Path(given).resolve() == parent:
        return []
    state = f"is {given}" if given else "is not set"
    return [f"nnU-Net looks for datasets in $nnUNet_raw, which {state}:", f"  export nnUNet_raw={parent}"]
