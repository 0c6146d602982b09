"""Where the files of a dataset's scenes are, in both layouts."""

import numpy as np
import pytest

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.support.errors import InputError

STEM = "COL_2013-09-14_TDX_7_1_092"
IMAGE = np.array([[7, 8], [9, 10]], dtype=np.uint8)
ZONES = np.array([[0, 1], [2, 3]], dtype=np.uint8)
GREY = np.array([[0, 64], [127, 254]], dtype=np.uint8)
FRONT = np.array([[0, 0], [0, 255]], dtype=np.uint8)


@pytest.fixture
def converted(tmp_path):
    """A converted dataset of a test scene; the only file of its training scene is a volume."""
    root = tmp_path / "Dataset001_Made"
    write_raster(root / "imagesTs" / "a_0000.png", IMAGE)
    write_raster(root / "frontsTs" / "a.png", FRONT)
    write_raster(root / "zonesTs" / "a.png", ZONES)
    (root / "imagesTr").mkdir()
    (root / "imagesTr" / "b_0000.nii.gz").write_bytes(b"")
    scenes = [Scene("a", "test", "COL", box=Box(0, 2, 0, 2)), Scene("b", "train", "COL"), Scene("c", "", "COL")]
    write_scenes(root / "scenes.csv", scenes)
    return root


@pytest.fixture
def published(tmp_path):
    """One scene in CaFFe's layout."""
    root = tmp_path / "data_raw"
    write_raster(root / "sar_images" / "test" / f"{STEM}.png", IMAGE)
    write_raster(root / "zones" / "test" / f"{STEM}_zones.png", GREY)
    write_raster(root / "fronts" / "test" / f"{STEM}_front.png", FRONT)
    (root / "bounding_boxes").mkdir()
    (root / "bounding_boxes" / f"{STEM}_front_extent_coord.txt").write_text("x,y\n0,2\n0,0\n1,0\n1,2\n")
    return root


@pytest.mark.parametrize(("layout", "case"), [("converted", "a"), ("published", STEM)])
def test_both_layouts_give_the_same_maps(layout, case, request):
    """Image, front and zone ids, whatever the files are called."""
    files = open_dataset(request.getfixturevalue(layout)).scenes[case]
    np.testing.assert_array_equal(files.read_image(), IMAGE)
    np.testing.assert_array_equal(files.read_front(), FRONT == 255)
    np.testing.assert_array_equal(files.read_zones(), ZONES)


def test_the_box_comes_with_the_file_that_holds_it(converted, published):
    """The scene table, or CaFFe's box file."""
    made, caffe = open_dataset(converted).scenes["a"], open_dataset(published).scenes[STEM]
    assert (made.scene.box, made.described_in) == (Box(0, 2, 0, 2), converted / "scenes.csv")
    assert (caffe.scene.box, caffe.scene.split) == (Box(0, 2, 0, 1), "test")
    assert caffe.described_in == published / "bounding_boxes" / f"{STEM}_front_extent_coord.txt"


def test_files_are_found_by_their_endings_and_need_not_exist(converted):
    """A lost front is named where it should be; a scene of no split is still a scene."""
    files = open_dataset(converted).scenes
    assert list(files) == ["a", "b", "c"]
    assert files["b"].image == converted / "imagesTr" / "b_0000.nii.gz"
    assert files["b"].front == converted / "frontsTr" / "b.png" and not files["b"].front.exists()
    assert files["b"].zones is None and files["b"].read_zones() is None
    with pytest.raises(InputError, match=r"there is no such file.*Restore the label"):
        files["b"].read_front()
    with pytest.raises(InputError, match="Restore the image"):
        files["c"].read_image()


def test_a_table_stands_for_its_dataset(converted, published):
    """Only CaFFe as published has none."""
    table = converted / "scenes.csv"
    # As text, since scene c has a pixel size of NaN.
    assert str(open_dataset(table).scenes) == str(open_dataset(converted).scenes)
    assert (open_dataset(table).published, open_dataset(published).published) == (False, True)


def test_all_that_cannot_be_told_of_a_published_dataset_is_told_at_once(published):
    """A stem that is none, and a box file that is none."""
    write_raster(published / "sar_images" / "train" / "holiday.png", IMAGE)
    box = published / "bounding_boxes" / f"{STEM}_front_extent_coord.txt"
    box.write_text("x,y\n")
    with pytest.raises(InputError) as caught:
        open_dataset(published)
    assert {problem.where for problem in caught.value.problems} == {
        box,
        published / "sar_images" / "train" / "holiday.png",
    }


def test_a_folder_that_is_neither_is_refused(tmp_path):
    """With a word on what was looked for."""
    with pytest.raises(InputError, match=r"no folder .sar_images. in it, and no scenes\.csv"):
        open_dataset(tmp_path)
