"""The scores that early stopping monitors: how they are computed and compared; pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from nnunet_glacier.domain.labels import FUSED, LabelSpace
from nnunet_glacier.losses.distance_weights import distance_weights

Monitor = Literal["mcc", "dice", "weighted_dice", "bce", "loss"]

LOGGED: dict[Monitor, str] = {
    "mcc": "val_mcc",
    "dice": "val_dice",
    "weighted_dice": "val_weighted_dice",
    "bce": "val_bce",
    "loss": "val_losses",
}
"""Name of each monitored score in nnU-Net's log of values."""

HIGHER_IS_BETTER = ("mcc", "dice", "weighted_dice")

STRAY = 0.05
"""Up to this MCC or Dice no line counts as found: a few correct pixels reach it by chance."""


def line_found(scores: Sequence[float], monitor: Monitor) -> bool:
    """Whether the line was found in any epoch; always true for a BCE or loss, which does not tell.

    With losses that weigh all pixels equally a network predicts background alone for many epochs, with an MCC of 0,
    while the loss falls.

    Args:
        scores: One score per epoch, in [-1, 1] where they are MCCs or Dice; NaN is none.
        monitor: What they are.
    """
    return monitor not in HIGHER_IS_BETTER or any(score > STRAY for score in scores)


def best_epoch(scores: Sequence[float], *, higher_is_better: bool) -> int:
    """The first epoch of the best score; NaN is worse than any number.

    Args:
        scores: At least one score, one per epoch.
        higher_is_better: Whether the score is to be large.

    >>> best_epoch([0.1, 0.4, float("nan"), 0.4], higher_is_better=True)
    1
    """
    signed = np.asarray(scores, dtype=float) * (1 if higher_is_better else -1)
    return int(np.argmax(np.where(np.isnan(signed), -np.inf, signed)))


def line_positions(space: LabelSpace | None, n_foreground: int) -> list[int]:
    """Where the lines' counts stand: the foreground of thin tasks and the fused front; all classes if there is none.

    Args:
        space: The dataset's tasks, or None.
        n_foreground: Foreground classes of all tasks together.

    Returns:
        Positions among the foreground classes of all tasks, one task after the other.
    """
    tasks = () if space is None else space.tasks
    classes = [(task, index) for task in tasks for index in range(1, task.size)]
    lines = [
        position
        for position, (task, index) in enumerate(classes)
        if task.thin or (task == FUSED and index == FUSED.size - 1)
    ]
    return lines or list(range(n_foreground))


def dice(tp: float, fp: float, fn: float, tn: float) -> float:
    """Dice coefficient, in [0, 1]; 0 where nothing was predicted or there."""
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def log_probability_of_truth(log_probabilities: torch.Tensor, index: int, is_class: torch.Tensor) -> torch.Tensor:
    """Log-probability of a class where it is, and of its absence elsewhere.

    Args:
        log_probabilities: Of all classes, ``(N, C, H, W)``.
        index: The class.
        is_class: Where it is, bool, ``(N, H, W)``.
    """
    # Of all others: one minus the probability has no digits left where the network is sure.
    absence = log_probabilities[:, torch.arange(log_probabilities.shape[1]) != index].logsumexp(1)
    return torch.where(is_class, log_probabilities[:, index], absence)


def weighted_dice_sums(probability: torch.Tensor, line: torch.Tensor, labelled: torch.Tensor, w: float) -> np.ndarray:
    """What the "modified Dice" of Holzmann et al. (2021, Sect. II) is made of: soft counts of the weighted prediction.

    Args:
        probability: Of the line, ``(N, H, W)``.
        line: Bool, same shape.
        labelled: Bool, same shape.
        w: Scale of the distance weights in pixels.

    Returns:
        Sums over the labelled pixels of prediction times label, prediction and label, the prediction weighted.
    """
    weighted = (probability * distance_weights(line, w)).masked_fill(~labelled, 0)
    line = line & labelled
    return np.array([(weighted * line).sum().item(), weighted.sum().item(), line.sum().item()])


def dice_of_sums(sums: np.ndarray) -> float:
    """Dice of `weighted_dice_sums`, in [0, 1]; 0 where nothing was predicted or there.

    >>> dice_of_sums(np.array([1.0, 2.0, 2.0]))
    0.5
    """
    overlap, predicted, line = sums
    return float(2 * overlap / (predicted + line)) if overlap else 0.0
