"""BCE + Focal Tversky (Gattolin, Eq. 1; Abraham and Khan 2019): misses of a thin line weigh more than false alarms."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.segmentation_loss import LineLoss, soft_counts
from nnunet_glacier.losses.weighted_bce import weighted_bce


def focal_tversky(
    logit: torch.Tensor,
    line: torch.Tensor,
    labelled: torch.Tensor | None = None,
    *,
    alpha: float = 0.7,
    beta: float = 0.3,
    gamma: float = 4 / 3,
    smooth: float = 1.0,
) -> torch.Tensor:
    """``(1 - TI)^(1 / gamma)`` with ``TI = (TP + s) / (TP + alpha FN + beta FP + s)``, over the whole batch.

    The exponent is 1 / gamma as Abraham and Khan write it: above 1, gamma raises the loss of a batch that is nearly
    right. alpha goes with the misses, beta with the false alarms.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.
        alpha: Weight of the misses, FN.
        beta: Weight of the false alarms, FP.
        gamma: Above 0.
        smooth: s, in pixels; it lets a batch without any line teach, where TP and FN are 0.

    Returns:
        A scalar in [0, 1].
    """
    tp, fp, fn, _ = soft_counts(logit, line, labelled)
    wrong = alpha * fn + beta * fp
    share = wrong / (tp + wrong + smooth)
    # The power has an infinite slope at 0, which a saturated and right prediction reaches.
    return share.clamp_min(torch.finfo(share.dtype).tiny) ** (1 / gamma)


class BCEFocalTversky(LineLoss):
    """``lambda BCE + (1 - lambda) focal Tversky`` of logits and class ids (Gattolin, Eq. 1).

    The paper sweeps the parameters (`tuning.grid.GATTOLIN`) without naming the lambda chosen; the
    default is within its grid. In distributed training the sums are those of each rank's own batch.

    Args:
        bce_weight: lambda, in [0, 1].
        alpha: Weight of the misses.
        beta: Weight of the false alarms.
        gamma: Inverse of the exponent, above 0.
        smooth: Pixels added to numerator and denominator of the index.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If a parameter is out of its range.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def __init__(
        self,
        bce_weight: float = 0.25,
        alpha: float = 0.7,
        beta: float = 0.3,
        gamma: float = 4 / 3,
        *,
        smooth: float = 1.0,
        ignore_label: int | None = None,
    ) -> None:
        super().__init__(ignore_label=ignore_label)
        if not 0 <= bce_weight <= 1 or min(alpha, beta, gamma, smooth) <= 0:
            raise ValueError(
                "bce_weight must be in [0, 1], alpha, beta, gamma and smooth above 0; they are "
                f"{bce_weight}, {alpha}, {beta}, {gamma} and {smooth}"
            )
        self.bce_weight = bce_weight
        self.alpha, self.beta, self.gamma, self.smooth = alpha, beta, gamma, smooth

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The two losses, mixed."""
        overlap = focal_tversky(
            logit, line, labelled, alpha=self.alpha, beta=self.beta, gamma=self.gamma, smooth=self.smooth
        )
        return self.bce_weight * weighted_bce(logit, line, labelled) + (1 - self.bce_weight) * overlap
