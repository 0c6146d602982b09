"""The trainers of the ablations: the recipe's network with another loss, or another end."""

import importlib.util
from pathlib import Path

import pytest
import torch
from ablations import CHANGES
from made_trainers import dataset_json

from nnunet_glacier.architectures.efficientnet_unet import EfficientNetUNet
from nnunet_glacier.losses.distance_map import DistanceMapBCE

FILE = Path(__file__).parents[2] / "benchmarks" / "ablation_trainers" / "ablation_trainers.py"


@pytest.fixture(scope="module")
def module():
    """The file, imported."""
    spec = importlib.util.spec_from_file_location("ablation_trainers", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def trainers(module):
    """The file's trainers by name."""
    return {name: value for name, value in vars(module).items() if name.startswith("nnUNetTrainerAblation")}


def test_every_trainer_that_a_change_names_is_there(trainers):
    wanted = {change.variant.trainer for change in CHANGES.values() if "Ablation" in change.variant.trainer}
    assert wanted == set(trainers)


def test_line_losses_are_for_the_front_alone(trainers, initialized):
    """With the recipe's network; the labels that the ablation converts are those of the front."""
    trainer = initialized(trainers["nnUNetTrainerAblationDistanceMapBCE"], dataset_json("front"))
    assert isinstance(trainer.loss.loss, DistanceMapBCE) and isinstance(trainer.network, EfficientNetUNet)


def test_ground_is_mixed_within_zones_alone(module):
    """Images that tell scene and class by their values: a pixel is of its own scene, or of its class in another."""
    torch.manual_seed(3)
    classes = torch.randint(0, 5, (4, 1, 32, 32))
    images = 10.0 * torch.arange(4).reshape(4, 1, 1, 1) + classes
    mixed = module._mixed_ground(images, classes)
    scene, zone = mixed // 10, mixed % 10
    assert torch.equal(zone, classes.float())
    own = scene == torch.arange(4).reshape(4, 1, 1, 1)
    assert own[classes == 4].all()
    # In half of the scenes half of the zones, of whose pixels a fifth lie on the same zone of the other: a twentieth,
    # less where a scene drew itself.
    assert 0.005 < 1 - own.float().mean() < 0.1


def test_the_final_weights_are_the_mean_of_the_second_half(module, trainers, initialized, monkeypatch):
    """After each of four batches all weights are its number: those of the last two are 2 and 3. The rate stays."""

    def step(trainer, number):
        for weights in trainer.network.state_dict().values():
            weights.fill_(number)

    for method in ("on_train_start", "on_train_end"):
        monkeypatch.setattr(module.FrontWeight, method, lambda trainer: None)
    monkeypatch.setattr(module.FrontWeight, "train_step", step)
    trainer = initialized(trainers["nnUNetTrainerAblationWeightMean"], dataset_json("fused"))
    trainer.num_epochs = 4
    trainer.optimizer, schedule = trainer.configure_optimizers()
    trainer.on_train_start()
    rates = []
    for trainer.current_epoch in range(4):
        schedule.step(trainer.current_epoch)
        rates.append(trainer.optimizer.param_groups[0]["lr"])
        trainer.train_step(trainer.current_epoch)
    trainer.on_train_end()
    weights = trainer.network.state_dict()
    assert {value for each in weights.values() if each.is_floating_point() for value in each.unique().tolist()} == {2.5}
    assert rates == pytest.approx([1e-3 * part**0.9 for part in (1, 0.75, 0.5, 0.5)])
