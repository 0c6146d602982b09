"""The door to a trained model: nnU-Net's results folder, a packed model, or the name of a shipped one.

`open_model` checks everything that prediction will use, so that nothing is written for a model that cannot predict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnunet_glacier.domain.choices import CheckpointName
from nnunet_glacier.formats.checkpoints import (
    CHECKPOINT_FILES,
    check_finite,
    first_difference,
)
from nnunet_glacier.formats.dataset_json import DATASET_JSON, DatasetDescription, described, read_description
from nnunet_glacier.formats.json_files import read_json
from nnunet_glacier.formats.model_folders import no_trained_folder
from nnunet_glacier.formats.model_plans import DATASET_REMEDY, PLANS_JSON, dataset_problems, plans_problems
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.packed_model import (
    MODEL_JSON,
    is_packed,
    read_packed,
)
from nnunet_glacier.formats.shipped_models import REINSTALL, is_shipped, shipped_folder, shipped_offer
from nnunet_glacier.formats.trained_folders import choice_problems, choose_folds, other_plans_problems, read_folds
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

if TYPE_CHECKING:
    import torch

_SUMMARY = "The model cannot be used"
_REMEDY = "nnU-Net writes it at training; copy it beside the folds"


def open_model(
    path_or_name: Path | str, folds: Sequence[str] | None = None, checkpoint: CheckpointName | str = "final"
) -> Model:
    """Open a trained model and check it whole, without building its network.

    Args:
        path_or_name: A trained folder ``<Trainer>__<plans>__<configuration>``, a packed model's folder or archive, or
            the name of a shipped model. What is there as a path is taken as one.
        folds: Folds to use; None for all that are present, in a trained folder ``fold_all`` only if there is no other.
        checkpoint: In a trained folder ``final``, ``best``, or a file name in the folds' folders. A packed model holds
            one checkpoint a fold, and takes ``final`` alone.

    Raises:
        InputError: With everything that is wrong with it.
    """
    path = locate_model(path_or_name)
    if is_packed(path):
        return _open_packed(path, folds, checkpoint)
    something_else = no_trained_folder(path)
    if something_else is not None:
        raise InputError([something_else], _SUMMARY)
    return _open_trained(path, folds, CHECKPOINT_FILES.get(checkpoint, checkpoint))


def locate_model(path_or_name: Path | str) -> Path:
    """The path of a model that is given by its path or its name; nothing of it is read.

    Raises:
        InputError: If a name is empty, or that of no shipped model, with those that there are.
    """
    if path_or_name == "":
        raise InputError([Problem("the model", "its name is empty", f"Give one. {shipped_offer()}")], _SUMMARY)
    path = Path(path_or_name)
    if path.exists() or len(path.parts) != 1:
        return path
    folder = shipped_folder(path.name)
    if folder is None and (path.suffix or "__" in path.name):
        return path
    if folder is None:
        what = "there is no such folder here, and no shipped model of this name"
        remedy = f"{shipped_offer()}; or give a trained folder <Trainer>__<plans>__<configuration>"
        raise InputError([Problem(path, what, remedy)], _SUMMARY)
    return folder


def _open_trained(folder: Path, folds: Sequence[str] | None, file_name: str) -> Model:
    problems: list[Problem] = []
    dataset = _checked(partial(read_description, folder / DATASET_JSON, DATASET_REMEDY), problems)
    plans, wrong_plans = read_json(folder / PLANS_JSON, _REMEDY)
    problems += wrong_plans
    chosen, left_out = choose_folds(folder, folds, file_name, problems)
    checkpoints = read_folds(folder, chosen, file_name, problems) if not problems else {}
    configuration = next((one.configuration for one in checkpoints.values()), "")
    if not wrong_plans:
        problems += plans_problems(folder / PLANS_JSON, plans, configuration, dataset.n_channels if dataset else None)
    if not problems:
        problems += other_plans_problems(folder, plans, checkpoints, file_name)
    if problems or dataset is None:
        raise InputError(problems, _SUMMARY)
    first = checkpoints[chosen[0]]
    return Model(
        folder,
        dict(dataset.content),
        plans,
        configuration,
        first.trainer,
        file_name,
        chosen,
        left_out,
        dataset.space,
        first.mirroring_axes,
        {fold: one.epochs for fold, one in checkpoints.items() if one.epochs is not None},
        {fold: one.unpickled for fold, one in checkpoints.items() if one.unpickled},
    )


def _open_packed(path: Path, folds: Sequence[str] | None, checkpoint: str) -> Model:
    remedy = REINSTALL if is_shipped(path) else "Copy or download the model again"
    packed = read_packed(path, remedy)
    description = packed.description
    problems: list[Problem] = []
    dataset = _checked(partial(described, path / DATASET_JSON, packed.dataset_json, DATASET_REMEDY), problems)
    n_channels = dataset.n_channels if dataset else None
    problems += plans_problems(path / PLANS_JSON, packed.plans, description.configuration, n_channels)
    chosen = tuple(description.folds) if folds is None else tuple(folds)
    offer = f"Its folds are {', '.join(description.folds)}"
    if checkpoint != "final":
        what = f"it is packed and holds one checkpoint a fold, so that there is no choice of '{checkpoint}'"
        problems.append(Problem(path, what, "Leave the checkpoint out, or give the trained folder"))
    missing = [fold for fold in chosen if fold not in description.folds]
    problems += [Problem(path, f"it has no fold {fold}", offer) for fold in missing]
    problems += choice_problems(chosen)
    if problems or dataset is None:
        raise InputError(problems, _SUMMARY)
    model = Model(
        path,
        packed.dataset_json,
        packed.plans,
        description.configuration,
        description.trainer,
        MODEL_JSON,
        chosen,
        (),
        dataset.space,
        None if description.mirroring_axes is None else tuple(description.mirroring_axes),
        {fold: one.epochs for fold, one in description.folds.items() if one.epochs is not None},
        {},
        packed,
    )
    problems = _packed_weights_problems(model, remedy)
    if problems:
        raise InputError(problems, _SUMMARY)
    return model


def _packed_weights_problems(model: Model, remedy: str) -> list[Problem]:
    problems: list[Problem] = []
    first: Mapping[str, torch.Tensor] | None = None
    for fold in model.folds:
        try:
            weights = model.weights(fold)
            check_finite(weights)
        except InputError as error:
            problems += error.problems
            continue
        except GlacierError as error:
            problems.append(Problem(model.weights_path(fold), str(error), remedy))
            continue
        first = weights if first is None else first
        difference = first_difference(weights, first)
        if difference:
            what = f"{difference}, unlike those of fold {model.folds[0]}"
            problems.append(Problem(model.weights_path(fold), what, remedy))
    return problems


def _checked(read: Callable[[], DatasetDescription], problems: list[Problem]) -> DatasetDescription | None:
    """A model's dataset as it is read, or None; what is wrong with it is added to the problems."""
    try:
        dataset = read()
    except InputError as error:
        problems += error.problems
        return None
    problems += dataset_problems(dataset)
    return dataset
