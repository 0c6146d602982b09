"""The kinds of folders of predictions, told apart and read alike."""

import json
from pathlib import Path

import numpy as np
import pytest

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.predicted_maps import Prediction, choose_routes
from nnunet_glacier.formats.prediction_layout import validation_folders
from nnunet_glacier.formats.predictions import open_label_maps, open_line_predictions, open_predictions
from nnunet_glacier.formats.rasters import write_geotiff, write_raster
from nnunet_glacier.support.errors import InputError

ZONES = np.array([[0, 1, 2, 3], [2, 2, 3, 3]], dtype=np.uint8)
BAND = np.array([[0, 0, 1, 1], [0, 1, 1, 0]], dtype=np.uint8)


def dataset_json(folder: Path, variant: str, ending: str = ".png") -> None:
    space = LABEL_SPACES[variant]
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ending}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps(content))


def only(folder: Path) -> Prediction:
    (prediction,) = open_predictions(folder).cases.values()
    return prediction


def test_decoded_zones_and_fronts(tmp_path):
    """What 'predict' writes; a case may lack either."""
    write_raster(tmp_path / "zones" / "A.png", ZONES)
    write_raster(tmp_path / "fronts" / "A.png", BAND * 255)
    write_raster(tmp_path / "fronts" / "B.png", BAND * 255)
    dataset_json(tmp_path, "multitask")
    first, second = open_predictions(tmp_path).cases.values()
    maps = first.read()
    np.testing.assert_array_equal(maps.zones, ZONES)
    np.testing.assert_array_equal(maps.front, BAND.astype(bool))
    assert (second.case, second.has_zones, second.has_front) == ("B", False, True)


@pytest.mark.parametrize("variant", ["multitask", "boundary"])
@pytest.mark.parametrize("ending", [".png", ".nii.gz"])
def test_codes_of_several_tasks_are_decoded(tmp_path, variant, ending):
    """What nnU-Net's commands write, in either format."""
    space = LABEL_SPACES[variant]
    codes = space.encode(*[ZONES, BAND, BAND][: len(space.tasks)])
    if ending == ".png":
        write_raster(tmp_path / "A.png", codes)
    else:
        import SimpleITK

        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(codes[None]), str(tmp_path / "A.nii.gz"))
    dataset_json(tmp_path, variant, ending)
    prediction = only(tmp_path)
    assert prediction.case == "A" and prediction.has_zones and prediction.has_front
    np.testing.assert_array_equal(prediction.read().zones, ZONES)
    np.testing.assert_array_equal(prediction.read().front, BAND.astype(bool))


def test_fused_labels_offer_both(tmp_path):
    """Class 4 is the front; glacier grows back into the band."""
    write_raster(tmp_path / "A.png", np.array([[2, 2, 4, 3, 3]], dtype=np.uint8))
    dataset_json(tmp_path, "fused")
    maps = only(tmp_path).read()
    np.testing.assert_array_equal(maps.zones, [[2, 2, 2, 3, 3]])
    np.testing.assert_array_equal(maps.front, [[False, False, True, False, False]])


def test_single_tasks_offer_one(tmp_path):
    """Zones only, front only."""
    for variant in ("zones", "front"):
        write_raster(tmp_path / variant / "A.png", ZONES if variant == "zones" else BAND)
        dataset_json(tmp_path / variant, variant)
        prediction = only(tmp_path / variant)
        assert (prediction.has_zones, prediction.has_front) == (variant == "zones", variant == "front")


def test_grey_zone_maps_of_any_method(tmp_path):
    """Aliases, the suffix of the label files, and front masks beside them."""
    grey = zones_to_grey(ZONES)
    write_raster(tmp_path / "A_zones.png", np.where(grey == 254, 255, grey).astype(np.uint8))
    write_raster(tmp_path / "B.tif", grey)
    write_raster(tmp_path / "B_front.png", BAND * 255)
    (tmp_path / "notes.txt").write_text("not a map")
    (tmp_path / ".1.partial.C.png").write_bytes(b"")
    first, second = open_predictions(tmp_path).cases.values()
    np.testing.assert_array_equal(first.read().zones, ZONES)
    assert (first.case, first.has_front, second.case, second.has_front) == ("A", False, "B", True)
    np.testing.assert_array_equal(second.read().front, BAND.astype(bool))
    assert second.read(front=False).front is None


def test_folds_of_a_model_take_the_labels_meaning_from_the_model(tmp_path):
    """nnU-Net writes no dataset.json into validation folders; fold_all is no cross-validation."""
    model = tmp_path / "nnUNetTrainer__laptop__2d"
    dataset_json(model, "front")
    for fold in ("fold_10", "fold_2", "fold_all"):
        write_raster(model / fold / "validation" / f"{fold}.png", BAND)
        (model / fold / "validation" / "summary.json").write_text("{}")
    folds = validation_folders(model)
    assert list(folds) == ["fold_2", "fold_10"]
    np.testing.assert_array_equal(only(folds["fold_2"]).read().front, BAND.astype(bool))
    assert validation_folders(tmp_path) == {}


