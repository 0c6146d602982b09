"""The door of a dataset: what the opened object knows, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box, Scene, with_hemisphere
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.folds import read_folds, write_folds
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.support.errors import InputError

FRONT = LABEL_SPACES["front"]
FOLDS = [{"train": ["a"], "val": ["b"]}, {"train": ["b"], "val": ["a"]}]
CODES = np.array([[0, 1, 2], [1, 1, 2]], dtype=np.uint8)


@pytest.fixture
def converted(tmp_path) -> Path:
    """Two training scenes and a test scene of 2x3 pixels; the last column has no label."""
    root = tmp_path / "Dataset001_Made"
    for case, end in (("a", "Tr"), ("b", "Tr"), ("t", "Ts")):
        write_raster(root / f"images{end}" / f"{case}_0000.tif", CODES)
        write_raster(root / f"labels{end}" / f"{case}.tif", CODES)
        write_raster(root / f"fronts{end}" / f"{case}.png", np.zeros(CODES.shape, dtype=np.uint8))
    content = {
        "labels": {**FRONT.nnunet_labels(), "ignore": 2},
        "numTraining": 2,
        "file_ending": ".tif",
        "tasks": FRONT.to_json(),
    }
    (root / "dataset.json").write_text(json.dumps(content))
    write_folds(root / "splits_final.json", FOLDS)
    scenes = [Scene("a", "train", "COL"), Scene("b", "train", "JAC"), Scene("t", "test", "COL", box=Box(0, 2, 0, 9))]
    write_scenes(root / "scenes.csv", scenes)
    return root


def test_a_converted_dataset(converted):
    """Its description, its folds, and the files of its scenes."""
    dataset = open_dataset(converted)
    assert (dataset.source, dataset.folder, dataset.published) == (converted, converted, False)
    assert dataset.described_in == converted / "scenes.csv"
    assert (dataset.space, dataset.folds, dataset.validating) == (FRONT, FOLDS, {"a", "b"})
    assert not dataset.has_classes_alone
    assert list(dataset.scenes) == ["a", "b", "t"]
    images, labels = dataset.training_files()
    assert images == [converted / "imagesTr" / f"{case}_0000.tif" for case in "ab"]
    assert labels == [converted / "labelsTr" / f"{case}.tif" for case in "ab"]


def test_a_scene_of_it_reads_its_label_map(converted):
    """The band of code 1, without the pixels of code 2."""
    files = open_dataset(converted).scenes["t"]
    assert (files.label, files.ignore, files.grounding_line) == (converted / "labelsTs" / "t.tif", 2, False)
    band, ignored = files.read_band()
    np.testing.assert_array_equal(band, CODES == 1)
    np.testing.assert_array_equal(ignored, CODES == 2)
    np.testing.assert_array_equal(files.read_ignored(), CODES == 2)
    write_raster(files.label, np.full(CODES.shape, 3, dtype=np.uint8))
    with pytest.raises(InputError, match=r"t\.tif: it holds values from 3 to 3, but its labels are 0 to 1"):
        files.read_band()


@pytest.mark.parametrize(
    ("box", "shape", "fits"),
    [
        (None, (2, 3), True),
        (Box(0, 2, 0, 9), (2, 3), True),
        (Box(-9, 1, 2, 3), (2, 3), True),
        (Box(2, 4, 0, 3), (2, 3), False),
    ],
)
def test_a_box_outside_of_its_image_is_a_problem(tmp_path, box, shape, fits):
    """It may reach beyond it; the file that holds it is named."""
    write_scenes(tmp_path / "scenes.csv", [Scene("a", "test", "COL", box=box)])
    problems = open_dataset(tmp_path).scenes["a"].box_problems(shape)
    assert [(problem.where, problem.what) for problem in problems] == (
        []
        if fits
        else [
            (
                tmp_path / "scenes.csv",
                "the box of case a (rows 2 to 4, columns 0 to 3) does not overlap its image of 2x3",
            )
        ]
    )


def test_a_table_alone_is_a_dataset(tmp_path):
    """Scenes without any file; nothing tells what label maps would hold."""
    write_scenes(tmp_path / "scenes.csv", [Scene("a", "test", "COL")])
    dataset = open_dataset(tmp_path / "scenes.csv")
    assert (dataset.source, dataset.folder) == (tmp_path / "scenes.csv", tmp_path)
    assert (dataset.description, dataset.space, dataset.folds, dataset.validating) == (None, None, None, None)
    assert (dataset.scenes["a"].label, dataset.scenes["a"].ignored_in) == (None, None)


def test_a_raw_dataset_of_nnunets_has_no_scenes(converted):
    """It may be planned, and not scored against."""
    (converted / "scenes.csv").unlink()
    dataset = open_dataset(converted, with_scenes=False)
    assert dataset.scenes == {} and dataset.description.training_cases == 2
    with pytest.raises(InputError, match=r"no folder 'sar_images' in it, and no scenes\.csv"):
        open_dataset(converted)
    (converted / "dataset.json").unlink()
    with pytest.raises(InputError, match=r"dataset\.json: there is no such file"):
        open_dataset(converted, with_scenes=False)


def test_all_that_is_wrong_with_the_files_of_a_dataset_is_told_at_once(converted):
    """The table, the description and the folds."""
    (converted / "scenes.csv").write_text("case\n")
    (converted / "dataset.json").write_text("7")
    (converted / "splits_final.json").write_text("[{}]")
    with pytest.raises(InputError) as caught:
        open_dataset(converted)
    names = [Path(problem.where).name for problem in caught.value.problems]
    assert names == ["scenes.csv", "dataset.json", "splits_final.json"]


def test_caffe_as_published(shared_data):
    """One folder or the one above it; every scene has zones in grey values and a box, and no label map."""
    root = shared_data / "caffe_reference_scores" / "data_raw"
    dataset = open_dataset(root.parent)
    assert (dataset.source, dataset.folder, dataset.published) == (root.parent, root, True)
    assert (dataset.description, dataset.space, dataset.folds) == (None, None, None)
    assert len(dataset.scenes) == 14
    for files in dataset.scenes.values():
        assert files.grey and files.label is None and files.scene.box is not None


STEM = "Kronebreen_2015-08-01_S1_20_3_061"


def of_ones_own(root: Path, bounds: str = "left=1000.0, bottom=2000.0, right=1100.0, top=2040.0") -> Path:
    """CaFFe's layout with a front of 2x5 pixels and bounds of 100 x 40 m."""
    (root / "sar_images").mkdir()
    write_raster(root / "fronts" / "test" / f"{STEM}_front.png", np.full((2, 5), 255, dtype=np.uint8))
    (root / "meta_data.csv").write_text(f"name;bounds;crs\n{STEM}_geo.tif;BoundingBox({bounds});EPSG:32633\n")
    return root


