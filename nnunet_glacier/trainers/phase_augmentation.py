"""Augmentation of interferograms: every change gives channels that another acquisition could have given.

Phase is a circle, so grey-value augmentation and interpolation of wrapped phase change its meaning. Here the pure
functions work on patches ``(C, H, W)`` as `convert dinsar` writes their channels; the transforms draw the parameters,
in the form of batchgeneratorsv2. A pixel that is 0 in every channel holds no signal and stays so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from batchgeneratorsv2.transforms.base.basic_transform import BasicTransform, ImageOnlyTransform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform

N_CHANNELS = {"phase_mag": 2, "reim": 2, "cos_sin_mag": 3}
"""Channels of each kind: phase / pi and magnitude; real and imaginary part; cosine, sine and magnitude."""

INTERPOLATED_KINDS = ("reim", "cos_sin_mag")
"""Kinds whose channels are no wrapped phase, so that they may be interpolated."""

MIN_VALID_SHARE = 0.5
"""An interpolated pixel is valid if at least this share of what it is made of was, as in the conversion."""

_TINY = torch.finfo(torch.float32).tiny


def holds_signal(image: torch.Tensor) -> torch.Tensor:
    """Where any channel is not 0, ``(H, W)``: in every kind a signal, however weak, leaves one that is not."""
    return (image != 0).any(0)


def magnitude(image: torch.Tensor, kind: str) -> torch.Tensor:
    """Length of the signal, ``(H, W)``, in ``[0, 1]``."""
    return torch.linalg.vector_norm(image, dim=0) if kind == "reim" else image[-1]


def complex_signal(image: torch.Tensor, kind: str) -> torch.Tensor:
    """The signal that channels stand for, complex ``(H, W)``, of length 0 to 1."""
    if kind == "phase_mag":
        return torch.polar(image[1], torch.pi * image[0])
    pair = torch.complex(image[0], image[1])
    return pair if kind == "reim" else image[2] * pair


def signal_channels(signal: torch.Tensor, kind: str) -> torch.Tensor:
    """The channels ``(C, H, W)`` of a complex signal ``(H, W)``; lengths above 1 are cut, with the phase kept."""
    length = signal.abs()
    if kind == "phase_mag":
        return torch.stack([signal.angle() / torch.pi, length.clamp_max(1)])
    if kind == "reim":
        return torch.view_as_real(signal / length.clamp_min(1)).movedim(-1, 0)
    circle = torch.view_as_real(signal / length.clamp_min(_TINY)).movedim(-1, 0)
    return torch.cat([circle, length.clamp_max(1)[None]])


def offset_phase(image: torch.Tensor, kind: str, offset_rad: float) -> torch.Tensor:
    """Add the same phase everywhere and wrap it again, as another reference point would; exact.

    For a pair of channels this is a rotation of the pair.
    """
    changed = image.clone()
    if kind == "phase_mag":
        wrapped = torch.remainder(image[0] + (offset_rad / np.pi + 1), 2) - 1
        changed[0] = torch.where(holds_signal(image), wrapped, 0)
    else:
        cosine, sine = float(np.cos(offset_rad)), float(np.sin(offset_rad))
        changed[0] = cosine * image[0] - sine * image[1]
        changed[1] = sine * image[0] + cosine * image[1]
    return changed


def conjugate(image: torch.Tensor, kind: str) -> torch.Tensor:
    """Change the sign of the phase, as acquisitions in the other order would; exact."""
    changed = image.clone()
    changed[0 if kind == "phase_mag" else 1] *= -1
    return changed


def add_noise(image: torch.Tensor, kind: str, noise: torch.Tensor) -> torch.Tensor:
    """Add complex noise ``(H, W)`` to the signal where there is one; exact, lengths above 1 are cut to 1."""
    noisy = signal_channels(complex_signal(image, kind) + noise, kind)
    return torch.where(holds_signal(image), noisy, 0)


def interpolate_signal(
    image: torch.Tensor, kind: str, interpolate: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    """Interpolate the complex signal; pixels without one have no weight, as in the conversion's resampling.

    Args:
        image: Of one of `INTERPOLATED_KINDS`.
        kind: Its kind.
        interpolate: Takes channels to another grid, each by a mean with weights that are not negative, with 0 for
            what lies outside.

    Returns:
        The channels on the other grid, 0 where less than `MIN_VALID_SHARE` of the weight fell on valid pixels. The
        length of the pair is at most 1 in ``reim`` and 1 in ``cos_sin_mag``, whose magnitude is averaged by itself.
    """
    if kind not in INTERPOLATED_KINDS:
        raise ValueError(f"channels {kind!r} hold wrapped phase; {', '.join(INTERPOLATED_KINDS)} may be interpolated")
    pair = image[:2] if kind == "reim" else image[:2] * image[2:]
    moved = interpolate(torch.cat([pair, image[2:], holds_signal(image)[None].to(image.dtype)]))
    share = moved[-1]
    averaged = torch.where(share >= MIN_VALID_SHARE, moved[:-1] / share.clamp_min(MIN_VALID_SHARE), 0)
    length = torch.linalg.vector_norm(averaged[:2], dim=0)
    if kind == "reim":
        return averaged / length.clamp_min(1)
    return torch.cat([averaged[:2] / length.clamp_min(_TINY), averaged[2:].clamp_max(1)])


def _generator() -> torch.Generator:
    """A generator seeded by numpy: nnU-Net gives each of its workers a seed for numpy, and none for torch."""
    return torch.Generator().manual_seed(int(np.random.randint(2**31)))  # noqa: NPY002


class PhaseTransform(ImageOnlyTransform):
    """Draws whether a patch is changed, and by how much.

    Args:
        kind: A key of `N_CHANNELS`.
        probability: Share of patches that are changed.
    """

    def __init__(self, kind: str, probability: float) -> None:
        super().__init__()
        self.kind = kind
        self.probability = probability

    def get_parameters(self, **data_dict: Any) -> dict[str, Any]:
        """Arguments of `change`, or None for a patch that stays as it is."""
        generator = _generator()
        happens = torch.rand(1, generator=generator).item() < self.probability
        return {"arguments": self.draw(data_dict["image"], generator) if happens else None}

    def _apply_to_image(self, img: torch.Tensor, **params: Any) -> torch.Tensor:
        arguments = params["arguments"]
        return img if arguments is None else self.change(img, self.kind, **arguments)

    def draw(self, image: torch.Tensor, generator: torch.Generator) -> dict[str, Any] | None:
        """Draw the arguments; None if the patch cannot be changed."""
        raise NotImplementedError

    change: Callable[..., torch.Tensor]


class PhaseOffsetTransform(PhaseTransform):
    """A random phase added everywhere, uniform on the circle."""

    change = staticmethod(offset_phase)

    def draw(self, image: torch.Tensor, generator: torch.Generator) -> dict[str, Any]:
        """An angle in ``[-pi, pi)``."""
        return {"offset_rad": np.pi * (2 * torch.rand(1, generator=generator).item() - 1)}


class ConjugationTransform(PhaseTransform):
    """A change of the sign of the phase."""

    change = staticmethod(conjugate)

    def draw(self, image: torch.Tensor, generator: torch.Generator) -> dict[str, Any]:
        """Nothing to draw."""
        return {}


class ComplexNoiseTransform(PhaseTransform):
    """Circular Gaussian noise on the complex signal: dim pixels lose their phase first, as with a real radar.

    Args:
        kind: A key of `N_CHANNELS`.
        probability: Share of patches that are changed.
        level: Lowest and highest standard deviation, as a share of the patch's median magnitude.
    """

    def __init__(self, kind: str, probability: float, level: tuple[float, float]) -> None:
        super().__init__(kind, probability)
        self.level = level

    def draw(self, image: torch.Tensor, generator: torch.Generator) -> dict[str, Any] | None:
        """Complex noise ``(H, W)``; None for a patch without a signal."""
        magnitudes = magnitude(image, self.kind)[holds_signal(image)]
        if not len(magnitudes):
            return None
        low, high = self.level
        level = low + (high - low) * torch.rand(1, generator=generator).item()
        noise = torch.randn(image.shape[1:], dtype=torch.complex64, generator=generator)
        return {"noise": level * magnitudes.median() * noise}

    change = staticmethod(add_noise)


class SignalSpatialTransform(BasicTransform):
    """A rotation and scaling of nnU-Net's that interpolates the complex signal; labels move as they did.

    Args:
        spatial: The transform that draws rotation and scale, and moves the labels.
        kind: One of `INTERPOLATED_KINDS`.
    """

    def __init__(self, spatial: SpatialTransform, kind: str) -> None:
        super().__init__()
        self.spatial = spatial
        self.kind = kind

    def get_parameters(self, **data_dict: Any) -> dict[str, Any]:
        """What nnU-Net's transform draws; its grid is None where the patch is only cut out."""
        return self.spatial.get_parameters(**data_dict)

    def _apply_to_image(self, img: torch.Tensor, **params: Any) -> torch.Tensor:
        move = partial(self.spatial._apply_to_image, **params)
        return move(img) if params["grid"] is None else interpolate_signal(img, self.kind, move)

    def _apply_to_segmentation(self, segmentation: torch.Tensor, **params: Any) -> torch.Tensor:
        return self.spatial._apply_to_segmentation(segmentation, **params)
