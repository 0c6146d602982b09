"""What is packed opens as it was, in half the size or less, and only what belongs together is packed."""

import json
import shutil

import pytest
import torch
from packed import pack, trained_folder

from nnunet_glacier.formats.model import open_model
from nnunet_glacier.models.pack import Options, pack_model
from nnunet_glacier.support.errors import InputError


def problems(trained, out, **options):
    with pytest.raises(InputError) as raised:
        pack_model(trained, out, Options(**options))
    return [str(problem) for problem in raised.value.problems]


def checkpoint(folder, fold):
    return folder / f"fold_{fold}" / "checkpoint_final.pth"


def changed(folder, fold, **entries):
    """Change entries of a checkpoint."""
    path = checkpoint(folder, fold)
    torch.save({**torch.load(path, weights_only=True), **entries}, path)


def test_single_precision_keeps_every_weight(trained, packed):
    """Trainer, configuration, axes, tasks and the digests too; equal tensors are kept once."""
    before, after = open_model(trained), open_model(packed)
    assert after.packed is not None
    assert (after.trainer, after.configuration, after.mirroring_axes) == ("nnUNetTrainer", "2d", (0, 1))
    assert (after.folds, after.space, after.plans) == (before.folds, before.space, before.plans)
    for fold in before.folds:
        one, other = before.weights(fold), after.weights(fold)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    unique = {weight.data_ptr(): weight.numel() for weight in one.values()}
    numbers = sum(unique.values())
    assert numbers < sum(weight.numel() for weight in one.values())
    assert (packed / "fold_1.safetensors").stat().st_size < 4 * numbers + 10_000
    record = json.loads((packed / "model.json").read_text())
    assert record["folds"]["1"]["sha256_of_checkpoint"] == before.checkpoint_sha256()["1"]
    assert record["purpose"] == "tests"


def test_half_precision_rounds_to_11_bits(trained, tmp_path):
    """The weights come back in single precision, each within half of the last of its 11 bits."""
    model = open_model(pack(trained, tmp_path / "half", half=True))
    for name, exact in open_model(trained).weights("0").items():
        rounded = model.weights("0")[name]
        assert rounded.dtype == torch.float32
        torch.testing.assert_close(rounded, exact, rtol=2**-11, atol=2**-25)


@pytest.mark.parametrize(
    ("of_datasets", "given", "expected"),
    [
        (([20, 50], [7, 30]), None, (7, 50)),
        (([20, 50], [7, 30]), (68, 85), (68, 85)),
        (([20, 50], None), None, None),
        ((None, None), (68, 85), (68, 85)),
    ],
    ids=["those of all datasets", "what is given comes first", "one is not known", "given alone"],
)
def test_the_pixel_sizes_of_the_training_scenes_come_along(tmp_path, of_datasets, given, expected):
    """Trained folders know those of their dataset, and the packed model all of them."""
    trained = [
        trained_folder(tmp_path / f"t{index}", remarks={"pixel_size_m": sizes} if sizes else {})
        for index, sizes in enumerate(of_datasets)
    ]
    assert open_model(trained[0]).pixel_size_m == (None if of_datasets[0] is None else tuple(of_datasets[0]))
    assert open_model(pack(trained, tmp_path / "out", pixel_size_m=given)).pixel_size_m == expected


@pytest.mark.parametrize(("remarks", "given", "expected"), [({"nodata": 0}, None, 0), ({}, 0, 0), ({}, None, None)])
def test_the_value_without_data_comes_along(tmp_path, remarks, given, expected):
    trained = trained_folder(tmp_path / "trained", remarks=remarks)
    assert open_model(pack([trained], tmp_path / "out", nodata=given)).nodata == expected


