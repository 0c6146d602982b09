"""Models with made-up weights in nnU-Net's format, so that prediction can be tested without training."""

import json
from pathlib import Path
from typing import Any

import torch
from nnunet_plans import plans_2d

from nnunet_glacier.inference.predictor import make_trainers_findable

FUSED_LABELS = {"background": 0, "rock": 1, "glacier": 2, "ocean": 3, "front": 4}


def make_plans(*, patch: tuple[int, int] = (64, 64), **settings: Any) -> dict:
    """Plans of the smallest U-Net, of two stages; `settings` are those of `plans_2d`."""
    return plans_2d((4, 8), patch, convolutions=1, **settings)


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
