"""Focal loss of any number of classes (Pires de Lima et al. 2023; Lin et al. 2017): easy pixels count little."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.cross_entropy import true_class_log_probability
from nnunet_glacier.losses.segmentation_loss import SegmentationLoss, mean_over_labelled


def focal(
    logits: torch.Tensor,
    classes: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    gamma: float = 2.0,
    alpha: float | None = 0.25,
    uniform: bool = False,
) -> torch.Tensor:
    """``-a (1 - p)^gamma log p`` of the true class, mean over the labelled pixels.

    a is alpha in every foreground class and 1 - alpha in class 0: with two classes this is the focal loss of a sigmoid
    whose logit is the difference of the two. Where a is uniform, it is alpha in class 0 too.

    Args:
        logits: Logits, ``(N, C, H, W)``.
        classes: Class ids, int64, ``(N, H, W)``; any value where there is no label.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.
        gamma: Not negative; 0 is the weighted cross-entropy.
        alpha: In (0, 1); None for a = 1 in all classes.
        uniform: Whether a is alpha in all classes.

    Returns:
        A scalar, not negative.
    """
    log_p = true_class_log_probability(logits, classes, labelled)
    # A gamma below 1 has an infinite slope at 0, which a saturated and right prediction reaches.
    doubt = (-torch.expm1(log_p)).clamp_min(torch.finfo(log_p.dtype).tiny)
    values = -(doubt**gamma) * log_p
    if alpha is not None:
        values = torch.where(classes > 0, alpha * values, (alpha if uniform else 1 - alpha) * values)
    return mean_over_labelled(values, labelled)


class Focal(SegmentationLoss):
    """`focal` of logits and class ids; the defaults are those of Lin et al. for an object and its background.

    The code of Pires de Lima et al. (2023) has a uniform alpha of 0.25: no ice type weighs less than the water.

    Args:
        gamma: Not negative.
        alpha: Weight of the foreground classes, in (0, 1), class 0 weighs 1 - alpha; None for no weights.
        uniform: Whether class 0 weighs alpha too.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If a parameter is out of its range.

    Shape:
        Logits ``(N, C, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float | None = 0.25,
        *,
        uniform: bool = False,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if gamma < 0 or (alpha is not None and not 0 < alpha < 1):
            raise ValueError(f"gamma must not be negative and alpha in (0, 1) or None; they are {gamma} and {alpha}")
        self.gamma = gamma
        self.alpha = alpha
        self.uniform = uniform

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`focal` with the module's settings."""
        return focal(logits, classes, labelled, gamma=self.gamma, alpha=self.alpha, uniform=self.uniform)
