"""The trainers of the ablations: the recipe's network with another loss, or another end."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from ablations import CHANGES
from made_trainers import dataset_json

from nnunet_glacier.architectures.efficientnet_unet import EfficientNetUNet
from nnunet_glacier.losses.distance_map import DistanceMapBCE
from nnunet_glacier.trainers.settings import settable

FILE = Path(__file__).parents[2] / "benchmarks" / "ablation_trainers" / "ablation_trainers.py"


@pytest.fixture(scope="module")
def trainers():
    """The file's trainers by name."""
    spec = importlib.util.spec_from_file_location("ablation_trainers", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if name.startswith("nnUNetTrainerAblation")}


def test_every_trainer_that_a_change_names_is_there(trainers):
    wanted = {change.variant.trainer for change in CHANGES.values() if "Ablation" in change.variant.trainer}
    assert wanted == set(trainers)


def test_a_pixel_of_the_front_counts_four_times_in_the_cross_entropy(trainers, initialized):
    """One pixel of each class, each with the probability that is given: the front's log counts four of eight."""
    trainer = initialized(trainers["nnUNetTrainerAblationFrontWeight"], dataset_json("fused"))
    assert settable(type(trainer))["front_weight"] == 4
    probabilities = np.array([0.5, 0.25, 0.125, 0.5, 0.2])
    logits = torch.zeros(1, 5, 1, 5)
    for place, probability in enumerate(probabilities):
        logits[0, :, 0, place] = np.log((1 - probability) / 4)
        logits[0, place, 0, place] = np.log(probability)
    value = trainer.loss.loss.ce(logits, torch.arange(5)[None, None, None])
    expected = -(np.array([1, 1, 1, 1, 4]) * np.log(probabilities)).sum() / 8
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_line_losses_are_for_the_front_alone(trainers, initialized):
    """With the recipe's network; the labels that the ablation converts are those of the front."""
    trainer = initialized(trainers["nnUNetTrainerAblationDistanceMapBCE"], dataset_json("front"))
    assert isinstance(trainer.loss.loss, DistanceMapBCE) and isinstance(trainer.network, EfficientNetUNet)
