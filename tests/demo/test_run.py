"""The runner: which commands it runs, what it skips, what it says when one fails. No training here."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.demo import run
from nnunet_glacier.demo.shipped_scenes import GLACIER, SCENES, UNSEEN_BY, copy_scenes
from nnunet_glacier.demo.steps import MODEL, DemoSettings, Step, beside_one_another, demo_environment, demo_steps
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.score_summary import SummaryHead
from nnunet_glacier.formats.scores import write_scores
from nnunet_glacier.support.errors import GlacierError, InputError

SETTINGS = DemoSettings(folds=2)


def test_the_steps_are_the_real_commands_in_order(tmp_path):
    """nnU-Net's own commands preprocess and train; each fold is a step."""
    steps = demo_steps(tmp_path, SETTINGS)
    names = [" ".join(step.command[: 3 if step.command[1] in ("demo", "convert") else 2]) for step in steps]
    assert names == [
        "nnunet-glacier demo caffe-scenes",
        "nnunet-glacier convert caffe",
        "nnunet-glacier predict",
        "nnunet-glacier fronts",
        "nnunet-glacier evaluate",
        "nnunet-glacier plan",
        "nnUNetv2_preprocess -d",
        "nnUNetv2_train 101",
        "nnUNetv2_train 101",
        "nnunet-glacier predict",
        "nnunet-glacier fronts",
        "nnunet-glacier evaluate",
        "nnunet-glacier demo picture",
    ]
    assert [step.line.split(" -tr ")[0] for step in steps[7:9]] == [
        "nnUNetv2_train 101 2d 0",
        "nnUNetv2_train 101 2d 1",
    ]
    assert len({step.title for step in steps}) == len(steps)


def test_an_interrupted_training_is_continued(tmp_path):
    """With a checkpoint in the fold's folder the command ends in --c."""
    results = tmp_path / "nnUNet_results" / "Dataset101_Crane"
    fold = results / "nnUNetTrainerGlacierSensorEfficientNetFrontWeight__demo__2d" / "fold_1"
    fold.mkdir(parents=True)
    (fold / "checkpoint_latest.pth").touch()
    steps = demo_steps(tmp_path, SETTINGS)
    assert [step.command[-1] == "--c" for step in steps[7:9]] == [False, True]


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
    assert lines[-len(demo_steps(tmp_path, SETTINGS)) :][6].startswith("nnUNetv2_preprocess")
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


def write_two_scores(folder):
    """Two cases by the route of the zones, the main one, and worse by that of the front."""
    rows = [
        {
            **{"case": str(case), "prediction": "fold_0", "route": route, "glacier": "Crane"},
            **{"predicted_front_pixels": 9, "label_front_pixels": 9},
            **{"mean_distance_m": 20 * off_px, "mean_distance_px": off_px, "iou_macro": iou},
        }
        for route, scores in (("zones", ((3.0, 0.7), (1.0, 0.9))), ("front", ((30.0, 0.1), (10.0, 0.1))))
        for case, (off_px, iou) in enumerate(scores)
    ]
    head = SummaryHead((folder,), folder, "single", "test", route="zones")
    write_scores(folder, pd.DataFrame(rows), head.to_json())


class Recorder:
    """Stands in for running steps: makes their products, or fails at a title."""

    def __init__(self, fail_at: str = "") -> None:
        self.fail_at = fail_at
        self.ran: list[str] = []

    def __call__(self, steps, environment, at_once, begin):
        for step, log in steps:
            begin(step, log)
            self.ran.append(step.title)
            if step.title == self.fail_at:
                raise GlacierError(f"the step '{step.title}' ended with code 1")
            step.product.parent.mkdir(parents=True, exist_ok=True)
            step.product.touch()
            if step.product.name == "summary.json":
                write_two_scores(step.product.parent)
            yield step, 2.0


def test_complete_steps_are_skipped_and_the_failed_one_is_run_again(tmp_path, monkeypatch):
    """The second run begins where the first one failed, the third runs nothing."""
    out, titles = tmp_path / "out", [step.title for step in demo_steps(tmp_path, SETTINGS)]
    failing, passing, idle = Recorder(titles[7]), Recorder(), Recorder()
    monkeypatch.setattr(run, "_run", failing)
    with pytest.raises(GlacierError, match="Train fold 0"):
        run.run_demo(out, SETTINGS, say=lambda text: None)
    monkeypatch.setattr(run, "_run", passing)
    said: list[str] = []
    run.run_demo(out, SETTINGS, say=said.append)
    assert "trained further:                      median front error 2.0 px, mean zone IoU 0.80" in "\n".join(said)
    monkeypatch.setattr(run, "_run", idle)
    run.run_demo(out, SETTINGS, say=lambda text: None)
    assert failing.ran == titles[:8]
    assert passing.ran == titles[7:]
    assert idle.ran == []
    assert json.loads((out / "demo.json").read_text())["seconds"] == dict.fromkeys(titles, 2.0)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_stop_in_the_first_step_leaves_a_demo_that_goes_on(tmp_path, monkeypatch, overwrite):
    """Its log is there, and no step has come to its end; also where --overwrite began again."""
    out, titles = tmp_path / "out", [step.title for step in demo_steps(tmp_path, SETTINGS)]
    if overwrite:
        monkeypatch.setattr(run, "_run", Recorder())
        run.run_demo(out, SETTINGS, say=lambda text: None)

    def stopped(steps, environment, at_once, begin):
        _, log = steps[0]
        log.parent.mkdir(parents=True)
        log.touch()
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(run, "_run", stopped)
    with pytest.raises(KeyboardInterrupt):
        run.run_demo(out, SETTINGS, overwrite=overwrite, say=lambda text: None)
    passing = Recorder()
    monkeypatch.setattr(run, "_run", passing)
    run.run_demo(out, SETTINGS, say=lambda text: None)
    assert passing.ran == titles


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
    """The message has the command as one would type it, its exit code, and the end of its log."""
    step = demo_steps(tmp_path, SETTINGS)[1]
    log = tmp_path / "logs" / "02.log"
    with pytest.raises(
        GlacierError, match=r"ended with code 2(.|\n)*nnunet-glacier convert caffe(.|\n)*there is no such folder"
    ):
        list(run._run([(step, log)], demo_environment(tmp_path), 1, lambda step, log: None))
    assert "there is no such folder" in log.read_text()


