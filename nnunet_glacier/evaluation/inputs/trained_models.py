"""Trained models that hold no validation cases to score: shipped and packed ones, and those of fold ``all``."""

from __future__ import annotations

from pathlib import Path

from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.packed_model import is_packed
from nnunet_glacier.formats.prediction_layout import FOLD, VALIDATION, validation_folders
from nnunet_glacier.formats.shipped_models import shipped_folder
from nnunet_glacier.formats.trained_folders import FOLD_ALL
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import quoted

_FOLD_ALL_FOLDER = f"fold_{FOLD_ALL}"
_WRITTEN_LAST = "which nnUNetv2_train writes when the training is over"


def without_validation(path: Path) -> Problem | None:
    """Why a model, or a part of its folder, has no predictions to score; None if it has some, or is no model.

    Args:
        path: What was given as predictions: also the name of a shipped model, where no path is called so.
    """
    shipped = not path.exists() and len(path.parts) == 1 and shipped_folder(path.name) is not None
    if shipped or is_packed(path):
        kind = "shipped" if shipped else "packed"
        return Problem(path, f"it is a {kind} model, which holds no validation folders", _predict_first(path))
    model = _model_around(path)
    if model is None:
        return None
    place = path.absolute()
    if _FOLD_ALL_FOLDER in (place.name, place.parent.name):
        what = f"fold {FOLD_ALL} was trained on all cases, so that it has none to validate with"
        return Problem(path, what, _predict_first(model))
    if FOLD.fullmatch(place.name) and (path / VALIDATION).is_dir():
        return Problem(path, "it is a fold of a trained model", f"Give {path / VALIDATION}, or all folds: {model}")
    if place.name == VALIDATION or validation_folders(path):
        return None
    if FOLD.fullmatch(place.name):
        return Problem(path, f"this fold has no {VALIDATION} folder, {_WRITTEN_LAST}", _predict_first(model))
    if (path / _FOLD_ALL_FOLDER).is_dir() and not any(FOLD.fullmatch(entry.name) for entry in path.glob("fold_*")):
        what = f"it was trained with fold {FOLD_ALL} alone, on all cases, so that it has none to validate with"
    else:
        what = f"none of its folds has a {VALIDATION} folder, {_WRITTEN_LAST}"
    return Problem(path, what, _predict_first(model))


def _model_around(path: Path) -> Path | None:
    """The trained folder that a path is, or is a fold or a fold's validation folder of; None if there is none."""
    depth = 0
    if path.name == VALIDATION:
        depth = 2
    elif path.name.startswith("fold_"):
        depth = 1
    folder = path.absolute().parents[depth - 1] if depth else path
    return folder if (folder / PLANS_JSON).is_file() and any(folder.glob("fold_*")) else None


def _predict_first(model: Path) -> str:
    command = f"nnunet-glacier predict {quoted(model)} IMAGES OUT"
    return f"Predict labelled scenes that it was not trained on, '{command}', and give OUT"
