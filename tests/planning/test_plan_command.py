"""``nnunet-glacier plan`` with nnU-Net's real planner on tiny scenes."""

import json
import os
import subprocess

import numpy as np
import pytest
from PIL import Image
from tiny_dataset import write_tiny_dataset
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.planning.plan import LOADER_PROCESSES

pytestmark = pytest.mark.usefixtures("quick_nnunet")

NAME = "Dataset951_Tiny"
ARGUMENTS = ["plan", "-d", "951", "--preset", "laptop", "--workers", "1"]


@pytest.fixture(scope="module")
def planned_folders(tmp_path_factory):
    """nnU-Net's folders with a tiny dataset, planned once with the laptop preset, under nnUNet_n_proc_DA=0."""
    root = tmp_path_factory.mktemp("planned")
    write_tiny_dataset(root / "nnUNet_raw" / NAME, "multitask")
    with pytest.MonkeyPatch.context() as patch:
        set_folders(patch, root)
        patch.setenv(LOADER_PROCESSES, "0")
        result = CliRunner().invoke(app, ARGUMENTS)
        assert result.exit_code == 0, result.output
        assert os.environ[LOADER_PROCESSES] == "0"
    return root, result.output


def set_folders(patch, root):
    for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        patch.setenv(variable, str(root / variable))


@pytest.fixture
def planned(planned_folders, monkeypatch):
    """The preprocessed folder of the planned dataset, with nnU-Net's folders set."""
    set_folders(monkeypatch, planned_folders[0])
    return planned_folders[0] / "nnUNet_preprocessed" / NAME


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A converted dataset that was never planned."""
    set_folders(monkeypatch, tmp_path)
    write_tiny_dataset(tmp_path / "nnUNet_raw" / NAME, "fused")
    return tmp_path / "nnUNet_raw" / NAME


def read(path):
    return json.loads(path.read_text())


def refused(*arguments):
    """The output of a command that must end with code 2 and without a traceback."""
    result = CliRunner().invoke(app, [*ARGUMENTS, *arguments])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_plans_stand_beside_nnunets_own(planned):
    """Ordinary plans of the preset's name; nnU-Net's plans, fingerprint, labels and our folds are there too."""
    plans = read(planned / "laptop.json")
    assert (plans["plans_name"], plans["dataset_name"]) == ("laptop", NAME)
    assert list(plans["configurations"]) == ["2d"]
    assert plans["configurations"]["2d"]["data_identifier"] == "laptop_2d"
    assert plans["configurations"]["2d"]["patch_size"] == [64, 64]
    assert {"num_epochs", "num_iterations_per_epoch", "num_val_iterations_per_epoch"} <= set(plans)
    assert (plans["initial_lr"], plans["momentum"]) == (0.1, 0.9)
    assert read(planned / "nnUNetPlans.json")["experiment_planner_used"] == "ExperimentPlanner"
    assert (planned / "dataset_fingerprint.json").is_file()
    assert read(planned / "dataset.json")["tasks"][1]["name"] == "front"
    assert [len(fold["val"]) for fold in read(planned / "splits_final.json")] == [3, 3]


def test_the_next_commands_are_printed(planned_folders):
    """nnU-Net's own, with the trainer that fits the tasks."""
    output = planned_folders[1]
    assert "nnUNetv2_preprocess -d 951 -plans_name laptop -c 2d" in output
    assert "nnUNetv2_train 951 2d FOLD -p laptop -tr nnUNetTrainerGlacierLate   (FOLD: 0 1)" in output


def test_a_line_a_step_names_the_log_of_what_nnunet_prints(planned_folders):
    """A line for the fingerprint and one for the plans; nnU-Net's bar and its plans are in the log alone."""
    root, output = planned_folders
    log = root / "nnUNet_preprocessed" / NAME / "laptop.log"
    lines = output.splitlines()
    assert lines[:2] == [f"nnU-Net's fingerprint of 6 training scenes; log: {log}", f"nnU-Net's plans; log: {log}"]
    assert lines[2].startswith(str(log.with_suffix(".json")))
    told = log.read_text(encoding="utf-8")
    for printed in ("Extracting dataset fingerprint: 100%", "Plans were saved to"):
        assert printed in told
        assert printed not in output


def test_where_nnunet_fails_the_log_and_its_end_are_told(fresh, monkeypatch, capfd):
    """With the error; nothing of what it printed, or its children, reaches the terminal beside."""
    import nnunetv2.experiment_planning.plan_and_preprocess_api as nnunet

    def fail(*args, **settings):
        print("the planner was here")
        subprocess.run(["echo", "so was a child"], check=True)
        raise ValueError("no such thing")

    monkeypatch.setattr(nnunet, "extract_fingerprint_dataset", fail)
    output = refused()
    log = fresh.parents[1] / "nnUNet_preprocessed" / NAME / "laptop.log"
    assert f"nnU-Net could not plan {NAME}: no such thing. The log {log} ends with" in output
    assert "| the planner was here | so was a child" in output
    assert log.read_text(encoding="utf-8").splitlines() == ["the planner was here", "so was a child"]
    assert capfd.readouterr().out == ""


