"""The trainer classes: how nnU-Net finds them, which datasets they take, how long they train."""

import inspect
import pickle

import numpy as np
import pytest
import torch
from made_trainers import dataset_json, make
from nnunetv2.training.loss.deep_supervision import DeepSupervisionWrapper
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer
from nnunetv2.utilities.find_objects import recursive_find_trainer_class_by_name

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.support.environment import PLUGIN_FOLDER
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierEarly, nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.task_check import accepted_label_space

MULTITASK = [nnUNetTrainerGlacierLate, nnUNetTrainerGlacierEarly]


@pytest.mark.parametrize("name", plugin.__all__)
def test_nnunets_finder_returns_the_very_class_of_a_normal_import(name, monkeypatch):
    """Re-export works through hasattr(module, name), which nnU-Net does not document."""
    monkeypatch.setenv("nnUNet_extTrainer", str(PLUGIN_FOLDER))
    trainer = recursive_find_trainer_class_by_name(name)
    assert trainer is getattr(plugin, name)
    assert trainer.__module__.startswith("nnunet_glacier.trainers.")
    assert pickle.loads(pickle.dumps(trainer)) is trainer


def test_the_plugin_folder_holds_one_module():
    """NnU-Net imports every module there, so a second one would be a second copy of the trainers."""
    assert [path.name for path in PLUGIN_FOLDER.glob("*.py")] == ["nnunet_glacier_trainers.py"]


@pytest.mark.parametrize("name", plugin.__all__)
def test_class_names_can_stand_in_the_names_of_result_folders(name):
    """Folders are named Trainer__plans__configuration and split at the double underscores."""
    assert "__" not in name


@pytest.mark.parametrize("name", plugin.__all__)
def test_the_constructor_spells_out_nnunets_arguments(name):
    """The base class looks them up by name among its own local variables."""
    assert list(inspect.signature(getattr(plugin, name).__init__).parameters) == list(
        inspect.signature(nnUNetTrainer.__init__).parameters
    )


def test_the_schedule_comes_from_the_plans(nnunet_folders):
    """Epochs and iterations of the plans; the checkpoint that a resumed training needs comes ten times."""
    trainer = make(
        nnUNetTrainerGlacier,
        dataset_json("fused"),
        num_epochs=30,
        num_iterations_per_epoch=7,
        num_val_iterations_per_epoch=3,
        initial_lr=0.05,
    )
    schedule = (trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch)
    assert schedule == (30, 7, 3)
    assert trainer.initial_lr == 0.05
    assert trainer.save_every == 3


@pytest.mark.parametrize(
    ("plans", "expected"), [({}, (0.01, 0.99)), ({"initial_lr": 0.1, "momentum": 0.9}, (0.1, 0.9))]
)
def test_the_optimizer_is_nnunets_with_the_plans_rates(nnunet_folders, plans, expected):
    """SGD with Nesterov momentum: nnU-Net's learning rate and momentum where the plans have none."""
    trainer = make(nnUNetTrainerGlacier, dataset_json("fused"), **plans)
    trainer.network = torch.nn.Conv2d(1, 2, 3)
    optimizer, _ = trainer.configure_optimizers()
    (group,) = optimizer.param_groups
    assert isinstance(optimizer, torch.optim.SGD)
    assert group["nesterov"]
    assert (group["lr"], group["momentum"]) == expected


def test_plans_without_a_schedule_train_as_long_as_nnunet(nnunet_folders):
    """NnU-Net's own plans with our trainer: 1000 epochs of 250 and 50 iterations, a checkpoint every 50 epochs."""
    trainer = make(nnUNetTrainerGlacier, dataset_json("zones"))
    schedule = (trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch)
    assert schedule == (1000, 250, 50)
    assert trainer.initial_lr == 0.01
    assert trainer.save_every == 50


@pytest.mark.parametrize("variant", ["fused", "zones", "front"])
@pytest.mark.parametrize("trainer", MULTITASK)
def test_a_dataset_of_one_task_is_refused_with_both_lists(trainer, variant, nnunet_folders):
    """The message names the trainer's tasks and the dataset's, and nothing is written."""
    with pytest.raises(GlacierError) as error:
        make(trainer, dataset_json(variant))
    message = str(error.value)
    assert "zones (NA, rock, glacier, ocean) x front (none, front), or zones" in message
    assert "boundary (none, boundary)" in message
    task = LABEL_SPACES[variant].tasks[0]
    assert f"the dataset has {task.name} ({', '.join(task.classes)})" in message
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []


def test_tasks_in_another_order_are_refused():
    """Codes of front x zones mean something else, though there are as many."""
    space = LABEL_SPACES["multitask"]
    swapped = {"tasks": space.to_json()[::-1], "labels": space.nnunet_labels()}
    with pytest.raises(GlacierError, match=r"the dataset has front \(none, front\) x zones"):
        accepted_label_space("Late", (space,), swapped)


