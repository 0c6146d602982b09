"""The loss of several tasks: one segmentation loss per task, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from nnunet_glacier.domain.labels import LabelSpace


def task_log_probabilities(joint: torch.Tensor, space: LabelSpace) -> tuple[torch.Tensor, ...]:
    """Each task's log-probabilities from the joint ones: the inverse of `LabelSpace.joint_log_probabilities`.

    Args:
        joint: Joint log-probabilities or logits of the codes, ``(N, n_codes, H, W)``.
        space: The tasks.

    Returns:
        One ``(N, size, H, W)`` tensor per task.
    """
    count = len(space.tasks)
    # C order, as in LabelSpace.marginals: task 0 varies fastest in the code, so it has the last of the split axes.
    grid = joint.log_softmax(1).reshape(joint.shape[0], *space.sizes[::-1], *joint.shape[2:])
    others = [[axis for axis in range(1, count + 1) if axis != count - index] for index in range(count)]
    return tuple(grid.logsumexp(axes) if axes else grid for axes in others)


def task_targets(codes: torch.Tensor, space: LabelSpace, ignore_label: int | None = None) -> tuple[torch.Tensor, ...]:
    """Each task's class map from a map of codes.

    Args:
        codes: Codes, any integer or float type, any shape.
        space: The tasks.
        ignore_label: The code of pixels without a label, larger than every code; it stays as it is in every task.

    Returns:
        One int64 map per task, shape of the codes.
    """
    codes = codes.long()
    maps = space.decode(codes)
    if ignore_label is None:
        return maps
    ignored = codes == ignore_label
    return tuple(task_map.masked_fill(ignored, ignore_label) for task_map in maps)


class TaskLoss(nn.Module):
    """Mean over the tasks of their losses: the first task's at every resolution, the others' at full resolution.

    Every task has the same weight, and the mean keeps the size of a single task's loss, for which nnU-Net's learning
    rate is set (Herrmann et al. 2023, Sect. 4.2, and its code).

    Args:
        space: The tasks.
        losses: One a task; takes logits ``(N, size, H, W)`` and classes ``(N, 1, H, W)`` at one resolution.
        deep_loss: The first task's over the resolutions: takes a list of each, finest first; None where there is no
            deep supervision.
        ignore_label: The code of pixels without a label; the losses must ignore that value.
    """

    def __init__(
        self,
        space: LabelSpace,
        losses: Sequence[nn.Module],
        deep_loss: nn.Module | None,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__()
        self.space = space
        self.losses = nn.ModuleList(losses)
        self.deep_loss = deep_loss
        self.ignore_label = ignore_label

    def forward(
        self,
        output: torch.Tensor | Sequence[tuple[torch.Tensor, ...] | torch.Tensor],
        target: torch.Tensor | Sequence[torch.Tensor],
    ) -> torch.Tensor:
        """The loss.

        Args:
            output: With deep supervision a tuple of the tasks' logits and then the first task's logits at the lower
                resolutions; else the joint log-probabilities ``(N, n_codes, H, W)``.
            target: Codes ``(N, 1, H, W)``, one tensor per resolution with deep supervision.

        Returns:
            A scalar.
        """
        logits: Sequence[torch.Tensor]
        if self.deep_loss is None:
            logits, codes = task_log_probabilities(cast(torch.Tensor, output), self.space), cast(torch.Tensor, target)
        else:
            logits, codes = cast(tuple[torch.Tensor, ...], output[0]), target[0]
        classes = task_targets(codes, self.space, self.ignore_label)
        if self.deep_loss is None:
            total = self.losses[0](logits[0], classes[0])
        else:
            lower = [task_targets(level, self.space, self.ignore_label)[0] for level in target[1:]]
            total = self.deep_loss([logits[0], *output[1:]], [classes[0], *lower])
        for loss, task_logits, task_classes in zip(self.losses[1:], logits[1:], classes[1:], strict=True):
            total = total + loss(task_logits, task_classes)
        return total / len(self.space.tasks)