def test_a_rate_is_that_of_trainers_with_adam_too(fresh):
    """Their plans have it under a name of its own, since the presets' is for SGD."""
    result = CliRunner().invoke(app, [*ARGUMENTS, "--name", "slow", "--learning-rate", "0.001"])
    assert result.exit_code == 0, result.output
    plans = read(fresh.parents[1] / "nnUNet_preprocessed" / NAME / "slow.json")
    assert (plans["initial_lr"], plans["adam_lr"]) == (0.001, 0.001)


def test_the_same_plan_again_changes_nothing(planned):
    """The fingerprint is kept, and equal plans are no conflict."""
    before = (planned / "dataset_fingerprint.json").stat().st_mtime_ns
    assert CliRunner().invoke(app, ARGUMENTS).exit_code == 0
    assert (planned / "dataset_fingerprint.json").stat().st_mtime_ns == before


def test_other_plans_of_the_same_name_are_a_conflict(planned):
    """Trained models may depend on them; another name or --overwrite is the way."""
    assert "holds other plans" in refused("--epochs", "3")
    assert read(planned / "laptop.json")["num_epochs"] != 3
    assert CliRunner().invoke(app, [*ARGUMENTS, "--epochs", "3", "--name", "laptop_short"]).exit_code == 0
    assert read(planned / "laptop_short.json")["num_epochs"] == 3
    assert (
        CliRunner().invoke(app, [*ARGUMENTS, "--epochs", "4", "--name", "laptop_short", "--overwrite"]).exit_code == 0
    )
    assert read(planned / "laptop_short.json")["num_epochs"] == 4


