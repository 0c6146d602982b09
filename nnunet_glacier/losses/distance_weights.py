"""Distance-weighted BCE and Dice (Holzmann et al. 2021, Eq. 2): predictions close to the line cost little."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.distance_transform import FLAT_TANH, distance_transform, spacing_px
from nnunet_glacier.losses.scaled_bce import scaled_bce
from nnunet_glacier.losses.segmentation_loss import LineLoss, mean_over_labelled
from nnunet_glacier.losses.soft_dice import dice_loss

PAPER_WEIGHTS = (4, 8, 16)
"""The values of w in Holzmann et al. (2021), Table I."""


def distance_weights(line: torch.Tensor, w: float = 4, *, spacing_px: tuple[float, float] = (1.0, 1.0)) -> torch.Tensor:
    """The weight map W of Holzmann et al. (2021), Eq. 2: 1 on the line, small beside it, towards 1 far away.

    ``2 (sigmoid(EDT / w) - 1/2) + y``, EDT the distance of background pixels to the nearest pixel of the line.

    Args:
        line: Bool, ``(..., H, W)``; each (H, W) map stands for itself.
        w: Scale in pixels, above 0; the larger, the wider the tolerance.
        spacing_px: Distance between rows and between columns, in pixels of full resolution.

    Returns:
        Float32 in (0, 1], shape of the line. A map without any line, infinitely far from one, is 1 everywhere.

    Examples:
        >>> distance_weights(torch.tensor([[1, 1, 0, 0, 0, 0]]) == 1, w=4)
        tensor([[1.0000, 1.0000, 0.1244, 0.2449, 0.3584, 0.4621]])
    """
    distance = distance_transform(~line, spacing_px, 2 * w * FLAT_TANH)
    return torch.tanh(distance / (2 * w)) + line


class _DistanceWeighted(LineLoss):
    """The parameters that both losses have."""

    def __init__(self, w: float, patch_size: tuple[int, int] | None, ignore_label: int | None) -> None:
        super().__init__(ignore_label=ignore_label)
        if w <= 0:
            raise ValueError(f"w, the scale in pixels, must be above 0; it is {w}")
        self.w = w
        self.patch_size = patch_size

    def weights(self, line: torch.Tensor) -> torch.Tensor:
        """The weight map at the spacing of this resolution."""
        return distance_weights(line, self.w, spacing_px=spacing_px(self.patch_size, line.shape))


class DistanceWeightedBCE(_DistanceWeighted):
    """BCE of the prediction times the weight map (WBCE of Holzmann et al. 2021, Table I).

    Args:
        w: Scale in pixels; the paper has 4, 8 and 16.
        patch_size: Rows and columns at full resolution, from which the spacing at lower ones follows; None for 1.
        ignore_label: Class id of pixels without a label, which are taken as background in the map.

    Raises:
        ValueError: If w is not above 0.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(
        self, w: float = 4, *, patch_size: tuple[int, int] | None = None, ignore_label: int | None = None
    ) -> None:
        super().__init__(w, patch_size, ignore_label)

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """Mean of `scaled_bce` over the labelled pixels."""
        return mean_over_labelled(scaled_bce(logit, line, self.weights(line)), labelled)


class DistanceWeightedDice(_DistanceWeighted):
    """One minus the soft Dice of the prediction times the weight map (WDice of Holzmann et al. 2021, not thresholded).

    In distributed training the sums are those of each rank's own batch.

    Args:
        w: Scale in pixels; the paper has 4, 8 and 16.
        batch_dice: Sums over the whole batch, nnU-Net's default for 2d; else each sample for itself.
        smooth: Pixels added to numerator and denominator.
        patch_size: Rows and columns at full resolution, from which the spacing at lower ones follows; None for 1.
        ignore_label: Class id of pixels without a label, which are taken as background in the map.

    Raises:
        ValueError: If w is not above 0.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar in [0, 1].
    """

    def __init__(
        self,
        w: float = 4,
        *,
        batch_dice: bool = True,
        smooth: float = 1e-5,
        patch_size: tuple[int, int] | None = None,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(w, patch_size, ignore_label)
        self.batch_dice = batch_dice
        self.smooth = smooth

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`dice_loss` of the weighted prediction."""
        predicted = torch.sigmoid(logit) * self.weights(line)
        return dice_loss(predicted[:, None], line[:, None], labelled, batch_dice=self.batch_dice, smooth=self.smooth)
