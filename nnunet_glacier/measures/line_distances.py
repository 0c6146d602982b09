"""Measures of how far two lines lie apart and how much of them agrees, all from one `FrontDistances`.

A measure is in the unit of the distances: pixels, or metres (`front_distances` with a spacing). Where either side has
no line there is no distance: NaN. A share of a line within a tolerance needs no partner: a line that was missed
altogether is covered to 0, and only without a line to cover is there no share.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnunet_glacier.measures.front_distances import FrontDistances

_ROUNDING = 1 + 1e-9
"""A distance that equals the tolerance counts as within it, whatever the pixel size did to its last digit."""


def median_distance(distances: FrontDistances) -> float:
    """Median over the pixels of both lines; NaN without a line."""
    return _of_pooled(distances, np.median)


def mad_distance(distances: FrontDistances) -> float:
    """Median absolute deviation from the median over the pixels of both lines, unscaled; NaN without a line."""
    return _of_pooled(distances, lambda pooled: np.median(np.abs(pooled - np.median(pooled))))


def hd95_pooled(distances: FrontDistances) -> float:
    """95th percentile of the distances of both directions together: HD95 of Gattolin, Eq. 8; NaN without a line.

    Linear between the two nearest distances, as numpy has it. With lines of unequal length the longer one counts
    more; `hd95_larger_direction` is the other definition in use.
    """
    return _of_pooled(distances, lambda pooled: np.percentile(pooled, 95))


def hd95_larger_direction(distances: FrontDistances) -> float:
    """The larger of the two directions' 95th percentiles: HD95 as MONAI computes it; NaN without a line."""
    if not distances.has_both_lines:
        return math.nan
    return float(max(np.percentile(distances.predicted_to_label, 95), np.percentile(distances.label_to_predicted, 95)))


def polis(distances: FrontDistances) -> float:
    """PoLiS on pixel lines: the average of the two directions' means, each line counting half; NaN without a line.

    Avbelj et al. (2015) measure from the vertices of vector lines; here every pixel of a line is a vertex.
    """
    if not distances.has_both_lines:
        return math.nan
    return float((np.mean(distances.predicted_to_label) + np.mean(distances.label_to_predicted)) / 2)


def predicted_to_label_mean(distances: FrontDistances) -> float:
    """Mean distance of the predicted line to the label: large where a line was made up; NaN without a line."""
    return float(np.mean(distances.predicted_to_label)) if distances.has_both_lines else math.nan


def label_to_predicted_mean(distances: FrontDistances) -> float:
    """Mean distance of the labelled line to the prediction: large where the line was missed; NaN without a line."""
    return float(np.mean(distances.label_to_predicted)) if distances.has_both_lines else math.nan


def coverage(distances: FrontDistances, buffer: float) -> float:
    """Share of the labelled line within a buffer round the predicted one.

    Args:
        distances: Distances in pixels or metres.
        buffer: Half-width of the buffer in the same unit.

    Returns:
        Share in [0, 1]: 0 where nothing was predicted, NaN where nothing is labelled.
    """
    return _share_within(distances.label_to_predicted, buffer)


def correctness(distances: FrontDistances, buffer: float) -> float:
    """Share of the predicted line within a buffer round the labelled one.

    Args:
        distances: Distances in pixels or metres.
        buffer: Half-width of the buffer in the same unit.

    Returns:
        Share in [0, 1]: 0 where nothing is labelled, NaN where nothing was predicted.
    """
    return _share_within(distances.predicted_to_label, buffer)


def boundary_f_score(distances: FrontDistances, tolerance: float) -> float:
    """Harmonic mean of `correctness` and `coverage` (boundary F-score, Gattolin, Eq. 5).

    Args:
        distances: Distances in pixels or metres.
        tolerance: Largest distance of a match in the same unit.

    Returns:
        Score in [0, 1]: 0 where one side alone has a line, NaN where neither has.
    """
    if not len(distances.predicted_to_label) and not len(distances.label_to_predicted):
        return math.nan
    if not distances.has_both_lines:
        return 0.0
    precision, recall = correctness(distances, tolerance), coverage(distances, tolerance)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _of_pooled(distances: FrontDistances, measure: Callable[[np.ndarray], float]) -> float:
    """A measure of the distances of both directions together; NaN where either side has no line."""
    if not distances.has_both_lines:
        return math.nan
    return float(measure(np.concatenate([distances.predicted_to_label, distances.label_to_predicted])))


def _share_within(distances: np.ndarray, tolerance: float) -> float:
    # NaN, the distance to a line that is not there, is within nothing.
    return float(np.mean(distances <= tolerance * _ROUNDING)) if len(distances) else math.nan
