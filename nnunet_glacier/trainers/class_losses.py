"""Mix-ins that exchange the loss of every task, whatever its number of classes (Pires de Lima et al. 2023).

Focal weighs all classes alike by default: among ice types class 0 is water, which is no background. `FrontWeightMixin`
is for fused labels alone.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch
from torch import nn

from nnunet_glacier.domain.labels import FUSED, LABEL_SPACES, Task
from nnunet_glacier.domain.zones import FUSED_FRONT
from nnunet_glacier.losses.cross_entropy import CrossEntropy
from nnunet_glacier.losses.focal import Focal
from nnunet_glacier.losses.generalised_dice import GeneralisedDice
from nnunet_glacier.losses.mcc import ClassMCCLoss
from nnunet_glacier.losses.segmentation_loss import LossSum
from nnunet_glacier.losses.soft_dice import SoftDice
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.mix_in import TrainerMixIn


class CEMixin(TrainerMixIn):
    """Cross-entropy."""

    loss_title: ClassVar[str] = "CE"
    takes_regions: ClassVar[bool] = False

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Cross-entropy for any task."""
        return CrossEntropy(ignore_label=self.label_manager.ignore_label)


class DiceMixin(TrainerMixIn):
    """Soft Dice over the foreground classes.

    Attributes:
        first_class: Whether class 0 counts too, as it should where it is water among ice types.
    """

    loss_title: ClassVar[str] = "Dice"
    takes_regions: ClassVar[bool] = False
    first_class: ClassVar[bool] = False

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Soft Dice for any task."""
        batch_dice, ignore_label = self.configuration_manager.batch_dice, self.label_manager.ignore_label
        return SoftDice(batch_dice=batch_dice, first_class=self.first_class, ignore_label=ignore_label)


class GeneralisedDiceMixin(TrainerMixIn):
    """Generalised Dice over all classes (Sudre et al. 2017), the Dice that Pires de Lima et al. (2023) cite."""

    loss_title: ClassVar[str] = "generalised Dice"
    takes_regions: ClassVar[bool] = False

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Generalised Dice for any task."""
        return GeneralisedDice(ignore_label=self.label_manager.ignore_label)


class FocalMixin(TrainerMixIn):
    """Focal loss.

    Attributes:
        gamma: How much well-classified pixels count less.
        alpha: Weight of every class, in (0, 1); None for 1.
        uniform_alpha: Whether class 0 weighs alpha too, as in the code of Pires de Lima et al. (2023); if not, it
            weighs 1 - alpha, as in Lin et al. (2017), and water three times as much as ice.
    """

    loss_title: ClassVar[str] = "Focal"
    takes_regions: ClassVar[bool] = False
    gamma: ClassVar[float] = 2.0
    alpha: ClassVar[float | None] = 0.25
    uniform_alpha: ClassVar[bool] = True

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """Focal loss for any task."""
        ignore_label = self.label_manager.ignore_label
        return Focal(gamma=self.gamma, alpha=self.alpha, uniform=self.uniform_alpha, ignore_label=ignore_label)


class FrontWeightMixin(TrainerMixIn):
    """Dice + CE of fused labels, in whose cross-entropy a pixel of the front counts as several of another class.

    Attributes:
        front_weight: As how many, above 0. It stands in the mean over the pixels as torch's class weights do.
        last_front_weight: As how many in the last epoch, to which the weight goes by the same factor each epoch; None
            for the same in all.
    """

    loss_title: ClassVar[str] = "Dice + CE, front's pixels x 4"
    takes_regions: ClassVar[bool] = False
    front_weight: ClassVar[float] = 4.0
    last_front_weight: ClassVar[float | None] = None

    def check_dataset(self, dataset_json: dict[str, Any]) -> None:
        """Refuse labels other than fused ones."""
        super().check_dataset(dataset_json)
        if self.label_space != LABEL_SPACES["fused"]:
            labels = ", ".join(dataset_json["labels"])
            raise GlacierError(
                f"{type(self).__name__} weighs the front among the zones, but the dataset's labels are {labels}. "
                "Convert it with --labels fused."
            )

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """nnU-Net's Dice + CE with the weight."""
        self._check_weights("front_weight", "last_front_weight")
        loss: Any = self._stock_task_loss()
        self._class_weights = torch.ones(FUSED.size, device=self.device)
        self._class_weights[FUSED_FRONT] = self.front_weight
        loss.ce.weight = self._class_weights
        return loss

    def _check_weights(self, *names: str) -> None:
        """Refuse settings that are no weights."""
        for name in names:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} is {value}, and should be above 0")

    def on_epoch_start(self) -> None:
        """The weight of this epoch, in training and online evaluation."""
        super().on_epoch_start()
        if self.last_front_weight is not None:
            done = self.current_epoch / max(self.num_epochs - 1, 1)
            ratio = self.last_front_weight / self.front_weight
            self._class_weights[FUSED_FRONT] = self.front_weight * ratio**done


class FrontMCCMixin(FrontWeightMixin):
    """Dice + CE of fused labels, the front's pixels weighed, and the MCC of the front against all zones.

    Attributes:
        mcc_weight: Of one minus the soft MCC, above 0.
    """

    loss_title: ClassVar[str] = "Dice + CE, front's pixels x 4, + its MCC"
    mcc_weight: ClassVar[float] = 1.0

    def build_task_loss(self, task: Task | None) -> nn.Module:
        """nnU-Net's Dice + CE with the front's weight, and the MCC."""
        self._check_weights("mcc_weight")
        mcc = ClassMCCLoss(FUSED_FRONT, ignore_label=self.label_manager.ignore_label)
        return LossSum((super().build_task_loss(task), 1.0), (mcc, self.mcc_weight))
