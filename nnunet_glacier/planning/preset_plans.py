"""nnU-Net's plans with a preset applied: a pure function from plans to plans."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from nnunet_glacier.formats.plan_entries import ADAM_LR_KEY, ADAM_LR_SHARE_KEY
from nnunet_glacier.planning.presets import Preset
from nnunet_glacier.planning.topology import shrink_to_image, stage_features, stage_strides
from nnunet_glacier.support.wording import counted

CONFIGURATION = "2d"
"""The one configuration that presets write."""

SCHEDULE_ENTRIES = (
    "num_epochs",
    "num_iterations_per_epoch",
    "num_val_iterations_per_epoch",
    "initial_lr",
    ADAM_LR_KEY,
    ADAM_LR_SHARE_KEY,
    "momentum",
    "seed",
)
"""Names of the entries at the top level of plans, and of a preset's attributes, that make a training."""

FEWEST_STAGES = 2
"""A network of one stage has no skip connection."""

ZHANG_UNET = "nnunet_glacier.architectures.zhang_unet.ZhangUNet"
"""The network of Zhang et al. (2019), written out, since plans are made without torch."""

ZHANG_LAYERS = {
    "conv_bias": True,
    "norm_op": "torch.nn.modules.batchnorm.BatchNorm2d",
    "norm_op_kwargs": {},
    "nonlin": "torch.nn.LeakyReLU",
    "nonlin_kwargs": {"negative_slope": 0.1, "inplace": True},
}
"""Its norm and activation (Davari et al. 2021, Sect. IV-B)."""

MAX_FEATURES_2D = 512
"""nnU-Net's bound on the feature maps of a 2-D network."""


def preset_plans(nnunet_plans: dict[str, Any], preset: Preset, plans_name: str) -> dict[str, Any]:
    """Ordinary nnU-Net plans with the preset's patch, batch, network and schedule.

    The schedule stands at the top level of the plans, where the trainers of this package read it.

    Args:
        nnunet_plans: The plans that nnU-Net made for the dataset, with a ``2d`` configuration.
        preset: What to set.
        plans_name: Name of the plans: their file, the folder of their preprocessed data and of their results.

    Returns:
        New plans with the configuration ``2d`` alone; the input is unchanged.

    Raises:
        ValueError: If the patch cannot be halved often enough for the preset's stages.
    """
    plans = deepcopy(nnunet_plans)
    configuration = plans["configurations"][CONFIGURATION]
    configuration["data_identifier"] = f"{plans_name}_{CONFIGURATION}"
    if preset.batch_size is not None:
        configuration["batch_size"] = preset.batch_size
    if preset.spacing is not None:
        _set_spacing(configuration, preset.spacing)
    _set_network(configuration, preset)
    plans["plans_name"] = plans_name
    plans["configurations"] = {CONFIGURATION: configuration}
    plans["preset"] = preset.name
    if preset.preparation:
        plans["preparation"] = preset.preparation
    return plans | schedule_entries(preset)


def schedule_entries(preset: Preset) -> dict[str, Any]:
    """The entries at the top level of plans that this package's trainers obey; what the preset leaves open is absent.

    >>> from nnunet_glacier.planning.presets import DEFAULT
    >>> schedule_entries(DEFAULT)
    {'num_epochs': 1000, 'num_iterations_per_epoch': 250}
    """
    values = {key: getattr(preset, key) for key in SCHEDULE_ENTRIES}
    return {key: value for key, value in values.items() if value is not None}


def check_stages(patch: tuple[int, int], stages: int) -> None:
    """Refuse a patch that cannot be halved often enough.

    Raises:
        ValueError: With how often it can be halved and must be.
    """
    halvings = len(stage_strides(patch, stages)) - 1
    if halvings < stages - 1:
        raise ValueError(
            f"a patch of {patch[0]}x{patch[1]} pixels can be halved {counted(halvings, 'time')}, "
            f"but {stages} stages need {counted(stages - 1, 'halving')}"
        )


def _set_spacing(configuration: dict[str, Any], factor: float) -> None:
    """Let the network see pixels of so many times the planned edge, and the median image with as many fewer."""
    configuration["spacing"] = [edge * factor for edge in configuration["spacing"]]
    image = configuration["median_image_size_in_voxels"]
    configuration["median_image_size_in_voxels"] = [edge / factor for edge in image]


def _set_network(configuration: dict[str, Any], preset: Preset) -> None:
    """Write patch, strides, kernels and features into the configuration, where the preset sets any of them."""
    if preset.patch_size is None and preset.features is None and preset.stages is None:
        return
    architecture = configuration["architecture"]["arch_kwargs"]
    planned_stages = int(architecture["n_stages"])
    stages = planned_stages if preset.stages is None else preset.stages
    patch = tuple(int(edge) for edge in (preset.patch_size or configuration["patch_size"]))
    if preset.shrink_patch:
        image = tuple(round(edge) for edge in configuration["median_image_size_in_voxels"])
        patch = shrink_to_image(patch, image, stages)  # type: ignore[arg-type]
    strides = stage_strides(patch, stages)  # type: ignore[arg-type]
    if not preset.shrink_patch:
        check_stages(patch, FEWEST_STAGES if preset.fit_stages else stages)  # type: ignore[arg-type]
    stages = len(strides)
    features = preset.features or int(architecture["features_per_stage"][0])
    configuration["patch_size"] = list(patch)
    architecture.update(
        n_stages=stages,
        features_per_stage=stage_features(features, preset.max_features or MAX_FEATURES_2D, stages),
        kernel_sizes=[[3, 3]] * stages,
        strides=strides,
        n_conv_per_stage=[2] * stages,
        n_conv_per_stage_decoder=[2] * (stages - 1),
    )
    if preset.network == "zhang":
        configuration["architecture"]["network_class_name"] = ZHANG_UNET
        architecture.update(kernel_sizes=[[5, 5]] * stages, **ZHANG_LAYERS)
