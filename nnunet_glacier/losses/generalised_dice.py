"""Generalised Dice (Sudre et al. 2017): every class counts by the inverse of its squared area."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.segmentation_loss import SegmentationLoss


def generalised_dice(
    logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None = None, *, smooth: float = 1e-5
) -> torch.Tensor:
    """``1 - 2 sum_l(w_l sum(p y)) / sum_l(w_l sum(p + y))`` of the softmax, ``w_l = 1 / sum(y)^2``, over the batch.

    All classes count, class 0 too (Sudre et al. 2017). A class that the batch does not have would weigh
    infinitely much; it weighs as much as the rarest class there is, which the paper leaves open.

    Args:
        logits: Logits, ``(N, C, H, W)``.
        classes: Class ids, int64, ``(N, H, W)``; any value where there is no label.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.
        smooth: Added to numerator and denominator, in which the areas are divided by that of the rarest class.

    Returns:
        A scalar in [0, 1]; 0 where no pixel has a label.
    """
    predicted = logits.softmax(1)
    truth = classes[:, None] == torch.arange(logits.shape[1], device=logits.device)[:, None, None]
    if labelled is not None:
        predicted = predicted.masked_fill(~labelled[:, None], 0)
        truth = truth & labelled[:, None]
    area = truth.sum((0, 2, 3)).to(predicted.dtype)
    rarest = area.where(area > 0, torch.inf).min().clamp(min=1, max=torch.finfo(area.dtype).max)
    # Relative to the rarest class, so that the weights of large areas do not vanish in single precision.
    weights = (rarest / area.where(area > 0, rarest)) ** 2
    overlap = (weights * (predicted * truth).sum((0, 2, 3))).sum() / rarest
    total = (weights * (predicted.sum((0, 2, 3)) + area)).sum() / rarest
    return 1 - (2 * overlap + smooth) / (total + smooth)


class GeneralisedDice(SegmentationLoss):
    """`generalised_dice` of logits and class ids: the Dice loss that Pires de Lima et al. (2023) cite.

    In distributed training the areas are those of each rank's own batch.

    Args:
        smooth: See `generalised_dice`.
        ignore_label: Class id of pixels without a label.

    Shape:
        Logits ``(N, C, H, W)``; target ``(N, 1, H, W)``; output a scalar in [0, 1].
    """

    def __init__(self, *, smooth: float = 1e-5, ignore_label: int | None = None) -> None:
        super().__init__(ignore_label=ignore_label)
        self.smooth = smooth

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`generalised_dice` with the module's settings."""
        return generalised_dice(logits, classes, labelled, smooth=self.smooth)
