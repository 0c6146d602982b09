"""Mix-ins that exchange the loss of every task, whatever its number of classes (Pires de Lima et al. 2023)."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from nnunet_glacier.domain.labels import Task
from nnunet_glacier.losses.cross_entropy import CrossEntropy
from nnunet_glacier.losses.focal import Focal
from nnunet_glacier.losses.soft_dice import SoftDice


class CEMixin:
    """Cross-entropy."""

    loss_title: ClassVar[str] = "CE"
    takes_regions: ClassVar[bool] = False

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Cross-entropy for any task."""
        return CrossEntropy(ignore_label=self.label_manager.ignore_label)


class DiceMixin:
    """Soft Dice over the foreground classes."""

    loss_title: ClassVar[str] = "Dice"
    takes_regions: ClassVar[bool] = False

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Soft Dice for any task."""
        batch_dice = self.configuration_manager.batch_dice
        return SoftDice(batch_dice=batch_dice, ignore_label=self.label_manager.ignore_label)


class FocalMixin:
    """Focal loss.

    Attributes:
        gamma: How much well-classified pixels count less.
        alpha: Weight of the foreground, in (0, 1).
    """

    loss_title: ClassVar[str] = "Focal"
    takes_regions: ClassVar[bool] = False
    gamma: ClassVar[float] = 2.0
    alpha: ClassVar[float] = 0.25

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Focal loss for any task."""
        return Focal(gamma=self.gamma, alpha=self.alpha, ignore_label=self.label_manager.ignore_label)
