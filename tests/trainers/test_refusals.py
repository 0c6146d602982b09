"""What trainers refuse before they write anything, with what to do instead."""

import json

import pytest
import torch
from made_trainers import dataset_json, make
from small_plans import small_plans

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.trainers.early_stopping import EarlyStoppingMixin
from nnunet_glacier.trainers.grounding_line import nnUNetTrainerGlacierGroundingLineASPPUNet
from nnunet_glacier.trainers.line_losses import LineLossMixin
from nnunet_glacier.trainers.multitask import nnUNetTrainerGlacierLate
from nnunet_glacier.trainers.networks import AttentionUNetMixin
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

TRAINERS = [getattr(plugin, name) for name in plugin.__all__]
SINGLE_TASK = [trainer for trainer in TRAINERS if trainer.label_spaces is None]


@pytest.mark.parametrize("variant", ["fused", "zones"])
@pytest.mark.parametrize(
    "trainer_class", [trainer for trainer in TRAINERS if issubclass(trainer, LineLossMixin)], ids=lambda c: c.__name__
)
def test_a_loss_of_lines_refuses_datasets_without_one(trainer_class, variant, nnunet_folders):
    """With what to do instead, and before anything is written."""
    with pytest.raises(GlacierError, match="--labels front"):
        make(trainer_class, dataset_json(variant))
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []


@pytest.mark.parametrize("trainer_class", TRAINERS, ids=lambda trainer: trainer.__name__)
def test_overlapping_regions_are_refused_where_they_are_not_understood(trainer_class, nnunet_folders):
    """By losses and stopping rules of our own and by several tasks; stock nnU-Net's loss has a sigmoid for each."""
    regions = dataset_json("front") | {"labels": {"background": 0, "ice": [1, 2], "front": 2}}
    del regions["tasks"]
    takes = trainer_class.label_spaces is None and trainer_class.takes_regions
    if takes and not getattr(trainer_class, "phase_required", False):
        make(trainer_class, regions | {"regions_class_order": [1, 2]})
        return
    with pytest.raises(GlacierError):
        make(trainer_class, regions | {"regions_class_order": [1, 2]})
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []


def test_what_takes_regions():
    """Exactly those whose loss and end are nnU-Net's."""
    stock = [trainer for trainer in SINGLE_TASK if trainer.loss_title == nnUNetTrainerGlacier.loss_title]
    stock = [trainer for trainer in stock if not issubclass(trainer, EarlyStoppingMixin)]
    assert [trainer for trainer in SINGLE_TASK if trainer.takes_regions] == stock


@pytest.mark.parametrize(
    ("trainer_class", "patch", "message"),
    [
        (nnUNetTrainerGlacier, (16, 32, 32), "patches of 16x32x32 are volumes"),
        (nnUNetTrainerGlacierGroundingLineASPPUNet, (40, 32), "divisible by 16, not 40x32.*--patch-size 48 32"),
    ],
)
def test_patches_that_cannot_be_trained_on_are_refused(trainer_class, patch, message, nnunet_folders):
    """With what to do, and before anything is written."""
    plans = small_plans(continue_training=False)
    plans["configurations"]["2d"]["patch_size"] = list(patch)
    arguments = {"configuration": "2d", "fold": 0, "dataset_json": dataset_json("front"), "device": torch.device("cpu")}
    with pytest.raises(GlacierError, match=message):
        trainer_class(plans=plans, **arguments)
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []


@pytest.mark.parametrize("trainer", [nnUNetTrainerGlacier, nnUNetTrainerGlacierLate])
def test_a_mix_in_behind_the_trainer_is_refused(trainer):
    """It would change nothing, without a word."""
    with pytest.raises(TypeError, match="name AttentionUNetMixin before the trainer"):
        type("nnUNetTrainerMine", (trainer, AttentionUNetMixin), {})


def test_a_fold_that_the_dataset_does_not_have_is_refused(nnunet_folders):
    """For it nnU-Net would divide all scenes at random, glaciers torn apart; it numbers folds from 0."""
    folds = [{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}]
    splits = nnunet_folders / "nnUNet_preprocessed" / "Dataset990_Made" / "splits_final.json"
    splits.parent.mkdir()
    splits.write_text(json.dumps(folds))
    for fold in (2, -1):
        with pytest.raises(GlacierError, match=f"no fold {fold}: .* has 2 folds, .* Train one of 0, 1, or all"):
            make(nnUNetTrainerGlacier, dataset_json("fused"), fold=fold)
    assert list((nnunet_folders / "nnUNet_results").iterdir()) == []
    for fold in (0, 1, "all"):
        assert make(nnUNetTrainerGlacier, dataset_json("fused"), fold=fold).fold == fold
    # Without the file nnU-Net makes its own five.
    splits.unlink()
    assert make(nnUNetTrainerGlacier, dataset_json("fused"), fold=4).fold == 4
