"""Coarse and fine grids: smooth fields are worked out where it is cheap and brought to the scene's pixels."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, sparse

_FINEST_SIGMA_PX = 1.5


def _linear_matrix(length: int, coarse: int) -> sparse.csr_array:
    """Weights ``(length, coarse)`` of linear interpolation between pixel centres."""
    position = np.clip((np.arange(length) + 0.5) * (coarse / length) - 0.5, 0, coarse - 1.001)
    below = position.astype(np.intp)
    weights = np.stack([1 - position + below, position - below], axis=1).astype(np.float32)
    columns = np.stack([below, below + 1], axis=1)
    return sparse.csr_array((weights.ravel(), columns.ravel(), np.arange(0, 2 * length + 1, 2)), (length, coarse))


def enlarge(field: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A coarse field of at least 2x2 pixels on a finer grid over the same ground, by linear interpolation; float32."""
    rows, columns = (_linear_matrix(shape[axis], field.shape[axis]) for axis in (0, 1))
    wide = columns @ np.ascontiguousarray(field.T.astype(np.float32))
    return rows @ np.ascontiguousarray(wide.T)


def _block_means(field: np.ndarray, factor: int) -> np.ndarray:
    padding = [(0, -size % factor) for size in field.shape]
    padded = np.pad(field, padding, mode="edge")
    rows, columns = (size // factor for size in padded.shape)
    return padded.reshape(rows, factor, columns, factor).mean(axis=(1, 3), dtype=np.float32)


def blur(field: np.ndarray, sigma_px: float) -> np.ndarray:
    """A Gaussian blur; a wide one is done on blocks of pixels, at a cost that does not grow with its width.

    Args:
        field: Any real type, ``(H, W)``.
        sigma_px: Standard deviation in pixels; 0 for none.

    Returns:
        Float32, ``(H, W)``.
    """
    field = field.astype(np.float32)
    if sigma_px <= 0:
        return field
    factor = int(sigma_px / _FINEST_SIGMA_PX)
    if factor < 2 or min(field.shape) < 8 * factor:
        return ndimage.gaussian_filter(field, sigma_px)
    blocks = ndimage.gaussian_filter(_block_means(field, factor), sigma_px / factor)
    whole = (blocks.shape[0] * factor, blocks.shape[1] * factor)
    return enlarge(blocks, whole)[: field.shape[0], : field.shape[1]]
