"""What papers before nnU-Net did otherwise: learning rates, augmentation, sampling, the weighted Dice as a monitor."""

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from batchgeneratorsv2.transforms.base.basic_transform import ImageOnlyTransform
from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
from batchgeneratorsv2.transforms.spatial.rot90 import Rot90Transform
from batchgeneratorsv2.transforms.utils.random import RandomTransform
from made_trainers import dataset_json, make
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from nnunet_glacier.architectures.resnet_aspp import ResNetASPP
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.losses.distance_weights import distance_weights
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers import sampling
from nnunet_glacier.trainers.adam import CyclicAdamMixin, CyclicSchedule, PlateauSchedule
from nnunet_glacier.trainers.davari_2021 import (
    nnUNetTrainerDavari2021BCEStopping,
    nnUNetTrainerDavari2021DistanceMapBCEk025,
    nnUNetTrainerDavari2021ZonesMCCStopping,
)
from nnunet_glacier.trainers.grounding_line import nnUNetTrainerGattolinUNet
from nnunet_glacier.trainers.holzmann_2021 import nnUNetTrainerHolzmann2021AttentionWBCE8, nnUNetTrainerHolzmann2021BCE
from nnunet_glacier.trainers.monitored_scores import dice_of_sums, weighted_dice_sums
from nnunet_glacier.trainers.pires_de_lima_2023 import nnUNetTrainerPiresDeLima2023CE
from nnunet_glacier.trainers.plain_augmentation import CopyTransform, FlipsAndTurnsMixin
from nnunet_glacier.trainers.sampling import shows
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.single_changes import nnUNetTrainerGlacierLowResolution


def optimizer_of_one_weight():
    return torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], 1.0)


def rate(optimizer):
    return optimizer.param_groups[0]["lr"]


def test_the_cycle_ends_at_the_rate_of_the_plans():
    """Its boundaries stay as far apart; without a rate in the plans they are the paper's, and settings go before it."""
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    for plans, boundaries in (
        ({}, (1e-5, 1e-3)),
        ({"adam_lr": 3e-4}, (3e-6, 3e-4)),
        ({"adam_lr_share": 0.3}, (3e-6, 3e-4)),
        ({"adam_lr": 3e-4, "trainer_settings": {"highest_learning_rate": 1e-2}}, (1e-4, 1e-2)),
        ({"adam_lr": 3e-4, "trainer_settings": {"learning_rate": 2e-5}}, (2e-5, 3e-4)),
    ):
        trainer = CyclicAdamMixin()
        for name, value in plans.get("trainer_settings", {}).items():
            setattr(trainer, name, value)
        trainer.num_iterations_per_epoch = 4
        trainer.plans_manager = SimpleNamespace(plans=plans)
        schedule = trainer.build_schedule(optimizer)
        assert (schedule.lowest, schedule.highest) == pytest.approx(boundaries)


def test_the_cyclic_rate_is_torchs():
    """Triangles of six epochs up and six down, at every iteration of 30 epochs, and where a training goes on."""
    ours, torchs = optimizer_of_one_weight(), optimizer_of_one_weight()
    schedule = CyclicSchedule(ours, 1e-5, 1e-3, half_cycle=24, per_epoch=4)
    expected = torch.optim.lr_scheduler.CyclicLR(torchs, 1e-5, 1e-3, step_size_up=24, cycle_momentum=False)
    rates = []
    for epoch in range(30):
        schedule.step(epoch)
        for _ in range(4):
            assert rate(ours) == pytest.approx(rate(torchs), rel=1e-9)
            rates.append(rate(ours))
            schedule.next_iteration()
            torchs.step()
            expected.step()
    assert (min(rates), max(rates)) == (1e-5, 1e-3)
    schedule.step(9)
    assert rate(ours) == rates[36]


