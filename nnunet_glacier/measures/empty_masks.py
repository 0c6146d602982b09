"""The one policy for empty masks, which every score here follows and cites.

* A prediction or a label without a front has no distance: NaN. The image is left out of every mean of distances and
  counted (published as "images without front"). A label without a front counts the same.
* A zone that is in neither the label nor the prediction has no precision, recall, F1 or IoU: NaN, left out of means,
  and counted; two empty masks are not a perfect match. A zone that is in one of the two only scores 0.
* A mean of nothing is NaN, written as null.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mean:
    """A mean over the known values, and how many there were.

    Attributes:
        value: Mean of the values that are not NaN; NaN if there is none.
        count: Number of values in it.
        left_out: Number of NaN values.
    """

    value: float
    count: int
    left_out: int


def mean_of_known(values: Iterable[float]) -> Mean:
    """The mean of the values that are not NaN.

    >>> mean_of_known([1.0, float("nan"), 2.0])
    Mean(value=1.5, count=2, left_out=1)
    """
    known, total = _known(values)
    return Mean(float(np.mean(known)) if known else math.nan, len(known), total - len(known))


def median_of_known(values: Iterable[float]) -> float:
    """The median of the values that are not NaN; NaN if there is none."""
    known, _ = _known(values)
    return float(np.median(known)) if known else math.nan


def mad_of_known(values: Iterable[float]) -> float:
    """The median absolute deviation from the median of the values that are not NaN; NaN if there is none."""
    known, _ = _known(values)
    return float(np.median(np.abs(np.array(known) - np.median(known)))) if known else math.nan


def percentile_of_known(values: Iterable[float], percent: float) -> float:
    """A percentile of the values that are not NaN, linear between the two nearest; NaN if there is none."""
    known, _ = _known(values)
    return float(np.percentile(known, percent)) if known else math.nan


def _known(values: Iterable[float]) -> tuple[list[float], int]:
    everything = [float(value) for value in values]
    return [value for value in everything if not math.isnan(value)], len(everything)


def null_if_nan(value: float) -> float | None:
    """The value, or None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value
