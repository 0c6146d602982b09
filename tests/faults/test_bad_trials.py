"""What ``tune``, ``repeat`` and ``slurm`` read and are told: a sentence before anything is trained."""

import json
import math
import sys
from pathlib import Path

import pytest
from every_stage import run
from tiny_dataset import write_tiny_dataset
from tiny_models import make_plans

from nnunet_glacier.inference.predictor import find_trainer
from nnunet_glacier.support.errors import GlacierError, InputError
from nnunet_glacier.trainers.settings import checked_settings
from nnunet_glacier.trainers.single_changes import (
    nnUNetTrainerGlacierDistanceMapBCE,
    nnUNetTrainerGlacierFocalTverskyBCE,
)
from nnunet_glacier.tuning.grid import parse_axis
from nnunet_glacier.tuning.trials import read_plans

GOOD = make_plans()
NAME = "Dataset972_Tiny"


def configured(**entries):
    return {**GOOD, "configurations": {"2d": {**GOOD["configurations"]["2d"], **entries}}}


PLANS_FAULTS = [
    (7, "it is 7, but it should be an object with keys"),
    ([], "it is [], but it should be an object with keys"),
    ({**GOOD, "configurations": 7}, "configurations is 7, but it should be a valid dictionary"),
    ({**GOOD, "configurations": {}}, "there is no configuration '2d'"),
    ({**GOOD, "configurations": {"2d": {"inherits_from": "2d"}}}, "configurations.2d.inherits_from leads to 2d > 2d"),
    ({**GOOD, "plans_name": "../../x"}, "plans_name is '../../x'"),
    ({**GOOD, "dataset_name": "../../x"}, "dataset_name is '../../x'"),
    (configured(data_identifier="../../x"), "configurations.2d.data_identifier is '../../x'"),
    (configured(patch_size=[100_000, 32]), "configurations.2d.patch_size.0 is 100000"),
    (configured(batch_size=0), "configurations.2d.batch_size is 0"),
    ({**GOOD, "num_epochs": "8"}, "num_epochs is '8'"),
    ({**GOOD, "num_iterations_per_epoch": 0}, "num_iterations_per_epoch is 0"),
    ({**GOOD, "initial_lr": math.nan}, "initial_lr is nan"),
    ({**GOOD, "trainer_settings": 7}, "trainer_settings is 7"),
]


@pytest.mark.parametrize(("plans", "said"), PLANS_FAULTS)
def test_plans_of_another_shape(tmp_path, plans, said):
    """File, key, value and what to do."""
    (tmp_path / "bad.json").write_text(json.dumps(plans))
    with pytest.raises(InputError) as caught:
        read_plans(tmp_path, "bad", 1)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{tmp_path / 'bad.json'}: {said}") and "Plan the dataset again" in problem.remedy


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bce_weight": "x"}, "bce_weight is 'x', but it should be a valid number"),
        ({"bce_weight": math.nan}, "bce_weight is nan, but it should be a finite number"),
        ({"bce_weight": [0.2]}, "bce_weight is (0.2,), but it should be a valid number"),
        ({"bce_weight": True}, "bce_weight is True"),
    ],
)
def test_settings_of_another_type(settings, said):
    """By the type that the attribute has."""
    with pytest.raises(GlacierError) as caught:
        checked_settings(nnUNetTrainerGlacierFocalTverskyBCE, settings)
    assert said in str(caught.value)
    assert checked_settings(nnUNetTrainerGlacierDistanceMapBCE, {"R": 2, "w": 5}) == {"R": 2, "w": 5}


def test_an_axis_of_many_brackets_is_none():
    """JSON's reader has a limit of its own."""
    with pytest.raises(InputError):
        parse_axis("bce_weight=" + 100_000 * "[" + ",")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """nnU-Net's folders with a dataset of two folds, and plans that cannot be used."""
    root = tmp_path_factory.mktemp("folders")
    write_tiny_dataset(root / "nnUNet_raw" / NAME, "fused")
    preprocessed = root / "nnUNet_preprocessed" / NAME
    preprocessed.mkdir(parents=True)
    for name in ("dataset.json", "splits_final.json"):
        (preprocessed / name).write_bytes((root / "nnUNet_raw" / NAME / name).read_bytes())
    (preprocessed / "bad.json").write_text(json.dumps({**GOOD, "configurations": 7}))
    return root