def test_routes():
    """Zones where there are any; both only where both are."""
    zones, front = Prediction("A", zones=Path("a.png")), Prediction("B", front=Path("b.png"))
    assert choose_routes("auto", [zones]) == (("zones",), [])
    assert choose_routes("auto", [front]) == (("front",), [])
    routes, problems = choose_routes("both", [zones, front])
    assert routes == ("zones", "front") and [problem.where for problem in problems] == [Path("a.png"), Path("b.png")]


def _codes_beyond(folder: Path) -> None:
    write_raster(folder / "A.png", np.full((2, 2), 7, dtype=np.uint8))
    dataset_json(folder, "fused")


def _zone_ids_beyond(folder: Path) -> None:
    write_raster(folder / "zones" / "A.png", np.full((2, 2), 64, dtype=np.uint8))


@pytest.mark.parametrize(
    ("make", "what"),
    [(_codes_beyond, "values from 7 to 7, but its labels are 0 to 4"), (_zone_ids_beyond, "not zone ids 0 to 3")],
)
def test_values_without_a_meaning_are_refused(tmp_path, make, what):
    """The file is named with the values found."""
    make(tmp_path)
    with pytest.raises(InputError, match=what):
        only(tmp_path).read()


def test_fronts_are_no_predictions(tmp_path):
    """Cleaned zones would flatter the zone scores."""
    write_raster(tmp_path / "zones" / "A.png", ZONES)
    (tmp_path / "fronts.json").write_text("{}")
    with pytest.raises(InputError, match="written by 'nnunet-glacier fronts'"):
        open_predictions(tmp_path)


def test_fronts_of_a_model_without_zones_are_front_masks(tmp_path):
    """There is no cleaned zone among them."""
    write_raster(tmp_path / "fronts" / "A.png", np.full((2, 2), 255, dtype=np.uint8))
    (tmp_path / "fronts.json").write_text("{}")
    (prediction,) = open_predictions(tmp_path).cases.values()
    assert (prediction.front, prediction.zones) == (tmp_path / "fronts" / "A.png", None)


@pytest.mark.parametrize("part", ["zones", "fronts"])
def test_a_part_of_what_predict_wrote_is_sent_to_the_whole(tmp_path, part, monkeypatch):
    """Its maps mean nothing without the folder above; given as '.' that folder is named by its whole path."""
    for folder, values in (("zones", ZONES), ("fronts", BAND * 255)):
        write_raster(tmp_path / "out" / folder / "A.png", values)
    (tmp_path / "out" / "prediction.json").write_text("{}")
    monkeypatch.chdir(tmp_path / "out" / part)
    for given, whole in ((Path("..") / part, Path("..")), (Path(), (tmp_path / "out").resolve())):
        with pytest.raises(InputError) as caught:
            open_predictions(given)
        (problem,) = caught.value.problems
        assert (problem.where, problem.remedy) == (given, f"Give {whole}")
    assert list(open_predictions(Path("..")).cases) == ["A"]


def test_a_folder_of_grey_zones_may_be_called_zones(tmp_path):
    """Above it lies no prediction.json: it is another method's."""
    write_raster(tmp_path / "zones" / "A.png", zones_to_grey(ZONES))
    np.testing.assert_array_equal(only(tmp_path / "zones").read().zones, ZONES)


def test_both_maps_of_a_case_are_named_when_both_are_wrong(tmp_path):
    """The user mends them together."""
    write_raster(tmp_path / "zones" / "A.png", np.full((2, 2), 64, dtype=np.uint8))
    (tmp_path / "fronts").mkdir()
    (tmp_path / "fronts" / "A.png").write_bytes(b"broken")
    with pytest.raises(InputError) as caught:
        only(tmp_path).read()
    assert [problem.where for problem in caught.value.problems] == [tmp_path / f / "A.png" for f in ("zones", "fronts")]


def test_a_label_space_without_zones_and_front_is_refused(tmp_path):
    """A boundary alone gives no calving front."""
    write_raster(tmp_path / "A.png", BAND)
    tasks = [{"name": "boundary", "classes": ["none", "boundary"], "thin": True}]
    content = {"labels": {"background": 0, "boundary": 1}, "tasks": tasks, "file_ending": ".png"}
    (tmp_path / "dataset.json").write_text(json.dumps(content))
    assert list(open_predictions(tmp_path).cases) == ["A"]
    with pytest.raises(InputError, match="no zones and no front"):
        open_line_predictions(tmp_path)


