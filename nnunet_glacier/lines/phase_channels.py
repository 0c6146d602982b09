"""Input channels from a complex interferogram: pure functions on arrays, no file and no map.

Phase is a circle: minus pi and plus pi are neighbours. nnU-Net's normalisations by case would stretch that circle
differently in every scene, so channels are scaled here by constants and named ``noNorm``.
"""

from __future__ import annotations

import numpy as np

CHANNELS = {
    "phase_mag": ("phase / pi", "min(magnitude / scale, 1)"),
    "reim": ("real part / max(magnitude, scale)", "imaginary part / max(magnitude, scale)"),
    "cos_sin_mag": ("cos(phase)", "sin(phase)", "min(magnitude / scale, 1)"),
}
"""What the channels of each choice hold, in order; ``phase_mag`` is that of Gattolin (Sect. 2.1)."""

REFERENCE_PERCENTILE = 99.0
"""The percentile of a scene's magnitudes that stands for "bright": the brightest point targets do not set the scale."""


def signal_from_phase(phase: np.ndarray, magnitude: np.ndarray | None = None) -> np.ndarray:
    """The complex signal of a phase in radians and a magnitude.

    Args:
        phase: Radians, wrapped or not, shape ``(H, W)``.
        magnitude: Not negative, same shape, or None for 1 wherever the phase may hold signal.

    Returns:
        complex64, same shape. Without a magnitude a phase of exactly 0 becomes 0, that is no signal: float phases do
        not hit 0, fill values do, and ``exp(0j)`` would turn those into a perfect signal.
    """
    strength = np.asarray(phase != 0, dtype=np.float32) if magnitude is None else magnitude
    return (strength * np.exp(1j * phase.astype(np.float64))).astype(np.complex64)


def signal_validity(signal: np.ndarray, nodata: float | None = None) -> np.ndarray:
    """Where a complex signal holds data: finite, not 0, and not the fill value.

    Libraries compare the fill value with the real part alone, which takes ``0+1j`` for empty; here the imaginary part
    must be 0 or the fill value as well.

    Args:
        signal: Complex, shape ``(H, W)``.
        nodata: The file's fill value, or None.

    Returns:
        Bool, same shape.

    >>> signal_validity(np.array([1j, 0, np.nan, -9 + 0j, -9 + 2j]), nodata=-9)
    array([ True, False, False, False,  True])
    """
    valid = np.isfinite(signal) & (signal != 0)
    if nodata is not None and np.isfinite(nodata):
        valid &= ~((signal.real == nodata) & ((signal.imag == 0) | (signal.imag == nodata)))
    return valid


def reference_magnitude(signal: np.ndarray, valid: np.ndarray) -> float:
    """The `REFERENCE_PERCENTILE` of the magnitudes of valid pixels, or NaN if there is none."""
    magnitudes = np.abs(signal[valid])
    return float(np.percentile(magnitudes, REFERENCE_PERCENTILE)) if magnitudes.size else float("nan")


def phase_channels(signal: np.ndarray, valid: np.ndarray, kind: str, magnitude_scale: float) -> np.ndarray:
    """The channels that a network sees.

    Args:
        signal: Complex, shape ``(H, W)``.
        valid: Where it holds data, bool, same shape.
        kind: A key of `CHANNELS`.
        magnitude_scale: The magnitude that becomes 1, positive; larger ones are cut to 1, in ``reim`` with the phase
            kept.

    Returns:
        float32, shape ``(C, H, W)``, in ``[-1, 1]``, and 0 in every channel where the signal is not valid.
    """
    z = np.where(valid, signal, 0).astype(np.complex64)
    magnitude = np.abs(z)
    if kind == "reim":
        scaled = z / np.maximum(magnitude, np.float32(magnitude_scale))
        channels = [scaled.real, scaled.imag]
    elif kind in CHANNELS:
        bounded = np.minimum(magnitude / np.float32(magnitude_scale), 1)
        phase = np.angle(z)
        circle = [phase / np.float32(np.pi)] if kind == "phase_mag" else [np.cos(phase), np.sin(phase)]
        channels = [*circle, bounded]
    else:
        raise ValueError(f"channels {kind!r} are none of {', '.join(CHANNELS)}")
    # Rounding may exceed 1 by a few units in the last place, and cos(0) = 1 is no value for an empty pixel.
    return np.where(valid, np.clip(np.stack(channels), -1, 1), 0).astype(np.float32)