def test_the_rate_falls_after_six_epochs_that_are_no_better():
    """To a tenth, and no lower than 1e-8; a training that goes on has the same rate."""
    losses = [1.0, 0.5] + [0.6] * 40
    optimizer = optimizer_of_one_weight()
    settings = {"factor": 0.1, "patience": 5, "min_lr": 1e-8}
    rates = []
    for epoch in range(len(losses)):
        PlateauSchedule(optimizer, lambda: losses, 1e-5, **settings).step(epoch)
        rates.append(rate(optimizer))
    np.testing.assert_allclose(rates[:8], 1e-5)
    np.testing.assert_allclose(rates[8:14], 1e-6)
    np.testing.assert_allclose(rates[14:20], 1e-7)
    np.testing.assert_allclose(rates[20:], 1e-8)


@pytest.mark.parametrize(
    ("trainer_class", "rates"),
    [
        (nnUNetTrainerHolzmann2021BCE, (1e-5, 1e-3, 6)),
        (nnUNetTrainerDavari2021BCEStopping, (1e-8, 1e-4, 5)),
        (nnUNetTrainerDavari2021ZonesMCCStopping, (1e-7, 1e-2, 5)),
    ],
)
def test_each_paper_has_its_boundaries(trainer_class, rates, initialized):
    """Lower, upper, and the epochs from one to the other; the rate moves with every step of a training."""
    trainer = initialized(trainer_class, dataset_json("front"), num_iterations_per_epoch=10)
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    lowest, highest, half_cycle = rates
    trainer.lr_scheduler.step(half_cycle)
    assert rate(trainer.optimizer) == pytest.approx(highest)
    trainer.lr_scheduler.step(2 * half_cycle)
    assert rate(trainer.optimizer) == pytest.approx(lowest)
    trainer.train_step({"data": torch.randn(1, 1, 32, 32), "target": torch.zeros(1, 1, 32, 32)})
    assert rate(trainer.optimizer) == pytest.approx(lowest + (highest - lowest) / (10 * half_cycle))
    assert trainer.optimizer.param_groups[0]["weight_decay"] == 0


def test_the_plateau_is_read_from_the_log(initialized):
    """Six epochs that are no better, which a continued training finds in its checkpoint."""
    trainer = initialized(nnUNetTrainerPiresDeLima2023CE, dataset_json("front"))
    trainer.optimizer, trainer.lr_scheduler = trainer.configure_optimizers()
    for epoch in range(7):
        trainer.logger.log("val_losses", 1.0, epoch)
    trainer.lr_scheduler.step(7)
    assert rate(trainer.optimizer) == pytest.approx(1e-6)


def transforms_of(trainer, patch=(32, 32)):
    """The chain that nnU-Net's loader would get, and the patch that it would cut out."""
    rotation, dummy, cut, mirror = trainer.configure_rotation_dummyDA_mirroring_and_inital_patch_size()
    return trainer.get_training_transforms(patch, rotation, None, mirror, dummy, use_mask_for_norm=[False]), cut


def picture():
    """A patch whose eight flips and turns are all different, and its label."""
    image = torch.arange(32.0 * 32).reshape(1, 32, 32)
    return {"image": image, "segmentation": (image > 700).to(torch.int16)}


