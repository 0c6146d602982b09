"""The rows of Holzmann et al. (2021), Table I, as published: gates, loss, optimizer, augmentation, stopping rule.

The network is Zhang et al.'s U-Net, which ``plan --preset holzmann-2021`` writes into the plans, with and without
gates. Left open by the paper and taken from its code: the cycle of the learning rate, six epochs up and six down, and
which Dice is monitored: the plain one with BCE, the weighted one with the w of the loss otherwise. Predictions are not
mirrored. The training set with its copies is a draw among them: the image, its upside-down flip and its three turns.
"""

from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.adam import CyclicAdamMixin
from nnunet_glacier.trainers.early_stopping import DiceStoppingMixin, WeightedDiceStoppingMixin
from nnunet_glacier.trainers.line_losses import BCEMixin, DistanceWeightedBCEMixin
from nnunet_glacier.trainers.networks import AttentionUNetMixin
from nnunet_glacier.trainers.plain_augmentation import CopiesMixin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class Holzmann2021Trainer(CopiesMixin, CyclicAdamMixin, nnUNetTrainerGlacier):
    """What all rows share: Adam from 1e-5 to 1e-3 and back, a flip and three turns, one output (Sect. III-B)."""

    augmentation_title: ClassVar[str] = "a flip, three turns"
    flipped_copies: ClassVar[tuple[int, ...]] = (0,)
    turned_copies: ClassVar[tuple[int, ...]] = (1, 2, 3)
    published: ClassVar[str] = "Holzmann et al. (2021), Table I"
    network_title: ClassVar[str] = "the plans', Zhang et al. (2019)"
    deep_supervision: ClassVar[bool] = False


class Holzmann2021AttentionMixin(AttentionUNetMixin):
    """Gates in all four skips."""

    network_title: ClassVar[str] = "the plans', Zhang et al. (2019), with gates"


class nnUNetTrainerHolzmann2021BCE(DiceStoppingMixin, BCEMixin, Holzmann2021Trainer):
    """U-Net, BCE."""


class nnUNetTrainerHolzmann2021WBCE4(WeightedDiceStoppingMixin, DistanceWeightedBCEMixin, Holzmann2021Trainer):
    """U-Net, distance-weighted BCE with w = 4."""


class nnUNetTrainerHolzmann2021WBCE8(nnUNetTrainerHolzmann2021WBCE4):
    """U-Net, distance-weighted BCE with w = 8."""

    loss_title: ClassVar[str] = "distance-weighted BCE, w = 8"
    w: ClassVar[float] = 8.0


class nnUNetTrainerHolzmann2021WBCE16(nnUNetTrainerHolzmann2021WBCE4):
    """U-Net, distance-weighted BCE with w = 16."""

    loss_title: ClassVar[str] = "distance-weighted BCE, w = 16"
    w: ClassVar[float] = 16.0


class nnUNetTrainerHolzmann2021AttentionBCE(Holzmann2021AttentionMixin, nnUNetTrainerHolzmann2021BCE):
    """Attention U-Net, BCE."""


class nnUNetTrainerHolzmann2021AttentionWBCE4(Holzmann2021AttentionMixin, nnUNetTrainerHolzmann2021WBCE4):
    """Attention U-Net, distance-weighted BCE with w = 4."""


class nnUNetTrainerHolzmann2021AttentionWBCE8(Holzmann2021AttentionMixin, nnUNetTrainerHolzmann2021WBCE8):
    """Attention U-Net, distance-weighted BCE with w = 8."""


class nnUNetTrainerHolzmann2021AttentionWBCE16(Holzmann2021AttentionMixin, nnUNetTrainerHolzmann2021WBCE16):
    """Attention U-Net, distance-weighted BCE with w = 16."""
