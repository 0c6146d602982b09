"""Trains one trial with nnU-Net's own trainer, or goes on with it. Imports torch: import it where it runs."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

from nnunet_glacier.inference.predictor import find_trainer
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.training import Training, run_to_the_end
from nnunet_glacier.trainers.whole_checkpoints import (
    BEST_CHECKPOINT,
    FINAL_CHECKPOINT,
    LATEST_CHECKPOINT,
    read_checkpoint,
)


@dataclass(frozen=True)
class Curves:
    """What the log of a training says.

    Attributes:
        losses: Validation loss of each epoch.
        dice: nnU-Net's pseudo Dice of each epoch, the mean over the foreground.
    """

    losses: tuple[float, ...]
    dice: tuple[float, ...]

    @property
    def best(self) -> int:
        """The epoch of the lowest validation loss; NaN is none."""
        return int(np.nanargmin(self.losses)) if np.isfinite(self.losses).any() else 0


def trainer_of_plans(name: str) -> type[nnUNetTrainerGlacier]:
    """The class of a trainer that takes length and settings from the plans.

    Raises:
        InputError: If there is no such trainer, or it is nnU-Net's own.
    """
    try:
        trainer = find_trainer(name)
    except GlacierError as error:
        raise InputError([Problem(f"-tr {name}", str(error), "Choose one of 'nnunet-glacier trainers'.")]) from None
    if not issubclass(trainer, nnUNetTrainerGlacier):
        what = "it takes neither length nor settings from the plans"
        raise InputError([Problem(f"-tr {name}", what, "Choose one of 'nnunet-glacier trainers'.")])
    return trainer


def refusal(training: Training, fold: int) -> str:
    """Why a trainer or its loss does not take the settings of a trial; "" if both do.

    Both are made as in the training, without a trace in nnU-Net's results.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        # nnU-Net's trainer makes its folder of results as it is made, and tells wandb of a run.
        elsewhere = mock.patch.dict(os.environ, {"nnUNet_results": folder, "nnUNet_wandb_enabled": "0"})
        try:
            with elsewhere:
                training.make(fold, go_on=False)._build_loss()
        except GlacierError as error:
            return str(error)
    return ""


def train(training: Training, fold: int, *, validate: bool) -> tuple[Curves, Path]:
    """Train a trial to the end, from where an earlier call was stopped.

    Args:
        training: What it is trained with.
        fold: Of the dataset.
        validate: Whether the fold's validation scenes are predicted in whole, as nnU-Net does at the end.

    Returns:
        The curves of the training, and its folder in ``nnUNet_results``.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = training.make(fold, go_on=True)
        folder = Path(trainer.output_folder)
        names = (FINAL_CHECKPOINT, LATEST_CHECKPOINT, BEST_CHECKPOINT)
        checkpoint = next((folder / name for name in names if (folder / name).is_file()), None)
        if checkpoint is not None and checkpoint.name == FINAL_CHECKPOINT and not validate:
            return _curves(checkpoint), folder
        if checkpoint is None:
            trainer = training.make(fold, go_on=False)
            trainer.initialize()
        else:
            trainer.load_checkpoint(str(checkpoint))
    if checkpoint is None or checkpoint.name != FINAL_CHECKPOINT:
        run_to_the_end(trainer, training.plans["plans_name"])
    if validate and not (folder / "validation" / "summary.json").is_file():
        with contextlib.redirect_stdout(io.StringIO()):
            trainer.perform_actual_validation(save_probabilities=False)
    return _curves(folder / FINAL_CHECKPOINT), folder


def _curves(path: Path) -> Curves:
    """The curves that a checkpoint holds.

    Raises:
        GlacierError: If it tells none.
    """
    try:
        log = read_checkpoint(path)["logging"]
        return Curves(tuple(map(float, log["val_losses"])), tuple(map(float, log["mean_fg_dice"])))
    except (KeyError, TypeError, ValueError):
        what = "it does not tell the losses of its epochs. Delete its folder, and give the same command again"
        raise GlacierError(f"{path}: {what}") from None
