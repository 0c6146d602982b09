"""Whether a scene's grey values are like those that a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np
from scipy import ndimage

TEXTURE_PX = 5
"""Window whose mean is the ground of the texture: a few looks of speckle, narrower than most crevasse fields."""


@dataclass(frozen=True)
class GreyStatistics:
    """Grey values of a scene in the model's normal form, over its valid pixels.

    Attributes:
        mean: Their mean.
        deviation: Their standard deviation.
        skewness: Third standardised moment: positive where a few pixels are bright, as in most SAR amplitude.
        texture: Standard deviation of what is left beside the mean of a small window, over `deviation`.
    """

    mean: float
    deviation: float
    skewness: float
    texture: float

    @classmethod
    def of(cls, grey: np.ndarray, valid: np.ndarray) -> GreyStatistics:
        """The statistics of a scene.

        Args:
            grey: In [0, 255], ``(H, W)``.
            valid: Where it holds data, bool, at least one pixel.
        """
        inside = grey[valid].astype(np.float64)
        mean, deviation = float(inside.mean()), max(float(inside.std()), 1e-6)
        filled = np.where(valid, grey, 0).astype(np.float64)
        rest = (filled - ndimage.uniform_filter(filled, TEXTURE_PX))[valid]
        skewness = float(((inside - mean) ** 3).mean() / deviation**3)
        return cls(mean, deviation, skewness, float(rest.std() / deviation))


@dataclass(frozen=True)
class GreyRange:
    """Between which values the statistics of the training images lie."""

    low: GreyStatistics
    high: GreyStatistics

    def unlikeness(self, scene: GreyStatistics) -> float:
        """How far a scene is beyond the range: the farthest statistic, in widths of its range; 0 within."""
        low, high, own = (np.array(astuple(each)) for each in (self.low, self.high, scene))
        beyond = np.maximum(low - own, own - high) / (high - low)
        return float(max(beyond.max(), 0.0))


TRAINED_ON: Mapping[str, GreyRange] = {
    "caffe-256": GreyRange(GreyStatistics(37.3, 44.2, -0.23, 0.31), GreyStatistics(144.1, 87.7, 2.64, 0.57))
}
"""For each shipped model the 0.5th to the 99.5th percentile of its training images' statistics.

For caffe-256: 481 images of CaFFe at 256x256, without pixels of the value 0, stretched from their 1st to 99th
percentile (``benchmarks/front_signs.py``).
"""
