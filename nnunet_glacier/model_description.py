"""Where the ``dataset.json`` lies that says what nnU-Net's label maps and probabilities in a folder mean."""

from __future__ import annotations

import re
from pathlib import Path

DATASET_JSON = "dataset.json"
VALIDATION = "validation"
"""Folder of a fold's predictions of the cases that it was validated with."""

FOLD = re.compile(r"fold_(\d+)")
"""Name of a fold's folder in a trained model's folder."""


def find_dataset_json(folder: Path) -> Path | None:
    """The ``dataset.json`` of a folder of predictions; for a fold's ``validation`` folder that of the model above it.

    None if there is none.
    """
    candidates = [folder / DATASET_JSON]
    if folder.name == VALIDATION and FOLD.fullmatch(folder.absolute().parent.name):
        candidates.append(folder.absolute().parent.parent / DATASET_JSON)
    return next((path for path in candidates if path.is_file()), None)
