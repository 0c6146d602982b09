"""``nnunet-glacier plan --start``: the model's network and normalisation, a short schedule, and where it starts."""

import json

import pytest
from tiny_dataset import write_tiny_dataset
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.formats.model import open_model

pytestmark = pytest.mark.usefixtures("quick_nnunet")

NAME = "Dataset952_Further"


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Runs ``plan`` on a dataset with some labels, in folders of its own."""
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        monkeypatch.setenv(variable, str(tmp_path / variable))

    def run(labels, *arguments):
        write_tiny_dataset(tmp_path / "nnUNet_raw" / NAME, labels)
        result = CliRunner().invoke(app, ["plan", "-d", "952", "--start", "caffe-256", *arguments, "--workers", "1"])
        return result.exit_code, " ".join(result.output.split()), tmp_path / "nnUNet_preprocessed" / NAME

    return run


def test_network_and_grey_values_are_the_models_and_the_schedule_is_short(planned):
    code, told, folder = planned("fused", "--start-fold", "1", "--epochs", "3", "--seed", "5")
    assert code == 0, told
    plans = json.loads((folder / "further.json").read_text())
    model = open_model("caffe-256", ("1",))
    ours, theirs = plans["configurations"]["2d"], model.plans["configurations"]["2d"]
    assert {**ours, "data_identifier": ""} == {**theirs, "data_identifier": ""}
    assert ours["data_identifier"] == "further_2d"
    name = "foreground_intensity_properties_per_channel"
    assert plans[name] == model.plans[name]
    assert (plans["dataset_name"], plans["num_epochs"], plans["num_iterations_per_epoch"], plans["seed"]) == (
        NAME,
        3,
        20,
        5,
    )
    # SGD's and Adam's, of which the trainer takes its own.
    assert (plans["initial_lr"], plans["adam_lr_share"]) == (0.01, 0.3)
    assert "adam_lr" not in plans
    assert plans["start"] == {
        "model": "caffe-256",
        "fold": "1",
        "sha256": model.checkpoint_sha256()["1"],
        "trainer": "nnUNetTrainerGlacierSensorEfficientNetFrontWeight",
    }
    assert "-tr nnUNetTrainerGlacierSensorEfficientNetFrontWeight" in told
    assert (folder / "splits_final.json").is_file()


@pytest.mark.parametrize(
    ("labels", "arguments", "words"),
    [
        ("fused", (), "it has the folds 0, 1, 2, 3, 4, 5. Say with --start-fold which one"),
        ("fused", ("--start-fold", "7"), "7"),
        ("fused", ("--start-fold", "1", "--stages", "4"), "--stages: with --start the model decides this"),
        ("fused", ("--start-fold", "1", "--preset", "paper"), "--preset: with --start the model decides this"),
        ("multitask", ("--start-fold", "1"), "its tasks"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(planned, labels, arguments, words):
    code, told, folder = planned(labels, *arguments)
    assert code == 2
    assert words in told
    assert not folder.exists()


def test_a_packed_model_of_the_users_is_found_again_from_any_folder(planned, tmp_path, monkeypatch):
    """Its path stands in the plans: the name in a packed model is that of no shipped one, and of no file."""
    monkeypatch.chdir(tmp_path)
    packed = CliRunner().invoke(app, ["model", "pack", "caffe-256", "mine.zip", "--folds", "1"])
    assert packed.exit_code == 0, packed.output
    code, told, folder = planned("fused", "--start", "mine.zip")
    assert code == 0, told
    start = json.loads((folder / "further.json").read_text())["start"]
    assert start["model"] == str(tmp_path / "mine.zip")
    monkeypatch.chdir("/")
    # As the trainer opens it.
    assert open_model(start["model"], (start["fold"],)).checkpoint_sha256()["1"] == start["sha256"]
