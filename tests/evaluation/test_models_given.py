"""Models given as predictions that hold no validation cases: ``evaluate`` and ``sweep`` say so in one sentence."""

import json

import pytest
from made_scenes import predict_bands, write_dataset_json
from PIL import Image
from typer.testing import CliRunner

from nnunet_glacier.cli import app


@pytest.fixture
def model(tmp_path):
    """A trained folder as nnU-Net leaves it after fold ``all``, with its plot and the predictions of training cases."""
    folder = tmp_path / "nnUNetTrainerGlacier__laptop__2d"
    write_dataset_json(folder, "front")
    (folder / "plans.json").write_text("{}")
    predict_bands(folder / "fold_all" / "validation", {"d": 22, "e": 26})
    Image.new("RGB", (8, 8)).save(folder / "fold_all" / "progress.png")
    return folder


@pytest.fixture
def refusal(dataset, tmp_path):
    """What a command says of a model, on one line; nothing may be written."""

    def run(command: str, model: object) -> str:
        result = CliRunner().invoke(app, [command, str(model), str(dataset), str(tmp_path / "out"), "--workers", "1"])
        assert result.exit_code == 2 and not (tmp_path / "out").exists(), result.output
        return " ".join(result.output.split())

    return run


@pytest.mark.parametrize("command", ["evaluate", "sweep"])
@pytest.mark.parametrize("place", ["", "fold_all", "fold_all/validation"])
def test_fold_all_has_no_validation_cases(model, refusal, command, place):
    """One sentence for the model, its fold and the fold's folder of training cases; progress.png is no scene."""
    said = refusal(command, model / place)
    assert "on all cases, so that it has none to validate with" in said
    assert f"nnunet-glacier predict {model} IMAGES OUT" in said
    assert "progress" not in said and "grey" not in said and said.count("Predict labelled scenes") == 1


@pytest.mark.parametrize("command", ["evaluate", "sweep"])
def test_a_shipped_model_has_no_validation_folders(refusal, command):
    """Its name is known, and so is what to do."""
    said = refusal(command, "caffe-256")
    assert "caffe-256: it is a shipped model, which holds no validation folders" in said
    assert "nnunet-glacier predict caffe-256 IMAGES OUT" in said


def test_a_packed_model_has_none_either(refusal, tmp_path):
    """A folder with model.json."""
    folder = tmp_path / "packed"
    folder.mkdir()
    (folder / "model.json").write_text(json.dumps({}))
    assert f"{folder}: it is a packed model, which holds no validation folders" in refusal("evaluate", folder)


def test_a_fold_and_an_unfinished_model_are_told_apart(model, refusal):
    """A fold leads to its validation folder; folds without one are named."""
    (model / "fold_0").mkdir()
    assert "this fold has no validation folder" in refusal("evaluate", model / "fold_0")
    assert "none of its folds has a validation folder" in refusal("evaluate", model)
    (model / "fold_0" / "validation").mkdir()
    assert f"Give {model / 'fold_0' / 'validation'}" in refusal("evaluate", model / "fold_0")
