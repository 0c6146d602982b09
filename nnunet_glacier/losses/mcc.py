"""Matthews correlation coefficient (Davari et al. 2021, Eq. 1): of counts, as a stopping rule, and soft, as a loss."""

from __future__ import annotations

import math

import torch

from nnunet_glacier.losses.segmentation_loss import LineLoss, SegmentationLoss, soft_counts


def mcc(tp: int, fp: int, fn: int, tn: int) -> float:
    """Matthews correlation coefficient of whole counts (Davari et al. 2021, Eq. 1).

    Args:
        tp: True positives.
        fp: False positives.
        fn: False negatives.
        tn: True negatives; the counts may be numpy's or torch's numbers too.

    Returns:
        In [-1, 1]; 0 where it is undefined: only one class in the labels, or only one predicted.

    Examples:
        >>> mcc(tp=6, fp=1, fn=2, tn=3)
        0.47809144373375745
        >>> mcc(tp=0, fp=0, fn=0, tn=100)
        0.0
    """
    # Python's whole numbers do not overflow: the product of four counts of a validation epoch has some 40 digits.
    tp, fp, fn, tn = int(tp), int(fp), int(fn), int(tn)
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / math.sqrt(product) if product else 0.0


def mcc_loss(
    logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None = None, *, smooth: float = 1.0
) -> torch.Tensor:
    """One minus the MCC of soft counts over the whole batch.

    Args:
        logit: Logit of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape; None where every pixel has a label.
        smooth: Pixels added to the true positives and to the true negatives. They define the MCC of a batch of one
            class: without a line it is 1 where nothing is predicted, and falls with the false alarms.

    Returns:
        A scalar in [0, 2].
    """
    tp, fp, fn, tn = soft_counts(logit, line, labelled)
    tp, tn = tp + smooth, tn + smooth
    # Shares, not counts, and two roots: products of four counts would come near the end of float32.
    total = tp + fp + fn + tn
    tp, fp, fn, tn = tp / total, fp / total, fn / total, tn / total
    return 1 - (tp * tn - fp * fn) / (((tp + fp) * (tn + fn)).sqrt() * ((tp + fn) * (tn + fp)).sqrt())


class MCCLoss(LineLoss):
    """`mcc_loss` of logits and class ids.

    In distributed training the counts are those of each rank's own batch.

    Args:
        smooth: Pixels added to the true positives and to the true negatives, above 0.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If `smooth` is not above 0.

    Shape:
        Logits ``(N, 2, H, W)``; target ``(N, 1, H, W)``; output a scalar in [0, 2].
    """

    def __init__(self, *, smooth: float = 1.0, ignore_label: int | None = None) -> None:
        super().__init__(ignore_label=ignore_label)
        self.smooth = _positive(smooth)

    def line_value(self, logit: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """`mcc_loss` with the module's settings."""
        return mcc_loss(logit, line, labelled, smooth=self.smooth)


class ClassMCCLoss(SegmentationLoss):
    """`mcc_loss` of one class among several against all others together.

    In distributed training the counts are those of each rank's own batch.

    Args:
        class_id: The class.
        smooth: Pixels added to the true positives and to the true negatives, above 0.
        ignore_label: Class id of pixels without a label.

    Raises:
        ValueError: If `smooth` is not above 0.

    Shape:
        Logits ``(N, C, H, W)``, C > `class_id`; target ``(N, 1, H, W)``; output a scalar in [0, 2].
    """

    def __init__(self, class_id: int, *, smooth: float = 1.0, ignore_label: int | None = None) -> None:
        super().__init__(ignore_label=ignore_label)
        self.class_id, self.smooth = class_id, _positive(smooth)

    def value(self, logits: torch.Tensor, classes: torch.Tensor, labelled: torch.Tensor | None) -> torch.Tensor:
        """The loss of the class's logit, whose sigmoid is its share of the softmax."""
        others = [each for each in range(logits.shape[1]) if each != self.class_id]
        logit = logits[:, self.class_id] - logits[:, others].logsumexp(dim=1)
        return mcc_loss(logit, classes == self.class_id, labelled, smooth=self.smooth)


def _positive(smooth: float) -> float:
    if smooth <= 0:
        raise ValueError(f"smooth, in pixels, must be above 0; it is {smooth}")
    return smooth
