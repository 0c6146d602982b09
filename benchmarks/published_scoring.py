"""A plain transcription of the published way of scoring a scene, which the scoring benchmark measures itself against.

Four metric reports by scikit-learn, one pass over the image for each component, all pairwise distances; not a command.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import cdist
from skimage import measure
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import Zone


def published_scores(
    predicted: np.ndarray, label: np.ndarray, label_front: np.ndarray, box: Box, pixel_size_m: float
) -> tuple[np.ndarray, int, float]:
    """The published way: zone metrics (4, zones), predicted front pixels and mean distance in metres, or NaN."""
    reports = (precision_score, recall_score, f1_score, jaccard_score)
    metrics = [report(label.ravel(), predicted.ravel(), average=None, zero_division=0) for report in reports]
    front = published_front(published_clean_up(predicted.copy()), MIN_FRONT_LENGTH_M / pixel_size_m)
    ours, theirs = np.argwhere(published_box(front, box)), np.argwhere(label_front)
    if not len(ours) or not len(theirs):
        return np.array(metrics), len(ours), math.nan
    distances = np.concatenate([cdist(ours, theirs).min(axis=1), cdist(theirs, ours).min(axis=1)])
    return np.array(metrics), len(ours), float(np.mean(pixel_size_m * distances))


def published_box(front: np.ndarray, box: Box) -> np.ndarray:
    """The front inside the box, whose corners are moved into the image where they lie outside."""
    rows, columns = front.shape
    lower, upper, left, right = box.row_start, box.row_stop, box.column_start, box.column_stop
    lower = 0 if lower < 0 else lower
    left = 0 if left < 0 else left
    upper = rows - 1 if upper > rows else upper
    right = columns - 1 if right > columns else right
    front[:lower, :] = False
    front[upper:, :] = False
    front[:, :left] = False
    front[:, right:] = False
    return front


def published_clean_up(zones: np.ndarray) -> np.ndarray:
    """Largest body that is not ocean, then largest ocean; one pass over the image a component."""
    pieces, count = measure.label(zones != Zone.OCEAN, connectivity=2, return_num=True)
    sizes = [0] + [(pieces == number).sum() for number in range(1, count + 1)]
    zones[(pieces > 0) & (pieces != int(np.argmax(sizes)))] = Zone.OCEAN
    pieces, count = measure.label(zones == Zone.OCEAN, connectivity=2, return_num=True)
    sizes = [0] + [(pieces == number).sum() for number in range(1, count + 1)]
    zones[zones == Zone.OCEAN] = Zone.GLACIER
    zones[(pieces > 0) & (pieces == int(np.argmax(sizes)))] = Zone.OCEAN
    return zones


def published_front(zones: np.ndarray, min_pixels: float) -> np.ndarray:
    """Ocean beside glacier; pieces of up to `min_pixels` deleted, one pass over the image a piece."""
    # Rolling is safe inside a border of NA.
    padded = np.pad(zones, 1)
    glacier = padded == Zone.GLACIER
    beside = np.roll(glacier, 1, 0) | np.roll(glacier, -1, 0) | np.roll(glacier, 1, 1) | np.roll(glacier, -1, 1)
    front = ((padded == Zone.OCEAN) & beside)[1:-1, 1:-1]
    pieces, count = measure.label(front, connectivity=2, return_num=True)
    for number in range(1, count + 1):
        piece = pieces == number
        if piece.sum() <= min_pixels:
            front[piece] = False
    return front
