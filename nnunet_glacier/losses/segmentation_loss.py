"""What every loss module shares: full precision, the ignore label, and the two classes of a line."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn


def mean_over_labelled(values: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
    """Mean of the pixels that have a label.

    Args:
        values: One number per pixel, any shape.
        labelled: Bool, same shape; None where every pixel has a label.

    Returns:
        A scalar; 0, with zero gradients, where no pixel has a label.
    """
    if labelled is None:
        return values.mean()
    return values.masked_fill(~labelled, 0).sum() / labelled.sum().clamp_min(1)


def soft_counts(
    logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Confusion counts of line and background in which a pixel counts with its probability.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.

    Returns:
        True positives, false positives, false negatives and true negatives in pixels, summed over the batch.
    """
    positive, negative = torch.sigmoid(logit), torch.sigmoid(-logit)
    background = ~line
    if labelled is not None:
        line, background = line & labelled, background & labelled
    return (
        (positive * line).sum(),
        (positive * background).sum(),
        (negative * line).sum(),
        (negative * background).sum(),
    )


def _full_precision(device_type: str) -> AbstractContextManager:
    """Autocast switched off where nnU-Net has it on; torch before 2.5 refuses even that on a Mac's GPU."""
    return torch.autocast(device_type, enabled=False) if device_type in ("cuda", "cpu") else nullcontext()


class SegmentationLoss(nn.Module):
    """A loss of class logits and class ids; a subclass says how the value is computed.

    Half-precision logits are raised to float32 and autocast is off inside, since sums over a patch overflow or lose the
    thin class in half precision.

    Args:
        ignore_label: Class id of pixels without a label, which count nowhere; None where there are none.

    Shape:
        Logits ``(N, C, H, W)``, C >= 2; target ``(N, 1, H, W)``, class ids of any number type; output a scalar.
    """

    def __init__(self, *, ignore_label: int | None = None) -> None:
        super().__init__()
        self.ignore_label = ignore_label

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The loss of a batch."""
        with _full_precision(logits.device.type):
            logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
            classes = target[:, 0].long()
            labelled = None if self.ignore_label is None else classes != self.ignore_label
            return self.value(logits, classes, labelled)

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The loss of logits ``(N, C, H, W)``, class ids and a mask of the labelled pixels, both ``(N, H, W)``."""
        raise NotImplementedError


class LineLoss(SegmentationLoss):
    """A loss of a line against background: class 1 against class 0.

    The softmax of two classes is the sigmoid of the difference of their logits, so the papers' losses of one sigmoid
    output hold unchanged.

    Args:
        ignore_label: Class id of pixels without a label; None where there are none.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar.
    """

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The loss of the line's logit.

        Raises:
            ValueError: If there are not exactly two classes.
        """
        if logits.shape[1] != 2:
            raise ValueError(
                f"{type(self).__name__} is for lines: it takes 2 classes, background and line, and was given "
                f"{logits.shape[1]}. Train it on a dataset of lines alone (--labels front), or take CrossEntropy, "
                "SoftDice or Focal."
            )
        return self.line_value(logits[:, 1] - logits[:, 0], classes == 1, labelled)

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The loss of the line's logit, a mask of the line and a mask of the labelled pixels, all ``(N, H, W)``."""
        raise NotImplementedError


class LossSum(nn.Module):
    """The weighted sum of losses of the same logits and target.

    Args:
        losses: Each with its weight.
    """

    def __init__(self, *losses: tuple[nn.Module, float]) -> None:
        super().__init__()
        self.losses = nn.ModuleList(loss for loss, _ in losses)
        self.weights = [weight for _, weight in losses]

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The sum for a batch."""
        values = [weight * loss(logits, target) for loss, weight in zip(self.losses, self.weights, strict=True)]
        return torch.stack(values).sum()
