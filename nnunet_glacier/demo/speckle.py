"""Multi-look speckle: gamma-distributed intensity with neighbouring pixels alike."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, stats

_TABLE_END = 5.5
_TABLE_SIZE = 4097


def _gaussian_kernel(sigma_px: float) -> np.ndarray:
    radius = max(1, round(3 * sigma_px))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma_px, 1e-3)) ** 2)
    return (kernel / np.sqrt((kernel**2).sum())).astype(np.float32)


def speckle(shape: tuple[int, int], looks: float, correlation_px: float, rng: np.random.Generator) -> np.ndarray:
    """Fully developed multi-look speckle.

    A Gaussian field with the wanted correlation is carried over to the gamma distribution by its quantiles, so the
    distribution is exact for any number of looks, whole or not.

    Args:
        shape: Rows and columns.
        looks: Equivalent number of looks: mean squared over variance of the intensity; positive.
        correlation_px: Standard deviation in pixels of the kernel that makes neighbours alike; 0 for none.
        rng: Random generator.

    Returns:
        Factor of the intensity, float32, mean 1, variance ``1 / looks``.
    """
    field = rng.standard_normal(shape, dtype=np.float32)
    if correlation_px > 0:
        kernel = _gaussian_kernel(correlation_px)
        for axis in (0, 1):
            field = ndimage.correlate1d(field, kernel, axis=axis, mode="wrap")
    normal = np.linspace(-_TABLE_END, _TABLE_END, _TABLE_SIZE)
    gamma = stats.gamma.ppf(stats.norm.cdf(normal), looks, scale=1 / looks)
    return _look_up(field, gamma.astype(np.float32))


def _look_up(field: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Linear interpolation in a table over ``[-_TABLE_END, _TABLE_END]``; `numpy.interp` would go by way of float64."""
    position = (np.clip(field, -_TABLE_END, _TABLE_END) + _TABLE_END) * np.float32((_TABLE_SIZE - 1) / (2 * _TABLE_END))
    index = np.minimum(position.astype(np.int32), _TABLE_SIZE - 2)
    fraction = position - index
    return table[index] * (1 - fraction) + table[index + 1] * fraction