def pictures_of(transforms, draws=400):
    """How often each picture came of so many draws, by its upper corners: every value is one of the patch's."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    corners = Counter()
    for _ in range(draws):
        changed = transforms(**picture())
        image = changed["image"][0]
        assert torch.equal(changed["segmentation"][0] == 1, image > 700)
        assert torch.equal(image.flatten().sort().values, torch.arange(32.0 * 32))
        corners[image[0, 0].item(), image[0, -1].item()] += 1
    return corners


class FlippedAndTurned(FlipsAndTurnsMixin, nnUNetTrainerGlacier):
    """Flips and turns by chance."""


AS_IS, LEFT_RIGHT, UPSIDE_DOWN = (0, 31), (31, 0), (992, 1023)
TURNED = (31, 1023), (1023, 992), (992, 0)
"""The upper corners of a patch of 32x32 pixels that are counted row by row, after one, two and three quarter turns."""


def test_flips_and_turns_give_the_eight_pictures(nnunet_folders):
    """And nothing between: label and image move together."""
    transforms, cut = transforms_of(make(FlippedAndTurned, dataset_json("front")))
    assert list(cut) == [32, 32]
    assert set(pictures_of(transforms)) == {AS_IS, LEFT_RIGHT, UPSIDE_DOWN, *TURNED, (0, 992), (1023, 31)}


@pytest.mark.parametrize(
    ("trainer_class", "copies"),
    [
        (nnUNetTrainerHolzmann2021BCE, {AS_IS, UPSIDE_DOWN, *TURNED}),
        (nnUNetTrainerDavari2021ZonesMCCStopping, {AS_IS, LEFT_RIGHT, TURNED[0]}),
        (nnUNetTrainerDavari2021DistanceMapBCEk025, {AS_IS, LEFT_RIGHT}),
    ],
)
def test_each_paper_has_its_copies(trainer_class, copies, nnunet_folders):
    """The image itself and the copies that the paper names, equally often; predictions are not mirrored."""
    trainer = make(trainer_class, dataset_json("ice" if "Zones" in trainer_class.__name__ else "front"))
    transforms, cut = transforms_of(trainer)
    assert list(cut) == [32, 32]
    drawn = pictures_of(transforms)
    assert set(drawn) == copies
    np.testing.assert_allclose(list(drawn.values()), 400 / len(copies), rtol=0.3)
    assert trainer.inference_allowed_mirroring_axes is None


def test_turns_are_halves_where_the_patch_is_not_square(nnunet_folders):
    """A quarter would change its shape."""
    transforms, _ = transforms_of(make(FlippedAndTurned, dataset_json("front")), (32, 64))
    (turn,) = [each for each in transforms.transforms if isinstance(each, Rot90Transform)]
    assert tuple(turn.num_rot_per_combination) == (0, 2)
    transforms, _ = transforms_of(make(nnUNetTrainerHolzmann2021BCE, dataset_json("front")), (32, 64))
    (copy,) = [each for each in transforms.transforms if isinstance(each, CopyTransform)]
    assert copy.copies == [(None, 0), (0, 0), (None, 2)]


def test_without_augmentation_a_patch_stays_as_it_is(nnunet_folders):
    """Neither grey values nor geometry; predictions are not mirrored."""
    trainer = make(nnUNetTrainerPiresDeLima2023CE, dataset_json("front"))
    transforms, cut = transforms_of(trainer)
    assert list(cut) == [32, 32]
    for _ in range(5):
        assert torch.equal(transforms(**picture())["image"], picture()["image"])
    inner = [each.transform if isinstance(each, RandomTransform) else each for each in transforms.transforms]
    assert not any(isinstance(each, (ImageOnlyTransform, MirrorTransform)) for each in inner)
    assert trainer.inference_allowed_mirroring_axes is None


@pytest.mark.parametrize("goes_on", [False, True])
def test_imagenets_weights_are_those_of_a_new_training_alone(goes_on, nnunet_folders, monkeypatch):
    """One that goes on, or starts from a model, has all of its weights from there."""
    loaded = []
    monkeypatch.setattr(ResNetASPP, "load_imagenet_weights", lambda network, say: loaded.append(network))
    trainer = make(nnUNetTrainerPiresDeLima2023CE, dataset_json("front"))
    data = nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made" / "small_2d"
    data.mkdir(parents=True)
    (data / "scene.b2nd").touch()
    trainer._weights_follow = goes_on
    trainer.initialize()
    assert loaded == ([] if goes_on else [trainer.network])


def test_gattolin_has_no_augmentation_even_of_interferograms(nnunet_folders):
    """His trainers stand before the phase-safe augmentation of the grounding line's."""
    dataset = dataset_json("grounding_line", channel_names={"0": "noNorm", "1": "noNorm"}, channels={"kind": "reim"})
    transforms, _ = transforms_of(make(nnUNetTrainerGattolinUNet, dataset))
    image = torch.randn(2, 32, 32)
    changed = transforms(image=image.clone(), segmentation=torch.zeros(1, 32, 32, dtype=torch.int16))
    assert torch.equal(changed["image"], image)


