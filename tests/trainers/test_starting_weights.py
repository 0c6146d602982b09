"""Trainings that go on from a model: its weights, all of them, and what is refused."""

import pytest
import torch

from nnunet_glacier.formats.model import open_model
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.pretrained import nnUNetTrainerGlacierSensorEfficientNet
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier
from nnunet_glacier.trainers.starting_weights import load_starting_weights

CPU = torch.device("cpu")


def start_of(fold: str, **changes: str) -> dict[str, str]:
    model = open_model("caffe-256", (fold,))
    return {
        "model": "caffe-256",
        "fold": fold,
        "sha256": model.checkpoint_sha256()[fold],
        "trainer": model.trainer,
        **changes,
    }


def trainer_from(folders, model, trainer_class, **entries):
    data = folders / "nnUNet_preprocessed" / model.plans["dataset_name"] / "real-caffe-256_2d"
    data.mkdir(parents=True)
    # nnU-Net looks at the endings when it initializes.
    (data / "scene.b2nd").touch()
    plans = {**model.plans, "continue_training": False, **entries}
    return trainer_class(plans, "2d", 0, dict(model.dataset_json), torch.device("cpu"))


def test_a_training_starts_from_all_weights_of_the_model(nnunet_folders):
    """Those of the last layer too, which nnU-Net's -pretrained_weights leaves out; ImageNet's do not come on top."""
    model = open_model("caffe-256", ("2",))
    trainer = trainer_from(nnunet_folders, model, nnUNetTrainerGlacierSensorEfficientNet, start=start_of("2"))
    trainer.initialize()
    weights = trainer.network.state_dict()
    assert any(".seg_layers." in name for name in weights)
    for name, expected in model.weights("2").items():
        assert torch.equal(weights[name], expected), name


def test_another_model_under_the_same_name_is_refused():
    """The plans say which weights they were made with."""
    with pytest.raises(GlacierError, match="fold 1 of caffe-256 is not the one that the plans were made with"):
        load_starting_weights(torch.nn.Conv2d(1, 1, 1), start_of("1", sha256="0" * 64))


def test_a_trainer_of_another_network_is_told_which_one_fits(nnunet_folders):
    trainer = trainer_from(nnunet_folders, open_model("caffe-256", ("1",)), nnUNetTrainerGlacier, start=start_of("1"))
    with pytest.raises(GlacierError, match="train with -tr nnUNetTrainerGlacierSensorEfficientNet"):
        trainer.initialize()


def test_a_training_that_goes_on_needs_the_model_no_more(nnunet_folders, tmp_path):
    """Its checkpoint holds all weights; the model may be gone, or be another one by now."""
    model = open_model("caffe-256", ("2",))
    first = trainer_from(nnunet_folders, model, nnUNetTrainerGlacierSensorEfficientNet, start=start_of("2"))
    first.initialize()
    checkpoint = tmp_path / "checkpoint_final.pth"
    first.save_checkpoint(str(checkpoint))
    gone = start_of("2", model=str(tmp_path / "gone"))
    plans = {**model.plans, "continue_training": True, "start": gone}
    again = nnUNetTrainerGlacierSensorEfficientNet(plans, "2d", 0, dict(model.dataset_json), torch.device("cpu"))
    again.load_checkpoint(str(checkpoint))
    for name, expected in first.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], expected), name


def test_the_encoder_gets_its_share_of_the_rate(nnunet_folders):
    """A tenth of what the others get, in the first epoch and later; without the setting all are alike."""
    model = open_model("caffe-256", ("2",))
    trainer_class = nnUNetTrainerGlacierSensorEfficientNet
    trainer = trainer_from(nnunet_folders, model, trainer_class, trainer_settings={"encoder_share": 0.1})
    trainer.initialize()
    others, encoder = trainer.optimizer.param_groups
    assert {id(one) for one in encoder["params"]} == {id(one) for one in trainer.network.encoder.features.parameters()}
    assert len(others["params"]) + len(encoder["params"]) == len(list(trainer.network.parameters()))
    for epoch, rate in ((0, 1e-3), (20, 1e-3 * 0.5**0.9)):
        trainer.lr_scheduler.step(epoch)
        assert (others["lr"], encoder["lr"]) == pytest.approx((rate, rate / 10))
    plain = trainer_class({**model.plans, "continue_training": False}, "2d", 0, dict(model.dataset_json), CPU)
    plain.initialize()
    assert [len(group["params"]) for group in plain.optimizer.param_groups] == [len(list(plain.network.parameters()))]
