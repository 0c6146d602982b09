"""The grey values that a model was trained on, from whatever values a scene has: by percentiles of its valid pixels."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.domain.grey_values import PERCENTILES, Values
from nnunet_glacier.support.errors import GlacierError


def kind_of(values: np.ndarray, dtype: str, asked: Values) -> Values:
    """What the values are: what was asked for, or dB for floats of which more than half are negative.

    Args:
        values: Valid pixels, any shape.
        dtype: Type in the file.
        asked: The user's choice.
    """
    if asked != "auto":
        return asked
    is_db = dtype.startswith("float") and np.count_nonzero(values < 0) > values.size / 2
    return "db" if is_db else "amplitude"


def as_amplitude(values: np.ndarray, kind: Values) -> np.ndarray:
    """Amplitudes, up to a factor, from amplitude, intensity or dB, float32 of the same shape.

    Raises:
        GlacierError: If intensities are negative.
    """
    if kind == "intensity":
        if values.size and values.min() < 0:
            raise GlacierError("intensities are never negative, and it has values below 0; give --values db")
        return np.sqrt(values)
    return np.power(10.0, values / 20).astype(np.float32) if kind == "db" else values


def to_grey(values: np.ndarray, valid: np.ndarray, dtype: str, asked: Values = "auto") -> np.ndarray:
    """A scene in the normal form: its amplitude, with the 1st and 99th percentile of valid pixels at 0 and 255.

    Args:
        values: float32, ``(H, W)``; anything where it is not valid.
        valid: Which pixels hold data, bool, at least one.
        dtype: Type of the pixels in the file.
        asked: What the values are.

    Returns:
        float32 in [0, 255], 0 where it is not valid.

    Raises:
        GlacierError: If all valid pixels have one value.
    """
    inside = values[valid]
    amplitude = as_amplitude(inside, kind_of(inside, dtype, asked))
    low, high = np.percentile(amplitude, PERCENTILES)
    if not high > low:
        low, high = float(amplitude.min()), float(amplitude.max())
    if not high > low:
        raise GlacierError(f"all of its pixels have the value {inside.flat[0]:g}, so there is nothing to see in it")
    grey = np.zeros(values.shape, dtype=np.float32)
    grey[valid] = ((amplitude - low) * (255 / (high - low))).clip(0, 255)
    return grey
