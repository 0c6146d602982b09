"""What ``evaluate`` refuses: exit code 2, the fault in words, nothing written."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from made_scenes import fjord, predict_zones, write_dataset_json

from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes

STEM = "COL_2013-09-14_TDX_7_1_092"


def _no_label_front(maps, dataset):
    (dataset / "frontsTs" / "a.png").unlink()


def _other_size(maps, dataset):
    write_raster(maps / "a.png", zones_to_grey(fjord(22)[:-1]))


def _no_zone(maps, dataset):
    write_raster(maps / "a.png", np.full((60, 50), 99, dtype=np.uint8))


def _unreadable_prediction(maps, dataset):
    (maps / "a.png").write_bytes(b"broken")


def _unreadable_label(maps, dataset):
    (dataset / "frontsTs" / "a.png").write_bytes(b"broken")


def _bad_label_zones(maps, dataset):
    write_raster(dataset / "zonesTs" / "a.png", np.full((60, 50), 64, dtype=np.uint8))


def _stranger(maps, dataset):
    write_raster(maps / "z.png", zones_to_grey(fjord(22)))


def _no_predictions(maps, dataset):
    for path in maps.glob("*.png"):
        path.unlink()


def _no_scenes(maps, dataset):
    (dataset / "scenes.csv").unlink()


def _box_outside(maps, dataset):
    scenes = read_scenes(dataset / "scenes.csv").values()
    write_scenes(dataset / "scenes.csv", [replace(scene, box=Box(-20, -5, 0, 50)) for scene in scenes])


def _label_codes(maps, dataset):
    write_raster(maps / "a.png", fjord(22))


def _labels_of_another_dataset(maps, dataset):
    write_dataset_json(maps, "zones")
    write_raster(maps / "b.png", np.full((60, 50), 5, dtype=np.uint8))


def _float_tiff(path, values):
    with rasterio.open(path, "w", driver="GTiff", height=60, width=50, count=1, dtype="float32") as target:
        target.write(values.astype(np.float32), 1)


def _nan_zones(maps, dataset):
    (maps / "a.png").unlink()
    zones = fjord(22).astype(float)
    zones[:2] = np.nan
    _float_tiff(maps / "a.tif", zones)


def _probabilities_as_front(maps, dataset):
    _no_predictions(maps, dataset)
    for case in "abc":
        _float_tiff(maps / f"{case}_front.tif", np.linspace(0, 1, 3000).reshape(60, 50))


def _nan_front(maps, dataset):
    for path in list(maps.glob("*.png")):
        path.rename(path.with_name(f"{path.stem}_front.png"))
    (maps / "a_front.png").unlink()
    _float_tiff(maps / "a_front.tif", np.full((60, 50), np.nan))


def _nan_label(maps, dataset):
    (dataset / "frontsTs" / "a.png").unlink()
    _float_tiff(dataset / "frontsTs" / "a.tif", np.full((60, 50), np.nan))


def _folders_of_experiments(maps, dataset):
    for name in ("late", "early"):
        predict_zones(maps / name, dict.fromkeys("abc", 22))
    _no_predictions(maps, dataset)


def _two_kinds_of_experiments(maps, dataset):
    write_raster(maps / "zones" / "a.png", fjord(22))


def _two_endings(maps, dataset):
    write_dataset_json(maps, "zones")
    for case in "abc":
        write_raster(maps / f"{case}.png", fjord(22))
    write_raster(maps / "b.tif", fjord(23))


FAULTS = {
    "it holds values from 5 to 5, but its labels are 0 to 3. Check that dataset.json": _labels_of_another_dataset,
    "maps/a.tif: 100 of its 3000 pixels are NaN or infinite": _nan_zones,
    "a_front.tif: it holds fractions between 0 and 1, as probabilities are": _probabilities_as_front,
    "a_front.tif: 3000 of its 3000 pixels are NaN": _nan_front,
    "frontsTs/a.tif: 3000 of its 3000 pixels are NaN": _nan_label,
    "no prediction in it, but in folders below it: early, late": _folders_of_experiments,
    "it mixes predictions of several experiments: zones/ and 3 maps beside it, such as ": _two_kinds_of_experiments,
    "it mixes predictions of several experiments: 1 map of another kind, such as b.tif": _two_endings,
    "values from 0 to 3 look like nnU-Net's label codes. Copy the dataset.json": _label_codes,
    "Give a converted dataset, which holds scenes.csv, or CaFFe's data_raw": _no_scenes,
    "scenes.csv: the box of case a (rows -20 to -5, columns 0 to 50) does not overlap its image of 60x50": _box_outside,
    "frontsTs/a.png: there is no such label": _no_label_front,
    "its maps differ in size (rows x columns): maps/a.png 59x50, frontsTs/a.png 60x50": _other_size,
    "a.png: grey values that are no zone: 99 (3000 pixels)": _no_zone,
    "maps/a.png: it cannot be read as an image": _unreadable_prediction,
    "frontsTs/a.png: it cannot be read as an image": _unreadable_label,
    "zonesTs/a.png: it holds values from 64 to 64": _bad_label_zones,
    "has no scene 'z'": _stranger,
    "no prediction in it": _no_predictions,
    "no folder 'sar_images' in it, and no scenes.csv": _no_scenes,
}


@pytest.mark.parametrize("what", FAULTS)
def test_faults_are_named_and_no_scores_are_written(dataset, evaluate, tmp_path, what):
    """With a remedy behind each."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    FAULTS[what](maps, dataset)
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2, result.output
    assert what in result.output
    assert ("nothing was written" in result.output) == (not (tmp_path / "scores").exists())
    assert not list(tmp_path.glob("scores/*.csv")) and not list(tmp_path.glob("scores/*.json"))


