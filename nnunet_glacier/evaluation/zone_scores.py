"""Precision, recall, F1 and IoU of the zones of one image, from one confusion matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from nnunet_glacier.zones import Zone


def zone_confusion(predicted: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Pixel counts by labelled (row) and predicted zone (column).

    Args:
        predicted: Zone ids 0-3, uint8, shape ``(H, W)``.
        label: Zone ids 0-3, uint8, same shape.

    Returns:
        Counts, int64, shape ``(4, 4)``.

    >>> zone_confusion(np.array([[2, 3]], dtype=np.uint8), np.array([[3, 3]], dtype=np.uint8))[3]
    array([0, 0, 1, 1])
    """
    size = len(Zone)
    pairs = label * np.uint8(size) + predicted
    return np.bincount(pairs.ravel(), minlength=size * size).reshape(size, size)


@dataclass(frozen=True)
class ZoneScores:
    """Four scores of each zone, in the order of `Zone`: floats in [0, 1], shape ``(4,)``.

    A score whose denominator is 0 is 0, as in the published code, where the zone is in the label or the prediction,
    and NaN where it is in neither (`empty_masks`).

    Attributes:
        precision: TP / (TP + FP).
        recall: TP / (TP + FN).
        f1: 2 TP / (2 TP + FP + FN).
        iou: TP / (TP + FP + FN).
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    iou: np.ndarray

    @property
    def absent(self) -> tuple[Zone, ...]:
        """Zones that are in neither the label nor the prediction."""
        return tuple(zone for zone in Zone if math.isnan(self.iou[zone]))

    def with_macro(self, metric: str) -> list[float]:
        """A score's mean over the zones, then NA, rock, glacier, ocean.

        The mean is the plain mean of the four, NaN if a zone is absent from both: the published code gives no figure
        for such an image.
        """
        values = getattr(self, metric)
        return [float(np.mean(values)), *(float(value) for value in values)]


METRICS = tuple(field.name for field in fields(ZoneScores))


def zone_scores(confusion: np.ndarray) -> ZoneScores:
    """The scores of a confusion matrix with labels in rows (`zone_confusion`)."""
    hits = np.diag(confusion).astype(np.float64)
    labelled, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    union = labelled + predicted - hits
    return ZoneScores(
        precision=_ratio(hits, predicted, union),
        recall=_ratio(hits, labelled, union),
        f1=_ratio(2 * hits, labelled + predicted, union),
        iou=_ratio(hits, union, union),
    )


def _ratio(numerator: np.ndarray, denominator: np.ndarray, union: np.ndarray) -> np.ndarray:
    ratio = np.divide(numerator, denominator, out=np.zeros(len(numerator)), where=denominator > 0)
    return np.where(union > 0, ratio, np.nan)
