"""Noise of multi-looked interferograms of a given coherence, by the statistics of speckle."""

from __future__ import annotations

import numpy as np


def multilooked_pair(coherence: np.ndarray, looks: float, rng: np.random.Generator) -> np.ndarray:
    """Multi-looked interferogram of two correlated fields of speckle, without deterministic phase.

    Each pixel is the mean of ``a * conj(b)`` over the looks, for ``a`` and ``b`` circular complex Gaussian of unit
    power. It is drawn from that mean's distribution itself, the off-diagonal element of a complex Wishart matrix, by
    Bartlett's decomposition: the cost does not grow with the looks. Exact for whole numbers of looks.

    Args:
        coherence: True coherence, 0 to 1, any shape.
        looks: Number of looks, at least 1.
        rng: Random generator.

    Returns:
        Complex64, same shape, with `coherence` as its mean.
    """
    coherence = np.asarray(coherence, dtype=np.float32)
    power = rng.standard_gamma(looks, coherence.shape, dtype=np.float32)
    noise = rng.standard_normal((2, *coherence.shape), dtype=np.float32) * np.float32(np.sqrt(0.5))
    incoherent = np.sqrt(np.maximum(1 - coherence**2, 0)) * np.sqrt(power)
    real = coherence * power + incoherent * noise[0]
    return ((real + 1j * (incoherent * noise[1])) / np.float32(looks)).astype(np.complex64)


def double_difference(coherence: np.ndarray, looks: float, rng: np.random.Generator) -> np.ndarray:
    """Noise of the difference of two interferograms: its phase is that of the one minus that of the other.

    Args:
        coherence: True coherence of both, 0 to 1, any shape.
        looks: Number of looks, at least 1.
        rng: Random generator.

    Returns:
        Complex64, same shape; its magnitude is the geometric mean of the two interferograms' magnitudes.
    """
    first, second = (multilooked_pair(coherence, looks, rng) for _ in range(2))
    product = first * second.conj()
    return product / np.sqrt(np.maximum(np.abs(product), np.finfo(np.float32).tiny))


def coherence_within_pixels(phase_rad: np.ndarray) -> np.ndarray:
    """Coherence that is left when a slope of the phase is averaged over a pixel: ``sinc`` of its cycles, per axis.

    Fringes of a pixel's width vanish, which is why narrow flexure zones turn to noise.

    Args:
        phase_rad: Phase, not wrapped, ``(H, W)``.

    Returns:
        0 to 1, same shape.
    """
    row_slope, column_slope = np.gradient(phase_rad / (2 * np.pi))
    return np.abs(np.sinc(row_slope) * np.sinc(column_slope))