def test_faults_of_folders_come_at_once(dataset, evaluate, tmp_path):
    """An empty folder, one that is missing, and a dataset that is none."""
    (tmp_path / "empty").mkdir()
    result = evaluate(tmp_path / "empty", tmp_path / "gone", tmp_path / "nowhere", tmp_path / "scores")
    assert result.exit_code == 2 and "3 problems" in result.output
    for what in ("empty: no prediction in it", "gone: there is no such folder", "nowhere: there is no such folder"):
        assert what in result.output


def test_a_validation_that_was_stopped_before_its_first_map_is_told(dataset, evaluate, tmp_path):
    """With the option of nnU-Net's own command that goes on there."""
    validation = tmp_path / "model" / "fold_0" / "validation"
    validation.mkdir(parents=True)
    result = evaluate(validation, dataset, tmp_path / "scores")
    assert result.exit_code == 2
    assert f"{validation}: the validation of this fold was stopped before its first map. Run" in result.output
    assert "--val" in result.output


def test_a_file_in_the_place_of_predictions_is_called_one(dataset, evaluate, tmp_path):
    """Of a map in the output of 'predict' that folder is advised, of another file a folder."""
    write_raster(tmp_path / "maps" / "zones" / "a.png", fjord(22))
    (tmp_path / "maps" / "prediction.json").write_text("{}")
    (tmp_path / "maps.tar").write_bytes(b"zipped")
    result = evaluate(tmp_path / "maps" / "zones" / "a.png", tmp_path / "maps.tar", dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "2 problems; nothing was written" in result.output
    is_file = "it is a file, and a folder is wanted. Give"
    assert f"zones/a.png: {is_file} {tmp_path / 'maps'}\n" in result.output
    assert f"maps.tar: {is_file} a folder of predictions" in result.output


def test_faults_of_names_headers_and_labels_come_at_once(dataset, evaluate, tmp_path):
    """One unreadable file, one of another size, one missing, one stranger; each of them once."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 22, "z": 22})
    (maps / "a.png").write_bytes(b"broken")
    write_raster(maps / "b.png", zones_to_grey(fjord(22)[:-1]))
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "4 problems; nothing was written" in result.output
    for what in ("a.png: it cannot be read", "maps/b.png 59x50", "no prediction of scene c", "has no scene 'z'"):
        assert what in result.output


def test_faults_that_only_pixels_show_come_with_those_of_headers(dataset, evaluate, tmp_path, monkeypatch):
    """An unreadable prediction, values without a meaning in another, and in its label; nothing is scored for it."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    (maps / "a.png").write_bytes(b"broken")
    write_raster(maps / "b.png", np.full((60, 50), 99, dtype=np.uint8))
    _float_tiff(dataset / "frontsTs" / "b.tif", np.full((60, 50), np.nan))
    (dataset / "frontsTs" / "b.png").unlink()
    write_raster(dataset / "zonesTs" / "a.png", np.full((60, 50), 64, dtype=np.uint8))
    monkeypatch.setattr("nnunet_glacier.evaluation.scoring.score_scene", pytest.fail)
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "4 problems; nothing was written" in result.output, result.output
    for what in (
        "maps/a.png: it cannot be read as an image",
        "maps/b.png: grey values that are no zone: 99 (3000 pixels)",
        "frontsTs/b.tif: 3000 of its 3000 pixels are NaN",
        "zonesTs/a.png: it holds values from 64 to 64",
    ):
        assert what in result.output
    assert not (tmp_path / "scores").exists()


def test_all_faults_come_at_once(dataset, evaluate, tmp_path):
    """Everything that can be told without pixels in one list."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "z": 22})
    (dataset / "frontsTs" / "a.png").unlink()
    result = evaluate(maps, dataset, tmp_path / "scores")
    assert "4 problems" in result.output
    for what in ("has no scene 'z'", "no prediction of scene b", "no prediction of scene c", "no such label"):
        assert what in result.output


def test_a_route_that_was_not_predicted_is_refused(dataset, evaluate, tmp_path):
    """Zone maps have no front class."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    result = evaluate(maps, dataset, tmp_path / "scores", "--route", "front")
    assert result.exit_code == 2 and "case a has no predicted front" in result.output


@pytest.mark.parametrize("hemisphere", ["Helheim", "Helheim=up", "=north"])
def test_a_hemisphere_that_is_none_is_refused(dataset, evaluate, tmp_path, hemisphere):
    """The form is said."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    result = evaluate(maps, dataset, tmp_path / "scores", "--hemisphere", hemisphere)
    assert result.exit_code == 2 and "GLACIER=north" in result.output


@pytest.fixture
def data_raw(tmp_path):
    """One scene in CaFFe's layout, in a wrapper folder as the published zip may have it."""
    root = tmp_path / "wrapper" / "data_raw"
    write_raster(root / "sar_images" / "test" / f"{STEM}.png", np.zeros((60, 50), dtype=np.uint8))
    write_raster(root / "zones" / "test" / f"{STEM}_zones.png", zones_to_grey(fjord(20)))
    write_raster(root / "fronts" / "test" / f"{STEM}_front.png", (fjord(20) == 3).astype(np.uint8) * 255)
    (root / "bounding_boxes").mkdir()
    box = root / "bounding_boxes" / f"{STEM}_front_extent_coord.txt"
    box.write_text("x,y\n0,60\n0,0\n50,0\n50,60\n")
    return root


def test_the_published_layout_is_found_in_its_wrapper(data_raw, evaluate, tmp_path):
    """And labels' aliases in predictions are fine."""
    maps = predict_zones(tmp_path / "maps", {STEM: 22})
    assert evaluate(maps, data_raw.parent, tmp_path / "scores").exit_code == 0


@pytest.mark.parametrize(
    ("lost", "what"),
    [
        (f"zones/test/{STEM}_zones.png", f"{STEM}_zones.png: there is no such label"),
        (f"fronts/test/{STEM}_front.png", f"{STEM}_front.png: there is no such label"),
        (f"bounding_boxes/{STEM}_front_extent_coord.txt", f"scene {STEM} has no bounding box file"),
    ],
)
def test_a_lost_file_of_the_published_layout_is_named(data_raw, evaluate, tmp_path, lost, what):
    """Scores without a box would be others than published."""
    (data_raw / lost).unlink()
    result = evaluate(predict_zones(tmp_path / "maps", {STEM: 22}), data_raw, tmp_path / "scores")
    assert result.exit_code == 2 and what in result.output


def test_a_stem_that_is_none_is_named(data_raw, evaluate, tmp_path):
    """Beside what a stem looks like."""
    write_raster(data_raw / "sar_images" / "test" / "holiday.png", np.zeros((9, 9), dtype=np.uint8))
    result = evaluate(predict_zones(tmp_path / "maps", {STEM: 22}), data_raw, tmp_path / "scores")
    assert result.exit_code == 2 and "the stem 'holiday' does not follow" in result.output


def test_a_new_glacier_in_the_published_layout_gets_its_hemisphere_from_the_user(data_raw, evaluate, tmp_path):
    """There is no table to write it into."""
    stem = STEM.replace("COL", "Helheim")
    for path in list(data_raw.rglob(f"{STEM}*")):
        path.rename(path.with_name(path.name.replace("COL", "Helheim")))
    maps = predict_zones(tmp_path / "maps", {stem: 22})
    result = evaluate(maps, data_raw, tmp_path / "scores")
    assert (
        result.exit_code == 2
        and "Give --hemisphere Helheim=north or Helheim=south, or write bounds into" in result.output
    )
    assert "scenes.csv" not in result.output
    assert evaluate(maps, data_raw, tmp_path / "scores", "--hemisphere", "Helheim=north").exit_code == 0


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_a_file_in_the_place_of_the_output_folder_is_named(dataset, evaluate, tmp_path, monkeypatch, out):
    """Or above it; said before anything is scored."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    (tmp_path / "taken").write_text("mine")
    monkeypatch.setattr("nnunet_glacier.evaluation.scoring.score_scene", pytest.fail)
    result = evaluate(maps, dataset, tmp_path / out)
    assert result.exit_code == 2 and "is a file" in result.output
    assert (tmp_path / "taken").read_text() == "mine"
