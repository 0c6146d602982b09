"""The folder that scores are written to: what it may hold already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.errors import InputError, Problem
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.files import folder_problems

SCORES_CSV = "scores.csv"
SUMMARY_JSON = "summary.json"


def check_out(out: Path, predictions: Sequence[Path], options: Options) -> None:
    """Refuse a folder that cannot be written to or that holds the scores of other predictions, and a bad backend.

    Scores of other predictions are not replaced by accident.
    """
    unusable = folder_problems(out) + options.backend.problems()
    if unusable:
        raise InputError(unusable)
    summary = out / SUMMARY_JSON
    if options.overwrite or not summary.is_file():
        return
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    before = content.get("predictions") if isinstance(content, dict) else None
    if before != folder_names(predictions):
        what = f"it holds the scores of other predictions: {before}"
        raise InputError([Problem(summary, what, "Give another folder, or --overwrite")])


def folder_names(predictions: Sequence[Path]) -> list[str]:
    """The folders of predictions as ``summary.json`` names them."""
    return [str(folder.absolute()) for folder in predictions]