def test_spacing_and_seed_are_written(planned):
    """Where nnU-Net's preprocessing and our trainers read them."""
    arguments = [*ARGUMENTS, "--name", "half", "--spacing", "2", "--seed", "5"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    plans = read(planned / "half.json")
    assert (plans["seed"], plans["configurations"]["2d"]["spacing"]) == (5, [2.0, 2.0])
    assert "patch 32x32 at spacing 2 x 2" in result.output


def test_edited_plans_of_nnunet_are_kept(planned):
    """Planning a preset never touches nnUNetPlans.json once it is there."""
    path = planned / "nnUNetPlans.json"
    path.write_text(json.dumps(read(path) | {"edited": True}))
    assert CliRunner().invoke(app, [*ARGUMENTS, "--name", "another"]).exit_code == 0
    assert read(path)["edited"] is True


def test_other_folds_are_a_conflict(planned):
    """A model trained on the old folds would be validated on its own training scenes."""
    path = planned / "splits_final.json"
    ours = path.read_text()
    path.write_text(json.dumps(read(path)[::-1]))
    assert "holds other folds" in refused()
    assert CliRunner().invoke(app, [*ARGUMENTS, "--overwrite"]).exit_code == 0
    assert read(path) == json.loads(ours)


def test_a_patch_gets_the_stages_that_fit(planned):
    """1000 = 8 * 125 is halved three times, where the preset has nine stages."""
    result = CliRunner().invoke(app, [*ARGUMENTS, "--preset", "paper", "--name", "fit", "--patch-size", "1000", "1000"])
    assert result.exit_code == 0, result.output
    assert "The patch can be halved for 4 stages, and not for the preset's 9." in result.output
    network = read(planned / "fit.json")["configurations"]["2d"]["architecture"]["arch_kwargs"]
    assert network["strides"] == [[1, 1]] + [[2, 2]] * 3


def test_the_plan_of_a_paper_says_what_belongs_to_it(planned):
    """Several tasks: the smaller patch, both branchings, and how the dataset is made."""
    result = CliRunner().invoke(app, [*ARGUMENTS, "--preset", "herrmann-2023", "--name", "herrmann"])
    assert result.exit_code == 0, result.output
    assert "patch 1024x896" in result.output
    assert "nnunet-glacier convert caffe --labels multitask" in result.output
    assert "-tr nnUNetTrainerGlacierLate " in result.output
    assert "The other rows of the paper's tables: -tr nnUNetTrainerGlacierEarly" in result.output
    assert read(planned / "herrmann.json")["preparation"] == "convert caffe --labels multitask"


def test_a_larger_patch_than_the_images_is_said(planned):
    """nnU-Net pads them; the person who planned it should know."""
    result = CliRunner().invoke(app, [*ARGUMENTS, "--name", "large", "--patch-size", "128", "96"])
    assert result.exit_code == 0, result.output
    assert "median image is 64x64 pixels" in result.output


def test_a_patch_that_cannot_be_halved_is_refused(fresh):
    """Before the dataset is read, which takes long."""
    output = refused("--name", "odd", "--patch-size", "100", "100", "--stages", "6")
    assert "can be halved 2 times, but 6 stages need 5" in output
    assert not (fresh.parents[1] / "nnUNet_preprocessed").exists()


def test_a_patch_without_any_stage_is_refused_with_what_stays(planned):
    """Known only when the dataset was read; no plans are written."""
    output = refused("--preset", "default", "--name", "odd", "--patch-size", "99", "101")
    assert "no plans were written; the fingerprint stays for the next try" in output
    assert "can be halved 0 times, but 2 stages need 1" in output
    assert not (planned / "odd.json").exists()


@pytest.mark.parametrize("name", ["nnUNetPlans", "a__b", "a/b", "my plans"])
def test_names_that_cannot_be_plans_are_refused(fresh, name):
    """nnU-Net's own, and what would not survive in a folder name."""
    assert "cannot be used" in refused("--name", name)


def test_folders_that_are_not_set_are_listed_together(monkeypatch):
    """Both in one list."""
    for variable in ("nnUNet_raw", "nnUNet_preprocessed"):
        monkeypatch.delenv(variable, raising=False)
    output = refused()
    assert "2 problems" in output
    assert "nnUNet_raw: is not set" in output
    assert "nnUNet_preprocessed: is not set" in output


def test_a_dataset_that_is_not_there_is_refused_with_those_that_are(fresh):
    """By number and by name."""
    for dataset in ("77", "Dataset077_Other"):
        assert f"has no dataset {dataset} (found: {NAME})" in refused("-d", dataset)
    assert "neither a dataset ID nor a name" in refused("-d", "Tiny")


def test_a_dataset_without_tasks_is_refused(fresh):
    """What its labels mean is not known."""
    dataset = read(fresh / "dataset.json")
    del dataset["tasks"]
    (fresh / "dataset.json").write_text(json.dumps(dataset))
    assert "has no 'tasks' entry" in refused()


def test_an_unfinished_conversion_is_refused(fresh):
    """Missing images and labels are counted against dataset.json."""
    (fresh / "labelsTr" / "scene_0.png").unlink()
    assert "has 6 training images and 5 labels, dataset.json declares 6" in refused()
    for image in (fresh / "imagesTr").iterdir():
        image.unlink()
    assert "holds no image *_0000.png" in refused()


def test_two_names_of_one_id_are_refused(fresh):
    """nnU-Net's commands would stop on them."""
    (fresh.parents[1] / "nnUNet_preprocessed" / "Dataset951_Old").mkdir(parents=True)
    assert f"has the same ID as {NAME}" in refused()


def test_broken_json_is_refused(fresh):
    """With the file and what is wrong in it."""
    (fresh / "dataset.json").write_text("{")
    assert "dataset.json: it cannot be read as JSON" in refused()
    (fresh / "dataset.json").unlink()
    assert "dataset.json: there is no such file" in refused()


def test_nnunets_check_of_the_files_can_be_asked_for(fresh):
    """A label value that dataset.json does not declare."""
    path = fresh / "labelsTr" / "scene_1.png"
    label = np.array(Image.open(path))
    label[0, 0] = 9
    Image.fromarray(label).save(path)
    output = refused("--verify")
    assert "did not pass nnU-Net's check" in output
    assert f"| Error: Unexpected labels found in file {path}" in output.split("laptop.log ends with | ")[1]


def test_masks_become_0_and_1_and_other_channels_as_nnunet_has_them(fresh):
    """Further channels of each scene, of which one is a mask by ``dataset.json``."""
    description = read(fresh / "dataset.json")
    description |= {"channel_names": {"0": "SAR", "1": "rock", "2": "summer"}, "masks": ["rock"]}
    (fresh / "dataset.json").write_text(json.dumps(description))
    for image in sorted((fresh / "imagesTr").glob("*_0000.png")):
        values = np.asarray(Image.open(image))
        for channel, further in ((1, np.where(values > 90, 255, 0)), (2, values)):
            Image.fromarray(further.astype(np.uint8)).save(str(image).replace("_0000", f"_{channel:04}"))
    assert CliRunner().invoke(app, ARGUMENTS).exit_code == 0
    plans = read(fresh.parents[1] / "nnUNet_preprocessed" / NAME / "laptop.json")
    z, rescaled = "ZScoreNormalization", "RescaleTo01Normalization"
    assert plans["configurations"]["2d"]["normalization_schemes"] == [z, rescaled, z]
