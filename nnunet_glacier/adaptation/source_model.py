"""The model that is adapted: opened, and its trainer found. Imports torch and nnU-Net: import it where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.inference.model import Model, open_model
from nnunet_glacier.inference.predictor import make_trainers_findable, quiet
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


def open_source(model: Path, folds: Sequence[str] | None) -> Model:
    """The model with the folds to adapt.

    Raises:
        InputError: With everything that is wrong with the folder.
    """
    return open_model(model, folds)


def find_trainer(name: str) -> type[nnUNetTrainerGlacier]:
    """The class of a trainer that takes its length from the plans.

    Raises:
        InputError: If there is no such trainer, or its length stands in its code, as with nnU-Net's own.
    """
    make_trainers_findable()
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

    try:
        with quiet():
            found = recursive_find_trainer_class_by_name(name)
    except RuntimeError:
        remedy = "Add its folder to nnUNet_extTrainer, or choose one of 'nnunet-glacier trainers' with --trainer"
        raise InputError([Problem(name, "nnU-Net finds no trainer of this name", remedy)]) from None
    if not issubclass(found, nnUNetTrainerGlacier):
        what = "it does not take the length of a training from the plans, so it would train for nnU-Net's 1000 epochs"
        remedy = "Choose one that builds the same network, such as --trainer nnUNetTrainerGlacier for stock nnU-Net's"
        raise InputError([Problem(name, what, remedy)])
    return found
