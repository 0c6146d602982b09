"""`convert caffe --channel`: maps of the user's own beside the scenes."""

import json

import numpy as np
import pytest
from PIL import Image
from small_caffe import SHAPE, TEST, TRAIN, convert, scene_maps, write_dataset

GLACIERS = sorted({stem.split("_")[0] for stem in (*TRAIN, *TEST)})
ROCK = np.zeros(SHAPE, np.uint8)
ROCK[:3] = 255
SUMMER = (20 * np.arange(SHAPE[0])[:, None] + np.arange(SHAPE[1])).astype(np.uint8)


def write(folder, maps):
    folder.mkdir()
    for name, values in maps.items():
        Image.fromarray(values).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def folders(tmp_path):
    """A dataset, a mask of rock for each glacier and one more for a single scene, and a summer image a glacier."""
    own = np.zeros(SHAPE, np.uint8)
    own[5] = 1
    rock = write(tmp_path / "rock", {**dict.fromkeys(GLACIERS, ROCK), TRAIN[1]: own})
    summer = write(tmp_path / "summer", dict.fromkeys(GLACIERS, SUMMER))
    return write_dataset(tmp_path / "data_raw"), rock, summer


def converted(folders, out, *options):
    data_raw, rock, summer = folders
    return convert("caffe", data_raw, out, "--channel", f"rock={rock}", "--channel", f"summer={summer}", *options)


def channel(out, stem, number, end="Tr"):
    return np.asarray(Image.open(out / f"images{end}" / f"{stem}_{number:04}.png"))


def test_channels_stand_behind_the_scene_and_a_scene_s_own_map_comes_first(folders, tmp_path):
    out = tmp_path / "Dataset501_Caffe"
    result = converted(folders, out)
    assert result.exit_code == 0, result.output
    for seed, stem in enumerate(TRAIN):
        np.testing.assert_array_equal(channel(out, stem, 0), scene_maps(seed)["image"])
        np.testing.assert_array_equal(channel(out, stem, 2), SUMMER)
        mask = channel(out, stem, 1)
        assert mask[:3].min() == 255 if stem != TRAIN[1] else np.flatnonzero(mask.any(axis=1)).tolist() == [5]
    np.testing.assert_array_equal(channel(out, TEST[0], 1, "Ts"), ROCK)
    description = json.loads((out / "dataset.json").read_text())
    assert description["channel_names"] == {"0": "SAR", "1": "rock", "2": "summer"}
    assert description["masks"] == ["rock"]
    assert description["conversion"]["further_channels"] == ["rock", "summer"]


def test_without_channels_nothing_speaks_of_them(folders, tmp_path):
    out = tmp_path / "Dataset501_Caffe"
    assert convert("caffe", folders[0], out).exit_code == 0
    description = json.loads((out / "dataset.json").read_text())
    assert description["channel_names"] == {"0": "SAR"}
    assert "masks" not in description and "further_channels" not in description["conversion"]


def test_channels_are_padded_and_resized_with_the_scene_and_masks_stay_masks(folders, tmp_path):
    """12x10 pixels become 12x12 and then 36x36, each of them 3x3; the summer image is 0 in the padding."""
    out = tmp_path / "Dataset501_Caffe"
    result = converted(folders, out, "--pad-square", "--resize", 36)
    assert result.exit_code == 0, result.output
    mask, summer = channel(out, TRAIN[0], 1), channel(out, TRAIN[0], 2)
    expected = np.zeros((36, 36), np.uint8)
    expected[:9, :30] = 255
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(summer[1::3, 1::3][:, :9], SUMMER[:, :9])
    assert summer[:, 32:].max() == 0


def test_a_map_that_changed_is_converted_again(folders, tmp_path):
    out = tmp_path / "Dataset501_Caffe"
    converted(folders, out)
    Image.fromarray(255 - ROCK).save(folders[1] / "DBE.png")
    result = converted(folders, out)
    assert result.exit_code == 0 and "1 written now, 6 were there already" in result.output, result.output
    np.testing.assert_array_equal(channel(out, TRAIN[2], 1), 255 - ROCK)


