"""The presets of ``nnunet-glacier plan``: what they set in nnU-Net's 2-D configuration and how long they train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Preset:
    """What a preset sets; None leaves nnU-Net's own choice.

    Attributes:
        name: Name of the preset.
        num_epochs: Epochs of a training.
        num_iterations_per_epoch: Training batches per epoch.
        num_val_iterations_per_epoch: Batches of the online evaluation at an epoch's end; None for nnU-Net's 50.
        initial_lr: Learning rate at the start; None for nnU-Net's 0.01, which is set for long trainings.
        momentum: Momentum of SGD; None for nnU-Net's 0.99, which averages over 100 iterations.
        patch_size: Patch (rows, columns) in pixels.
        batch_size: Patches per batch, over all devices.
        features: Feature maps of the first stage, doubled at each further one.
        max_features: Upper bound of the doubling.
        stages: Encoder stages; the decoder has one less.
        spacing: Edge of the pixels that the network sees, as a multiple of the dataset's; nnU-Net resamples scenes to
            it and probabilities back.
        seed: Seed of the trainings that our trainers make with the plans; None to draw anew in each.
        shrink_patch: Whether a patch larger than the median image is cut to it, as in nnU-Net's own planning;
            otherwise nnU-Net pads smaller images to the patch.
    """

    name: str
    num_epochs: int
    num_iterations_per_epoch: int
    num_val_iterations_per_epoch: int | None = None
    initial_lr: float | None = None
    momentum: float | None = None
    patch_size: tuple[int, int] | None = None
    batch_size: int | None = None
    features: int | None = None
    max_features: int | None = None
    stages: int | None = None
    spacing: float | None = None
    seed: int | None = None
    shrink_patch: bool = False


LAPTOP = Preset(
    name="laptop",
    num_epochs=6,
    num_iterations_per_epoch=60,
    num_val_iterations_per_epoch=5,
    initial_lr=0.1,
    momentum=0.9,
    patch_size=(128, 128),
    batch_size=4,
    features=8,
    max_features=128,
    stages=6,
    shrink_patch=True,
)
"""A fold in about a minute on two cores, for scenes of 200 to 300 pixels; its few steps must be long, and
each must count at once."""

REAL_CAFFE_256 = Preset(
    name="real-caffe-256",
    num_epochs=40,
    num_iterations_per_epoch=50,
    num_val_iterations_per_epoch=5,
    initial_lr=0.1,
    momentum=0.9,
    patch_size=(128, 128),
    batch_size=4,
    features=8,
    max_features=128,
    stages=5,
    spacing=2,
)
"""For CaFFe's scenes resized to 256x256 pixels: a patch shows the whole scene at half of its resolution, so that two
cores see four times as many scenes in an hour. The shipped model's folds were trained with it, by
nnUNetTrainerGlacierSensorEfficientNet, which takes its learning rate from the trainer."""

ADAPTATION = Preset(
    name="adaptation",
    num_epochs=10,
    num_iterations_per_epoch=20,
    num_val_iterations_per_epoch=1,
    initial_lr=0.01,
    momentum=0.9,
)
"""The schedule of ``nnunet-glacier adapt``; the network is the model's, whose plans say the rest. It is no preset of
``plan``."""

PAPER = Preset(
    name="paper",
    num_epochs=500,
    num_iterations_per_epoch=250,
    patch_size=(1024, 896),
    batch_size=2,
    features=32,
    max_features=512,
    stages=9,
)
"""Herrmann et al. (2023, Sect. 4.3): one patch for late and early branching, which differ by the network alone then."""

DEFAULT = Preset(name="default", num_epochs=1000, num_iterations_per_epoch=250)
"""nnU-Net's own choice, with its schedule written out."""

PRESETS = {preset.name: preset for preset in (LAPTOP, REAL_CAFFE_256, PAPER, DEFAULT)}
"""The presets by name."""


def with_overrides(preset: Preset, **settings: Any) -> Preset:
    """A preset with the settings that are not None replaced; a patch that was asked for is never shrunk.

    >>> with_overrides(PAPER, batch_size=4, stages=None).batch_size
    4
    """
    given = {key: value for key, value in settings.items() if value is not None}
    if "patch_size" in given:
        given["shrink_patch"] = False
    return replace(preset, **given)
