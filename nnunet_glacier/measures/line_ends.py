"""Distances of two lines without the ends of the label, where labels and predictions often stop at different places."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.lines.line_ends import near_ends
from nnunet_glacier.measures.front_distances import FrontDistances, front_distances


def without_ends(
    predicted: np.ndarray, label: np.ndarray, distances: FrontDistances, reach_px: float
) -> FrontDistances:
    """The distances that remain when the ends of the label are left out.

    Left out are the distances of

    * the label's pixels within `reach_px` of an end of the label, along the label (`near_ends`: two ends per
      8-connected piece, none of a closed ring);
    * the predicted pixels that have no remaining label pixel as near as one of those: what a prediction draws beside
      the ends and beyond them.

    All other distances stay what they are: they reach to the whole of the other line, its left-out pixels included.

    Args:
        predicted: Predicted line, bool, shape ``(H, W)``.
        label: Labelled line, bool, same shape.
        distances: The distances of both in pixels.
        reach_px: How much of the label is left out at each end, in pixels.

    Returns:
        The remaining distances, in the same order. A side of which nothing remains is empty, as if it had no line:
        means are NaN then, and the image counts as one without a line.
    """
    middle = label & ~near_ends(label, reach_px)
    to_middle = front_distances(predicted, middle).predicted_to_label
    # NaN, the distance to a line that is not there, is as near as nothing.
    beside_middle = to_middle <= distances.predicted_to_label
    return FrontDistances(distances.predicted_to_label[beside_middle], distances.label_to_predicted[middle[label]])
