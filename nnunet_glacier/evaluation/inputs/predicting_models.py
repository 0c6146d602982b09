"""Which model predicted a folder, by its ``prediction.json``: several folders are repeated trainings of one model."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.evaluation.inputs.prediction_sets import PredictionSet
from nnunet_glacier.formats.predictions import PREDICTION_JSON
from nnunet_glacier.support.errors import Problem

_SETTINGS = ("trainer", "plans", "configuration")
_DATASET = re.compile(r"Dataset\d{3}_.+")


def predicting_model(folder: Path) -> dict[str, str]:
    """Dataset, trainer, plans and configuration of the model that predicted a folder.

    Args:
        folder: A folder of predictions.

    Returns:
        What ``prediction.json`` tells of them; nothing where there is none, as beside other methods' maps, or where it
        cannot be read. The dataset is known if the model lay where nnU-Net trains it.
    """
    try:
        content = json.loads((folder / PREDICTION_JSON).read_text(encoding="utf-8"))
        found = {name: str(content["settings"][name]) for name in _SETTINGS if content["settings"].get(name)}
        trained_in = Path(content.get("model_folder", "")).parent.name
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {"dataset": trained_in, **found} if _DATASET.fullmatch(trained_in) else found


def mixed_models(sets: Sequence[PredictionSet], remedy: str) -> list[Problem]:
    """The sets that another model predicted than the first one whose model is known; the unknown are trusted."""
    models = {found.folder: model for found in sets if (model := predicting_model(found.folder))}
    if not models:
        return []
    first, expected = next(iter(models.items()))
    problems = []
    for folder, model in models.items():
        other = [
            f"{name} {model[name]}, there {expected[name]}"
            for name in model
            if model[name] != expected.get(name, model[name])
        ]
        if other:
            what = f"another model predicted it than {first}: {'; '.join(other)}"
            problems.append(Problem(folder / PREDICTION_JSON, what, remedy))
    return problems