def test_models_that_differ_in_the_value_without_data_ask_for_one(tmp_path):
    """What the first says is not that of the second's folds."""
    trained = [trained_folder(tmp_path / "a", remarks={"nodata": 0}), trained_folder(tmp_path / "b")]
    (problem,) = problems(trained, tmp_path / "out")
    listed = f"0 of {tmp_path / 'a'}, none of {tmp_path / 'b'}"
    assert problem == f"--nodata: the models have different values of pixels without data: {listed}. Give one"
    assert open_model(pack(trained, tmp_path / "out", nodata=7)).nodata == 7


def test_a_model_given_twice_is_named(trained, packed, tmp_path):
    """Its folds would count twice in the mean, and their spread would be too small."""
    for twice in ([trained, trained], [packed, packed.parent / "." / packed.name]):
        (problem,) = problems(twice, tmp_path / "out")
        assert problem == f"{twice[0]}: it is given more than once. Give each folder once"


def test_what_a_packed_model_says_stays_when_it_is_packed_again(packed, tmp_path):
    """The licence of its weights, and what a pixel's value is; what is given comes first."""
    record = json.loads((pack(packed, tmp_path / "again", folds=("1",)) / "model.json").read_text())
    assert (record["licence"], list(record["folds"])) == ("CC BY 4.0", ["1"])
    calibrated = pack(packed, tmp_path / "calibrated", values="calibrated amplitude", licence="CC0")
    record = json.loads((pack(calibrated, tmp_path / "last") / "model.json").read_text())
    assert (record["licence"], record["input"]["values"]) == ("CC0", "calibrated amplitude")


@pytest.mark.parametrize(
    ("remarks", "values"),
    [
        ({}, "8-bit grey amplitude"),
        ({"channels": {"kind": "phase_mag"}}, "phase / pi, min(magnitude / scale, 1)"),
    ],
)
def test_the_card_says_what_the_channels_are(tmp_path, remarks, values):
    """Interferograms are no grey amplitude."""
    packed = pack(trained_folder(tmp_path / "trained", remarks=remarks), tmp_path / "out")
    assert json.loads((packed / "model.json").read_text())["input"]["values"] == values
    assert f"* Input: {values}; " in (packed / "README.md").read_text()


@pytest.mark.parametrize("name", ["README.md", "dataset.json"])
def test_files_of_others_that_are_named_alike_are_left_alone(trained, tmp_path, name):
    """Also with --overwrite, where no model is that could be replaced; what a stopped run left is gone on with."""
    out = tmp_path / "project"
    out.mkdir()
    (out / name).write_text("mine")
    for overwrite in (False, True):
        (problem,) = problems([trained], out, overwrite=overwrite)
        assert f"it holds 1 file of something else, such as {name}" in problem
    assert (out / name).read_text() == "mine"
    (out / "fold_0.safetensors").touch()
    assert open_model(pack(trained, out)).folds == ("0", "1")


def test_a_weight_beyond_half_precision_is_refused(trained, tmp_path):
    """It would become infinite."""
    folder = shutil.copytree(trained, tmp_path / "large")
    weights = torch.load(checkpoint(folder, 0), weights_only=True)["network_weights"]
    name = next(iter(weights))
    changed(folder, 0, network_weights={**weights, name: torch.full_like(weights[name], 1e5)})
    (problem,) = problems([folder], tmp_path / "out", half=True)
    assert f"{name} holds 100000, " in problem
    assert "beyond half precision's 65504" in problem
    assert not (tmp_path / "out").exists()


