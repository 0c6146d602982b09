"""Where the ``dataset.json`` lies that tells what nnU-Net's label maps and probabilities mean, and what it tells."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.support.errors import GlacierError

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


def description_if_any(dataset_json: Path) -> dict[str, Any]:
    """The content of a ``dataset.json``; nothing if the file is missing, cannot be read or holds something else."""
    try:
        content = json.loads(dataset_json.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def read_label_space(dataset_json: Path) -> LabelSpace:
    """What the labels mean.

    Raises:
        GlacierError: If the file is missing, cannot be read, or does not say.
    """
    try:
        return LabelSpace.from_dataset_json(json.loads(dataset_json.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise GlacierError(f"it cannot be read as a dataset.json ({error})") from None
