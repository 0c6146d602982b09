"""A training by nnU-Net's own trainer in this process, with a progress bar. Imports torch: import it where it runs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from tqdm import tqdm

from nnunet_glacier.trainers.epoch_counter import EpochCounter
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


@dataclass(frozen=True)
class Training:
    """What the folds of a dataset are trained with.

    Attributes:
        trainer: Class of the trainer.
        plans: Its plans.
        configuration: Of the plans.
        dataset_json: Of the dataset.
        device: Where to train.
    """

    trainer: type[nnUNetTrainerGlacier]
    plans: Mapping[str, Any]
    configuration: str
    dataset_json: Mapping[str, Any]
    device: torch.device

    def make(self, fold: int, *, go_on: bool) -> nnUNetTrainerGlacier:
        """The trainer of a fold, which makes the folder of its results.

        Args:
            fold: Its number.
            go_on: Whether a checkpoint is loaded next, as nnU-Net's ``--c`` does.
        """
        plans = {**deepcopy(dict(self.plans)), "continue_training": go_on}
        return self.trainer(plans, self.configuration, fold, deepcopy(dict(self.dataset_json)), self.device)


def run_to_the_end(trainer: nnUNetTrainerGlacier, title: str) -> None:
    """Train all epochs that a trainer has left, with a bar in place of what nnU-Net prints, which its log has too."""
    bar = tqdm(total=trainer.num_epochs, initial=trainer.current_epoch, desc=title, unit="epoch")
    with bar, contextlib.redirect_stdout(EpochCounter(bar)):
        trainer.run_training()
