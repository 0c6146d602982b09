"""A trained model on disk: nnU-Net's results folder, what it was trained on and which folds can be used."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from nnunet_glacier.domain.labels import LabelSpace
from nnunet_glacier.formats.model_folders import no_trained_folder
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import sha256_of

CheckpointName = Literal["final", "best"]
CHECKPOINT_FILES: dict[str, str] = {"final": "checkpoint_final.pth", "best": "checkpoint_best.pth"}

_UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError, ModuleNotFoundError)


@dataclass(frozen=True)
class Model:
    """A trained folder ``<Trainer>__<plans>__<configuration>``.

    Attributes:
        folder: The folder.
        dataset_json: The dataset it was trained on.
        plans: The plans it was trained with.
        configuration: Name of the configuration in the plans.
        trainer: Class name of the trainer.
        checkpoint: File name of the checkpoint in each fold's folder.
        folds: Folds to use: numbers as text, or ``all``.
        left_out: Folds on disk that have no such checkpoint.
        space: The tasks, or None for a model without ``tasks`` in its dataset.json.
    """

    folder: Path
    dataset_json: dict[str, Any]
    plans: dict[str, Any]
    configuration: str
    trainer: str
    checkpoint: str
    folds: tuple[str, ...]
    left_out: tuple[str, ...]
    space: LabelSpace | None

    @property
    def file_ending(self) -> str:
        """Ending of the images it was trained on, such as ``.png``."""
        return str(self.dataset_json["file_ending"])

    @property
    def n_channels(self) -> int:
        """Number of input channels."""
        return len(self.dataset_json.get("channel_names") or self.dataset_json["modality"])

    def checkpoint_path(self, fold: str) -> Path:
        """The checkpoint of a fold."""
        return self.folder / f"fold_{fold}" / self.checkpoint

    def checkpoint_sha256(self) -> dict[str, str]:
        """SHA-256 of every checkpoint used, by fold."""
        return {fold: sha256_of(self.checkpoint_path(fold)) for fold in self.folds}


def open_model(folder: Path, folds: Sequence[str] | None = None, checkpoint: CheckpointName | str = "final") -> Model:
    """Look at a trained folder without building its network.

    The checkpoints are unpickled, as nnU-Net does it, so they can run code: use only models from a source you trust.

    Args:
        folder: The trained folder, ours or a stock trainer's.
        folds: Folds to use; None for all that are present, ``fold_all`` only if there is no other.
        checkpoint: ``final``, ``best``, or a file name in the folds' folders.

    Raises:
        InputError: With everything that is wrong with the folder.
    """
    summary = "The model cannot be used"
    something_else = no_trained_folder(folder)
    if something_else is not None:
        raise InputError([something_else], summary)
    problems: list[Problem] = []
    dataset_json, plans = (_read_json(folder / name, problems) for name in ("dataset.json", "plans.json"))
    file_name = CHECKPOINT_FILES.get(checkpoint, checkpoint)
    chosen, left_out = _choose_folds(folder, folds, file_name, problems)
    if problems:
        raise InputError(problems, summary)
    made_by = _made_by(folder, chosen, file_name, problems)
    space = _label_space(folder, dataset_json, problems)
    if not problems:
        problems += _unsupported(folder, plans, made_by[1], dataset_json)
    if problems:
        raise InputError(problems, summary)
    trainer, configuration = made_by
    return Model(folder, dataset_json, plans, configuration, trainer, file_name, chosen, left_out, space)


def _read_json(path: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = "nnU-Net writes it at training; copy it beside the folds"
        problems.append(Problem(path, f"it cannot be read ({error})", remedy))
        return {}
    return content


def _choose_folds(
    folder: Path, wanted: Sequence[str] | None, file_name: str, problems: list[Problem]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Folds to use and folds left out because they have no such checkpoint."""
    present = sorted(path.name.removeprefix("fold_") for path in folder.glob("fold_*") if path.is_dir())
    ready = [fold for fold in present if (folder / f"fold_{fold}" / file_name).is_file()]
    offer = f"Folds with {file_name}: {', '.join(ready) or 'none'}"
    if wanted is None:
        numbered = [fold for fold in ready if fold != "all"]
        chosen = numbered or ready
        if not chosen:
            problems.append(Problem(folder, f"no fold has a {file_name}", "Finish the training, or try --checkpoint"))
        return tuple(chosen), tuple(fold for fold in present if fold not in ready and fold != "all")
    missing = [fold for fold in wanted if fold not in ready]
    problems += [Problem(folder / f"fold_{fold}", f"there is no {file_name}", offer) for fold in missing]
    repeated = sorted({fold for fold in wanted if list(wanted).count(fold) > 1})
    problems += [Problem("--folds", f"fold {fold} is named twice", "Name it once") for fold in repeated]
    return tuple(wanted), ()


def _made_by(folder: Path, folds: Sequence[str], file_name: str, problems: list[Problem]) -> tuple[str, str]:
    """Trainer and configuration, which the checkpoints know and which must be the same in all folds."""
    found: dict[tuple[str, str], str] = {}
    for fold in folds:
        path = folder / f"fold_{fold}" / file_name
        try:
            content = torch.load(path, map_location="cpu", mmap=True, weights_only=False)
            found.setdefault((content["trainer_name"], content["init_args"]["configuration"]), fold)
        except _UNREADABLE as error:
            what = f"it is no checkpoint that nnU-Net could load ({type(error).__name__}: {error})"
            problems.append(Problem(path, what, "Copy it again, or leave the fold out with --folds"))
    if len(found) > 1:
        listed = "; ".join(f"fold {fold}: {' '.join(made_by)}" for made_by, fold in found.items())
        problems.append(Problem(folder, f"its folds were not trained alike ({listed})", "Choose with --folds"))
    return next(iter(found), ("", ""))


def _label_space(folder: Path, dataset_json: dict[str, Any], problems: list[Problem]) -> LabelSpace | None:
    if "tasks" not in dataset_json:
        return None
    try:
        return LabelSpace.from_dataset_json(dataset_json)
    except (GlacierError, KeyError, TypeError) as error:
        problems.append(Problem(folder / "dataset.json", str(error), "Use the dataset.json the model was trained with"))
        return None


def _unsupported(
    folder: Path, plans: dict[str, Any], configuration: str, dataset_json: dict[str, Any]
) -> list[Problem]:
    """What nnU-Net can predict and we cannot: volumes and cascades."""
    stock = "Use nnUNetv2_predict for it"
    known = plans.get("configurations", {})
    if configuration not in known:
        what = f"there is no configuration {configuration!r}, which the checkpoints were trained with"
        return [Problem(folder / "plans.json", what, "Use the plans.json the model was trained with")]
    missing = [key for key in ("file_ending", "labels") if key not in dataset_json]
    if missing:
        return [Problem(folder / "dataset.json", f"it lacks {', '.join(missing)}", "Use the model's own")]
    problems = []
    name = configuration
    while "patch_size" not in known[name] and known[name].get("inherits_from") in known:
        name = known[name]["inherits_from"]
    if len(known[name].get("patch_size", ())) != 2:
        problems.append(Problem(folder, f"configuration {configuration!r} is not two-dimensional", stock))
    if known[configuration].get("previous_stage"):
        problems.append(Problem(folder, f"configuration {configuration!r} is the second stage of a cascade", stock))
    return problems