def test_the_weighted_dice_is_that_of_soft_counts():
    """Of half a probability everywhere, by the weights themselves; of a perfect prediction it is 1."""
    line = torch.zeros(1, 8, 8, dtype=torch.bool)
    line[:, 3] = True
    labelled = torch.ones_like(line)
    weights = distance_weights(line, 4)
    half = dice_of_sums(weighted_dice_sums(torch.full((1, 8, 8), 0.5), line, labelled, 4))
    assert half == pytest.approx(2 * 0.5 * 8 / (0.5 * weights.sum().item() + 8), rel=1e-6)
    assert dice_of_sums(weighted_dice_sums(line.float(), line, labelled, 4)) == 1
    assert dice_of_sums(weighted_dice_sums(line.float(), line, ~labelled, 4)) == 0


def test_the_weighted_dice_is_monitored_with_the_w_of_the_loss(initialized):
    """From the sums of the epoch's batches; higher is better."""
    trainer = initialized(nnUNetTrainerHolzmann2021AttentionWBCE8, dataset_json("front"))
    target = torch.zeros(2, 1, 32, 32)
    target[:, :, 10:16] = 1
    image = torch.randn(2, 1, 32, 32)
    trainer.network.eval()
    with torch.no_grad():
        step = trainer.validation_step({"data": image, "target": target.clone()})
        probability = trainer.network(image).softmax(1)[:, 1]
    line = target[:, 0] == 1
    np.testing.assert_allclose(
        step["line_sums"], weighted_dice_sums(probability, line, torch.ones_like(line), 8)[None], rtol=1e-4
    )
    assert trainer._weighted_dice([step, step]) == pytest.approx(dice_of_sums(step["line_sums"][0]))
    assert (trainer.monitor, trainer.patience) == ("weighted_dice", 20)


def scene(case, pixel_size_m=math.nan, sensor=""):
    return Scene(case, split="train", glacier="A", pixel_size_m=pixel_size_m, sensor=sensor)


def test_scenes_are_shown_by_pixel_size_or_sensor():
    """20 m three times as often as 7 m, at most `most`; each sensor as often as the commonest, twins as one."""
    sizes = [scene("a", 7.0), scene("b", 20.0), scene("c", 100.0)]
    assert shows(sizes, "pixel_size", most=10) == [1, 3, 10]
    sensors = [scene(str(i), sensor=name) for i, name in enumerate(["TSX", "TDX", "TSX", "TSX", "S1", "ERS", "ERS"])]
    assert shows(sensors, "sensor", most=10) == [1, 1, 1, 1, 4, 2, 2]
    with pytest.raises(GlacierError, match="does not say it of 1 of 2, the first is b"):
        shows([scene("a", 7.0), scene("b")], "pixel_size", most=10)


def test_low_resolution_scenes_stand_several_times_in_the_training_list(nnunet_folders, monkeypatch):
    """And once among those that validate."""
    raw = nnunet_folders / "nnUNet_raw"
    (raw / "Dataset990_Made").mkdir()
    write_scenes(raw / "Dataset990_Made" / "scenes.csv", [scene("a", 5.0), scene("b", 20.0), scene("c", 20.0)])
    monkeypatch.setattr(sampling, "nnUNet_raw", str(raw))
    halves = (SimpleNamespace(identifiers=["a", "b"]), SimpleNamespace(identifiers=["c"]))
    monkeypatch.setattr(nnUNetTrainer, "get_tr_and_val_datasets", lambda self: halves)
    trainer = make(nnUNetTrainerGlacierLowResolution, dataset_json("fused"))
    training, validation = trainer.get_tr_and_val_datasets()
    assert training.identifiers == ["a", "b", "b", "b", "b"]
    assert validation.identifiers == ["c"]


def test_patches_are_drawn_anywhere(nnunet_folders, monkeypatch):
    """Where the paper names no oversampling."""
    trainer = make(nnUNetTrainerPiresDeLima2023CE, dataset_json("front"))
    trainer.imagenet_weights = False
    monkeypatch.setattr(nnUNetTrainer, "initialize", lambda self: None)
    trainer.initialize()
    assert trainer.oversample_foreground_percent == 0
