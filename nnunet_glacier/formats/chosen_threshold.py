"""The threshold of a line as a user gives it: a number, or the file of one that was chosen on validation maps."""

from __future__ import annotations

import json
from pathlib import Path

from nnunet_glacier.formats.recorded_values import is_finite_number
from nnunet_glacier.support.errors import InputError, Problem

_REMEDY = 'Give a number such as 0.35, or a JSON file that holds {"threshold": 0.35}'


def parse_threshold(text: str) -> float:
    """The threshold that a user gives as a number or as a JSON file with an entry ``threshold``; other entries may be.

    Raises:
        InputError: If it is neither, or not between 0 and 1.

    >>> parse_threshold("0.35")
    0.35
    """
    try:
        threshold = float(text)
    except ValueError:
        threshold = _from_json(Path(text))
    if not 0 < threshold < 1:
        raise InputError([Problem(f"--threshold {text}", f"{threshold:g} is not between 0 and 1", _REMEDY)])
    return threshold


def _from_json(path: Path) -> float:
    if not path.is_file():
        raise InputError([Problem(f"--threshold {path}", "it is no number, and there is no such file", _REMEDY)])
    try:
        threshold = json.loads(path.read_text(encoding="utf-8"))["threshold"]
    except (ValueError, KeyError, TypeError, RecursionError):
        threshold = None
    if not is_finite_number(threshold):
        raise InputError([Problem(path, "it has no entry 'threshold' that is a number", _REMEDY)])
    return float(threshold)
