"""Which model predicted a folder, as its ``prediction.json`` tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

PREDICTION_JSON = "prediction.json"

_SETTINGS = ("trainer", "plans", "configuration")
_DATASET = re.compile(r"Dataset\d{3}_.+")


def read_predicting_model(folder: Path) -> dict[str, str]:
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
