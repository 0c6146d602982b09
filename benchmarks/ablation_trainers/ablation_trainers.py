"""Trainers of ``benchmarks/ablations.py``: that of the recipe for real SAR with another loss, or another end."""

from __future__ import annotations

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
