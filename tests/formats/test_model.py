"""What is wrong with a trained folder is said before anything is loaded."""

import json
import shutil

import pytest
import torch
from tiny_models import FUSED_LABELS, make_dataset_json, make_model, make_plans

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.support.errors import InputError


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Three folds of a multi-task model and an unfinished fourth."""
    folder = tmp_path_factory.mktemp("results") / "nnUNetTrainer__tinyPlans__2d"
    make_model(folder, make_dataset_json(LABEL_SPACES["multitask"]), make_plans(), folds=(0, 1, 2))
    (folder / "fold_3").mkdir()
    (folder / "fold_3" / "checkpoint_latest.pth").touch()
    return folder


@pytest.fixture
def copied(trained, tmp_path):
    """A copy that a test may spoil, under a name that is not nnU-Net's."""
    return shutil.copytree(trained, tmp_path / "downloaded")


def problems(folder, folds=None, checkpoint="final"):
    with pytest.raises(InputError) as raised:
        open_model(folder, folds, checkpoint)
    return [str(problem) for problem in raised.value.problems]


def test_all_finished_folds_are_taken(copied):
    """The unfinished one is named; trainer and configuration come from the checkpoints, whatever the folder's name."""
    model = open_model(copied)
    assert model.folds == ("0", "1", "2")
    assert model.left_out == ("3",)
    assert (model.trainer, model.configuration) == ("nnUNetTrainer", "2d")
    assert model.space == LABEL_SPACES["multitask"]
    assert (model.file_ending, model.n_channels) == (".png", 1)


def test_fold_all_is_taken_only_alone(copied):
    """Beside numbered folds it would count its training images twice."""
    shutil.copytree(copied / "fold_0", copied / "fold_all")
    assert open_model(copied).folds == ("0", "1", "2")
    assert open_model(copied, ("all",)).folds == ("all",)
    for fold in (0, 1, 2, 3):
        shutil.rmtree(copied / f"fold_{fold}")
    assert open_model(copied).folds == ("all",)


def test_every_missing_fold_is_listed(copied):
    """With the folds that there are."""
    found = problems(copied, ("1", "3", "7", "1"))
    assert len(found) == 3
    assert all("Folds with checkpoint_final.pth: 0, 1, 2" in problem for problem in found[:2])
    assert "fold 1 is named twice" in found[2]


def test_no_best_checkpoint(copied):
    """The remedy names the option."""
    assert "no fold has a checkpoint_best.pth" in problems(copied, checkpoint="best")[0]


def test_files_of_the_folder_that_are_missing_or_damaged(copied):
    """Both are listed at once."""
    (copied / "dataset.json").unlink()
    (copied / "plans.json").write_text("{")
    found = problems(copied)
    assert [problem.split(":")[0].rsplit("/", 1)[1] for problem in found] == ["dataset.json", "plans.json"]


def test_checkpoints_that_cannot_be_loaded(copied):
    """A cut-off file and a file of something else, each by name."""
    whole = (copied / "fold_0" / "checkpoint_final.pth").read_bytes()
    (copied / "fold_0" / "checkpoint_final.pth").write_bytes(whole[: len(whole) // 2])
    torch.save({"weights": 1}, copied / "fold_2" / "checkpoint_final.pth")
    found = problems(copied)
    assert len(found) == 2
    assert "fold_0" in found[0]
    assert "fold_2" in found[1]


def test_folds_of_different_trainers(copied):
    """They cannot be averaged: their networks differ."""
    path = copied / "fold_1" / "checkpoint_final.pth"
    torch.save({**torch.load(path, weights_only=False), "trainer_name": "nnUNetTrainerOther"}, path)
    assert "fold 1: nnUNetTrainerOther 2d" in problems(copied)[0]


def test_tasks_that_do_not_fit_the_labels(copied):
    """Eight codes, but five labels."""
    content = json.loads((copied / "dataset.json").read_text())
    (copied / "dataset.json").write_text(json.dumps({**content, "labels": FUSED_LABELS}))
    assert "5 labels, but its tasks ('zones', 'front') have 8 codes" in problems(copied)[0]


def test_volumes_and_cascades_are_left_to_nnunet(copied):
    """With the command to use."""
    plans = json.loads((copied / "plans.json").read_text())
    plans["configurations"]["2d"] |= {"patch_size": [8, 64, 64], "previous_stage": "3d_lowres"}
    (copied / "plans.json").write_text(json.dumps(plans))
    found = problems(copied)
    assert len(found) == 2
    assert all("nnUNetv2_predict" in problem for problem in found)


def test_no_folder(tmp_path):
    """The form of the folder's name is told."""
    assert "<Trainer>__<plans>__<configuration>" in problems(tmp_path / "missing")[0]


def test_a_folder_above_trained_ones_names_them(trained, copied):
    """One and two levels above: one problem, with every trained folder below; a fold's folder names that above it."""
    assert problems(trained.parent) == [
        f"{trained.parent}: it is no trained folder <Trainer>__<plans>__<configuration>, but there is one below it: "
        "nnUNetTrainer__tinyPlans__2d. Give it"
    ]
    results = copied.parent
    for name in ("B__p__2d", "A__p__2d"):
        (results / "Dataset001_X" / name).mkdir(parents=True)
        shutil.copy(copied / "plans.json", results / "Dataset001_X" / name)
    (found,) = problems(results)
    assert found.endswith(
        "there are 3 below it: Dataset001_X/A__p__2d, Dataset001_X/B__p__2d, downloaded. Give one of them"
    )
    (found,) = problems(copied / "fold_1")
    assert found.endswith(f"but lies in one. Give the folder above it, {copied}")


@pytest.mark.parametrize("given", ["imagesTs", "imagesTs/a_0000.png", "."])
def test_images_in_place_of_the_model(tmp_path, given):
    """A folder of images, an image and a raw dataset: MODEL and IMAGES may be swapped."""
    (tmp_path / "imagesTs").mkdir()
    (tmp_path / "imagesTs" / "a_0000.png").touch()
    (tmp_path / "dataset.json").write_text("{}")
    (found,) = problems(tmp_path / given)
    assert found.endswith("Give the trained folder first, then the images: MODEL and IMAGES may be swapped")


def test_a_folder_of_something_else(tmp_path):
    """It is told what a trained folder holds."""
    assert problems(tmp_path) == [
        f"{tmp_path}: it is no trained folder <Trainer>__<plans>__<configuration>. Give a folder that nnUNetv2_train "
        "made, with plans.json, dataset.json and fold_*"
    ]
