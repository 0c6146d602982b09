"""What a conversion tells the user at its end: what is there now, and which commands come next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.dataset_conversion.writing.raw_dataset import DATASET_NAME, Case
from nnunet_glacier.support.wording import counted


def conversion_summary(folder: Path, cases: Sequence[Case], written: int | None) -> str:
    """The closing text of a conversion.

    Args:
        folder: The dataset folder.
        cases: All cases of the dataset.
        written: How many of them this run wrote, or None if it only checked.
    """
    splits = Counter(case.scene.split for case in cases)
    glaciers = Counter(case.scene.glacier for case in cases)
    tests = counted(splits["test"], "test scene")
    scenes = f"{splits['train']} training and {tests} of {counted(len(glaciers), 'glacier')}"
    names = ", ".join(f"{glacier} {count}" for glacier, count in sorted(glaciers.items()))
    if written is None:
        return f"{scenes} ({names}) can be converted; nothing was written."
    lines = [f"{folder}: {scenes} ({names}); {written} written now, {len(cases) - written} were there already."]
    return "\n".join([*lines, *next_commands(folder)])


def next_commands(folder: Path) -> list[str]:
    """The lines that say how to go on with a dataset that was written to a folder."""
    number = int(DATASET_NAME.fullmatch(folder.name)[1])
    return [
        *_export_lines(folder),
        "Next:",
        f"  nnunet-glacier plan -d {number} --preset laptop    # or paper, default",
    ]


def _export_lines(folder: Path) -> list[str]:
    """A line to type where nnU-Net would not find the dataset."""
    parent = folder.resolve().parent
    given = os.environ.get("nnUNet_raw", "")  # noqa: SIM112, nnU-Net's own spelling
    if given and Path(given).resolve() == parent:
        return []
    state = f"is {given}" if given else "is not set"
    return [f"nnU-Net looks for datasets in $nnUNet_raw, which {state}:", f"  export nnUNet_raw={parent}"]
