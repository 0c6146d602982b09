"""Models with made-up weights in nnU-Net's format, so that prediction can be tested without training."""

import json
from pathlib import Path

import torch

from nnunet_glacier.inference.predictor import make_trainers_findable

FUSED_LABELS = {"background": 0, "rock": 1, "glacier": 2, "ocean": 3, "front": 4}


def architecture(stages: int, features: list[int]) -> dict:
    """A plain U-Net as nnU-Net's plans describe it."""
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": stages,
            "features_per_stage": features,
            "conv_op": "torch.nn.modules.conv.Conv2d",
            "kernel_sizes": [[3, 3]] * stages,
            "strides": [[1, 1]] + [[2, 2]] * (stages - 1),
            "n_conv_per_stage": [1] * stages,
            "n_conv_per_stage_decoder": [1] * (stages - 1),
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm2d",
            "norm_op_kwargs": {"eps": 1e-05, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def make_plans(
    *,
    patch: tuple[int, int] = (64, 64),
    spacing: tuple[float, float] = (1.0, 1.0),
    reader: str = "NaturalImage2DIO",
    normalisation: str = "ZScoreNormalization",
    channels: int = 1,
    features: tuple[int, ...] = (4, 8),
) -> dict:
    """Plans of a two-dimensional configuration, as nnU-Net's planner writes them."""
    resampling = {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": None}
    return {
        "dataset_name": "Dataset777_Tiny",
        "plans_name": "tinyPlans",
        "image_reader_writer": reader,
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "label_manager": "LabelManager",
        "experiment_planner_used": "ExperimentPlanner",
        "foreground_intensity_properties_per_channel": {str(channel): {} for channel in range(channels)},
        "configurations": {
            "2d": {
                "data_identifier": "nnUNetPlans_2d",
                "preprocessor_name": "DefaultPreprocessor",
                "batch_size": 2,
                "patch_size": list(patch),
                "spacing": list(spacing),
                "normalization_schemes": [normalisation] * channels,
                "use_mask_for_norm": [False] * channels,
                "resampling_fn_data": "resample_data_or_seg_to_shape",
                "resampling_fn_data_kwargs": {**resampling, "order": 3},
                "resampling_fn_seg": "resample_data_or_seg_to_shape",
                "resampling_fn_seg_kwargs": {**resampling, "is_seg": True},
                "resampling_fn_probabilities": "resample_data_or_seg_to_shape",
                "resampling_fn_probabilities_kwargs": resampling,
                "architecture": architecture(len(features), list(features)),
                "batch_dice": True,
            }
        },
    }


def make_dataset_json(space=None, *, labels: dict | None = None, ending: str = ".png", channels: int = 1) -> dict:
    """A dataset.json for a label space of ours, or for plain labels."""
    content = {
        "channel_names": {str(channel): "SAR" for channel in range(channels)},
        "labels": space.nnunet_labels() if space else labels,
        "numTraining": 1,
        "file_ending": ending,
    }
    return {**content, "tasks": space.to_json()} if space else content


def make_model(
    folder: Path,
    dataset_json: dict,
    plans: dict,
    *,
    folds: tuple[int | str, ...] = (0, 1, 2),
    constant_logits: dict[int | str, list[float]] | None = None,
    trainer: str = "nnUNetTrainer",
) -> Path:
    """Write a trained folder whose networks have random weights or give constant logits.

    Args:
        folder: The folder ``<Trainer>__<plans>__2d`` to write.
        dataset_json: Content of dataset.json.
        plans: Content of plans.json.
        folds: The folds; the fold's position is the seed of its weights.
        constant_logits: Logits of each class by fold, given by every pixel.
        trainer: Class name of the trainer.
    """
    from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    make_trainers_findable()
    manager = PlansManager(plans)
    heads = manager.get_label_manager(dataset_json).num_segmentation_heads
    build = recursive_find_trainer_class_by_name(trainer).build_network_architecture
    folder.mkdir(parents=True)
    (folder / "dataset.json").write_text(json.dumps(dataset_json))
    (folder / "plans.json").write_text(json.dumps(plans))
    for seed, fold in enumerate(folds):
        torch.manual_seed(seed)
        configuration = manager.get_configuration("2d")
        weights = build(manager, configuration, len(dataset_json["channel_names"]), heads, False).state_dict()
        for name in (name for name in weights if "seg_layers" in name):
            if constant_logits is None:
                weights[name] *= 6  # decided, and not close to equal, probabilities
            elif name.endswith("bias"):
                weights[name] = torch.tensor(constant_logits[fold], dtype=torch.float32)
            else:
                weights[name] = torch.zeros_like(weights[name])
        (folder / f"fold_{fold}").mkdir()
        checkpoint = {
            "network_weights": weights,
            "init_args": {"configuration": "2d"},
            "trainer_name": trainer,
            "inference_allowed_mirroring_axes": (0, 1),
        }
        torch.save(checkpoint, folder / f"fold_{fold}" / "checkpoint_final.pth")
    return folder
