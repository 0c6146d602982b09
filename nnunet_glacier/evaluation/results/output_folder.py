"""The folder that scores are written to: what it may hold already, and the head of its ``summary.json``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nnunet_glacier.evaluation.inputs.faults import Fault
from nnunet_glacier.evaluation.inputs.prediction_sets import MissingPrediction
from nnunet_glacier.evaluation.options import Options
from nnunet_glacier.formats.score_summary import LeftOut, Scheme, SummaryHead
from nnunet_glacier.formats.scores import other_scores
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.files import folder_problems


def check_out(out: Path, predictions: Sequence[Path], options: Options) -> None:
    """Refuse a folder that cannot be written to or that holds the scores of other predictions, and a bad backend.

    Scores of other predictions are not replaced by accident.
    """
    unusable = folder_problems(out, *predictions) + options.backend.problems()
    if unusable:
        raise InputError(unusable)
    others = [] if options.overwrite else other_scores(out, predictions)
    if others:
        raise InputError(others)


def summary_head(
    predictions: Sequence[Path],
    dataset: Path,
    scheme: Scheme,
    split: str,
    missing: Sequence[MissingPrediction],
    faults: Sequence[Fault],
    route: str = "",
    options: Options | None = None,
    *,
    delivered: bool = False,
) -> dict[str, Any]:
    """What was scored and how, at the head of every ``summary.json``.

    Args:
        predictions: The folders of predictions as they were given.
        dataset: What they were scored against.
        scheme: How they belong together.
        split: The split that was scored.
        missing: Scenes of it without a prediction.
        faults: Scenes that were skipped.
        route: The main route from a prediction to its line; "" of classes.
        options: How lines were found.
        delivered: Whether they were scored as they were delivered.
    """
    options = options or Options()
    return SummaryHead(
        predictions=tuple(predictions),
        dataset=dataset,
        scheme=scheme,
        split=split,
        missing=tuple(LeftOut(scene.prediction, scene.case) for scene in missing),
        skipped=tuple(LeftOut(fault.prediction, fault.case, fault.problem) for fault in faults),
        route=route,
        threshold=options.threshold if route == "front" else None,
        rules=options.rules,
        cut_ends_m=options.cut_ends_m,
        delivered=delivered,
    ).to_json()
