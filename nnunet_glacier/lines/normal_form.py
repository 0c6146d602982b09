"""The grey values that a model was trained on, from whatever values a scene has: by percentiles of its valid pixels."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.domain.grey_values import PERCENTILES, Values
from nnunet_glacier.support.errors import GlacierError

LEAST_DB = -100.0
"""The noise of the darkest SAR images is at -40 dB; few pixels are lower, where a logarithm met next to nothing."""


def kind_of(values: np.ndarray, dtype: str, asked: Values) -> Values:
    """What the values are: what was asked for, or dB where more than half are negative, as no amplitude is.

    Args:
        values: Valid pixels, any shape.
        dtype: Type in the file.
        asked: The user's choice.
    """
    if asked != "auto":
        return asked
    signed = not dtype.startswith("uint")
    return "db" if signed and np.count_nonzero(values < 0) > values.size / 2 else "amplitude"


def as_amplitude(values: np.ndarray, kind: Values) -> np.ndarray:
    """Amplitudes, up to a factor, from amplitude, intensity or dB, float32 of the same shape.

    Raises:
        GlacierError: If intensities are negative, or most dB lower than those of any image.
    """
    if kind == "intensity":
        if values.size and values.min() < 0:
            raise GlacierError("intensities are never negative, and it has values below 0; give --values db")
        return np.sqrt(values)
    if kind != "db":
        return values
    if values.size and (middle := float(np.median(values))) < LEAST_DB:
        raise GlacierError(
            f"half of its values are {middle:g} or less, which are no dB: bring hundredths of dB to dB (gdal_translate "
            "-ot Float32 -scale -10000 0 -100 0), declare a value that stands for no data (gdal_edit -a_nodata), or "
            "say with --values what they are"
        )
    return np.power(10.0, values / 20).astype(np.float32)


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
