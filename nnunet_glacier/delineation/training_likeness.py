"""Whether a scene is like those that a model was trained on: its grey values and the size of its pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
        # Where data end, the mean is of the pixels that hold some.
        share = ndimage.uniform_filter(valid.astype(np.float64), TEXTURE_PX)[valid]
        rest = inside - ndimage.uniform_filter(filled, TEXTURE_PX)[valid] / share
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


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How like the training images of a model a scene is; NaN where it is not known.

    Attributes:
        unlike_training: How far the grey values are beyond those of the training images (`GreyRange.unlikeness`); 0
            within.
        pixel_size_ratio: See `pixel_size_ratio`; 1 within the model's range.
        grey_levels: Number of different values in the file's valid pixels.
    """

    unlike_training: float = math.nan
    pixel_size_ratio: float = math.nan
    grey_levels: float = math.nan

    @classmethod
    def of(
        cls,
        grey: np.ndarray,
        valid: np.ndarray,
        *,
        model: str,
        seen_m: float,
        own_m: float,
        trained_m: Sequence[float],
        grey_levels: int,
    ) -> Likeness:
        """Of a scene as the network saw it.

        Args:
            grey: Grey values in the model's normal form, in [0, 255], ``(H, W)``.
            valid: Where the scene holds data, bool, ``(H, W)``.
            model: Name of the model.
            seen_m: Edge of the pixels that the network saw.
            own_m: Edge of the scene's own pixels.
            trained_m: Least and greatest pixel size that the model was trained on.
            grey_levels: Number of different values in the file's valid pixels.
        """
        trained = TRAINED_ON.get(model)
        return cls(
            unlike_training=math.nan if trained is None else trained.unlikeness(GreyStatistics.of(grey, valid)),
            pixel_size_ratio=pixel_size_ratio(seen_m, own_m, trained_m),
            grey_levels=grey_levels,
        )


UNKNOWN_LIKENESS = Likeness()
"""Of a scene of which only the lines are known."""


def pixel_size_ratio(seen_m: float, own_m: float, trained_m: Sequence[float]) -> float:
    """How far the pixels are from those that a model was trained on.

    A scene with finer pixels is averaged to the model's size and loses nothing; one with coarser pixels has less to
    see, at whatever size the network sees it.

    Args:
        seen_m: Edge of the pixels that the network saw.
        own_m: Edge of the scene's own pixels.
        trained_m: Least and greatest pixel size that the model was trained on.

    Returns:
        1 within the range, more for coarser pixels, less for finer ones.

    >>> pixel_size_ratio(76, 20, (68, 85)), pixel_size_ratio(76, 170, (68, 85)), pixel_size_ratio(34, 20, (68, 85))
    (1.0, 2.0, 0.5)
    """
    least_m, greatest_m = trained_m
    coarsest_m = max(seen_m, own_m)
    if coarsest_m > greatest_m:
        return float(coarsest_m / greatest_m)
    return float(min(seen_m / least_m, 1.0))
