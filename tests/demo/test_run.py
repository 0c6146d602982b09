"""The runner: which commands it runs, what it skips, what it says when one fails. No training here."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.demo import run
from nnunet_glacier.demo.steps import DemoSettings, demo_environment, demo_steps
from nnunet_glacier.support.errors import GlacierError, InputError

SETTINGS = DemoSettings(folds=2)


def test_the_steps_are_the_real_commands_in_order(tmp_path):
    """nnU-Net's own commands preprocess and train; each fold is a step."""
    steps = demo_steps(tmp_path, SETTINGS)
    programs = [step.command[:3] if step.command[0] == "nnunet-glacier" else step.command[:1] for step in steps]
    assert [" ".join(program) for program in programs[:4]] == [
        "nnunet-glacier demo scenes",
        "nnunet-glacier convert caffe",
        "nnunet-glacier plan -d",
        "nnUNetv2_preprocess",
    ]
    assert [step.line.split(" -tr ")[0] for step in steps[4:6]] == [
        "nnUNetv2_train 101 2d 0",
        "nnUNetv2_train 101 2d 1",
    ]
    assert [step.command[1] for step in steps[6:]] == ["predict", "fronts", "evaluate", "demo"]
    assert len({step.title for step in steps}) == len(steps)


def test_an_interrupted_training_is_continued(tmp_path):
    """With a checkpoint in the fold's folder the command ends in --c."""
    fold = tmp_path / "nnUNet_results" / "Dataset101_MadeUp" / "nnUNetTrainerGlacier__laptop__2d" / "fold_1"
    fold.mkdir(parents=True)
    (fold / "checkpoint_latest.pth").touch()
    steps = demo_steps(tmp_path, SETTINGS)
    assert [step.command[-1] == "--c" for step in steps[4:6]] == [False, True]


def test_the_environment_lies_in_the_demos_folder_and_finds_the_trainers(tmp_path):
    """nnU-Net's three folders are inside, and the plugin folder exists."""
    environment = demo_environment(tmp_path)
    for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"):
        assert Path(environment[name]) == tmp_path / name
    assert list(Path(environment["nnUNet_extTrainer"]).glob("*.py"))


def test_a_dry_run_prints_every_command_and_writes_nothing(tmp_path):
    """The exports first, then a line a step."""
    said = []
    run.run_demo(tmp_path / "out", SETTINGS, dry_run=True, say=said.append)
    lines = "\n".join(said).splitlines()
    assert lines[0].startswith("export nnUNet_raw=")
    assert lines[-len(demo_steps(tmp_path, SETTINGS)) :][3].startswith("nnUNetv2_preprocess")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("below", [(), ("a", "b")])
def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, below):
    """By the scenes, by the demo, and by its dry run: the file itself and a folder below it."""
    (tmp_path / "file").touch()
    out = tmp_path.joinpath("file", *below)
    for arguments in (("scenes",), ("run",), ("run", "--dry-run")):
        result = CliRunner().invoke(app, ["demo", *arguments, str(out)])
        assert result.exit_code == 2
        assert f"{out}: it " in result.output
        assert "a file. Give a folder as OUT" in result.output


class Recorder:
    """Stands in for running a step: makes its product, or fails at a title."""

    def __init__(self, fail_at: str = "") -> None:
        self.fail_at = fail_at
        self.ran: list[str] = []

    def __call__(self, step, environment):
        self.ran.append(step.title)
        if step.title == self.fail_at:
            raise GlacierError(f"the step '{step.title}' ended with code 1")
        step.product.parent.mkdir(parents=True, exist_ok=True)
        step.product.touch()
        return 2.0


def test_complete_steps_are_skipped_and_the_failed_one_is_run_again(tmp_path, monkeypatch):
    """The second run begins where the first one failed, the third runs nothing."""
    out, titles = tmp_path / "out", [step.title for step in demo_steps(tmp_path, SETTINGS)]
    failing, passing, idle = Recorder(titles[4]), Recorder(), Recorder()
    monkeypatch.setattr(run, "_run", failing)
    with pytest.raises(GlacierError, match="Train fold 0"):
        run.run_demo(out, SETTINGS, say=lambda text: None)
    monkeypatch.setattr(run, "_run", passing)
    run.run_demo(out, SETTINGS, say=lambda text: None)
    monkeypatch.setattr(run, "_run", idle)
    run.run_demo(out, SETTINGS, say=lambda text: None)
    assert failing.ran == titles[:5]
    assert passing.ran == titles[4:]
    assert idle.ran == []
    assert json.loads((out / "demo.json").read_text())["seconds"] == dict.fromkeys(titles, 2.0)


def test_other_settings_and_foreign_folders_are_refused(tmp_path, monkeypatch):
    """A folder belongs to one demo; --overwrite begins again and never empties a folder that is no demo's."""
    monkeypatch.setattr(run, "_run", Recorder())
    run.run_demo(tmp_path / "out", SETTINGS, say=lambda text: None)
    with pytest.raises(InputError, match="--overwrite"):
        run.run_demo(tmp_path / "out", DemoSettings(folds=1), say=lambda text: None)
    run.run_demo(tmp_path / "out", DemoSettings(folds=1), overwrite=True, say=lambda text: None)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="other things"):
        run.run_demo(tmp_path / "mine", SETTINGS, overwrite=True, say=lambda text: None)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "content", ["", '{"settings": {', "[]", "{}", '{"settings": 1, "seconds": {}}', '{"settings": {}, "seconds": []}']
)
def test_a_file_of_the_records_name_that_is_no_record_is_refused(tmp_path, content, overwrite):
    """Half written or somebody else's: the folder stays as it is, even with --overwrite."""
    (tmp_path / "demo.json").write_text(content)
    with pytest.raises(InputError, match=r"demo\.json: it is no record of a demo"):
        run.run_demo(tmp_path, SETTINGS, overwrite=overwrite, say=lambda text: None)
    assert (tmp_path / "demo.json").read_text() == content


def test_a_failing_command_is_named(tmp_path):
    """The message has the command as one would type it, and its exit code."""
    step = demo_steps(tmp_path, SETTINGS)[1]
    with pytest.raises(GlacierError, match=r"ended with code 2(.|\n)*nnunet-glacier convert caffe"):
        run._run(step, demo_environment(tmp_path))


def test_the_command_has_the_demos_own_defaults(tmp_path):
    """What is printed is what `DemoSettings` says: one place to change the demo's length, kept by this test."""
    result = CliRunner().invoke(app, ["demo", "run", str(tmp_path / "demo"), "--dry-run"])
    assert result.exit_code == 0
    assert all(step.line in result.output for step in demo_steps(tmp_path / "demo", DemoSettings()))
