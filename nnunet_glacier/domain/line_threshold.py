"""The threshold above which a probability is line, and what it is chosen by."""

from __future__ import annotations

from typing import Literal

import numpy as np

Criterion = Literal["dice", "mde"]
"""What a threshold is chosen by: the highest mean Dice, or the lowest mean distance error."""


def above(probability: np.ndarray, threshold: float) -> np.ndarray:
    """The mask of a threshold: bool, the shape of the probabilities.

    The threshold is compared in the type of the probabilities: 0.1 in float32 is not above 0.1.
    """
    return probability > np.asarray(threshold, dtype=probability.dtype)
