"""Scores of classified pixels, for any number of classes, from one confusion matrix: zones, ice types, line or not.

Macro scores are plain means over the classes that are there; the weighted F1 weighs them by their labelled pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from nnunet_glacier.measures.means import Mean, mean_of_known


def confusion_matrix(predicted: np.ndarray, label: np.ndarray, classes: int, ignore: int | None = None) -> np.ndarray:
    """Pixel counts by labelled (row) and predicted class (column).

    Args:
        predicted: Class ids from 0 to ``classes - 1``, integer or bool, any shape.
        label: Class ids or `ignore`, integer or bool, same shape.
        classes: Number of classes.
        ignore: Value of labels that are not scored, whatever was predicted there; None if there is none.

    Returns:
        Counts, int64, shape ``(classes, classes)``; all 0 without pixels.

    Raises:
        ValueError: If the shapes differ or a value is no class.

    >>> confusion_matrix(np.array([0, 2, 1, 1]), np.array([0, 2, 2, 255]), classes=3, ignore=255)
    array([[1, 0, 0],
           [0, 0, 0],
           [0, 1, 1]])
    """
    if predicted.shape != label.shape:
        raise ValueError(f"prediction {predicted.shape} and label {label.shape} differ in shape")
    if ignore is not None:
        scored = label != ignore
        predicted, label = predicted[scored], label[scored]
    for name, ids in (("prediction", predicted), ("label", label)):
        if ids.size and (ids.min() < 0 or ids.max() >= classes):
            raise ValueError(f"the {name} holds values from {ids.min()} to {ids.max()}, not 0 to {classes - 1}")
    pair_type = np.min_scalar_type(classes * classes - 1)
    pairs = label.astype(pair_type, copy=False) * pair_type.type(classes) + predicted.astype(pair_type, copy=False)
    return _counts(pairs.ravel(), classes * classes).reshape(classes, classes)


_PORTION = 1 << 17


def _counts(values: np.ndarray, bins: int) -> np.ndarray:
    """How often each value from 0 to ``bins - 1`` occurs, int64."""
    if values.dtype != np.uint8:
        return np.bincount(values, minlength=bins)
    # Count bytes in pairs, as 16-bit numbers, which halves the time; and in portions, so that bincount's conversion to
    # 64 bits stays in the cache.
    paired = values.size // 2 * 2
    twos = values[:paired].view(np.uint16)
    by_pair = np.zeros(bins * 256, dtype=np.int64)
    for start in range(0, len(twos), _PORTION):
        by_pair += np.bincount(twos[start : start + _PORTION], minlength=bins * 256)
    by_bytes = by_pair.reshape(bins, 256)
    return by_bytes.sum(axis=1) + by_bytes[:, :bins].sum(axis=0) + np.bincount(values[paired:], minlength=bins)


_Scores = TypeVar("_Scores", bound="ClassScores")


@dataclass(frozen=True)
class ClassScores:
    """Scores of each class against all others: floats, shape ``(classes,)``.

    A score whose denominator is 0 is 0 where the class is in the label or the prediction, and NaN where it is in
    neither.

    Attributes:
        precision: TP / (TP + FP), in [0, 1].
        recall: TP / (TP + FN), in [0, 1].
        f1: 2 TP / (2 TP + FP + FN), in [0, 1]: the Dice coefficient.
        iou: TP / (TP + FP + FN), in [0, 1].
        mcc: Matthews correlation coefficient (Davari et al. 2021, Eq. 1), in [-1, 1]. It does not change when class and
            rest are swapped, so it is NaN too for a class that fills label and prediction.
        support: Labelled pixels.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    iou: np.ndarray
    mcc: np.ndarray
    support: np.ndarray

    @classmethod
    def from_confusion(cls: type[_Scores], confusion: np.ndarray) -> _Scores:
        """The scores of a confusion matrix with labels in rows (`confusion_matrix`)."""
        counts = confusion.astype(np.float64)
        hits, support, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
        union = support + predicted - hits
        there = union > 0
        return cls(
            precision=_ratio(hits, predicted, there),
            recall=_ratio(hits, support, there),
            f1=_ratio(2 * hits, support + predicted, there),
            iou=_ratio(hits, union, there),
            mcc=_mcc(hits, support, predicted, counts.sum()),
            support=confusion.sum(axis=1),
        )

    def macro(self, metric: str) -> Mean:
        """A score's mean over the classes that have it, and how many those are."""
        return mean_of_known(getattr(self, metric))

    @property
    def weighted_f1(self) -> float:
        """Mean of F1 weighted with the labelled pixels of each class (Pires de Lima et al. 2023); NaN without any."""
        labelled = self.support > 0
        return float(np.average(self.f1[labelled], weights=self.support[labelled])) if labelled.any() else float("nan")

    def to_json(self) -> dict[str, list[Any]]:
        """Each score as a list over the classes, None where there is none."""
        columns = {field.name: getattr(self, field.name).tolist() for field in fields(self)}
        return {name: [None if value != value else value for value in values] for name, values in columns.items()}


def accuracy(confusion: np.ndarray) -> float:
    """Share of the pixels whose class was predicted, in [0, 1]; NaN without pixels."""
    pixels = int(confusion.sum())
    return int(confusion.trace()) / pixels if pixels else math.nan


def multiclass_mcc(confusion: np.ndarray) -> float:
    """Matthews correlation coefficient of all classes together (Gorodkin 2004), in [-1, 1].

    Of two classes it is each one's `ClassScores.mcc`. As there it is 0 where the label or the prediction holds one
    class alone, and NaN where both hold the same one alone, or nothing.

    Args:
        confusion: Counts by labelled (row) and predicted class (column).
    """
    # In Python's integers: products of pixel counts leave the range in which floats are whole.
    counts = confusion.astype(object)
    total, hits = counts.sum(), counts.trace()
    support, predicted = counts.sum(axis=1), counts.sum(axis=0)
    scale = math.sqrt((total**2 - support @ support) * (total**2 - predicted @ predicted))
    if scale == 0:
        return 0.0 if hits < total else math.nan
    return (total * hits - support @ predicted) / scale


def _ratio(numerator: np.ndarray, denominator: np.ndarray, there: np.ndarray) -> np.ndarray:
    ratio = np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
    return np.where(there, ratio, np.nan)


def _mcc(hits: np.ndarray, support: np.ndarray, predicted: np.ndarray, total: float) -> np.ndarray:
    """MCC of each class against the rest; with the marginals, TP TN - FP FN is total * TP - support * predicted."""
    # Roots first: the product of four pixel counts leaves the range in which floats are whole.
    scale = np.sqrt(support * (total - support)) * np.sqrt(predicted * (total - predicted))
    union = support + predicted - hits
    there = (union > 0) & (hits < total)
    return _ratio(total * hits - support * predicted, scale, there)