@pytest.mark.parametrize("folder", [".", "labels"])
def test_grounding_lines_are_read_like_a_front_class(tmp_path, folder):
    """Of nnU-Net's own commands and of 'predict', whose maps of TIFFs are TIFFs whatever the model's ending is."""
    dataset_json(tmp_path, "grounding_line", ".png")
    write_raster(tmp_path / folder / ("A.tif" if folder == "labels" else "A.png"), BAND)
    prediction = only(tmp_path)
    assert (prediction.case, prediction.has_zones, prediction.has_front) == ("A", False, True)
    np.testing.assert_array_equal(prediction.read().front, BAND.astype(bool))
    assert choose_routes("auto", [prediction]) == (("front",), [])


def test_an_opened_folder_knows_its_model_and_what_lies_beside_its_maps(tmp_path):
    """The description, the record of ``predict``, and the files of probabilities and spread."""
    dataset_json(tmp_path, "grounding_line", ".tif")
    write_raster(tmp_path / "labels" / "A.tif", BAND)
    write_raster(tmp_path / "labels" / "B.tif", BAND)
    record = {"model_folder": "/results/Dataset003_Lines/T__P__2d", "settings": {"trainer": "T", "plans": "P"}}
    (tmp_path / "prediction.json").write_text(json.dumps(record))
    for name in ("probabilities/A_grounding_line.tif", "spread/A_grounding_line.tif"):
        write_raster(tmp_path / name, BAND)
    opened = open_predictions(tmp_path)
    assert opened.folder == tmp_path and opened.description.space == LABEL_SPACES["grounding_line"]
    assert opened.model == {"dataset": "Dataset003_Lines", "trainer": "T", "plans": "P"}
    first, second = opened.cases["A"], opened.cases["B"]
    assert first.probability == tmp_path / "probabilities" / "A_grounding_line.tif"
    assert first.spread == tmp_path / "spread" / "A_grounding_line.tif"
    assert (second.probability, second.spread) == (None, None)


def test_a_threshold_takes_the_front_from_the_probabilities(tmp_path):
    """Above it; the zones stay, and a case without probabilities is as it was."""
    write_raster(tmp_path / "zones" / "A.png", ZONES)
    write_raster(tmp_path / "zones" / "B.png", ZONES)
    steps = np.array([[0, 51, 102, 153], [204, 255, 0, 0]], dtype=np.uint8)
    path = tmp_path / "probabilities" / "A_front.tif"
    write_geotiff(path, np.stack([255 - steps, steps]), names=("none", "front"), scale=1 / 255)
    before = open_predictions(tmp_path).cases["A"]
    assert (before.has_front, before.files) == (False, [tmp_path / "zones" / "A.png"])
    at = open_predictions(tmp_path).at(0.5).cases
    assert (at["A"].has_front, at["A"].files) == (True, [tmp_path / "zones" / "A.png", path])
    maps = at["A"].read()
    np.testing.assert_array_equal(maps.front, steps > 127)
    np.testing.assert_array_equal(maps.zones, ZONES)
    assert (at["B"].has_front, at["B"].files) == (False, [tmp_path / "zones" / "B.png"])


def test_joint_probabilities_of_nnunets_commands_belong_to_their_case(tmp_path):
    """Beside the label map; the ``dataset.json`` of the model above a fold tells which codes are the line."""
    validation = tmp_path / "fold_0" / "validation"
    dataset_json(tmp_path, "front")
    write_raster(validation / "A.png", BAND)
    joint = np.stack([1 - BAND * 0.75, BAND * 0.75])[:, None].astype(np.float32)
    np.savez(validation / "A.npz", probabilities=joint)
    opened = open_predictions(validation)
    assert opened.description.path == tmp_path / "dataset.json"
    assert opened.cases["A"].probability == validation / "A.npz"
    np.testing.assert_array_equal(opened.cases["A"].read_probability(), BAND * np.float32(0.75))


def test_label_maps_of_any_tasks_are_opened_with_their_meaning(tmp_path):
    """The folder need not say what they mean; what it says stands in the description."""
    space = LABEL_SPACES["sea_ice"]
    write_raster(tmp_path / "A.png", BAND)
    opened = open_label_maps(tmp_path, space)
    assert (opened.description, opened.cases["A"].space) == (None, space)
    dataset_json(tmp_path, "front")
    assert open_label_maps(tmp_path, space).description.space == LABEL_SPACES["front"]


def test_a_description_that_cannot_be_used_is_named(tmp_path):
    """Also beside maps that do not need it."""
    write_raster(tmp_path / "zones" / "A.png", ZONES)
    (tmp_path / "dataset.json").write_text('{"labels": {"background": "0"}, "file_ending": ".png"}')
    with pytest.raises(InputError, match=r"dataset\.json: 'labels\.background' is '0'; wanted is names"):
        open_predictions(tmp_path)