def test_caffes_table_of_places_puts_scenes_on_the_map(tmp_path):
    """Pixels of 20 m from the upper left corner, so that also the hemisphere of a glacier of one's own is known."""
    scene = open_dataset(of_ones_own(tmp_path)).scenes[STEM].scene
    assert (scene.crs, scene.affine) == ("EPSG:32633", (20.0, 0.0, 1000.0, 0.0, -20.0, 2040.0))
    assert with_hemisphere(scene).hemisphere == "north"


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ("left=1000.0, bottom=2000.0, right=1400.0, top=2040.0", "its bounds give pixels of 80.00 x 20.00 m"),
        ("left=1000.0", "no readable BoundingBox"),
    ],
)
def test_a_place_that_is_none_is_refused(tmp_path, bounds, said):
    """Bounds of another image, and a row without bounds."""
    with pytest.raises(InputError, match=said):
        open_dataset(of_ones_own(tmp_path, bounds))


@pytest.mark.parametrize("content", ["{", "7", "[7]", '[{"train": ["a"]}]', '[{"train": ["a"], "val": [1]}]'])
def test_folds_of_another_form_are_refused(tmp_path, content):
    """With the file and what to do."""
    path = tmp_path / "splits_final.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"splits_final\.json: it .*Convert the dataset again, or remove the file"):
        read_folds(path)
    write_folds(path, FOLDS)
    assert read_folds(path) == FOLDS