TUNE = ("tune", "OUT", "-d", 972, "-p", "bad", "-tr", "nnUNetTrainerGlacierBCE", "--grid", "w=1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (TUNE, "bad.json: configurations is 7, but it should be a valid dictionary"),
        ((*TUNE, "--fold", 2), "--fold 2: there is no such fold, but 0 to 1"),
        ((*TUNE, "--device", "cpu:7"), "torch sees no such device here"),
        (("slurm", "-d", 972, "-p", "bad"), "bad.json: configurations is 7, but it should be a valid dictionary"),
        (("tune", Path(__file__), *TUNE[2:]), "test_bad_trials.py: it is a file"),
    ],
)
def test_the_command_ends_with_the_sentence(folders, tmp_path, monkeypatch, arguments, said):
    """With code 2, before it trains."""
    for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        monkeypatch.setenv(name, str(folders / name))
    result = run(*(tmp_path / "out" if argument == "OUT" else argument for argument in arguments))
    assert result.exit_code == 2 and said in " ".join(result.output.split()), result.output
    assert not (folders / "nnUNet_results").exists() and not (tmp_path / "out").exists()


def test_values_that_a_loss_does_not_take_are_told_before_the_first_training(tmp_path, monkeypatch):
    """All of them, and nothing is written: no plans, no folder of results, and not OUT."""
    for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        monkeypatch.setenv(name, str(tmp_path / name))
    write_tiny_dataset(tmp_path / "nnUNet_raw" / NAME, "front")
    preprocessed = tmp_path / "nnUNet_preprocessed" / NAME
    (preprocessed / "tiny_2d").mkdir(parents=True)
    for name in ("dataset.json", "splits_final.json"):
        (preprocessed / name).write_bytes((tmp_path / "nnUNet_raw" / NAME / name).read_bytes())
    plans = {**configured(data_identifier="tiny_2d", batch_dice=True, batch_size=2), "dataset_name": NAME}
    (preprocessed / "tiny.json").write_text(json.dumps({**plans, "plans_name": "tiny"}))
    before = sorted(tmp_path.rglob("*"))
    subject = ("-d", 972, "-p", "tiny", "-tr", "nnUNetTrainerGlacierDistanceMapBCE", "--device", "cpu")
    result = run("tune", tmp_path / "out", *subject, "--grid", "w=3;2", "--grid", "k=0.1;2")
    said = " ".join(result.output.split())
    assert result.exit_code == 2, said
    assert "The trainings cannot begin: 3 problems; nothing was written." in said
    for settings, values in (("w = 3, k = 2", "3, 1.0 and 2"), ("w = 2, k = 0.1", "2, 1.0 and 0.1")):
        assert f"{settings}: nnUNetTrainerGlacierDistanceMapBCE: w must be odd and positive" in said
        assert f"they are {values}. Correct the trainer's settings" in said
    result = run("repeat", *subject, "--set", "w=2")
    assert result.exit_code == 2 and "w = 2: nnUNetTrainerGlacierDistanceMapBCE: w must be odd" in result.output
    assert sorted(tmp_path.rglob("*")) == before


OWN_TRAINER = """
from __future__ import annotations

from typing import ClassVar

from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier


class nnUNetTrainerOwn(nnUNetTrainerGlacier):
    share: ClassVar[float] = 0.5
    own: ClassVar[Own] = None
"""


def test_settings_of_a_trainer_that_nnunet_found(tmp_path, monkeypatch):
    """It loads a user's file without a name to find its module by; a type that is not known is not checked."""
    (tmp_path / "own_trainer.py").write_text(OWN_TRAINER)
    monkeypatch.setenv("nnUNet_extTrainer", str(tmp_path))
    trainer = find_trainer("nnUNetTrainerOwn")
    assert trainer.__module__ not in sys.modules
    assert checked_settings(trainer, {"own": 3}) == {"own": 3}
    assert checked_settings(trainer, {"share": 0.25}) == {"share": 0.25}
    with pytest.raises(GlacierError, match=r"share is '0\.25', but it should be a valid number"):
        checked_settings(trainer, {"share": "0.25"})
