"""``nnunet-glacier adapt`` through nnU-Net's own preprocessing and training, on tiny scenes."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from adapt_command import QUICK, TRAINER, read, refused, run, weights, write_dataset
from PIL import Image
from tiny_models import make_dataset_json, make_model, make_plans
from typer.testing import CliRunner

from nnunet_glacier.adaptation import record
from nnunet_glacier.adaptation.label_contents import remarks_on_labels
from nnunet_glacier.adaptation.labelled_scenes import open_labelled_scenes
from nnunet_glacier.adaptation.training import mix_with_start
from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.locks import alone_in
from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

pytestmark = pytest.mark.usefixtures("quick_nnunet")


def relabel(dataset, cases, change):
    """Change the label maps of some cases."""
    for case in cases:
        path = dataset / "labelsTr" / f"{case}.png"
        Image.fromarray(change(np.asarray(Image.open(path))).astype(np.uint8)).save(path)


@pytest.fixture(scope="module")
def adapted(model, dataset, tmp_path_factory):
    """Fold 0 adapted to the two earliest scenes."""
    out = tmp_path_factory.mktemp("adapted") / "mine"
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results", "nnUNet_n_proc_DA"):
            patch.delenv(variable, raising=False)
        result = run(model, dataset, out, "--scenes", 2, "--folds", 0, *QUICK)
    assert result.exit_code == 0, result.output
    return out, result.output


def test_a_trained_folder_like_any_other_is_written(adapted, model):
    """It opens as a model of the same trainer, tasks and network, with the short schedule and no work left."""
    out, output = adapted
    opened = open_model(out)
    assert (opened.trainer, opened.configuration, opened.folds) == (TRAINER, "2d", ("0",))
    assert opened.space == LABEL_SPACES["fused"]
    plans = read(out / "plans.json")
    assert (plans["num_epochs"], plans["num_iterations_per_epoch"], plans["seed"]) == (1, 1, 0)
    assert plans["plans_name"] == "nnUNetPlans_adapted"
    ours, theirs = (read(folder / "plans.json")["configurations"]["2d"] for folder in (out, model))
    assert ours == theirs | {"data_identifier": "nnUNetPlans_adapted_2d"}
    assert not (out / "unfinished").exists()
    assert list((out / "fold_0").glob("training_log_*.txt"))
    assert "1 fold trained on 2 scenes of 2020-06-15 to 2020-06-16" in output


def test_scenes_spread_over_the_series_are_the_default_and_sensors_left_out_are_named(model, dataset, tmp_path):
    """Of the six in their order the second and the fifth; scene_0 has no date and comes last.

    One of the two has no label but NA, which is said too.
    """
    mixed = shutil.copytree(dataset, tmp_path / "Dataset002_Mixed")
    scenes = read_scenes(mixed / "scenes.csv").values()
    sensors = dict.fromkeys(("scene_0", "scene_2"), "TDX") | {"scene_3": "ENVISAT", "scene_5": ""}
    write_scenes(mixed / "scenes.csv", [replace(scene, sensor=sensors.get(scene.case, "ERS")) for scene in scenes])
    relabel(mixed, ["scene_4"], lambda label: 0 * label)
    result = run(model, mixed, tmp_path / "out", "--scenes", 2, "--folds", 0, *QUICK[:-2])
    assert result.exit_code == 0, result.output
    assert list(read(tmp_path / "out" / "adaptation.json")["settings"]["scenes"]) == ["scene_4", "scene_1"]
    told = "3 scenes that were held out are of sensors that the training has not seen (ENVISAT, TSX/TDX)"
    assert told in " ".join(result.output.split())
    said = result.stdout.splitlines()
    assert said.index("scene_4: its label is NA everywhere.") < next(
        number for number, line in enumerate(said) if line.startswith("fold 0: log in")
    )


def test_what_the_model_knows_of_missing_data_comes_along(model, dataset, tmp_path):
    knowing = shutil.copytree(model, tmp_path / model.name)
    (knowing / "dataset.json").write_text(json.dumps({**read(model / "dataset.json"), "nodata": 0}))
    result = run(knowing, dataset, tmp_path / "out", "--scenes", 1, "--folds", 0, *QUICK)
    assert result.exit_code == 0, result.output
    assert open_model(tmp_path / "out").nodata == 0


def test_the_earliest_scenes_are_trained_on_and_the_rest_is_listed(adapted, dataset):
    """scene_5 is of 15 June, scene_4 of 16 June; the others are images for predict."""
    out, _ = adapted
    assert list(read(out / "adaptation.json")["settings"]["scenes"]) == ["scene_5", "scene_4"]
    listed = (out / "held_out.txt").read_text().split()
    assert listed == [str(dataset / "imagesTr" / f"scene_{index}_0000.png") for index in range(4)]


def test_training_starts_from_all_weights_of_the_model(adapted, model):
    """After a small step they are close to the model's, the last layer's too, and others."""
    out, _ = adapted
    before, after = weights(model, 0), weights(out, 0)
    moved = {name: float((after[name] - weight).abs().max()) for name, weight in before.items()}
    assert max(moved.values()) < 0.1
    assert any("seg_layers" in name and distance > 0 for name, distance in moved.items())
    # Another fold's weights are far.
    assert max(float((after[name] - weight).abs().max()) for name, weight in weights(model, 1).items()) > 0.1


def test_the_weights_move_three_quarters_as_far_as_trained(adapted, model, dataset, tmp_path):
    """The result is the mean of the model and of what was trained; with --share 1 it is the latter."""
    whole = tmp_path / "whole"
    result = run(model, dataset, whole, "--scenes", 2, "--folds", 0, "--share", 1, *QUICK)
    assert result.exit_code == 0, result.output
    before, part, after = weights(model, 0), weights(adapted[0], 0), weights(whole, 0)
    for name, weight in before.items():
        torch.testing.assert_close(part[name], 0.25 * weight + 0.75 * after[name], rtol=1e-6, atol=1e-7)
    assert any(not torch.equal(part[name], after[name]) for name in before)
    settings = read(adapted[0] / "adaptation.json")["settings"]
    assert (settings["share"], settings["schedule"]["adam_lr_share"]) == (0.75, 0.3)
    assert "it holds another adaptation" in refused(model, dataset, whole, "--scenes", 2, "--folds", 0, *QUICK)


def test_of_labels_of_a_whole_series_the_adapted_weights_are_taken_alone(model, dataset, tmp_path):
    """What `convert series` wrote says so; a share that is given goes before."""
    series = shutil.copytree(dataset, tmp_path / "Dataset002_Series")
    content = read(series / "dataset.json")
    (series / "dataset.json").write_text(json.dumps({**content, "source": "series"}))
    alone, given = tmp_path / "alone", tmp_path / "given"
    for out, options in ((alone, []), (given, ["--share", 0.25])):
        result = run(model, series, out, "--scenes", 2, "--folds", 0, *options, *QUICK)
        assert result.exit_code == 0, result.output
    recorded = [read(out / "adaptation.json")["settings"] for out in (alone, given)]
    assert [settings["share"] for settings in recorded] == [1, 0.25]
    assert [settings["schedule"]["adam_lr_share"] for settings in recorded] == [0.1, 0.1]
    before, whole, part = weights(model, 0), weights(alone, 0), weights(given, 0)
    for name, weight in before.items():
        torch.testing.assert_close(part[name], torch.lerp(weight, whole[name], 0.25), rtol=1e-6, atol=1e-7)


def test_a_mean_is_not_taken_twice(tmp_path):
    """Killed between the mean and the end, the same command finds it taken."""
    for name, value in (("start", 0.0), ("trained", 4.0)):
        weights_of = {"a": torch.tensor([value]), "steps": torch.tensor(int(value))}
        torch.save({"network_weights": weights_of, "trainer_name": "T"}, tmp_path / name)
    for _ in range(2):
        mix_with_start(tmp_path / "trained", tmp_path / "start", 0.25)
        content = torch.load(tmp_path / "trained", weights_only=False)
        assert content["network_weights"]["a"].tolist() == [1.0] and content["trainer_name"] == "T"
        assert int(content["network_weights"]["steps"]) == 4


def test_a_packed_model_is_adapted_like_the_folder_it_was_packed_from(adapted, model, dataset, tmp_path):
    """The same weights to start from and the same seed end at the same weights."""
    packed = tmp_path / "tiny"
    assert CliRunner().invoke(app, ["model", "pack", str(model), str(packed)]).exit_code == 0
    out = tmp_path / "mine"
    result = run(packed, dataset, out, "--scenes", 2, "--folds", 0, *QUICK)
    assert result.exit_code == 0, result.output
    for name, weight in weights(adapted[0], 0).items():
        torch.testing.assert_close(weights(out, 0)[name], weight, rtol=0, atol=0)
    assert read(out / "adaptation.json")["model"] == str(packed)


def test_the_same_command_keeps_what_is_done_and_adds_a_fold(adapted, model, dataset, tmp_path):
    """Fold 0 stays to the byte; fold 1 comes beside it, and the record has both."""
    out = shutil.copytree(adapted[0], tmp_path / "mine")
    checkpoint = (out / "fold_0" / "checkpoint_final.pth").read_bytes()
    result = run(model, dataset, out, "--scenes", 2, *QUICK)
    assert result.exit_code == 0, result.output
    assert "1 kept" in result.output
    assert (out / "fold_0" / "checkpoint_final.pth").read_bytes() == checkpoint
    assert sorted(read(out / "adaptation.json")["checkpoints"]) == ["0", "1"]
    assert open_model(out).folds == ("0", "1")


def test_a_stopped_training_goes_on(model, dataset, tmp_path, monkeypatch):
    """Stopped after the first of two epochs: the same weights as unbroken, since the seed is the same."""
    from nnunet_glacier.trainers.schedule import nnUNetTrainerGlacier

    arguments = [model, dataset, tmp_path / "stopped", "--scenes", 2, "--folds", 0, *QUICK, "--epochs", 2]
    end = nnUNetTrainerGlacier.on_epoch_end

    def stopping(trainer):
        end(trainer)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(nnUNetTrainerGlacier, "on_epoch_end", stopping)
        assert run(*arguments).exit_code == 130
    work = tmp_path / "stopped" / "unfinished"
    assert list(work.rglob("checkpoint_latest.pth"))
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert not work.exists()
    unbroken = [*arguments[:2], tmp_path / "unbroken", *arguments[3:]]
    assert run(*unbroken).exit_code == 0
    for name, weight in weights(tmp_path / "unbroken", 0).items():
        assert torch.equal(weight, weights(tmp_path / "stopped", 0)[name]), name


def test_a_fold_that_was_begun_is_kept_when_others_are_asked_for(adapted, model, dataset, tmp_path):
    out = shutil.copytree(adapted[0], tmp_path / "mine")
    results = out / "unfinished" / "nnUNet_results" / "Dataset001_Adaptation"
    begun = results / f"{TRAINER}__nnUNetPlans_adapted__2d" / "fold_1" / "checkpoint_latest.pth"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(b"hours of work")
    result = run(model, dataset, out, "--scenes", 2, "--folds", 0, *QUICK)
    assert result.exit_code == 0, result.output
    assert "Begun and not done: fold_1" in result.output
    assert begun.read_bytes() == b"hours of work"


def test_a_checkpoint_that_was_being_written_is_started_anew(model, dataset, tmp_path):
    """Half a file is no state to go on from; it is kept until the adaptation is done."""
    arguments = [model, dataset, tmp_path / "mine", "--scenes", 1, "--folds", 0, *QUICK]
    results = tmp_path / "mine" / "unfinished" / "nnUNet_results" / "Dataset001_Adaptation"
    fold = results / f"{TRAINER}__nnUNetPlans_adapted__2d" / "fold_0"
    assert run(*arguments).exit_code == 0
    fold.mkdir(parents=True)
    shutil.rmtree(tmp_path / "mine" / "fold_0")
    (fold / "checkpoint_latest.pth").write_bytes(b"half")
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine" / "fold_0" / "checkpoint_final.pth").is_file()
    assert "not done" not in result.output and not (tmp_path / "mine" / "unfinished").exists()
    assert open_model(tmp_path / "mine").left_out == ()


def test_a_training_that_could_not_go_on_is_kept(model, dataset, tmp_path, monkeypatch):
    """A device without memory, or a disk that fails, says nothing against the checkpoint."""
    arguments = [model, dataset, tmp_path / "mine", "--scenes", 1, "--folds", 0, *QUICK]
    results = tmp_path / "mine" / "unfinished" / "nnUNet_results" / "Dataset001_Adaptation"
    fold = results / f"{TRAINER}__nnUNetPlans_adapted__2d" / "fold_0"
    assert run(*arguments).exit_code == 0
    fold.parent.mkdir(parents=True)
    shutil.move(tmp_path / "mine" / "fold_0", fold)
    (fold / "checkpoint_final.pth").rename(fold / "checkpoint_latest.pth")
    before = (fold / "checkpoint_latest.pth").read_bytes()

    def no_memory(self, checkpoint):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(nnUNetTrainerGlacier, "load_checkpoint", no_memory)
    assert run(*arguments).exit_code != 0
    assert (fold / "checkpoint_latest.pth").read_bytes() == before


def test_a_trainer_that_draws_by_pixel_size_finds_the_scenes(model, dataset, tmp_path):
    """The chosen scenes stand in a table beside what nnU-Net reads."""
    sizes = shutil.copytree(dataset, tmp_path / "Dataset002_Sizes")
    scenes = read_scenes(sizes / "scenes.csv").values()
    write_scenes(sizes / "scenes.csv", [replace(scene, pixel_size_m=20.0) for scene in scenes])
    out = tmp_path / "mine"
    result = run(model, sizes, out, "--scenes", 2, "--folds", 0, "--trainer", f"{TRAINER}LowResolution", *QUICK)
    assert result.exit_code == 0, result.output
    (log,) = (out / "fold_0").glob("training_log_*.txt")
    assert "2 training scenes are shown 1 to 1 times as often" in log.read_text()


def test_another_adaptation_in_the_folder_is_refused(adapted, model, dataset, tmp_path):
    """With other scenes or another schedule; --overwrite replaces it."""
    out = shutil.copytree(adapted[0], tmp_path / "mine")
    text = refused(model, dataset, out, "--scenes", 3, "--epochs", 2)
    others = "1 scene trained on before and not now (scene_5); 2 scenes trained on now and not before (scene_2, "
    assert f"another adaptation: {others}scene_0); num_epochs was 1, now 2; " in text
    assert (out / "fold_0").is_dir()
    result = run(model, dataset, out, "--scenes", 1, "--folds", 1, *QUICK, "--overwrite")
    assert result.exit_code == 0, result.output
    assert open_model(out).folds == ("1",)


def test_what_others_keep_in_the_folder_stays(adapted, model, dataset, tmp_path):
    """With --overwrite what the earlier run wrote goes alone: its fold 0, and its list of scenes that were held out."""
    out = shutil.copytree(adapted[0], tmp_path / "mine")
    (out / "predictions").mkdir()
    (out / "predictions" / "a.png").write_bytes(b"mine")
    assert (out / "held_out.txt").is_file()
    result = run(model, dataset, out, "--folds", 1, *QUICK, "--overwrite")
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    assert names == ["adaptation.json", "dataset.json", "fold_1", "plans.json", "predictions"]
    assert (out / "predictions" / "a.png").read_bytes() == b"mine"
    assert list(read(out / "adaptation.json")["checkpoints"]) == ["1"]


def test_a_stop_while_folds_are_replaced_leaves_none_in_part(adapted, model, dataset, tmp_path, monkeypatch):
    """Deletion stops at its first file: the fold counts as done no more, and the command before trains it again."""
    out = shutil.copytree(adapted[0], tmp_path / "mine")

    def stopped(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(record.shutil, "rmtree", stopped)
        assert run(model, dataset, out, "--scenes", 3, *QUICK, "--overwrite").exit_code == 130
    assert not (out / "fold_0").exists()
    result = run(model, dataset, out, "--scenes", 2, "--folds", 0, *QUICK)
    assert result.exit_code == 0, result.output
    assert open_model(out).folds == ("0",) and not (out / "unfinished").exists()


def test_two_runs_do_not_train_in_one_folder(adapted, model, dataset, tmp_path):
    """The second would remove what the first one trains on; also with --overwrite, and for another fold."""
    out = shutil.copytree(adapted[0], tmp_path / "mine")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*") if path.name != ".run.lock"}
    with alone_in(out):
        for more in (["--overwrite"], ["--folds", 1]):
            text = refused(model, dataset, out, "--scenes", 2, *QUICK, *more)
            assert f"{out}: another run of nnunet-glacier is at work in it. Wait" in text
        after = {path: path.stat().st_mtime_ns for path in out.rglob("*.*") if path.name != ".run.lock"}
        assert after == before
    assert run(model, dataset, out, "--scenes", 2, "--folds", 0, *QUICK).exit_code == 0


def test_everything_wrong_is_said_before_anything_is_trained(model, tmp_path):
    """Other tasks, channels and files, and more scenes than there are, in one list."""
    dataset = write_dataset(tmp_path / "Dataset002_Other", "zones")
    described = read(dataset / "dataset.json")
    described["channel_names"] = {"0": "HH"}
    (dataset / "dataset.json").write_text(json.dumps(described))
    text = refused(model, dataset, tmp_path / "out", "--scenes", 7)
    assert "3 problems; nothing was written" in text
    assert "its tasks (zones: NA, rock, glacier, ocean) are not the model's (fused: NA, rock, glacier, ocean" in text
    assert "its channels (HH) are not the model's (SAR)" in text
    assert "7 is not between 1 and the number of labelled scenes, 6" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("table", [False, True])
def test_a_folder_of_scenes_is_no_dataset(model, tmp_path, table):
    """With or without the table that ``scenes`` writes beside them."""
    (tmp_path / "scenes").mkdir()
    if table:
        (tmp_path / "scenes" / "scenes.csv").write_text("case,date\na,2019-03-12\n")
    text = refused(model, tmp_path / "scenes", tmp_path / "out")
    assert "dataset.json" in text and "convert" in text
    assert not (tmp_path / "out").exists()


def test_a_dataset_without_a_labelled_scene_is_refused(model, dataset, tmp_path):
    """Also beside a model that is none, at once."""
    empty = shutil.copytree(dataset, tmp_path / "empty")
    for path in (empty / "labelsTr").iterdir():
        path.unlink()
    text = refused(tmp_path / "nothing", empty, tmp_path / "out")
    assert "there is no labelled scene (*.png) in it" in text
    assert "nothing: there is no such folder" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda label: 0 * label, "its label is NA everywhere"),
        (lambda label: np.where(label == 2, 3, label), "there is no glacier in its label"),
        (lambda label: 0 * label + 5, "none of its pixels has a label"),
    ],
)
def test_scenes_without_a_glacier_are_refused_together_and_named_alone(model, dataset, tmp_path, change, said):
    """Before anything is trained; a scene that is not trained on counts for nothing."""
    empty = shutil.copytree(dataset, tmp_path / "Dataset002_Empty")
    described = read(empty / "dataset.json")
    described["labels"]["ignore"] = 5
    (empty / "dataset.json").write_text(json.dumps(described))
    relabel(empty, ["scene_1", "scene_2"], change)
    text = refused(model, empty, tmp_path / "out", "--scenes", "scene_1,scene_2", "--trainer", "none")
    assert "3 problems" in text and "its trainer none is not found" in text
    for case in ("scene_1", "scene_2"):
        assert f"{case}.png: {said}. Label some in one of them, or choose other scenes" in text
    assert not (tmp_path / "out").exists()
    scenes = open_labelled_scenes(empty)
    assert remarks_on_labels(scenes, ["scene_0", "scene_1", "scene_2"]) == [f"scene_1: {said}.", f"scene_2: {said}."]
    assert remarks_on_labels(scenes, ["scene_0"]) == []


def test_of_several_tasks_the_zones_count_and_of_lines_alone_the_line(tmp_path):
    """A code of 4 is a front on NA; among scenes with a line, one without teaches where there is none."""
    both = open_labelled_scenes(write_dataset(tmp_path / "Dataset002_Both", "multitask"))
    relabel(both.folder, ["scene_1"], lambda label: np.where(label == 4, 4, 0))
    assert remarks_on_labels(both, ["scene_0", "scene_1"]) == ["scene_1: its label is NA everywhere."]
    front = open_labelled_scenes(write_dataset(tmp_path / "Dataset003_Front", "multitask"))
    described = read(front.folder / "dataset.json")
    described |= {"tasks": LABEL_SPACES["front"].to_json(), "labels": LABEL_SPACES["front"].nnunet_labels()}
    (front.folder / "dataset.json").write_text(json.dumps(described))
    relabel(front.folder, front.images, lambda label: label // 4)
    relabel(front.folder, ["scene_1"], lambda label: 0 * label)
    front = open_labelled_scenes(front.folder)
    assert remarks_on_labels(front, list(front.images)) == []
    with pytest.raises(InputError, match=r"scene_1\.png: there is no front in its label"):
        remarks_on_labels(front, ["scene_1"])


def test_a_label_map_that_cannot_be_read_is_refused(dataset, tmp_path):
    damaged = shutil.copytree(dataset, tmp_path / "Dataset002_Damaged")
    (damaged / "labelsTr" / "scene_3.png").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"scene_3\.png: it cannot be read as an image"):
        remarks_on_labels(open_labelled_scenes(damaged), ["scene_2", "scene_3"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenes", "scene_1,scene_9"], "'scene_9' is no labelled scene"),
        (["--scenes", "missing.txt"], "missing.txt: it cannot be read"),
        (["--scenes", "\u00b2"], "'\u00b2' is no labelled scene"),
        (["--folds", ","], "--folds: it names no fold"),
        (["--folds", "5"], "there is no checkpoint_final.pth"),
        (
            ["--trainer", "nnUNetTrainerMine"],
            "its trainer nnUNetTrainerMine is not found. Add its folder",
        ),
        (["--trainer", "nnUNetTrainer"], "does not take the length of a training from the plans"),
    ],
)
def test_what_is_not_there_is_refused(model, dataset, tmp_path, arguments, said):
    """With what to do, and nothing written."""
    assert said in refused(model, dataset, tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


def test_a_list_that_is_not_in_utf_8_is_named(model, dataset, tmp_path):
    """With the way to save it; nothing is written."""
    (tmp_path / "scenes.txt").write_bytes("Gr\u00f6nland\n".encode("latin-1"))
    text = refused(model, dataset, tmp_path / "out", "--scenes", tmp_path / "scenes.txt")
    assert "it is no text in UTF-8" in text
    assert "iconv -f latin1 -t utf8 scenes.txt" in text
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(model, dataset, tmp_path):
    """Also with --overwrite; and the model is not replaced by its own adaptation."""
    (tmp_path / "notes.txt").write_text("mine")
    assert "not empty and holds no adaptation.json" in refused(model, dataset, tmp_path, "--overwrite")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert "it is the model itself" in refused(model, dataset, model, "--overwrite")


def test_weights_of_another_network_are_refused(dataset, tmp_path):
    """Where --trainer builds another one than the model's."""
    folder = tmp_path / f"{TRAINER}__nnUNetPlans__2d"
    plain = make_model(
        folder, make_dataset_json(LABEL_SPACES["fused"]), make_plans(patch=(32, 32)), folds=("all",), trainer=TRAINER
    )
    other = ["--trainer", "nnUNetTrainerGlacierAttentionUNet"]
    assert "do not fit the network" in refused(plain, dataset, tmp_path / "out", "--scenes", 1, *QUICK, *other)
    result = run(plain, dataset, tmp_path / "plain", "--scenes", 1, *QUICK)
    assert result.exit_code == 0, result.output
    assert open_model(tmp_path / "plain").folds == ("0",)
