"""Augmentation of grey values by what tells sensors and products apart: tone curves and speckle.

The pure functions work on patches ``(C, H, W)`` and draw from the generator that they are given; the transforms put
them into nnU-Net's chain, in the form of batchgeneratorsv2. No label is touched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import ImageOnlyTransform

KNOTS = (4, 8)
"""Fewest knots of a tone curve, and one more than the most; its two ends are among them."""

STEP_SHAPE, MIN_STEP = 1.2, 0.05
"""Steps between knots: a gamma variable of this shape and scale 1, and at least so much, so that no tone is lost."""

_FLAT = 1e-4
"""Range or deviation below which a patch shows nothing, and is left alone."""


def draw_tone_curve(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Knots of a random curve that rises strictly from (0, 0) to (1, 1).

    Returns:
        Abscissae and ordinates, float64, of equal length.
    """
    count = int(generator.integers(*KNOTS))
    inner = np.sort(generator.uniform(0, 1, count - 2))
    steps = generator.gamma(STEP_SHAPE, 1.0, count - 1) + MIN_STEP
    return np.concatenate([[0.0], inner, [1.0]]), np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()


def bend_tones(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grey values through a curve from darkest to brightest, with the channel's mean and deviation kept.

    dB against amplitude, stretches of products and gains of sensors are such curves: what is brighter stays brighter.

    Args:
        image: Patch ``(C, H, W)``; each channel is bent by itself.
        x: Knots between 0 (the channel's darkest value) and 1 (its brightest), rising.
        y: Where they go, rising.

    Returns:
        float32, same shape; a channel without contrast is unchanged.
    """
    bent = image.astype(np.float32)
    for channel, values in enumerate(image.astype(np.float64)):
        low, high = values.min(), values.max()
        if high - low < _FLAT:
            continue
        curved = np.interp((values - low) / (high - low), x, y)
        if curved.std() > _FLAT:
            bent[channel] = (curved - curved.mean()) / curved.std() * values.std() + values.mean()
    return bent


def add_speckle(image: np.ndarray, looks: float, generator: np.random.Generator) -> np.ndarray:
    """Multiply amplitudes by speckle: the root of a gamma variable of mean 1 and variance ``1 / looks``.

    The channel's darkest value counts as no backscatter, since nnU-Net's normalisation has moved the true zero.

    Args:
        image: Patch ``(C, H, W)`` of amplitudes.
        looks: Number of looks; the fewer, the stronger. 1 is fully developed speckle.
        generator: Draws the speckle, independently in every pixel.

    Returns:
        float32, same shape.
    """
    darkest = image.min(axis=(1, 2), keepdims=True)
    noise = np.sqrt(generator.gamma(looks, 1 / looks, image.shape))
    return ((image - darkest) * noise + darkest).astype(np.float32)


def _generator() -> np.random.Generator:
    """A generator seeded by numpy's global one, which is the one that nnU-Net seeds in each of its workers."""
    return np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002


class ToneCurveTransform(ImageOnlyTransform):
    """A random tone curve."""

    def get_parameters(self, **data_dict: Any) -> dict[str, Any]:
        """The curve's knots."""
        x, y = draw_tone_curve(_generator())
        return {"x": x, "y": y}

    def _apply_to_image(self, img: torch.Tensor, **params: Any) -> torch.Tensor:
        return torch.from_numpy(bend_tones(img.numpy(), params["x"], params["y"]))


class SpeckleTransform(ImageOnlyTransform):
    """Speckle of a random number of looks.

    Args:
        looks: Fewest and most; drawn uniformly in the logarithm.
    """

    def __init__(self, looks: tuple[float, float]) -> None:
        super().__init__()
        self.looks = looks

    def get_parameters(self, **data_dict: Any) -> dict[str, Any]:
        """The number of looks, and the generator that draws the speckle."""
        generator = _generator()
        return {"looks": float(np.exp(generator.uniform(*np.log(self.looks)))), "generator": generator}

    def _apply_to_image(self, img: torch.Tensor, **params: Any) -> torch.Tensor:
        return torch.from_numpy(add_speckle(img.numpy(), params["looks"], params["generator"]))
