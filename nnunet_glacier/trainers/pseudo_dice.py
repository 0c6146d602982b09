"""The online evaluation of several tasks: Dice of each class from batches of patches, averaged task by task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def class_counts(
    predicted: torch.Tensor, classes: torch.Tensor, n_classes: int, ignore_label: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True positives, false positives and false negatives per foreground class, in pixels.

    Args:
        predicted: Predicted classes, integer, any shape.
        classes: True classes, same shape.
        n_classes: Classes of the task, background included.
        ignore_label: Value of `classes` where nothing counts.

    Returns:
        True positives, false positives and false negatives, each of length ``n_classes - 1``.
    """
    predicted, classes = predicted.flatten().long(), classes.flatten().long()
    if ignore_label is not None:
        labelled = classes != ignore_label
        predicted, classes = predicted[labelled], classes[labelled]
    pairs = torch.bincount(classes * n_classes + predicted, minlength=n_classes * n_classes)
    confusion = pairs.reshape(n_classes, n_classes).cpu().numpy()
    right = np.diagonal(confusion)
    return right[1:], (confusion.sum(axis=0) - right)[1:], (confusion.sum(axis=1) - right)[1:]


def dice_per_class(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    """Dice of each class; NaN for a class that is neither predicted nor there."""
    total = 2 * tp + fp + fn
    return np.divide(2 * tp, total, out=np.full(len(tp), np.nan), where=total > 0)


def dice_per_task(dice: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Mean Dice of each task over its foreground classes; NaN for a task of which nothing was predicted or there.

    Args:
        dice: Dice of the tasks' foreground classes, one task after the other.
        sizes: Classes of each task, background included.
    """
    ends = np.cumsum([size - 1 for size in sizes])[:-1]
    return np.array([np.nan if np.isnan(part).all() else float(np.nanmean(part)) for part in np.split(dice, ends)])
