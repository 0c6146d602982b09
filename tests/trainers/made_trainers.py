"""Trainers as nnU-Net makes them, on the CPU and without data on disk."""

import torch
from small_plans import small_plans

from nnunet_glacier.domain.labels import LABEL_SPACES

LINE_WEIGHT = 50.0


def dataset_json(variant, **entries):
    """What a dataset of a label variant declares, with the class balance that converters measure for lines."""
    space = LABEL_SPACES[variant]
    return {
        "channel_names": {"0": "SAR"},
        "labels": space.nnunet_labels(),
        "numTraining": 6,
        "file_ending": ".png",
        "tasks": space.to_json(),
        "class_balance": {"positive_weight": LINE_WEIGHT},
    } | entries


def phase_dataset_json(kind, n_channels):
    """What a dataset of interferograms declares: the grounding line, pixels without a signal, how phase is stored."""
    described = dataset_json("grounding_line", channels={"kind": kind})
    described["labels"]["ignore"] = 2
    return described | {"channel_names": {str(channel): "noNorm" for channel in range(n_channels)}}


def make(trainer, dataset, fold=0, **schedule):
    """A trainer as nnU-Net makes it, on the CPU."""
    plans = small_plans(continue_training=False, **schedule)
    return trainer(plans=plans, configuration="2d", fold=fold, dataset_json=dataset, device=torch.device("cpu"))