def test_trainings_share_the_cores_and_end_together_where_one_fails(tmp_path, monkeypatch):
    """Two of three steps begin at once; the one that fails is named, and the other does not outlive it."""
    monkeypatch.setattr(run, "program", shutil.which)
    steps = [
        Step("lasts", ("sh", "-c", f"echo $$ > {tmp_path / 'pid'}; exec sleep 60"), tmp_path, trains=True),
        Step("fails", ("sh", "-c", f"until [ -s {tmp_path / 'pid'} ]; do sleep 0.1; done; exit 3"), tmp_path, True),
        Step("waits", ("true",), tmp_path, trains=True),
    ]
    begun: list[str] = []
    with pytest.raises(GlacierError, match="the step 'fails' ended with code 3"):
        logs = [(step, tmp_path / step.title) for step in steps]
        list(run._run(logs, {}, 2, lambda step, log: begun.append(step.title)))
    assert begun == ["lasts", "fails"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_trainings_run_beside_one_another_on_a_cpu_alone(monkeypatch):
    """Three that share the cores; one on a GPU, on one core, and of a single fold."""
    for cores, threads, loaders in ((2, "1", "0"), (8, "2", "0"), (16, "5", "5")):
        monkeypatch.setattr("nnunet_glacier.demo.steps.default_workers", lambda cores=cores: cores)
        assert beside_one_another(SETTINGS) == (3, {"OMP_NUM_THREADS": threads, "nnUNet_n_proc_DA": loaders})
    assert beside_one_another(DemoSettings(device="cuda")) == (1, {})
    assert beside_one_another(DemoSettings(folds=1)) == (1, {})
    monkeypatch.setattr("nnunet_glacier.demo.steps.default_workers", lambda: 1)
    assert beside_one_another(SETTINGS) == (1, {})


def test_the_command_has_the_demos_own_defaults(tmp_path):
    """What is printed is what `DemoSettings` says: one place to change the demo's length, kept by this test."""
    result = CliRunner().invoke(app, ["demo", "run", str(tmp_path / "demo"), "--dry-run"])
    assert result.exit_code == 0
    assert all(step.line in result.output for step in demo_steps(tmp_path / "demo", DemoSettings()))


def test_the_shipped_scenes_are_caffes_with_their_credit(tmp_path):
    """In order of days every third one tests; a million bytes at most; a second copy changes nothing."""
    files = copy_scenes(tmp_path / "data_raw")
    assert sum(path.stat().st_size for path in files) < 1_000_000
    days = {
        part: [path.name.split("_")[1] for path in files if path.parts[-3:-1] == ("sar_images", part)]
        for part in ("train", "test")
    }
    every = sorted(days["train"] + days["test"])
    assert len(every) == 12
    assert sorted(days["test"]) == every[1::3]
    credit = (tmp_path / "data_raw" / "README.md").read_text()
    assert "CC BY 4.0" in credit
    assert "10.1594/PANGAEA.940950" in credit
    assert copy_scenes(tmp_path / "data_raw") == files
    (tmp_path / "data_raw" / "mine.txt").touch()
    with pytest.raises(InputError, match="other things"):
        copy_scenes(tmp_path / "data_raw")


def test_a_copy_that_was_killed_goes_on(tmp_path):
    """A file was being written; its rest is cleared away."""
    out = tmp_path / "data_raw"
    files = copy_scenes(out)
    half = files[1].with_name(f".99999999.partial.{files[1].name}")
    files[1].rename(half)
    (out / "README.md").unlink()
    assert copy_scenes(out) == files
    assert sorted(path for path in out.rglob("*") if path.is_file()) in (sorted(files), sorted([*files, half]))
    assert files[1].read_bytes() == (SCENES / files[1].relative_to(out)).read_bytes()


def test_the_fold_that_the_demo_starts_from_has_not_seen_the_glacier():
    """As the shipped model's card says."""
    model = open_model(MODEL, (UNSEEN_BY,))
    assert model.packed is not None
    card = model.packed.read("README.md").decode()
    assert f"{UNSEEN_BY} without {GLACIER}" in card