def test_the_single_task_trainer_refuses_codes_of_several_tasks():
    """Its Dice over codes would be one over classes that hardly occur."""
    with pytest.raises(GlacierError, match=r"made for one task.* -tr nnUNetTrainerGlacierLate"):
        accepted_label_space("nnUNetTrainerGlacier", None, dataset_json("boundary"))


def test_the_single_task_trainer_takes_any_dataset_without_tasks():
    """It is stock nnU-Net with a schedule, for datasets of any origin."""
    assert accepted_label_space("nnUNetTrainerGlacier", None, {"labels": {"background": 0, "lake": 1}}) is None


def test_a_number_of_labels_without_tasks_is_an_error():
    """At inference the number of codes decides between two tasks and three."""
    with pytest.raises(GlacierError, match=r"8 \(zones x front\), 16 \(zones x front x boundary\); there are 5"):
        nnUNetTrainerGlacierLate.build_network_architecture(None, None, 1, 5)


@pytest.mark.parametrize("trainer", MULTITASK)
def test_deep_supervision_of_the_loss_is_nnunets(trainer, initialized):
    """Weights 1, 1/2 and none for the lowest resolution, normalised: 2/3, 1/3, 0."""
    loss = initialized(trainer, dataset_json("multitask")).loss
    assert isinstance(loss.deep_loss, DeepSupervisionWrapper)
    np.testing.assert_allclose(loss.deep_loss.weight_factors, [2 / 3, 1 / 3, 0])
    assert loss.deep_loss.loss is loss.losses[0]


@pytest.mark.parametrize("trainer", MULTITASK)
def test_the_pseudo_dice_is_taken_per_task_and_then_averaged(trainer, initialized):
    """Zones 2/(2+1+1) = 1/2, NaN and 0; front 6/(6+0+2) = 3/4; tasks 1/4 and 3/4; mean 1/2."""
    made = initialized(trainer, dataset_json("multitask"))
    counts = {"tp_hard": [1, 0, 0, 3], "fp_hard": [1, 0, 0, 0], "fn_hard": [1, 0, 2, 2]}
    half = [{key: np.array(value) for key, value in counts.items()} | {"loss": np.array(0.5)}]
    empty = [{key: np.zeros(4, dtype=int) for key in counts} | {"loss": np.array(1.5)}]
    made.on_validation_epoch_end(half + empty)
    assert made.logger.get_value("mean_fg_dice", 0) == pytest.approx(0.5)
    assert made.logger.get_value("ema_fg_dice", 0) == pytest.approx(0.5)
    np.testing.assert_allclose(made.logger.get_value("dice_per_class_or_region", 0), [0.5, np.nan, 0, 0.75])
    assert made.logger.get_value("val_losses", 0) == pytest.approx(1.0)


@pytest.mark.parametrize("ignore", [False, True])
@pytest.mark.parametrize("trainer", MULTITASK)
def test_a_validation_step_counts_every_pixel_once_per_task(trainer, ignore, initialized):
    """All codes are glacier without front; every labelled pixel is either right or missing."""
    dataset = dataset_json("multitask")
    if ignore:
        dataset["labels"]["ignore"] = 8
    made = initialized(trainer, dataset)
    codes = torch.full((2, 1, 32, 32), 2, dtype=torch.int16)
    if ignore:
        codes[:, :, :8] = 8
    target = [codes, codes[:, :, ::2, ::2], codes[:, :, ::4, ::4]]
    with torch.no_grad():
        counted = made.validation_step({"data": torch.randn(2, 1, 32, 32), "target": target})
    labelled = 2 * 32 * (24 if ignore else 32)
    glacier = 1
    assert counted["tp_hard"][glacier] + counted["fn_hard"][glacier] == labelled
    assert counted["fp_hard"][glacier] == 0
    assert counted["tp_hard"].shape == (4,)
    assert np.isfinite(counted["loss"])


def test_training_without_deep_supervision_has_the_same_loss_at_full_resolution(initialized):
    """The joint output then goes into the loss, and the tasks are taken out of it again."""
    made = initialized(nnUNetTrainerGlacierEarly, dataset_json("boundary"))
    codes = torch.randint(0, 16, (2, 1, 32, 32), dtype=torch.int16)
    image = torch.randn(2, 1, 32, 32)
    made.loss.deep_loss = DeepSupervisionWrapper(made.loss.losses[0], [1.0, 0.0, 0.0])
    deep = made.validation_step({"data": image, "target": [codes, codes, codes]})
    made.enable_deep_supervision = False
    made.set_deep_supervision_enabled(False)
    made.loss = made._build_loss()
    flat = made.validation_step({"data": image, "target": codes})
    assert flat["loss"] == pytest.approx(deep["loss"], rel=1e-5)
    np.testing.assert_array_equal(flat["tp_hard"], deep["tp_hard"])
