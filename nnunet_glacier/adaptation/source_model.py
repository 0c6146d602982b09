"""The model that is adapted: opened, and its trainer found. Imports torch and nnU-Net: import it where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnunet_glacier.formats.checkpoints import CHECKPOINT_FILES, checkpoint_path
from nnunet_glacier.formats.model import Model, open_model
from nnunet_glacier.formats.trained_folders import write_trained_folder
from nnunet_glacier.inference import predictor
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


def open_source(model: Path | str, folds: Sequence[str] | None) -> Model:
    """The model with the folds to adapt: a trained folder, a packed model, or the name of a shipped one.

    Raises:
        InputError: With everything that is wrong with it.
    """
    return open_model(model, folds)


def starting_checkpoint(model: Model, fold: str, work: Path) -> Path:
    """A fold's checkpoint as nnU-Net's trainer reads it; that of a packed model is written into `work` first."""
    if model.packed is None:
        return model.weights_path(fold)
    path = checkpoint_path(work, fold, CHECKPOINT_FILES["final"])
    if not path.is_file():
        write_trained_folder(work, replace(model, folds=(fold,)))
    return path


def find_trainer(name: str) -> type[nnUNetTrainerGlacier]:
    """The class of a trainer that takes its length from the plans.

    Raises:
        InputError: If there is no such trainer, a file that is searched for it cannot be imported, or its length
            stands in its code, as with nnU-Net's own.
    """
    try:
        trainer_class = predictor.find_trainer(name)
    except GlacierError as error:
        remedy = "Add its folder to nnUNet_extTrainer, or choose one of 'nnunet-glacier trainers' with --trainer"
        raise InputError([Problem(name, str(error), remedy)]) from None
    if not issubclass(trainer_class, nnUNetTrainerGlacier):
        what = "it does not take the length of a training from the plans, so it would train for nnU-Net's 1000 epochs"
        remedy = "Choose one that builds the same network, such as --trainer nnUNetTrainerGlacier for stock nnU-Net's"
        raise InputError([Problem(name, what, remedy)])
    return trainer_class
