"""`convert caffe --extra`: scenes that are trained on in every fold and validated on in none."""

import json

import numpy as np
import pytest
from PIL import Image
from small_caffe import SHAPE, TRAIN, convert, scene_maps, write_dataset, write_scene

from nnunet_glacier.formats.scene_table import read_scenes

EXTRA = ("Crane_1995-02-03_ERS_102_3_082", "Jorum_1996-01-01_ERS_102_3_082", "Columbus_1996-01-01_ERS_102_3_082")


@pytest.fixture
def folders(tmp_path):
    """A dataset and a folder of further scenes, one of a test glacier."""
    extra = tmp_path / "made_up"
    for seed, stem in enumerate(EXTRA, start=20):
        write_scene(extra, "train", stem, seed)
    write_scene(extra, "test", "COL_1997-01-01_ERS_102_3_082")
    return write_dataset(tmp_path / "data_raw"), extra


def dataset_of(folders, out, *options):
    data_raw, extra = folders
    result = convert("caffe", data_raw, out, "--extra", extra, "--hemisphere", "Columbus=north", *options)
    assert result.exit_code == 0, result.output
    return out


def test_extra_scenes_train_in_every_fold_but_with_their_namesake_left_out(folders, tmp_path):
    """Their own test scene stays away; a fold without Crane is also without what is named for it."""
    out = dataset_of(folders, tmp_path / "Dataset501_Caffe", "--folds", "glacier")
    names = {f"extra-{stem}" for stem in EXTRA}
    folds = json.loads((out / "splits_final.json").read_text())
    assert sorted(case for fold in folds for case in fold["val"]) == sorted(TRAIN)
    for fold in folds:
        namesakes = {name for name in names for case in fold["val"] if name.startswith(f"extra-{case.split('_')[0]}_")}
        assert {case for case in fold["train"] if case.startswith("extra-")} == names - namesakes
    assert any("extra-Crane_1995-02-03_ERS_102_3_082" not in fold["train"] for fold in folds)
    scenes = read_scenes(out / "scenes.csv")
    assert len(scenes) == len(TRAIN) + 1 + len(EXTRA)
    assert scenes["extra-Jorum_1996-01-01_ERS_102_3_082"].glacier == "extra-Jorum"


def test_random_folds_take_all_extra_scenes(folders, tmp_path):
    """Their glaciers are on both sides anyway, but for one of a single scene."""
    out = dataset_of(folders, tmp_path / "Dataset501_Caffe")
    for fold in json.loads((out / "splits_final.json").read_text()):
        assert "extra-Columbus_1996-01-01_ERS_102_3_082" in fold["train"]
        assert not any(case.startswith("extra-") for case in fold["val"])


def test_extra_scenes_are_whole_and_do_not_speak_for_the_pixel_size(folders, tmp_path):
    """Label, front and image as of any scene; the dataset's pixels measure 6 to 20 m, the extra ones' 102."""
    out = dataset_of(folders, tmp_path / "Dataset501_Caffe", "--labels", "zones")
    name = f"extra-{EXTRA[1]}"
    maps = scene_maps(21)
    np.testing.assert_array_equal(np.asarray(Image.open(out / "imagesTr" / f"{name}_0000.png")), maps["image"])
    np.testing.assert_array_equal(np.asarray(Image.open(out / "frontsTr" / f"{name}.png")), maps["front"])
    assert np.asarray(Image.open(out / "labelsTr" / f"{name}.png")).shape == SHAPE
    described = json.loads((out / "dataset.json").read_text())
    assert described["pixel_size_m"] == [6, 20] and described["numTraining"] == len(TRAIN) + len(EXTRA)
    assert described["conversion"]["extra"] == "made_up"


def test_the_dataset_itself_is_no_extra(folders, tmp_path):
    """Its validation scenes would be trained on."""
    data_raw, _ = folders
    result = convert("caffe", data_raw, tmp_path / "Dataset501_Caffe", "--extra", data_raw)
    assert result.exit_code == 2 and "it is the dataset itself" in result.output
    assert not (tmp_path / "Dataset501_Caffe").exists()


def test_faults_of_extra_scenes_are_told(folders, tmp_path):
    """With the file's name, before anything is written."""
    data_raw, extra = folders
    broken = extra / "zones" / "train" / f"{EXTRA[0]}_zones.png"
    broken.unlink()
    result = convert("caffe", data_raw, tmp_path / "Dataset501_Caffe", "--extra", extra)
    assert result.exit_code == 2 and broken.name in result.output
    assert not (tmp_path / "Dataset501_Caffe").exists()
