"""The names of a folder of predictions: what ``nnunet-glacier predict`` writes, and a trained model's validation."""

from __future__ import annotations

import re
from pathlib import Path

ZONES, FRONTS, BOUNDARIES = "zones", "fronts", "boundaries"
"""Folders of the decoded maps of each kind, ``<case>.tif`` or ``.png``."""

LABELS = "labels"
"""Folder of the label maps of a model whose labels are neither zones nor fronts."""

PROBABILITIES, SPREAD = "probabilities", "spread"
"""Folders of the probabilities, ``<case>_<task>.tif`` or ``.npz``, and of their spread, ``.tif`` or ``.png``."""

PARTS = (ZONES, FRONTS, BOUNDARIES, LABELS, PROBABILITIES, SPREAD)
"""Every folder of one experiment."""

VALIDATION = "validation"
"""Folder of a fold's predictions of the cases that it was validated with."""

FOLD = re.compile(r"fold_(\d+)")
"""Name of a fold's folder in a trained model's folder."""


def validation_folders(model_folder: Path) -> dict[str, Path]:
    """The folders of a cross-validation in a trained model's folder: ``fold_0`` to its ``validation`` folder, ...

    Empty if the folder is no trained model's.
    """
    folds = {path.parent.name: path for path in model_folder.glob(f"fold_*/{VALIDATION}") if path.is_dir()}
    numbers = {name: int(match[1]) for name in folds if (match := FOLD.fullmatch(name))}
    return {name: folds[name] for name in sorted(numbers, key=numbers.__getitem__)}
