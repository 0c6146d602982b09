"""The trainers of the ablations: the recipe's network with another loss, or another end."""

import importlib.util
from pathlib import Path

import pytest
from ablations import CHANGES
from made_trainers import dataset_json

from nnunet_glacier.architectures.efficientnet_unet import EfficientNetUNet
from nnunet_glacier.losses.distance_map import DistanceMapBCE

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


def test_line_losses_are_for_the_front_alone(trainers, initialized):
    """With the recipe's network; the labels that the ablation converts are those of the front."""
    trainer = initialized(trainers["nnUNetTrainerAblationDistanceMapBCE"], dataset_json("front"))
    assert isinstance(trainer.loss.loss, DistanceMapBCE) and isinstance(trainer.network, EfficientNetUNet)
