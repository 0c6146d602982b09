"""``splits_final.json``: the folds of a dataset's training cases, where nnU-Net looks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import read_text, write_json

SPLITS_JSON = "splits_final.json"

Folds = list[dict[str, list[str]]]
"""The cases of each fold: those under ``train`` are learnt from, those under ``val`` validate."""

_REMEDY = "Convert the dataset again, or remove the file: nnU-Net then makes five folds of its own"


def read_folds(path: Path) -> Folds:
    """Read the folds.

    Raises:
        InputError: If the file cannot be read or holds something else.
    """
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError([Problem(path, f"it cannot be read as JSON ({error})", _REMEDY)]) from None
    if not isinstance(content, list) or not all(map(_is_fold, content)):
        what = "it holds no list of folds with the names of cases under 'train' and 'val'"
        raise InputError([Problem(path, what, _REMEDY)])
    return content


def _is_fold(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    return all(
        isinstance(entry.get(name), list) and all(isinstance(case, str) for case in entry[name])
        for name in ("train", "val")
    )


def write_folds(path: Path, folds: Folds) -> None:
    """Write the folds, whole or not at all."""
    write_json(path, folds)
