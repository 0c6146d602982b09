"""Soft clDice (Shit et al. 2021): overlap of each line with the other's skeleton: a gap counts by length.

monai's ``SoftclDiceLoss`` is not used: it knows no ignore label.
"""

from __future__ import annotations

import torch
from torch.nn.functional import max_pool2d

from nnunet_glacier.losses.segmentation_loss import LineLoss
from nnunet_glacier.losses.soft_dice import dice_loss


def soft_skeleton(mask: torch.Tensor, iterations: int, labelled: torch.Tensor | None = None) -> torch.Tensor:
    """The skeleton of a mask of probabilities by repeated opening (Shit et al. 2021).

    What lies outside of the image or has no label neither erodes nor widens anything.

    Args:
        mask: In [0, 1], ``(N, H, W)``.
        iterations: How often it is eroded, at least half of the widest line's width in pixels.
        labelled: Bool, same shape; None where every pixel has a label.

    Returns:
        In [0, 1], same shape; 0 where there is no label.

    >>> soft_skeleton(torch.tensor([[[0.0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]]]), 2)
    tensor([[[0., 0., 0., 0.],
             [0., 0., 0., 0.],
             [1., 1., 1., 1.],
             [0., 0., 0., 0.],
             [0., 0., 0., 0.]]])
    """
    ignored = None if labelled is None else ~labelled
    eroded = _eroded(mask, ignored)
    skeleton = _lost(mask, eroded, ignored)
    for _ in range(iterations):
        mask, eroded = eroded, _eroded(eroded, ignored)
        skeleton = skeleton + _lost(mask, eroded, ignored) * (1 - skeleton)
    return skeleton if ignored is None else skeleton.masked_fill(ignored, 0)


def _eroded(mask: torch.Tensor, ignored: torch.Tensor | None) -> torch.Tensor:
    """The least of a pixel and its four neighbours."""
    negative = -mask if ignored is None else -mask.masked_fill(ignored, 1)
    return -torch.maximum(max_pool2d(negative, (3, 1), 1, (1, 0)), max_pool2d(negative, (1, 3), 1, (0, 1)))


def _lost(mask: torch.Tensor, eroded: torch.Tensor, ignored: torch.Tensor | None) -> torch.Tensor:
    """What widening by all eight neighbours does not bring back after the erosion."""
    opened = max_pool2d(eroded if ignored is None else eroded.masked_fill(ignored, 0), 3, 1, 1)
    # Widening reaches further than the erosion did, and can exceed the mask.
    return (mask - opened).clamp_min(0)


def soft_cldice(
    probability: torch.Tensor,
    line: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    iterations: int = 3,
    smooth: float = 1.0,
) -> torch.Tensor:
    """Harmonic mean of topology precision and sensitivity (Shit et al. 2021), over the batch.

    Args:
        probability: Of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.
        iterations: See `soft_skeleton`.
        smooth: Pixels added to every numerator and denominator.

    Returns:
        A scalar in (0, 1]; 1 where there is no line and none is predicted. As published, it is 1 too where the line is
        predicted everywhere, for that has no skeleton: a training can stay there, with Dice alone against it.
    """
    if labelled is not None:
        probability, line = probability.masked_fill(~labelled, 0), line & labelled
    truth = line.to(probability.dtype)
    predicted_skeleton, true_skeleton = (soft_skeleton(mask, iterations, labelled) for mask in (probability, truth))
    precision = ((predicted_skeleton * truth).sum() + smooth) / (predicted_skeleton.sum() + smooth)
    sensitivity = ((true_skeleton * probability).sum() + smooth) / (true_skeleton.sum() + smooth)
    return 2 * precision * sensitivity / (precision + sensitivity)


class SoftCLDice(LineLoss):
    """``(1 - weight) (1 - Dice) + weight (1 - clDice)`` (Shit et al. 2021).

    Args:
        weight: Of clDice, in [0, 0.5]; the paper takes at most 0.5, its code 0.5.
        iterations: See `soft_skeleton`; the published code takes 3.
        smooth: Pixels added to numerator and denominator of Dice.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If the weight is out of its range: without Dice the skeleton is learnt and the width is not.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar in [0, 1].
    """

    def __init__(
        self, weight: float = 0.5, *, iterations: int = 3, smooth: float = 1e-5, ignore_label: int | None = None
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if not 0 <= weight <= 0.5:
            raise ValueError(f"the weight of clDice must be in [0, 0.5]; it is {weight}")
        self.weight, self.iterations, self.smooth = weight, iterations, smooth

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The two, mixed."""
        probability = torch.sigmoid(logit)
        overlap = dice_loss(probability[:, None], line[:, None], labelled, smooth=self.smooth)
        topology = 1 - soft_cldice(probability, line, labelled, iterations=self.iterations)
        return (1 - self.weight) * overlap + self.weight * topology
