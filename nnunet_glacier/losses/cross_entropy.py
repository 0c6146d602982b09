"""Cross-entropy of any number of classes (Pires de Lima et al. 2023)."""

from __future__ import annotations

import torch

from nnunet_glacier.losses.segmentation_loss import SegmentationLoss, mean_over_labelled


def true_class_log_probability(
    logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None = None
) -> torch.Tensor:
    """Log-probability of each pixel's true class, ``(N, H, W)``; that of class 0 where there is no label.

    Args:
        logits: Logits, ``(N, C, H, W)``.
        classes: Class ids, int64, ``(N, H, W)``; any value where there is no label.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.
    """
    if labelled is not None:
        classes = classes.masked_fill(~labelled, 0)
    return logits.log_softmax(1).gather(1, classes[:, None])[:, 0]


def cross_entropy(logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None = None) -> torch.Tensor:
    """``-log p`` of the true class, mean over the labelled pixels; 0 where there are none.

    Args:
        logits: Logits, ``(N, C, H, W)``.
        classes: Class ids, int64, ``(N, H, W)``; any value where there is no label.
        labelled: Bool, ``(N, H, W)``; None where every pixel has a label.

    Returns:
        A scalar, not negative.
    """
    return mean_over_labelled(-true_class_log_probability(logits, classes, labelled), labelled)


class CrossEntropy(SegmentationLoss):
    """`cross_entropy` of logits and class ids.

    Unlike torch's, it is 0 and not NaN for a batch in which every pixel is ignored.

    Args:
        ignore_label: Class id of pixels without a label.

    Shape:
        Logits ``(N, C, H, W)``; target ``(N, 1, H, W)``; output a scalar, not negative.
    """

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`cross_entropy`."""
        return cross_entropy(logits, classes, labelled)
