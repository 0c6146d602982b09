"""Trainers of ``benchmarks/ablations.py``: that of the recipe for real SAR with another loss, course or end."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from torch import nn

from nnunet_glacier.dataset_conversion.caffe.cases import EXTRA
from nnunet_glacier.domain.labels import Task
from nnunet_glacier.domain.zones import FUSED_FRONT
from nnunet_glacier.trainers.class_losses import FrontWeightMixin
from nnunet_glacier.trainers.early_stopping import MCCStoppingMixin
from nnunet_glacier.trainers.line_losses import (
    BCEMixin,
    DistanceMapBCEMixin,
    DistanceWeightedBCEMixin,
    FocalTverskyBCEMixin,
    MCCLossMixin,
    SkeletonRecallMixin,
    SoftCLDiceMixin,
    WeightedBCEMixin,
)
from nnunet_glacier.trainers.mix_in import TrainerMixIn
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet as Recipe


class nnUNetTrainerAblationMCC(MCCStoppingMixin, Recipe):
    """The weights of the epoch with the highest MCC of the front."""


class nnUNetTrainerAblationBCE(BCEMixin, Recipe):
    """BCE."""


class nnUNetTrainerAblationWeightedBCE(WeightedBCEMixin, Recipe):
    """BCE, weighted by the inverse class frequency of the batch."""


class nnUNetTrainerAblationDistanceMapBCE(DistanceMapBCEMixin, Recipe):
    """BCE of the prediction times the distance map."""


class nnUNetTrainerAblationDistanceWeightedBCE(DistanceWeightedBCEMixin, Recipe):
    """BCE of the prediction times the distance weights."""


class nnUNetTrainerAblationFocalTverskyBCE(FocalTverskyBCEMixin, Recipe):
    """BCE and Focal Tversky."""


class nnUNetTrainerAblationMCCLoss(MCCLossMixin, Recipe):
    """MCC."""


class nnUNetTrainerAblationSkeletonRecall(SkeletonRecallMixin, Recipe):
    """Dice, BCE and skeleton recall."""


class nnUNetTrainerAblationSoftCLDice(SoftCLDiceMixin, Recipe):
    """Dice and soft clDice."""


class FallingFrontWeightMixin(FrontWeightMixin):
    """The weight of the front falls over the training, by the same factor each epoch.

    Attributes:
        front_weight: In the first epoch.
        last_front_weight: In the last.
    """

    front_weight: ClassVar[float] = 16.0
    last_front_weight: ClassVar[float] = 2.0

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Dice + CE, whose weights are kept to be changed."""
        loss: Any = super().build_task_loss(task)
        self.class_weights = loss.ce.weight
        return loss

    def on_train_epoch_start(self) -> None:
        """The weight of this epoch."""
        super().on_train_epoch_start()
        done = self.current_epoch / max(self.num_epochs - 1, 1)
        self.class_weights[FUSED_FRONT] = self.front_weight * (self.last_front_weight / self.front_weight) ** done


class MadeUpFirstMixin(TrainerMixIn):
    """Extra scenes are drawn less and less: as often as the others in the first epoch, never in the last tenth.

    In one process alone (``nnUNet_n_proc_DA=0``), whose loader can be told in the middle of a training.
    """

    def on_train_epoch_start(self) -> None:
        """The probabilities of this epoch."""
        super().on_train_epoch_start()
        loader = self.dataloader_train.data_loader
        share = max(0.0, 1 - self.current_epoch / (0.9 * self.num_epochs))
        weights = np.array([share if case.startswith(EXTRA) else 1.0 for case in loader.indices])
        loader.sampling_probabilities = weights / weights.sum()


class nnUNetTrainerAblationCurriculum(MadeUpFirstMixin, FallingFrontWeightMixin, Recipe):
    """The front's weight falls from sixteen to two, and made-up scenes come first."""
