"""Complex signals brought to another grid: real and imaginary part apart, never the wrapped phase.

A mean of phases on both sides of the jump at pi is 0, the opposite of both. The mean of the complex values is right,
and where phases disagree it is short: for a phase without magnitude its length is a pseudo-coherence.
"""

from __future__ import annotations

import numpy as np

from nnunet_glacier.lines.grids import Grid

MIN_VALID_SHARE = 0.5
"""A new pixel is valid if at least this share of what it is made of was."""


def resample_signal(signal: np.ndarray, valid: np.ndarray, grid: Grid, target: Grid) -> tuple[np.ndarray, np.ndarray]:
    """A complex signal on another grid.

    Coarser pixels take the mean of all that they cover, finer ones are interpolated bilinearly. Invalid pixels have no
    weight.

    Args:
        signal: Complex, shape ``grid.shape``.
        valid: Where it holds data, bool, same shape.
        grid: The signal's grid, on a map.
        target: The new grid, on a map.

    Returns:
        complex64 and bool, shape ``target.shape``; 0 and False outside the scene.
    """
    if target == grid:
        return np.where(valid, signal, 0).astype(np.complex64), valid
    kept = np.where(valid, signal, 0)
    weight = _warp(valid.astype(np.float32), grid, target)
    real, imaginary = (_warp(np.ascontiguousarray(part, np.float32), grid, target) for part in (kept.real, kept.imag))
    holds = weight >= MIN_VALID_SHARE
    resampled = np.zeros(target.shape, np.complex64)
    resampled[holds] = (real[holds] + 1j * imaginary[holds]) / weight[holds]
    return resampled, holds & (resampled != 0)


def resample_values(values: np.ndarray, valid: np.ndarray, grid: Grid, target: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Real values on another grid, by the rules of `resample_signal`.

    Returns:
        float32 and bool, shape ``target.shape``; 0 and False where nothing is valid.
    """
    weight = _warp(valid.astype(np.float32), grid, target)
    warped = _warp(np.where(valid, values, 0).astype(np.float32), grid, target)
    holds = weight >= MIN_VALID_SHARE
    return np.divide(warped, weight, out=np.zeros_like(warped), where=holds), holds


def block_means(signal: np.ndarray, valid: np.ndarray, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """A complex signal in pixels that are whole blocks of its own, by the rules of `resample_signal`.

    Args:
        signal: Complex, ``(H, W)``.
        valid: Where it holds data, bool, same shape.
        edge: Edge of the blocks in pixels; those at the lower and right border may reach beyond the signal.

    Returns:
        complex64 and bool, ``(ceil(H / edge), ceil(W / edge))``; 0 and False below `MIN_VALID_SHARE`.
    """
    if edge == 1:
        return np.where(valid, signal, 0).astype(np.complex64), valid
    starts = [np.arange(0, size, edge) for size in signal.shape]

    def sums(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(np.add.reduceat(values, starts[0], axis=0), starts[1], axis=1)

    total, count = sums(np.where(valid, signal, 0).astype(np.complex64)), sums(valid.astype(np.int32))
    holds = (count >= MIN_VALID_SHARE * sums(np.ones(signal.shape, np.int32))) & (total != 0)
    return np.where(holds, total / np.maximum(count, 1), 0).astype(np.complex64), holds


def _warp(values: np.ndarray, grid: Grid, target: Grid) -> np.ndarray:
    """float32 values on the new grid; what lies outside of the old one counts as 0."""
    from rasterio.transform import Affine
    from rasterio.warp import Resampling, reproject

    assert grid.affine is not None and target.affine is not None
    warped = np.zeros(target.shape, np.float32)
    # GDAL's average takes the covered area into account, so it serves for a change of CRS as well.
    method = Resampling.average if is_coarser(grid, target) else Resampling.bilinear
    reproject(
        values,
        warped,
        src_transform=Affine(*grid.affine),
        src_crs=grid.crs,
        dst_transform=Affine(*target.affine),
        dst_crs=target.crs,
        resampling=method,
        init_dest_nodata=False,
    )
    return warped


def is_coarser(grid: Grid, target: Grid) -> bool:
    """Whether a pixel of the new grid covers more than about one and a half old ones."""
    from rasterio.transform import Affine, array_bounds
    from rasterio.warp import calculate_default_transform

    assert grid.affine is not None and target.affine is not None
    rows, columns = grid.shape
    same_scale, _, _ = calculate_default_transform(
        grid.crs, target.crs, columns, rows, *array_bounds(rows, columns, Affine(*grid.affine))
    )
    return abs(Affine(*target.affine).determinant) > 1.5 * abs(same_scale.determinant)
