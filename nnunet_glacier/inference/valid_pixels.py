"""Valid pixels alone make the statistics by which an image is normalised, whatever it has where it holds no data.

nnU-Net normalises an image by all its pixels and crops borders of zeros. Here the image is cut to its valid pixels and
the rest of the cut is filled before nnU-Net's preprocessor sees it, so that its normalisation is that of valid pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import binary_opening


@dataclass(frozen=True)
class Normalisation:
    """How nnU-Net normalises a channel.

    Attributes:
        scheme: Name of nnU-Net's class.
        masked: Whether its statistics leave out pixels that are 0 in all channels.
        trained_mean: Mean of the training images' foreground, which `CTNormalization` subtracts.
    """

    scheme: str
    masked: bool = False
    trained_mean: float = 0


def normalisations_of(configuration_manager: Any, plans_manager: Any) -> tuple[Normalisation, ...]:
    """The normalisation of each channel by a model's plans, as nnU-Net's managers read them."""
    trained: Mapping[str, Mapping[str, float]] = plans_manager.foreground_intensity_properties_per_channel
    pairs = zip(configuration_manager.normalization_schemes, configuration_manager.use_mask_for_norm, strict=True)
    return tuple(
        Normalisation(scheme, bool(masked), trained.get(str(channel), {}).get("mean", 0))
        for channel, (scheme, masked) in enumerate(pairs)
    )


@dataclass(frozen=True)
class Cut:
    """An image cut to its valid pixels, with the rest of the cut filled.

    Attributes:
        pixels: float32, ``(channels, 1, h, w)``.
        factors: What each channel is multiplied by once nnU-Net has normalised it, float32, ``(channels,)``.
        shape: Shape of the whole image, ``(1, H, W)``.
        start: Where the cut begins along each axis of the whole image.
    """

    pixels: np.ndarray
    factors: np.ndarray
    shape: tuple[int, int, int]
    start: tuple[int, int, int]

    def note(self, properties: dict[str, Any], transpose_forward: Sequence[int]) -> None:
        """Make what nnU-Net's preprocessor noted of the cut's place, after transposition, that in the whole image."""
        start = [self.start[axis] for axis in transpose_forward]
        box = properties["bbox_used_for_cropping"]
        properties["shape_before_cropping"] = tuple(self.shape[axis] for axis in transpose_forward)
        properties["bbox_used_for_cropping"] = [
            [first + offset, last + offset] for (first, last), offset in zip(box, start, strict=True)
        ]


def cut_to_valid(pixels: np.ndarray, valid: np.ndarray, normalisations: Sequence[Normalisation]) -> Cut:
    """Cut an image to the bounding box of its valid pixels, and fill the other pixels of the box.

    The box is that of the valid pixels which are not 0 in all channels, since nnU-Net crops zeros, so that nnU-Net
    crops nothing more. The fill is what the channel's normalisation makes 0: the mean of the valid pixels for
    `ZScoreNormalization`, the smallest of them for `RescaleTo01Normalization`, the trained mean for `CTNormalization`,
    and 0 for `NoNormalization` and `RGBTo01Normalization`. Filling with the mean keeps the mean but makes the standard
    deviation too small by the square root of the share of valid pixels, by which `Cut.factors` makes up for it.
    With a normalisation under a mask it is 0 in all channels, which nnU-Net leaves out of the statistics itself. Under
    a normalisation of another name the pixels stay as they are.

    Args:
        pixels: float32, finite, ``(channels, 1, H, W)``.
        valid: Which pixels hold data in all channels, bool, ``(H, W)``, at least one.
        normalisations: Of each channel.
    """
    rows, columns = _box(valid & (pixels != 0).any(axis=(0, 1)))
    if rows.stop == 0:
        rows, columns = _box(valid)
    shape = (1, *valid.shape)
    cut, valid = pixels[:, :, rows, columns], valid[rows, columns]
    factors = np.ones(len(cut), dtype=np.float32)
    if not valid.all():
        cut = cut.copy()
        masked = any(normalisation.masked for normalisation in normalisations)
        for channel, normalisation in enumerate(normalisations):
            fill = 0.0 if masked else _made_zero(cut[channel, 0], valid, normalisation)
            if fill is not None:
                cut[channel, 0][~valid] = fill
            if normalisation.scheme == "ZScoreNormalization" and not masked:
                factors[channel] = math.sqrt(valid.mean())
    return Cut(cut, factors, shape, (0, rows.start, columns.start))


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the bounding box of a mask; empty slices from 0 to 0 for an empty one."""
    lit = [np.flatnonzero(mask.any(axis)) for axis in (1, 0)]
    rows, columns = (slice(int(indices[0]), int(indices[-1]) + 1) if len(indices) else slice(0, 0) for indices in lit)
    return rows, columns


def _made_zero(plane: np.ndarray, valid: np.ndarray, normalisation: Normalisation) -> float | None:
    """The value that the normalisation of a channel by its valid pixels makes 0; None if it is not known."""
    match normalisation.scheme:
        case "ZScoreNormalization":
            return float(plane.mean(where=valid, dtype=np.float64))
        case "RescaleTo01Normalization":
            return float(plane.min(where=valid, initial=np.inf))
        case "CTNormalization":
            return normalisation.trained_mean
        case "NoNormalization" | "RGBTo01Normalization":
            return 0.0
    return None


def without_specks(holds_data: np.ndarray | None) -> np.ndarray | None:
    """Which pixels hold data or lie in gaps without room for a square of three pixels.

    The network sees what is around these, such as black speckle where 0 is the nodata value.

    Args:
        holds_data: Bool, ``(H, W)``; None for everywhere.

    Returns:
        The same, or None if no gap is left.

    >>> mask = np.ones((4, 5), dtype=bool)
    >>> mask[1, 4] = mask[1:, :3] = False
    >>> without_specks(mask).astype(int)
    array([[1, 1, 1, 1, 1],
           [0, 0, 0, 1, 1],
           [0, 0, 0, 1, 1],
           [0, 0, 0, 1, 1]])
    """
    if holds_data is None:
        return None
    gaps = binary_opening(~holds_data, np.ones((3, 3)))
    return ~gaps if gaps.any() else None
