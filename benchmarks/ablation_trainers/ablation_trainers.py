"""Trainers of ``benchmarks/ablations.py``: that of the recipe for real SAR with another loss, or another end."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import nn

from nnunet_glacier.domain.zones import FUSED_FRONT
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
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet as Recipe


class nnUNetTrainerAblationFrontWeight(Recipe):
    """Dice + CE in which a pixel of the front's own class counts as `front_weight` pixels in the cross-entropy."""

    front_weight: ClassVar[float] = 4.0

    def _stock_loss(self) -> nn.Module:
        wrapped: Any = super()._stock_loss()
        weights = torch.ones(FUSED_FRONT + 1, device=self.device)
        weights[FUSED_FRONT] = self.front_weight
        (wrapped.loss if self.enable_deep_supervision else wrapped).ce.weight = weights
        return wrapped


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
