"""Trainers that change one thing in `nnUNetTrainerGlacier`: network, loss, augmentation or the end of the training."""

from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.class_losses import (
    CEMixin,
    DiceMixin,
    FocalMixin,
    FrontWeightMixin,
    GeneralisedDiceMixin,
)
from nnunet_glacier.trainers.early_stopping import MCCStoppingMixin
from nnunet_glacier.trainers.line_losses import (
    BCEMixin,
    DistanceMapBCEMixin,
    DistanceRegressionMixin,
    DistanceWeightedBCEMixin,
    DistanceWeightedDiceMixin,
    FocalTverskyBCEMixin,
    MCCLossMixin,
    SkeletonRecallMixin,
    SoftCLDiceMixin,
    WeightedBCEMixin,
)
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.networks import ASPPUNetMixin, AttentionUNetMixin, UNetPlusPlusMixin
from nnunet_glacier.trainers.phase import PhaseAugmentationMixin
from nnunet_glacier.trainers.sampling import LowResolutionSamplingMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class nnUNetTrainerGlacierAttentionUNet(AttentionUNetMixin, nnUNetTrainerGlacier):
    """Attention gates in the skips."""


class nnUNetTrainerGlacierUNetPlusPlus(UNetPlusPlusMixin, nnUNetTrainerGlacier):
    """U-Net++ with deep supervision over its nested outputs."""


class nnUNetTrainerGlacierASPPUNet(ASPPUNetMixin, nnUNetTrainerGlacier):
    """Atrous spatial pyramid pooling in the bottleneck."""


class nnUNetTrainerGlacierPhase(PhaseAugmentationMixin, nnUNetTrainerGlacier):
    """Phase-safe augmentation of interferograms."""


class nnUNetTrainerGlacierMCC(MCCStoppingMixin, nnUNetTrainerGlacier):
    """Ends when the MCC of the line has not improved for 30 epochs."""


class nnUNetTrainerGlacierBCE(BCEMixin, nnUNetTrainerGlacier):
    """Binary cross-entropy."""


class nnUNetTrainerGlacierWeightedBCE(WeightedBCEMixin, nnUNetTrainerGlacier):
    """Binary cross-entropy with inverse class frequencies."""


class nnUNetTrainerGlacierDistanceMapBCE(DistanceMapBCEMixin, nnUNetTrainerGlacier):
    """BCE of the prediction times the distance map, w = 3, R = 1, k = 0.1."""


class nnUNetTrainerGlacierDistanceWeightedBCE4(DistanceWeightedBCEMixin, nnUNetTrainerGlacier):
    """BCE of the prediction times the distance weights, w = 4."""


class nnUNetTrainerGlacierDistanceWeightedDice(DistanceWeightedDiceMixin, nnUNetTrainerGlacier):
    """Soft Dice of the prediction times the distance weights, w = 4."""


class nnUNetTrainerGlacierFocalTverskyBCE(FocalTverskyBCEMixin, nnUNetTrainerGlacier):
    """Focal Tversky loss with a share of BCE."""


class nnUNetTrainerGlacierMCCLoss(MCCLossMixin, nnUNetTrainerGlacier):
    """One minus the soft Matthews correlation coefficient."""


class nnUNetTrainerGlacierCE(CEMixin, nnUNetTrainerGlacier):
    """Cross-entropy."""


class nnUNetTrainerGlacierDice(DiceMixin, nnUNetTrainerGlacier):
    """Soft Dice."""


class nnUNetTrainerGlacierFocal(FocalMixin, nnUNetTrainerGlacier):
    """Focal loss, gamma 2, alpha 0.25 for every class."""


class nnUNetTrainerGlacierFrontWeight(FrontWeightMixin, nnUNetTrainerGlacier):
    """Dice + CE of fused labels, a pixel of the front four times."""


class nnUNetTrainerGlacierGeneralisedDice(GeneralisedDiceMixin, nnUNetTrainerGlacier):
    """Generalised Dice over all classes."""


class nnUNetTrainerGlacierSkeletonRecall(SkeletonRecallMixin, nnUNetTrainerGlacier):
    """Dice + BCE + skeleton recall."""


class nnUNetTrainerGlacierSoftCLDice(SoftCLDiceMixin, nnUNetTrainerGlacier):
    """Dice and soft clDice."""


class nnUNetTrainerGlacierDistanceRegression(DistanceRegressionMixin, nnUNetTrainerGlacier):
    """Regression of the distance to the line, reach 10 px."""


class nnUNetTrainerGlacierLowResolution(LowResolutionSamplingMixin, nnUNetTrainerGlacier):
    """Low-resolution scenes more often."""


class nnUNetTrainerGlacierLateLowResolution(LowResolutionSamplingMixin, nnUNetTrainerGlacierLate):
    """Late branching, low-resolution scenes more often."""

    published: ClassVar[str] = ""
