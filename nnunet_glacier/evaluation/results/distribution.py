"""One measure over the images of a subset: its mean, median and median absolute deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnunet_glacier.measures.empty_masks import mad_of_known, mean_of_known, median_of_known, null_if_nan


@dataclass(frozen=True)
class Distribution:
    """One measure over the images that have it; NaN if none has.

    Attributes:
        mean: Mean of the images' values.
        median: Their median.
        mad: Their median absolute deviation from it.
        images: Number of those images.
    """

    mean: float
    median: float
    mad: float
    images: int

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``."""
        figures = {"mean": self.mean, "median": self.median, "mad": self.mad}
        return {**{name: null_if_nan(value) for name, value in figures.items()}, "images": self.images}


def distribution(values: Sequence[float]) -> Distribution:
    """Mean, median and MAD of the values that are not NaN.

    >>> distribution([1.0, 2.0, 6.0, float("nan")])
    Distribution(mean=3.0, median=2.0, mad=1.0, images=3)
    """
    mean = mean_of_known(values)
    return Distribution(mean.value, median_of_known(values), mad_of_known(values), mean.count)
