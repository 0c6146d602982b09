"""Binary cross-entropy of a line: plain, with a fixed weight of the line, or with the classes balanced."""

from __future__ import annotations

from typing import Literal

import torch
from torch.nn.functional import logsigmoid

from nnunet_glacier.losses.segmentation_loss import LineLoss, mean_over_labelled


def weighted_bce(
    logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None = None, *, positive_weight: float = 1.0
) -> torch.Tensor:
    """``-(a y log p + (1 - y) log(1 - p))``, mean over the labelled pixels.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.
        positive_weight: a, the weight of a pixel of the line; one of the background weighs 1.

    Returns:
        A scalar, not negative.
    """
    # One logarithm: the sign of the logit goes with the class.
    values = -logsigmoid(torch.where(line, logit, -logit))
    if positive_weight != 1:
        values = torch.where(line, positive_weight * values, values)
    return mean_over_labelled(values, labelled)


def balanced_bce(logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None = None) -> torch.Tensor:
    """Half the mean over the line plus half the mean over the background of the batch.

    A patch without a line teaches with its background, which counts in the batch's. In a batch without any line the
    background keeps its half, so its pull on the network does not jump when the last pixel of a line goes.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.

    Returns:
        A scalar, not negative.
    """
    values = -logsigmoid(torch.where(line, logit, -logit))
    on_line, beside = (line, ~line) if labelled is None else (line & labelled, ~line & labelled)
    return (mean_over_labelled(values, on_line) + mean_over_labelled(values, beside)) / 2


class WeightedBCE(LineLoss):
    """`weighted_bce`, or `balanced_bce`, of logits and class ids.

    Args:
        positive_weight: Weight of a pixel of the line: a number, such as the inverse class frequency of the training
            set (Davari et al. 2021), or ``"balanced"`` for that of each batch.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If the weight is neither above 0 nor ``"balanced"``.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(
        self, positive_weight: float | Literal["balanced"] = "balanced", *, ignore_label: int | None = None
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if positive_weight != "balanced" and (isinstance(positive_weight, str) or positive_weight <= 0):
            raise ValueError(f'positive_weight must be above 0 or "balanced"; it is {positive_weight!r}')
        self.positive_weight = positive_weight

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`balanced_bce` or `weighted_bce`, as `positive_weight` asks."""
        if self.positive_weight == "balanced":
            return balanced_bce(logit, line, labelled)
        return weighted_bce(logit, line, labelled, positive_weight=self.positive_weight)


class BCE(WeightedBCE):
    """Plain binary cross-entropy: every pixel weighs the same.

    Args:
        ignore_label: Class id of pixels without a label.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(self, *, ignore_label: int | None = None) -> None:
        super().__init__(1.0, ignore_label=ignore_label)
