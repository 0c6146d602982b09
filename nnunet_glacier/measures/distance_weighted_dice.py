"""The Dice coefficient that forgives predicted pixels near the line: paper 002, Eq. 2."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import expit

from nnunet_glacier.measures.front_distances import PIXELS

DISTANCE_WEIGHTS_PX = (4.0, 8.0, 16.0)
"""The weights w that paper 002 compares."""


def distance_weighted_dice(
    predicted: np.ndarray,
    label: np.ndarray,
    weights: Sequence[float] = DISTANCE_WEIGHTS_PX,
    spacing: tuple[float, float] = PIXELS,
) -> list[float]:
    """Dice of the label and the prediction times ``2 (sigmoid(d / w) - 0.5) + y``.

    d is a pixel's distance to the label and y is 1 on it, so that predicted pixels count 1 on the label, little beside
    it and nearly 1 far away. The sums are not thresholded: ``2 sum(p W y) / (sum(p W) + sum(y))``. Distances are taken
    only where something was predicted.

    Args:
        predicted: Predicted mask or probabilities in [0, 1], shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        weights: One score each; in the unit of the spacing. A larger one forgives more.
        spacing: Height and width of a pixel.

    Returns:
        One score in [0, 1] a weight: 0 if only one side is empty, NaN if both are (`empty_masks`).
    """
    hit = np.nonzero(predicted)
    label_pixels = np.count_nonzero(label)
    if not len(hit[0]) or not label_pixels:
        empty = math.nan if len(hit[0]) == label_pixels else 0.0
        return [empty] * len(weights)
    on_label = label[hit]
    distance = np.zeros(len(on_label))
    tree = cKDTree(np.argwhere(label) * spacing, balanced_tree=False, compact_nodes=False)
    distance[~on_label] = tree.query(np.transpose(hit)[~on_label] * spacing)[0]
    values = predicted[hit].astype(np.float64)
    scores = []
    for weight in weights:
        weighted = values * (2 * (expit(distance / weight) - 0.5) + on_label)
        scores.append(float(2 * weighted[on_label].sum() / (weighted.sum() + label_pixels)))
    return scores
