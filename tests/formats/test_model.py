"""What is wrong with a trained folder is said before anything is loaded."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import FUSED_LABELS, make_dataset_json, make_model, make_plans

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.model_plans import PLANS_JSON
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


def test_folds_that_an_adaptation_has_not_done_are_named(copied):
    """They lie in nnU-Net's folders below the model until they are done."""
    (copied / "unfinished" / "nnUNet_results" / "Dataset999_Adaptation" / "T__p__2d" / "fold_7").mkdir(parents=True)
    assert open_model(copied).left_out == ("3", "7")


def test_every_missing_fold_is_listed(copied):
    """With the folds that there are."""
    problems_told = problems(copied, ("1", "3", "7", "1"))
    assert len(problems_told) == 3
    assert all("Folds with checkpoint_final.pth: 0, 1, 2" in problem for problem in problems_told[:2])
    assert "fold 1 is named twice" in problems_told[2]
    (told,) = problems(copied, ())
    assert "--folds: it names no fold" in told


def test_no_best_checkpoint(copied):
    """The remedy names the option."""
    assert "no fold has a checkpoint_best.pth" in problems(copied, checkpoint="best")[0]


def test_files_of_the_folder_that_are_missing_or_damaged(copied):
    """Both are listed at once."""
    (copied / "dataset.json").unlink()
    (copied / "plans.json").write_text("{")
    problems_told = problems(copied)
    assert [problem.split(":")[0].rsplit("/", 1)[1] for problem in problems_told] == ["dataset.json", "plans.json"]


def test_a_packed_model_has_no_other_checkpoint():
    """Its weights are of one checkpoint a fold; another that is asked for is not passed over in silence."""
    (told,) = problems("caffe-256", checkpoint="best")
    assert "it is packed and holds one checkpoint a fold, so that there is no choice of 'best'" in told


