"""The trainers of datasets with several tasks: late and early branching (Herrmann et al. 2023, Sect. 4.2).

A case has one map of codes, and the network's output at inference is the joint log-probability of each code, so that
nnU-Net's commands see an ordinary segmentation. Only the loss and the online evaluation look at the tasks.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np
import torch
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.utilities.collate_outputs import collate_outputs
from nnunetv2.utilities.plans_handling.plans_handler import ConfigurationManager, PlansManager
from torch import nn

from nnunet_glacier.architectures.task_networks import EarlyBranchingUNet, LateBranchingUNet
from nnunet_glacier.domain.labels import LABEL_SPACES, LabelSpace
from nnunet_glacier.losses.task_loss import TaskLoss, task_log_probabilities, task_targets
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.pseudo_dice import class_counts, dice_per_class, dice_per_task
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class MultiTaskTrainer(nnUNetTrainerGlacier):
    """What late and early branching share: everything but the network.

    The dataset decides whether there are two tasks or three; both are written out in `label_spaces`, and since their
    numbers of codes differ, the network can be built at inference from the number of codes alone.

    Attributes:
        network_class: Made from a stock U-Net and a label space.
    """

    label_spaces: ClassVar[tuple[LabelSpace, ...]] = (LABEL_SPACES["multitask"], LABEL_SPACES["boundary"])
    network_class: ClassVar[type[nn.Module]]
    label_space: LabelSpace

    @classmethod
    def build_network_architecture(
        cls,
        plans_manager: PlansManager,
        configuration_manager: ConfigurationManager,
        num_input_channels: int,
        num_output_channels: int,
        enable_deep_supervision: bool = True,
    ) -> nn.Module:
        """The U-Net of the plans, branched for the tasks that have this number of codes."""
        space = cls._space_of(num_output_channels)
        unet = super().build_network_architecture(
            plans_manager, configuration_manager, num_input_channels, space.sizes[0], enable_deep_supervision
        )
        return cls.network_class(unet, space)

    @classmethod
    def _space_of(cls, n_codes: int) -> LabelSpace:
        for space in cls.label_spaces:
            if space.n_codes == n_codes:
                return space
        accepted = ", ".join(f"{space.n_codes} ({' x '.join(space.names)})" for space in cls.label_spaces)
        raise GlacierError(f"{cls.__name__} was made for these numbers of labels: {accepted}; there are {n_codes}")

    def _build_loss(self) -> nn.Module:
        """nnU-Net's Dice + CE for each task without a loss of its own, deep supervision for the first."""
        first = super()._build_loss()
        deep = isinstance(first, DeepSupervisionWrapper)
        stock = self._stock_task_loss()
        losses: list[Any] = [first.loss if deep else first]
        losses += [self._checked_task_loss(task) or stock for task in self.label_space.tasks[1:]]
        return TaskLoss(self.label_space, losses, first if deep else None, self.label_manager.ignore_label)

    def validation_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Loss and, for every task's foreground classes one after the other, counts for the pseudo Dice."""
        data = batch["data"].to(self.device, non_blocking=True)
        target = batch["target"]
        deep = isinstance(target, list)
        target = [level.to(self.device, non_blocking=True) for level in (target if deep else [target])]
        with torch.autocast("cuda") if self.device.type == "cuda" else nullcontext():
            output = self.network(data)
            loss = self.loss(output, target if deep else target[0])
        logits = output[0] if deep else task_log_probabilities(output, self.label_space)
        ignore_label = self.label_manager.ignore_label
        classes = task_targets(target[0][:, 0], self.label_space, ignore_label)
        counts = [
            class_counts(task_logits.argmax(1), task_classes, task_logits.shape[1], ignore_label)
            for task_logits, task_classes in zip(logits, classes, strict=True)
        ]
        tp, fp, fn = (np.concatenate(part) for part in zip(*counts, strict=True))
        return {"loss": loss.detach().cpu().numpy(), "tp_hard": tp, "fp_hard": fp, "fn_hard": fn}

    def on_validation_epoch_end(self, val_outputs: list[dict[str, Any]]) -> None:
        """Log the pseudo Dice of every class; its mean is taken per task first, so a task counts once."""
        outputs = collate_outputs(val_outputs)
        tp, fp, fn = (
            np.sum(self._from_all_workers(np.sum(outputs[key], axis=0)), axis=0)
            for key in ("tp_hard", "fp_hard", "fn_hard")
        )
        dice = dice_per_class(tp, fp, fn)
        tasks = dice_per_task(dice, self.label_space.sizes)
        loss = np.mean(np.concatenate(self._from_all_workers(np.asarray(outputs["loss"]))))
        # nnU-Net's logger derives the EMA, and from it the best checkpoint, from this mean.
        self.logger.log("mean_fg_dice", float(np.nanmean(tasks)), self.current_epoch)
        self.logger.log("dice_per_class_or_region", list(dice), self.current_epoch)
        self.logger.log("val_losses", loss, self.current_epoch)
        per_task = ", ".join(f"{name} {value:.4f}" for name, value in zip(self.label_space.names, tasks, strict=True))
        self.print_to_log_file(f"Pseudo dice per task: {per_task}")


class nnUNetTrainerGlacierLate(MultiTaskTrainer):
    """Late branching: one decoder for all tasks, a 1x1 convolution for each (Herrmann et al. 2023, Sect. 4.2)."""

    network_title: ClassVar[str] = "U-Net, late branching"
    published: ClassVar[str] = "Herrmann et al. (2023), Fig. 9"
    network_class: ClassVar[type[nn.Module]] = LateBranchingUNet


class nnUNetTrainerGlacierEarly(MultiTaskTrainer):
    """Early branching: one encoder, a full decoder for each task (Herrmann et al. 2023, Sect. 4.2)."""

    network_title: ClassVar[str] = "U-Net, early branching"
    published: ClassVar[str] = "Herrmann et al. (2023), Fig. 9"
    network_class: ClassVar[type[nn.Module]] = EarlyBranchingUNet
