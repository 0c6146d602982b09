"""The losses, stopping rules and gates of Davari et al. (2021) and Holzmann et al. (2021) in nnU-Net's way of training.

Network, optimizer, learning rate and augmentation are nnU-Net's here; the papers' own are in `davari_2021` and
`holzmann_2021`. Holzmann et al. stop by the Dice coefficient; here their trainers run to the last epoch.
"""

from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.early_stopping import BCEStoppingMixin, MCCStoppingMixin
from nnunet_glacier.trainers.line_losses import (
    BCEMixin,
    DistanceMapBCEMixin,
    DistanceWeightedBCEMixin,
    LineWeight,
    WeightedBCEMixin,
)
from nnunet_glacier.trainers.networks import AttentionUNetMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.single_changes import nnUNetTrainerGlacierBCE, nnUNetTrainerGlacierDistanceMapBCE


class nnUNetTrainerGlacierBCEStopping(BCEStoppingMixin, nnUNetTrainerGlacierBCE):
    """BCE, stopped by the validation BCE: the rule that Davari et al. (2021) compare the MCC with."""


class nnUNetTrainerGlacierBCEMCC(MCCStoppingMixin, nnUNetTrainerGlacierBCE):
    """BCE, stopped by the MCC."""


class nnUNetTrainerGlacierWeightedBCEMCC(MCCStoppingMixin, WeightedBCEMixin, nnUNetTrainerGlacier):
    """BCE with the inverse class frequencies of the training set, stopped by the MCC."""

    loss_title: ClassVar[str] = "BCE, inverse class frequency of the training set"
    positive_weight: ClassVar[LineWeight] = "dataset"


class nnUNetTrainerGlacierDistanceMapBCEMCC(MCCStoppingMixin, nnUNetTrainerGlacierDistanceMapBCE):
    """Improved distance-map BCE (k = 0.1), stopped by the MCC."""


class nnUNetTrainerGlacierDistanceMapBCEk1MCC(MCCStoppingMixin, DistanceMapBCEMixin, nnUNetTrainerGlacier):
    """Conventional distance-map BCE (k = 1), stopped by the MCC."""

    loss_title: ClassVar[str] = "distance-map BCE, k = 1"
    k: ClassVar[float] = 1.0


class nnUNetTrainerGlacierDistanceWeightedBCE8(DistanceWeightedBCEMixin, nnUNetTrainerGlacier):
    """U-Net, WBCE with w = 8."""

    loss_title: ClassVar[str] = "distance-weighted BCE, w = 8"
    w: ClassVar[float] = 8.0


class nnUNetTrainerGlacierDistanceWeightedBCE16(DistanceWeightedBCEMixin, nnUNetTrainerGlacier):
    """U-Net, WBCE with w = 16."""

    loss_title: ClassVar[str] = "distance-weighted BCE, w = 16"
    w: ClassVar[float] = 16.0


class nnUNetTrainerGlacierAttentionUNetBCE(AttentionUNetMixin, BCEMixin, nnUNetTrainerGlacier):
    """Attention U-Net, BCE."""


class nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE4(
    AttentionUNetMixin, DistanceWeightedBCEMixin, nnUNetTrainerGlacier
):
    """Attention U-Net, WBCE with w = 4."""


class nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE8(
    AttentionUNetMixin, nnUNetTrainerGlacierDistanceWeightedBCE8
):
    """Attention U-Net, WBCE with w = 8."""


class nnUNetTrainerGlacierAttentionUNetDistanceWeightedBCE16(
    AttentionUNetMixin, nnUNetTrainerGlacierDistanceWeightedBCE16
):
    """Attention U-Net, WBCE with w = 16."""