def test_checkpoints_that_cannot_be_loaded(copied):
    """A cut-off file and a file of something else, each by name."""
    whole = (copied / "fold_0" / "checkpoint_final.pth").read_bytes()
    (copied / "fold_0" / "checkpoint_final.pth").write_bytes(whole[: len(whole) // 2])
    torch.save({"weights": 1}, copied / "fold_2" / "checkpoint_final.pth")
    problems_told = problems(copied)
    assert len(problems_told) == 2
    assert "fold_0" in problems_told[0]
    assert "fold_2" in problems_told[1]


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
    problems_told = problems(copied)
    assert len(problems_told) == 2
    assert all("nnUNetv2_predict" in problem for problem in problems_told)


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
    (problem,) = problems(results)
    assert problem.endswith(
        "there are 3 below it: Dataset001_X/A__p__2d, Dataset001_X/B__p__2d, downloaded. Give one of them"
    )
    (problem,) = problems(copied / "fold_1")
    assert problem.endswith(f"but lies in one. Give the folder above it, {copied}")


@pytest.mark.parametrize("given", ["imagesTs", "imagesTs/a_0000.png", "."])
def test_images_in_place_of_the_model(tmp_path, given):
    """A folder of images, an image and a raw dataset: the two may be swapped."""
    (tmp_path / "imagesTs").mkdir()
    (tmp_path / "imagesTs" / "a_0000.png").touch()
    (tmp_path / "dataset.json").write_text("{}")
    (problem,) = problems(tmp_path / given)
    assert problem.endswith("Give a trained folder as the model; are model and images swapped?")


def test_a_folder_of_something_else(tmp_path):
    """It is told what a trained folder holds."""
    assert problems(tmp_path) == [
        f"{tmp_path}: it is no trained folder <Trainer>__<plans>__<configuration>. Give a folder that nnUNetv2_train "
        "made, with plans.json, dataset.json and fold_*"
    ]


def changed_json(path, change):
    """Write what a change makes of a JSON file."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content)))


def in_configuration(**entries):
    def change(plans):
        plans["configurations"]["2d"] |= entries
        return plans

    return change


def in_architecture(key, value):
    def change(plans):
        plans["configurations"]["2d"]["architecture"][key] = value
        return plans

    return change


def without(key):
    return lambda content: {name: value for name, value in content.items() if name != key}


PLANS_FAULTS = [
    (lambda _: 7, "it is 7, but it should be an object"),
    (lambda _: None, "it is None, but it should be an object"),
    (lambda _: [], "it is [], but it should be an object"),
    (lambda _: "2d", "it is '2d', but it should be an object"),
    (without("configurations"), "configurations is missing"),
    (without("transpose_forward"), "transpose_forward is missing"),
    (lambda plans: {**plans, "configurations": []}, "configurations is []"),
    (lambda plans: {**plans, "configurations": {}}, "there is no configuration '2d'"),
    (lambda plans: {**plans, "plans_name": "../../x"}, "plans_name is '../../x'"),
    (lambda plans: {**plans, "dataset_name": "/etc"}, "dataset_name is '/etc'"),
    (lambda plans: {**plans, "transpose_backward": [0, 1, 1]}, "transpose_backward: [0, 1, 1] is no order"),
    (lambda plans: {**plans, "image_reader_writer": "os.system"}, "image_reader_writer is 'os.system'"),
    (in_configuration(inherits_from="2d"), "configurations.2d.inherits_from leads to 2d > 2d"),
    (in_configuration(inherits_from="3d"), "configurations.2d.inherits_from leads to 2d > 3d"),
    (in_configuration(patch_size=[0, 64]), "configurations.2d.patch_size.0 is 0"),
    (in_configuration(patch_size=[64, 100_000]), "configurations.2d.patch_size.1 is 100000"),
    (in_configuration(patch_size="64"), "configurations.2d.patch_size is '64'"),
    (in_configuration(patch_size=[64.5, 64]), "configurations.2d.patch_size.0 is 64.5"),
    (in_configuration(spacing=[1.0, float("nan")]), "configurations.2d.spacing.1 is nan"),
    (in_configuration(spacing=[1.0, float("inf")]), "configurations.2d.spacing.1 is inf"),
    (in_configuration(spacing=[0.0, 1.0]), "configurations.2d.spacing.0 is 0.0"),
    (in_configuration(spacing=[1.0]), "configurations.2d.spacing is [1.0], but two numbers"),
    (in_configuration(normalization_schemes=[]), "configurations.2d.normalization_schemes is []"),
    (in_configuration(use_mask_for_norm=[False, False]), "use_mask_for_norm has 2 entries"),
    (in_configuration(architecture=None), "configurations.2d.architecture is missing"),
    (in_architecture("network_class_name", "os.system"), "network_class_name: 'os.system' is no class of"),
    (in_architecture("arch_kwargs", 3), "configurations.2d.architecture.arch_kwargs is 3"),
    (in_architecture("arch_kwargs", {"conv_op": "os.getcwd"}), "arch_kwargs.conv_op: 'os.getcwd' is no class of"),
]


def relabelled(labels):
    """Other labels in a dataset.json that names no tasks, as nnU-Net's own do not."""
    return lambda content: {key: value for key, value in {**content, "labels": labels}.items() if key != "tasks"}


DATASET_FAULTS = [
    (lambda _: 7, "it holds 7; wanted is a JSON object"),
    (lambda _: None, "it holds null"),
    (lambda _: [1], "it holds [1]"),
    (without("labels"), "it has no 'labels'"),
    (without("file_ending"), "it has no 'file_ending'"),
    (without("channel_names"), "channel_names is missing"),
    (lambda content: {**content, "file_ending": "/../x"}, "'file_ending' is '/../x'"),
    (lambda content: {**content, "file_ending": 7}, "'file_ending' is 7"),
    (relabelled({"background": 0, "ice": 2}), "without a gap"),
    (relabelled({"ice": 1, "water": 0}), "without a gap"),
    (relabelled({"background": 0}), "without a gap"),
    (lambda content: {**content, "labels": {"background": 0, "ice": "1"}}, "'labels.ice' is '1'"),
    (relabelled({"background": 0, "ice": [1, 2]}), "regions_class_order is missing"),
    (lambda content: {**content, "tasks": [{"name": "../../../../x", "classes": ["a", "b"]}]}, "'../../../../x'"),
    (lambda content: {**content, "tasks": "zones"}, "but it is 'zones'"),
]


@pytest.mark.parametrize(("change", "said"), PLANS_FAULTS)
def test_plans_of_another_shape(copied, change, said):
    """File, key, value and what is wanted, in a sentence."""
    changed_json(copied / PLANS_JSON, change)
    (problem,) = problems(copied)
    assert problem.startswith(f"{copied / PLANS_JSON}: ")
    assert said in problem


@pytest.mark.parametrize(("change", "said"), DATASET_FAULTS)
def test_a_dataset_json_of_another_shape(copied, change, said):
    """As of plans; a task's name cannot lead out of the output folder."""
    changed_json(copied / "dataset.json", change)
    (problem,) = problems(copied)
    assert problem.startswith(f"{copied / 'dataset.json'}: ")
    assert said in problem


def spoilt(copied, fold, change):
    path = copied / f"fold_{fold}" / "checkpoint_final.pth"
    torch.save(change(torch.load(path, weights_only=True)), path)
    return path


def weights_with(value):
    def change(content):
        name = next(iter(content["network_weights"]))
        weights = content["network_weights"]
        return {**content, "network_weights": {**weights, name: torch.full_like(weights[name], value)}}

    return change


CHECKPOINT_FAULTS = [
    (lambda _: [1, 2], "it holds a list, but a checkpoint is a dict"),
    (lambda _: torch.zeros(3), "it holds a Tensor"),
    (lambda _: None, "it holds None"),
    (lambda _: 7, "it holds 7"),
    (without("network_weights"), "network_weights is missing"),
    (lambda content: {**content, "network_weights": {}}, "network_weights is empty"),
    (lambda content: {**content, "network_weights": [1]}, "network_weights is a list"),
    (lambda content: {**content, "network_weights": {"a": 1}}, "network_weights.a is 1, but a tensor"),
    (
        lambda content: {**content, "network_weights": {"a": torch.zeros(2).to_sparse()}},
        "network_weights.a is no tensor of plain numbers",
    ),
    (
        lambda content: {**content, "network_weights": {"a": torch.zeros(2, device="meta")}},
        "network_weights.a is no tensor of plain numbers",
    ),
    (without("trainer_name"), "trainer_name is missing"),
    (lambda content: {**content, "trainer_name": "a/b"}, "trainer_name is 'a/b'"),
    (without("init_args"), "init_args is missing"),
    (lambda content: {**content, "init_args": {}}, "init_args.configuration is missing"),
    (lambda content: {**content, "inference_allowed_mirroring_axes": (5,)}, "axes of 0 and 1 are wanted"),
    (lambda content: {**content, "inference_allowed_mirroring_axes": [[0]]}, "axes of 0 and 1 are wanted"),
    (weights_with(float("nan")), "values that are NaN or infinite"),
    (weights_with(float("inf")), "values that are NaN or infinite"),
]


@pytest.mark.parametrize(("change", "said"), CHECKPOINT_FAULTS)
def test_checkpoints_of_another_shape(copied, change, said):
    """In the second fold, by its file."""
    path = spoilt(copied, 1, change)
    (problem,) = problems(copied)
    assert problem.startswith(f"{path}: ")
    assert said in problem


def test_weights_of_another_shape_in_the_second_fold(copied):
    """They could not be loaded into one network."""

    def change(content):
        weights = content["network_weights"]
        name = next(iter(weights))
        return {**content, "network_weights": {**weights, name: torch.zeros(1, 2)}}

    path = spoilt(copied, 1, change)
    (problem,) = problems(copied)
    assert problem.startswith(f"{path}: ")
    assert "has the shape (1, 2) in place of (4, 1, 3, 3), unlike those of fold 0" in problem


def test_a_fold_that_was_trained_with_other_plans_is_refused(copied):
    """The plans of the last training stand in the folder; another fold's may have been for pixels of another size."""

    def trained_with(**changes):
        plans = json.loads((copied / PLANS_JSON).read_text())
        plans["num_epochs"] = 7
        plans["configurations"]["2d"] |= changes
        return lambda content: {**content, "init_args": {**content["init_args"], "plans": plans}}

    spoilt(copied, 0, trained_with(patch_size=[32, 32], batch_size=9, previous_stage=None))
    assert open_model(copied).folds == ("0", "1", "2")
    path = spoilt(copied, 1, trained_with(spacing=[2.0, 2.0]))
    (problem,) = problems(copied)
    assert problem == (
        f"{path}: it was trained with other plans than those in {copied / PLANS_JSON}: spacing was [2.0, 2.0], and is "
        "[1.0, 1.0] now. Leave the fold out with --folds, or train it again with the present plans"
    )
    assert open_model(copied, ("0", "2")).folds == ("0", "2")
    # What somebody else's program wrote there says nothing.
    for odd in (None, [], {}, {"configurations": {}}, {"configurations": {"2d": 3}}):
        change = {"init_args": {"configuration": "2d", "plans": odd}}
        spoilt(copied, 1, lambda content, change=change: {**content, **change})
        assert open_model(copied).folds == ("0", "1", "2")


def test_what_nnunet_logs_needs_no_unpickling_and_other_objects_are_told(copied):
    """Numbers of numpy are allowed; of a checkpoint with a path it is known that it could run code."""
    spoilt(copied, 0, lambda content: {**content, "_best_ema": np.float32(0.5), "logging": {"a": [np.float64(1)]}})
    assert open_model(copied).unpickled == {}
    spoilt(copied, 1, lambda content: {**content, "extra": Path("x")})
    model = open_model(copied)
    assert list(model.unpickled) == ["1"]
    assert "it holds pathlib." in model.unpickled["1"]


def test_a_pipe_in_place_of_a_file(copied):
    """Reading it would wait for ever."""
    (copied / "plans.json").unlink()
    os.mkfifo(copied / "plans.json")
    assert "it is no regular file" in problems(copied)[0]


def test_a_name_that_no_model_has(tmp_path, monkeypatch):
    """A word that is no path is looked for among the shipped models."""
    monkeypatch.chdir(tmp_path)
    assert "no shipped model of this name" in problems("caffe")[0]
    (tmp_path / "caffe").mkdir()
    assert "it is no trained folder" in problems("caffe")[0]
    assert problems("")[0].startswith("the model: its name is empty. Give one. Shipped models: ")