def test_all_that_is_wrong_with_channels_is_said_at_once(folders, tmp_path):
    _, rock, summer = folders
    (rock / "JAC.png").unlink()
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(rock / "SI.png")
    Image.fromarray(np.dstack([SUMMER, ROCK, ROCK])).save(summer / "Jorum.png")
    out = tmp_path / "Dataset501_Caffe"
    result = converted(folders, out)
    assert result.exit_code == 2 and not out.exists()
    said = result.output.replace("\n", " ")
    scene = next(stem for stem in TRAIN if stem.startswith("JAC"))
    assert f"{scene}.png: there is no such file" in said and "(or JAC.png for all of its glacier)" in said
    for what in ("image 12x10, rock 3x3", "Jorum.png: it has colours"):
        assert what in said, said


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("rock=/nowhere", "/nowhere is no folder"),
        ("SAR={rock}", "so the scene itself is named"),
        ("rock", "not of the form KEY=VALUE"),
    ],
)
def test_a_channel_that_cannot_be(folders, tmp_path, option, what):
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", folders[0], out, "--channel", option.format(rock=folders[1]))
    assert result.exit_code == 2 and what in result.output and not out.exists()


def test_a_folder_that_is_not_there_is_told_with_what_else_is_wrong(folders, tmp_path):
    """With names, maps of other channels, scenes and OUT; nothing is said of the maps that the missing folder lacks."""
    data_raw, rock, _ = folders
    (data_raw / "zones" / "train" / f"{TRAIN[0]}_zones.png").unlink()
    (rock / "JAC.png").unlink()
    wrong = ["--channel", f"rock={rock}", "--channel", "summer=/nowhere", "--channel", f"SAR={rock}"]
    result = convert("caffe", data_raw, tmp_path / "Caffe", *wrong)
    said = result.output.replace("\n", " ")
    assert result.exit_code == 2 and not (tmp_path / "Caffe").exists()
    for what in (
        "--channel summer: /nowhere is no folder",
        "--channel SAR: so the scene itself is named",
        f"{TRAIN[0]}_zones.png: there is no such file",
        "(or JAC.png for all of its glacier)",
        "'Caffe' is not of nnU-Net's form",
    ):
        assert what in said, said
    assert "leave --channel summer out" not in said


@pytest.mark.parametrize("extra", [[], ["--extra", "/nothing"]])
def test_a_channel_s_folder_and_the_dataset_s_are_told_together(tmp_path, extra):
    result = convert("caffe", tmp_path / "none", tmp_path / "out", "--channel", "summer=/nowhere", *extra)
    said = result.output.replace("\n", " ")
    assert result.exit_code == 2 and "/nowhere is no folder" in said
    assert f"{tmp_path / 'none'}: there is no such folder" in said
    assert ("/nothing: there is no such folder" in said) == bool(extra)


def test_a_name_given_twice_is_refused(folders, tmp_path):
    out, (data_raw, rock, summer) = tmp_path / "Dataset501_Caffe", folders
    result = convert("caffe", data_raw, out, "--channel", f"rock={rock}", "--channel", f"rock={summer}")
    assert result.exit_code == 2 and "is given twice" in result.output and not out.exists()


def test_a_mask_that_is_set_everywhere_is_refused(folders, tmp_path):
    """Its normalisation would make it 0, as one that is set nowhere; of a channel of grey values it is no mask."""
    full = np.full(SHAPE, 255, np.uint8)
    Image.fromarray(full).save(folders[1] / f"{TRAIN[0]}.png")
    Image.fromarray(full).save(folders[2] / f"{TRAIN[0]}.png")
    out = tmp_path / "Dataset501_Caffe"
    result = converted(folders, out)
    assert result.exit_code == 2
    assert result.output.count("the mask is set everywhere") == 1
    assert f"{folders[1] / TRAIN[0]}.png" in "".join(result.output.split())
    assert not out.exists()
