"""The trainer of single-task datasets: stock nnU-Net, its length and learning rate taken from the plans."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_glacier.labels import LabelSpace
from nnunet_glacier.trainers.task_check import accepted_label_space

SCHEDULE_KEYS = ("num_epochs", "num_iterations_per_epoch", "num_val_iterations_per_epoch", "initial_lr")
"""Keys at the top level of the plans, named after the trainer's attributes that they set."""


class nnUNetTrainerGlacier(nnUNetTrainer):
    """Stock nnU-Net with the training length of the plans, so that runs of different length differ by plans name.

    Plans without a schedule, such as nnU-Net's own, train for nnU-Net's 1000 epochs of 250 iterations.

    Attributes:
        label_spaces: The tasks that the trainer takes; None for any one task.
        label_space: The tasks of the dataset; None where its ``dataset.json`` does not say.
    """

    label_spaces: ClassVar[tuple[LabelSpace, ...] | None] = None

    # nnU-Net looks the names of these arguments up among the base class's own, so they must be spelled out.
    def __init__(
        self,
        plans: dict[str, Any],
        configuration: str,
        fold: int,
        dataset_json: dict[str, Any],
        device: torch.device = torch.device("cuda"),  # noqa: B008
    ) -> None:
        # Before the base class makes the folder of results.
        self.label_space = accepted_label_space(type(self).__name__, self.label_spaces, dataset_json)
        super().__init__(plans, configuration, fold, dataset_json, device)
        for key in SCHEDULE_KEYS:
            if key in self.plans_manager.plans:
                setattr(self, key, self.plans_manager.plans[key])
        # A short training would end before nnU-Net's every 50 epochs, and leave nothing to resume from.
        self.save_every = min(self.save_every, max(1, self.num_epochs // 10))
