"""Whether trained models can be folds of one: the same network, labels and preprocessing."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from nnunet_glacier.formats.checkpoints import first_difference
from nnunet_glacier.formats.deciding_plans import deciding_entries
from nnunet_glacier.formats.json_files import shortened
from nnunet_glacier.formats.model import Model
from nnunet_glacier.inference.predictor import find_trainer
from nnunet_glacier.support.errors import GlacierError, Problem

_DATASET_KEYS = ("labels", "tasks", "regions_class_order", "channel_names", "modality", "file_ending")
_REMEDY = "Pack them as models of their own"


def unlike_problems(models: Sequence[Model], trainer: str) -> list[Problem]:
    """Why models cannot be folds of one, each compared with the first.

    Args:
        models: At least one.
        trainer: Class name of the trainer that builds the network of all.
    """
    first, *others = models
    problems = [problem for model in models if (problem := _other_network(model, trainer))]
    for model in others:
        problems += _differences(model, first)
        weights = first_difference(model.weights(model.folds[0]), first.weights(first.folds[0]))
        if weights:
            problems.append(Problem(model.weights_path(model.folds[0]), f"{weights}, unlike {first.folder}", _REMEDY))
    return problems


def _differences(model: Model, first: Model) -> list[Problem]:
    ours, theirs = _what_predicts(model), _what_predicts(first)
    return [
        Problem(
            model.folder,
            f"{key} is {shortened(ours[key])}, but {shortened(theirs[key])} in {first.folder}",
            _REMEDY,
        )
        for key in ours
        if ours[key] != theirs[key]
    ]


def _what_predicts(model: Model) -> dict[str, Any]:
    """Everything but the weights that decides what a model predicts."""
    values = {f"dataset.json's {key}": model.dataset_json.get(key) for key in _DATASET_KEYS}
    plans = deciding_entries(model.plans, model.configuration)
    values |= {f"plans.json's {key}": value for key, value in plans.items()}
    return {**values, "the axes of mirroring": model.mirroring_axes}


def _other_network(model: Model, trainer: str) -> Problem | None:
    """Trainers that differ in loss or augmentation build one network by the same method; others do not."""
    if model.trainer == trainer:
        return None
    try:
        builders = [_builder(find_trainer(name)) for name in (model.trainer, trainer)]
    except GlacierError as error:
        return Problem(model.folder, str(error), "Add the folder of its file to nnUNet_extTrainer")
    if builders[0] == builders[1]:
        return None
    what = f"it was trained by {model.trainer}, whose network is not built as that of {trainer}"
    return Problem(model.folder, what, _REMEDY)


def _builder(trainer: type) -> tuple[str, str]:
    """Module and name of the function that builds a trainer's network; nnU-Net imports modules anew at each search."""
    method = inspect.getattr_static(trainer, "build_network_architecture")
    function = getattr(method, "__func__", method)
    return function.__module__, function.__qualname__
