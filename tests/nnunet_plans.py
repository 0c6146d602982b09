"""nnU-Net's plans of a two-dimensional configuration, as its planner writes them: tests need no dataset for them."""

from collections.abc import Sequence
from typing import Any

_RESAMPLING = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}


def plans_2d(
    features: Sequence[int],
    patch: tuple[int, int],
    *,
    name: str = "nnUNetPlans",
    convolutions: int = 2,
    batch: int = 2,
    image: tuple[float, float] = (64.0, 64.0),
    spacing: tuple[float, float] = (1.0, 1.0),
    reader: str = "NaturalImage2DIO",
    normalisation: str = "ZScoreNormalization",
    channels: int = 1,
) -> dict[str, Any]:
    """Plans of a plain U-Net with a stage for each of the features, halved from stage to stage.

    Args:
        features: Feature maps of each stage.
        patch: Rows and columns.
        name: Name of the plans.
        convolutions: Convolutions of each stage.
        batch: Patches of a batch.
        image: Rows and columns of the median image.
        spacing: Rows and columns of a pixel.
        reader: nnU-Net's class that reads the images.
        normalisation: nnU-Net's normalisation of every channel.
        channels: Number of input channels.
    """
    return {
        "dataset_name": "Dataset990_Made",
        "plans_name": name,
        "original_median_spacing_after_transp": [999.0, *spacing],
        "original_median_shape_after_transp": [1, *map(round, image)],
        "image_reader_writer": reader,
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "label_manager": "LabelManager",
        "experiment_planner_used": "ExperimentPlanner",
        "foreground_intensity_properties_per_channel": {str(channel): {} for channel in range(channels)},
        "configurations": {
            "2d": {
                "data_identifier": f"{name}_2d",
                "preprocessor_name": "DefaultPreprocessor",
                "batch_size": batch,
                "patch_size": list(patch),
                "median_image_size_in_voxels": list(image),
                "spacing": list(spacing),
                "normalization_schemes": [normalisation] * channels,
                "use_mask_for_norm": [False] * channels,
                "resampling_fn_data": "resample_data_or_seg_to_shape",
                "resampling_fn_data_kwargs": {**_RESAMPLING, "order": 3},
                "resampling_fn_seg": "resample_data_or_seg_to_shape",
                "resampling_fn_seg_kwargs": {**_RESAMPLING, "is_seg": True},
                "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
                "resampling_fn_probabilities_kwargs": dict(_RESAMPLING),
                "architecture": _plain_unet(list(features), convolutions),
                "batch_dice": True,
            }
        },
    }


def _plain_unet(features: list[int], convolutions: int) -> dict[str, Any]:
    stages = len(features)
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": stages,
            "features_per_stage": features,
            "conv_op": "torch.nn.modules.conv.Conv2d",
            "kernel_sizes": [[3, 3]] * stages,
            "strides": [[1, 1]] + [[2, 2]] * (stages - 1),
            "n_conv_per_stage": [convolutions] * stages,
            "n_conv_per_stage_decoder": [convolutions] * (stages - 1),
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
