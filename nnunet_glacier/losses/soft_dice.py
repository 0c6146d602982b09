"""Soft Dice over the foreground classes, as nnU-Net has it, or over all (Pires de Lima et al. 2023)."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.segmentation_loss import SegmentationLoss


def dice_loss(
    predicted: torch.Tensor,
    truth: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    batch_dice: bool = True,
    smooth: float = 1e-5,
) -> torch.Tensor:
    """One minus the mean of ``(2 sum(p y) + s) / (sum(p) + sum(y) + s)`` over classes, and over samples if not pooled.

    Args:
        predicted: Values in [0, 1], ``(N, C, H, W)``.
        truth: Bool, same shape.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.
        batch_dice: Sums over the whole batch, so that patches without a class do not stand for themselves.
        smooth: s, in pixels; with it a class that is neither there nor predicted has Dice 1.

    Returns:
        A scalar in [0, 1].
    """
    if labelled is not None:
        # where, not a product: the gradient at a pixel without a label is exactly zero.
        predicted = predicted.masked_fill(~labelled[:, None], 0)
        truth = truth & labelled[:, None]
    axes = (0, 2, 3) if batch_dice else (2, 3)
    overlap = (predicted * truth).sum(axes)
    dice = (2 * overlap + smooth) / (predicted.sum(axes) + truth.sum(axes) + smooth)
    return 1 - dice.mean()


def soft_dice(
    logits: torch.Tensor,
    classes: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    batch_dice: bool = True,
    smooth: float = 1e-5,
    first_class: bool = False,
) -> torch.Tensor:
    """`dice_loss` of the softmax, class 0 left out.

    Args:
        logits: Logits, ``(N, C, H, W)``.
        classes: Class ids, int64, ``(N, H, W)``; any value where there is no label.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.
        batch_dice: See `dice_loss`.
        smooth: See `dice_loss`.
        first_class: Whether class 0 counts too: water among ice types is a class and no background.

    Returns:
        A scalar in [0, 1].
    """
    first = 0 if first_class else 1
    counted = torch.arange(first, logits.shape[1], device=logits.device)
    truth = classes[:, None] == counted[:, None, None]
    return dice_loss(logits.softmax(1)[:, first:], truth, labelled, batch_dice=batch_dice, smooth=smooth)


class SoftDice(SegmentationLoss):
    """`soft_dice` of logits and class ids.

    Without the first class the value is nnU-Net's own soft Dice plus 1. In distributed training the sums are those of
    each rank's own batch, and the ranks' gradients are averaged.

    Args:
        batch_dice: Sums over the whole batch, nnU-Net's default for 2d; else each sample for itself.
        smooth: Pixels added to numerator and denominator.
        first_class: Whether class 0 counts too.
        ignore_label: Class id of pixels without a label.

    Shape:
        Logits ``(N, C, H, W)``; target ``(N, 1, H, W)``; output a scalar in [0, 1].
    """

    def __init__(
        self,
        *,
        batch_dice: bool = True,
        smooth: float = 1e-5,
        first_class: bool = False,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        self.batch_dice = batch_dice
        self.smooth = smooth
        self.first_class = first_class

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`soft_dice` with the module's settings."""
        return soft_dice(
            logits, classes, labelled, batch_dice=self.batch_dice, smooth=self.smooth, first_class=self.first_class
        )
