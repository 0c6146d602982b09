"""Skeleton recall (Kirchhoff et al. 2024): how much of the label's skeleton the prediction covers.

The skeleton is one of the label alone, so that nothing is differentiated through it: it is made on the CPU by
scikit-image while the loss is computed, and nnU-Net's loading stays as it is.
"""

from __future__ import annotations

import numpy as np
import torch
from skimage.morphology import dilation, disk, skeletonize

from nnunet_glacier.losses.segmentation_loss import LineLoss
from nnunet_glacier.losses.soft_dice import dice_loss
from nnunet_glacier.losses.weighted_bce import weighted_bce

_TUBE = disk(2)


def tubed_skeleton(line: torch.Tensor) -> torch.Tensor:
    """The skeleton of each line, widened by two pixels to every side and cut to the line.

    Args:
        line: Bool, ``(N, H, W)``.

    Returns:
        Bool, same shape and device; nothing where there is no line.
    """
    masks = line.cpu().numpy()
    tubes = [dilation(skeletonize(mask), _TUBE) & mask if mask.any() else mask for mask in masks]
    return torch.from_numpy(np.stack(tubes)).to(line.device)


def skeleton_recall(probability: torch.Tensor, skeleton: torch.Tensor, *, smooth: float = 1.0) -> torch.Tensor:
    """``(sum(p s) + e) / (sum(s) + e)`` over the batch (Kirchhoff et al. 2024).

    Args:
        probability: Of the line, ``(N, H, W)``.
        skeleton: Bool, same shape.
        smooth: e, in pixels.

    Returns:
        A scalar in [0, 1]; 1 for a batch without any line.
    """
    return ((probability * skeleton).sum() + smooth) / (skeleton.sum() + smooth)


class SkeletonRecall(LineLoss):
    """Dice + BCE + weight x (1 - `skeleton_recall`), as Kirchhoff et al. (2024) train it.

    Args:
        weight: Of the skeleton recall; the paper's is 1.
        smooth: Pixels added to numerator and denominator of Dice.
        ignore_label: Class id of pixels without a label.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(self, weight: float = 1.0, *, smooth: float = 1e-5, ignore_label: int | None = None) -> None:
        super().__init__(ignore_label=ignore_label)
        self.weight = weight
        self.smooth = smooth

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The three, added."""
        probability = torch.sigmoid(logit)
        skeleton = tubed_skeleton(line if labelled is None else line & labelled)
        overlap = dice_loss(probability[:, None], line[:, None], labelled, smooth=self.smooth)
        missed = 1 - skeleton_recall(probability, skeleton)
        return overlap + weighted_bce(logit, line, labelled) + self.weight * missed
