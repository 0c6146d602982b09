"""The three losses of Pires de Lima et al. (2023) as published: network, optimizer, schedule, stopping rule.

``plan --preset pires-de-lima-2023`` gives patch, batch and length. Left open by the paper and taken here: patches are
as they are, for no augmentation is named; they are drawn anywhere in a scene; Dice is the generalised Dice of the
reference that the paper gives for it, and a trainer with the plain soft Dice of all classes stands beside it; Focal has
the uniform alpha of their code.
"""

from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.adam import PlateauAdamMixin
from nnunet_glacier.trainers.class_losses import CEMixin, DiceMixin, FocalMixin, GeneralisedDiceMixin
from nnunet_glacier.trainers.early_stopping import LossStoppingMixin
from nnunet_glacier.trainers.networks import ResNetASPPMixin
from nnunet_glacier.trainers.plain_augmentation import NoAugmentationMixin
from nnunet_glacier.trainers.sampling import UniformPatchesMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class PiresDeLima2023Trainer(
    NoAugmentationMixin,
    UniformPatchesMixin,
    PlateauAdamMixin,
    LossStoppingMixin,
    ResNetASPPMixin,
    nnUNetTrainerGlacier,
):
    """What the three share: ResNet-18 + ASPP, Adam whose rate falls on plateaus, the end by the loss (Sect. 2)."""

    published: ClassVar[str] = "Pires de Lima et al. (2023), Sect. 4"
    stopping_title: ClassVar[str] = "loss, patience 20"
    patience: ClassVar[int] = 20


class nnUNetTrainerPiresDeLima2023CE(CEMixin, PiresDeLima2023Trainer):
    """Cross-entropy."""


class nnUNetTrainerPiresDeLima2023Dice(GeneralisedDiceMixin, PiresDeLima2023Trainer):
    """Generalised Dice (Sudre et al. 2017)."""


class nnUNetTrainerPiresDeLima2023SoftDice(DiceMixin, PiresDeLima2023Trainer):
    """Soft Dice, the mean of all classes with water."""

    published: ClassVar[str] = ""
    loss_title: ClassVar[str] = "Dice with the first class"
    first_class: ClassVar[bool] = True


class nnUNetTrainerPiresDeLima2023Focal(FocalMixin, PiresDeLima2023Trainer):
    """Focal loss, gamma 2, alpha 0.25 for every class."""
