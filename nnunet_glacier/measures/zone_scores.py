"""Precision, recall, F1, IoU and MCC of the zones of one image, from one confusion matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.measures.class_scores import ClassScores, confusion_matrix

METRICS = {"precision": "Precision", "recall": "Recall", "f1": "F1", "iou": "IoU"}
"""The metrics that are published for CaFFe, in their order, and what they are called."""

ZONE_TITLES = {Zone.NA: "NA", Zone.ROCK: "rock", Zone.GLACIER: "glacier", Zone.OCEAN: "ocean"}
"""What the zones are called."""


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
    return confusion_matrix(predicted, label, len(Zone))


@dataclass(frozen=True)
class ZoneScores(ClassScores):
    """The scores of each zone, in the order of `Zone`: arrays of shape ``(4,)``.

    A score whose denominator is 0 is 0, as in the published code, where the zone is in the label or the prediction,
    and NaN where it is in neither.
    """

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


def zone_scores(confusion: np.ndarray) -> ZoneScores:
    """The scores of a confusion matrix with labels in rows (`zone_confusion`)."""
    return ZoneScores.from_confusion(confusion)
