"""nnU-Net's results folder of a model, ``<Trainer>__<plans>__<configuration>``: names, reader and writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.checkpoints import (
    CHECKPOINT_FILES,
    Checkpoint,
    checkpoint_path,
    first_difference,
    read_checkpoint,
    write_checkpoint,
)
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.deciding_plans import difference_of_plans
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.files import write_json
from nnunet_glacier.support.wording import counted

FOLD_ALL = "all"
"""The fold that is trained on all cases."""

UNFINISHED = "unfinished"
"""Folder in a trained folder in which ``adapt`` keeps the folds that are not done, in nnU-Net's own layout."""


def unfinished_folds(folder: Path) -> list[str]:
    """Folds of a trained folder that were begun by ``adapt`` and are not done: ``0`` and so on."""
    begun = (folder / UNFINISHED / "nnUNet_results").glob("*/*/fold_*")
    return sorted(path.name.removeprefix("fold_") for path in begun)


def choose_folds(
    folder: Path, wanted: Sequence[str] | None, file_name: str, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Folds to use and folds left out because they have no such checkpoint.

    Args:
        folder: The trained folder.
        wanted: The folds that are asked for; None for all that have the checkpoint, ``all`` only if there is no other.
        file_name: Name of the checkpoint.
        problems: What is wrong is added.
    """
    present = sorted(path.name.removeprefix("fold_") for path in folder.glob("fold_*") if path.is_dir())
    ready = [fold for fold in present if checkpoint_path(folder, fold, file_name).is_file()]
    if wanted is None:
        numbered = [fold for fold in ready if fold != FOLD_ALL]
        chosen = numbered or ready
        if not chosen:
            problems.append(Problem(folder, f"no fold has a {file_name}", "Finish the training, or try --checkpoint"))
        begun = sorted({*present, *unfinished_folds(folder)})
        return tuple(chosen), tuple(fold for fold in begun if fold not in ready and fold != FOLD_ALL)
    offer = f"Folds with {file_name}: {', '.join(ready) or 'none'}"
    missing = [fold for fold in wanted if fold not in ready]
    problems += [Problem(folder / f"fold_{fold}", f"there is no {file_name}", offer) for fold in missing]
    problems += choice_problems(wanted)
    return tuple(wanted), ()


def choice_problems(wanted: Sequence[str]) -> list[Problem]:
    """What is wrong with the folds that are asked for, whatever the model has: none, or one twice."""
    if not wanted:
        return [Problem("--folds", "it names no fold", "Name some, such as 0,1, or leave it out for all")]
    repeated = sorted({fold for fold in wanted if list(wanted).count(fold) > 1})
    return [Problem("--folds", f"fold {fold} is named twice", "Name it once") for fold in repeated]


def read_folds(folder: Path, folds: Sequence[str], file_name: str, problems: list[Problem]) -> dict[str, Checkpoint]:
    """The checkpoints of folds, which must have been trained alike; what is wrong is added to the problems."""
    checkpoints = {}
    for fold in folds:
        path = checkpoint_path(folder, fold, file_name)
        try:
            checkpoints[fold] = read_checkpoint(path)
        except GlacierError as error:
            problems.append(Problem(path, str(error), "Copy it again, or leave the fold out with --folds"))
    problems += _not_alike(folder, checkpoints, file_name)
    return checkpoints


def _not_alike(folder: Path, checkpoints: Mapping[str, Checkpoint], file_name: str) -> list[Problem]:
    if not checkpoints:
        return []
    made_by = {(one.trainer, one.configuration, one.mirroring_axes): fold for fold, one in checkpoints.items()}
    if len(made_by) > 1:
        listed = "; ".join(
            f"fold {fold}: {trainer} {configuration}, mirrored along {counted(len(axes or ()), 'axis', 'axes')}"
            for (trainer, configuration, axes), fold in made_by.items()
        )
        return [Problem(folder, f"its folds were not trained alike ({listed})", "Choose with --folds")]
    first, *others = checkpoints
    problems = []
    for fold in others:
        difference = first_difference(checkpoints[fold].weights, checkpoints[first].weights)
        if difference:
            what = f"{difference}, unlike those of fold {first}"
            path = checkpoint_path(folder, fold, file_name)
            problems.append(Problem(path, what, "Leave the fold out with --folds"))
    return problems


def other_plans_problems(
    folder: Path, plans: Mapping[str, Any], checkpoints: Mapping[str, Checkpoint], file_name: str
) -> list[Problem]:
    """Folds that were trained with other plans than those of the folder, which the last training has written there.

    They would be shown scenes in another way than in their training, such as with pixels of another size. The size of
    the tiles may differ, and what is done with the network's output.

    Args:
        folder: The trained folder.
        plans: Its plans, which have the checkpoints' configuration.
        checkpoints: By fold.
        file_name: Their file's name.
    """
    problems = []
    for fold, checkpoint in checkpoints.items():
        difference = difference_of_plans(checkpoint.plans, plans, checkpoint.configuration)
        if difference:
            what = f"it was trained with other plans than those in {folder / PLANS_JSON}: {difference}"
            remedy = "Leave the fold out with --folds, or train it again with the present plans"
            problems.append(Problem(checkpoint_path(folder, fold, file_name), what, remedy))
    return problems


def trained_folder_of(results: Path, model: Model) -> Path:
    """Where a model's trained folder lies in a results folder of nnU-Net's, by the names in its plans.

    >>> from types import SimpleNamespace as Some
    >>> plans = {"dataset_name": "Dataset500_CaFFe", "plans_name": "half"}
    >>> model = Some(trainer="nnUNetTrainer", configuration="2d", plans=plans)
    >>> trained_folder_of(Path("results"), model).as_posix()
    'results/Dataset500_CaFFe/nnUNetTrainer__half__2d'
    """
    name = f"{model.trainer}__{model.plans['plans_name']}__{model.configuration}"
    return results / (model.plans.get("dataset_name") or "") / name


def write_trained_folder(folder: Path, model: Model) -> None:
    """Write a model as nnU-Net's commands read it: ``dataset.json``, ``plans.json`` and a final checkpoint a fold."""
    write_json(folder / DATASET_JSON, model.dataset_json)
    write_json(folder / PLANS_JSON, model.plans)
    for fold in model.folds:
        checkpoint = Checkpoint(
            model.trainer, model.configuration, model.mirroring_axes, model.epochs.get(fold), model.weights(fold)
        )
        write_checkpoint(checkpoint_path(folder, fold, CHECKPOINT_FILES["final"]), checkpoint)
