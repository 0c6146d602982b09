"""The checks of ``doctor``, each with what is right and what is wrong."""

import os
import sys
from importlib import metadata

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.support.environment import PLUGIN_FOLDER
from nnunet_glacier.trainers import doctor
from nnunet_glacier.trainers.plugin import nnunet_glacier_trainers as plugin


@pytest.fixture
def few_trainers(monkeypatch):
    """Three of the trainers: nnU-Net's search for each imports all of its own."""
    names = ["nnUNetTrainerGlacier", "nnUNetTrainerGlacierEarly", "nnUNetTrainerGlacierLate"]
    monkeypatch.setattr(plugin, "__all__", names)


def test_a_ready_environment_has_nothing_wrong(nnunet_folders, monkeypatch):
    """All trainers are found, and the command ends well."""
    monkeypatch.setenv("nnUNet_extTrainer", str(PLUGIN_FOLDER))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0, result.output
    for name in ("nnUNetTrainerGlacier", "nnUNetTrainerGlacierLate", "nnUNetTrainerGlacierEarly"):
        assert f"ok    {name} found by nnU-Net" in result.output
    assert "\nwrong" not in result.output


def test_an_empty_environment_is_told_what_to_set(monkeypatch):
    """Three folders and the trainers' path: four things, each with its remedy, and exit code 2."""
    for variable in [name for name in os.environ if name.startswith("nnUNet_")]:
        monkeypatch.delenv(variable)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert "wrong nnUNet_raw is not set. export nnUNet_raw=" in result.output
    assert f"Run: export nnUNet_extTrainer={PLUGIN_FOLDER}" in result.output
    told = "4 of these must be mended before training. 'delineate' with a packed model needs none of them."
    assert told in " ".join(result.output.split())


def test_what_every_command_needs_is_not_said_to_be_of_training_alone(nnunet_folders, monkeypatch):
    """Builds of torch and torchvision that do not fit, beside a folder that is missing."""
    monkeypatch.setenv("nnUNet_extTrainer", str(PLUGIN_FOLDER))
    monkeypatch.delenv("nnUNet_raw")
    monkeypatch.setitem(sys.modules, "torchvision", None)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 2
    assert "2 of these must be mended before training." in result.output and "needs none" not in result.output


@pytest.mark.usefixtures("few_trainers")
def test_what_is_wrong_stands_below_all_that_is_found(nnunet_folders, monkeypatch, tmp_path):
    """The trainers alone fill a screen."""
    monkeypatch.setenv("nnUNet_extTrainer", str(PLUGIN_FOLDER))
    monkeypatch.setenv("nnUNet_raw", str(tmp_path / "nowhere"))
    result = CliRunner().invoke(app, ["doctor"])
    states = [line[:6].strip() for line in result.output.splitlines() if line[:6] in ("ok    ", "note  ", "wrong ")]
    assert states.count("wrong") == 1 and states[-1] == "wrong"


def test_an_old_python_is_wrong():
    """3.9 cannot run the package, 3.10 can."""
    assert doctor.check_python((3, 9, 18)).state == "wrong"
    assert doctor.check_python((3, 10, 0)).state == "ok"


@pytest.mark.parametrize(("version", "state"), [("2.7.1", "wrong"), ("2.8.1", "ok"), ("2.9.0", "wrong")])
def test_nnunet_outside_the_range_is_wrong(version, state, monkeypatch):
    """The range is the one in the package's own requirements."""
    monkeypatch.setattr(metadata, "version", lambda name: version)
    finding = doctor.check_nnunet()
    assert finding.state == state
    assert version in finding.what


def test_a_torch_without_its_torchvision_is_wrong(monkeypatch):
    """A CPU build of torch with the ordinary torchvision fails when torchvision is imported."""
    monkeypatch.setitem(sys.modules, "torchvision", None)
    finding = doctor.check_torch_pair()
    assert finding.state == "wrong"
    assert "torchvision" in finding.what
    assert "--force-reinstall torch torchvision" in finding.remedy


def test_a_folder_that_is_not_there_is_wrong(tmp_path):
    """The remedy makes it."""
    finding = doctor.check_folder("nnUNet_raw", str(tmp_path / "nowhere"))
    assert (finding.state, finding.remedy) == ("wrong", f"mkdir -p {tmp_path / 'nowhere'}")


def test_a_folder_that_cannot_be_written_is_wrong(tmp_path, monkeypatch):
    """Tried with a file, since permissions do not say it of every file system."""

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = doctor.check_folder("nnUNet_results", str(tmp_path))
    assert finding.state == "wrong"
    assert "cannot write" in finding.what


def test_a_trainer_folder_that_is_not_there_is_noted():
    """nnU-Net passes over it without a word."""
    finding = doctor.check_trainer_path({"nnUNet_extTrainer": f"{PLUGIN_FOLDER}{os.pathsep}/not/there"})
    assert finding.state == "note"
    assert "/not/there" in finding.what


@pytest.mark.usefixtures("few_trainers")
def test_another_trainer_of_the_same_name_is_wrong(tmp_path, monkeypatch):
    """An older copy earlier in the path would be trained without anybody noticing."""
    (tmp_path / "old_copy.py").write_text(
        "from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer\n"
        "class nnUNetTrainerGlacierLate(nnUNetTrainer):\n    pass\n"
    )
    monkeypatch.setenv("nnUNet_extTrainer", os.pathsep.join([str(tmp_path), str(PLUGIN_FOLDER)]))
    states = {finding.what: finding.state for finding in doctor.check_trainers()}
    assert states["nnU-Net finds another nnUNetTrainerGlacierLate, of module old_copy"] == "wrong"
    assert states["nnUNetTrainerGlacier found by nnU-Net"] == "ok"


@pytest.mark.usefixtures("few_trainers")
def test_a_broken_trainer_of_somebody_else_is_told(tmp_path, monkeypatch):
    """nnU-Net imports every module of every folder, and stops at the first that fails."""
    (tmp_path / "broken.py").write_text("raise RuntimeError('needs something')\n")
    monkeypatch.setenv("nnUNet_extTrainer", str(tmp_path))
    findings = list(doctor.check_trainers())
    assert {finding.state for finding in findings} == {"wrong"}
    assert "search for nnUNetTrainerGlacier stops (RuntimeError: needs something)" in findings[0].what


@pytest.mark.parametrize(("processes", "state"), [("1", "ok"), ("5000", "note"), ("many", "note")])
def test_more_processes_than_cores_are_noted(processes, state):
    """Eight, nnU-Net's default, are slower than two on two cores."""
    assert doctor.check_processes({"nnUNet_def_n_proc": processes}).state == state
