"""Distance regression: the probability of a line as a ramp of the distance to it, so that its ridge is the line."""

from __future__ import annotations

import torch
from torch.nn import functional

from nnunet_glacier.losses.distance_transform import distance_transform, spacing_px
from nnunet_glacier.losses.segmentation_loss import LineLoss, mean_over_labelled


def distance_ramp(
    line: torch.Tensor, *, reach_px: float = 10.0, spacing_px: tuple[float, float] = (1.0, 1.0)
) -> torch.Tensor:
    """The probability that distance regression wants: 1/2 at the edge of the label, less outside, more inside.

    It is ``1/2 + d / (2 reach_px)``, cut off at 0 and 1, where d is the distance to the label's edge, positive inside.
    Edges lie half-way between pixels. Above 1/2 is the label itself, so that nnU-Net's decision for the likelier class
    gives a band of the label's width, and the ridge of the ramp is its middle line.

    Args:
        line: Bool, ``(..., H, W)``; each (H, W) map stands for itself.
        reach_px: Distance over which the ramp falls from 1/2 to 0, above 0, in pixels of full resolution.
        spacing_px: Distance between rows and between columns, in pixels of full resolution.

    Returns:
        Float32 in [0, 1], shape of the line. 0 where a map has no line, 1 where it is all line.

    Examples:
        >>> line = torch.tensor([[0, 0, 0, 1, 1, 1, 0, 0, 0]]).repeat(5, 1) == 1
        >>> distance_ramp(line, reach_px=2.5)[2]
        tensor([0.0000, 0.2000, 0.4000, 0.6000, 0.8000, 0.6000, 0.4000, 0.2000, 0.0000])
    """
    half_a_pixel = sum(spacing_px) / 4
    farthest = reach_px + half_a_pixel
    inside = distance_transform(line, spacing_px, farthest).clamp(max=farthest)
    outside = distance_transform(~line, spacing_px, farthest).clamp(max=farthest)
    signed = torch.where(line, inside - half_a_pixel, half_a_pixel - outside)
    return (0.5 + signed / (2 * reach_px)).clamp(0, 1)


def distance_regression(
    logit: torch.Tensor,
    line: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    reach_px: float = 10.0,
    spacing_px: tuple[float, float] = (1.0, 1.0),
) -> torch.Tensor:
    """Kullback-Leibler divergence of the probability from `distance_ramp`, mean over the labelled pixels.

    The idea is that of Davari et al. (2022, arXiv 2103.05715): every pixel says how far the front is, so that no class
    is rare. They regress an unsigned distance map and post-process it; the signed ramp is ours, since it needs neither
    another output nor another inference than nnU-Net's.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label. Pixels without one count as background in the
            ramp.
        reach_px: See `distance_ramp`.
        spacing_px: See `distance_ramp`.

    Returns:
        A scalar, not negative; 0 for a probability that is the ramp.
    """
    wanted = distance_ramp(line, reach_px=reach_px, spacing_px=spacing_px).to(logit.dtype)
    entropy = -torch.xlogy(wanted, wanted) - torch.xlogy(1 - wanted, 1 - wanted)
    cross_entropy = functional.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
    return mean_over_labelled(cross_entropy - entropy, labelled)


class DistanceRegression(LineLoss):
    """`distance_regression` of logits and class ids.

    Args:
        reach_px: Distance over which the ramp falls from 1/2 to 0, above 0, in pixels of full resolution.
        patch_size: Rows and columns at full resolution, from which the spacing at lower ones follows; None for 1.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If the reach is not above 0.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar.
    """

    def __init__(
        self,
        reach_px: float = 10.0,
        *,
        patch_size: tuple[int, int] | None = None,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if not reach_px > 0:
            raise ValueError(f"reach_px must be above 0, but it is {reach_px}")
        self.reach_px = reach_px
        self.patch_size = patch_size

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`distance_regression` at the spacing of this resolution."""
        spacing = spacing_px(self.patch_size, logit.shape)
        return distance_regression(logit, line, labelled, reach_px=self.reach_px, spacing_px=spacing)