def test_the_same_folds_give_the_same_bytes(trained, tmp_path):
    """Archives too."""
    first, second = (pack(trained, tmp_path / f"{name}.zip", name="tiny") for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_folds_of_several_trainings_are_numbered(tmp_path):
    """Two folders with ``all``: the order of the folders; where each comes from is recorded."""
    folders = [trained_folder(tmp_path / name / "nnUNetTrainer__tinyPlans__2d", folds=("all",)) for name in "ab"]
    packed = pack(folders, tmp_path / "two", seeds={"0": 7, "1": 8})
    assert open_model(packed).folds == ("0", "1")
    folds = json.loads((packed / "model.json").read_text())["folds"]
    assert [fold["seed"] for fold in folds.values()] == [7, 8]
    assert {fold["trained_as"] for fold in folds.values()} == {"nnUNetTrainer__tinyPlans__2d/fold_all"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"space": "zones"}, "dataset.json's labels is"),
        ({"spacing": (2.0, 2.0)}, "plans.json's spacing is [2.0, 2.0], but [1.0, 1.0] in"),
        ({"normalisation": "NoNormalization"}, "plans.json's normalization_schemes is ['NoNormalization']"),
        ({"trainer": "nnUNetTrainerNoDeepSupervision"}, ""),
    ],
)
def test_only_folds_that_predict_alike_are_packed(trained, tmp_path, change, said):
    """Other labels, preprocessing or networks are refused; a trainer that builds the same network is not."""
    other = trained_folder(tmp_path / "other", **change)
    if said:
        assert any(said in problem for problem in problems([trained, other], tmp_path / "out"))
        assert not (tmp_path / "out").exists()
    else:
        model = open_model(pack([trained, other], tmp_path / "out"))
        assert (model.trainer, model.folds) == ("nnUNetTrainer", ("0", "1", "2", "3"))


def test_another_network_is_refused(trained, tmp_path):
    """By its plans, and where plans agree, by its weights."""
    other = trained_folder(tmp_path / "other")
    content = json.loads((other / "plans.json").read_text())
    content["configurations"]["2d"]["architecture"]["arch_kwargs"]["features_per_stage"] = [4, 6]
    (other / "plans.json").write_text(json.dumps(content))
    assert any("plans.json's architecture is" in told for told in problems([trained, other], tmp_path / "out"))
    told = problems([other], tmp_path / "out")
    assert len(told) == 2
    assert all("has the shape (8, " in problem for problem in told)
    assert all("the network of the plans and labels" in problem for problem in told)


def test_options_and_output_that_do_not_fit(trained, tmp_path):
    """All at once."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    problems_told = problems(
        [trained], tmp_path / "out", card=tmp_path / "none.md", pixel_size_m=(100, 30), seeds={"9": 1}, name="../x"
    )
    assert len(problems_told) == 5
    assert "thesis.tex" in problems_told[0]
    assert "none.md" in problems_told[1]
    assert "100 to 30" in problems_told[2]
    assert "The packed folds are 0, 1" in problems_told[3]
    assert "name is '../x'" in problems_told[4]


def test_a_packed_model_is_replaced_only_if_asked(trained, packed):
    """Then what the earlier one had beyond it goes."""
    (problem,) = problems([trained], packed)
    assert "--overwrite" in problem
    pack(trained, packed, overwrite=True, folds=("1",))
    assert sorted(path.name for path in packed.glob("fold_*")) == ["fold_1.safetensors"]
    assert open_model(packed).folds == ("1",)


def test_a_trainer_of_ones_own_travels_as_text(tmp_path, monkeypatch):
    """It is not run from the model: without its file the model opens, and predicting tells where the source is."""
    source = (
        "from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer\n\n\n"
        "class nnUNetTrainerMineAlone(nnUNetTrainer):\n    pass\n"
    )
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "alone.py").write_text(source)
    monkeypatch.setenv("nnUNet_extTrainer", str(tmp_path / "mine"))
    packed = pack(trained_folder(tmp_path / "trained", trainer="nnUNetTrainerMineAlone"), tmp_path / "out")
    assert (packed / "trainer.py.txt").read_text() == source
    monkeypatch.setenv("nnUNet_extTrainer", "")
    model = open_model(packed)
    from nnunet_glacier.inference.predictor import load_predictor

    with pytest.raises(InputError, match="its source is in the packed model"):
        load_predictor(model, torch.device("cpu"), mirroring=False, tile_step=0.5)
