"""The folder that scores are written to: what it may hold already, and the head of its ``summary.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.prediction_sets import MissingPrediction, Scheme
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems

SCORES_CSV = "scores.csv"
SUMMARY_JSON = "summary.json"
CONFUSION_CSV = "confusion.csv"


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
    if before != _names(predictions):
        what = f"it holds the scores of other predictions: {before}"
        raise InputError([Problem(summary, what, "Give another folder, or --overwrite")])


def summary_head(
    predictions: Sequence[Path],
    dataset: Path,
    scheme: Scheme,
    split: str,
    missing: Sequence[MissingPrediction],
    faults: Sequence[Fault],
) -> dict[str, Any]:
    """What was scored, at the head of every ``summary.json``.

    Args:
        predictions: The folders of predictions as they were given; `check_out` knows them again.
        dataset: What they were scored against.
        scheme: How they belong together.
        split: The split that was scored.
        missing: Scenes of it without a prediction.
        faults: Scenes that were skipped.
    """
    return {
        "predictions": _names(predictions),
        "dataset": str(dataset.absolute()),
        "scheme": scheme,
        "split": split,
        "missing_predictions": [lacking.to_json() for lacking in missing],
        "skipped": [fault.to_json() for fault in faults],
        "version": version("nnunet-glacier"),
    }


def _names(predictions: Sequence[Path]) -> list[str]:
    return [str(folder.absolute()) for folder in predictions]
