"""The files on disk follow CaFFe's layout, and the package's own readers take them."""

import numpy as np
import pytest
from PIL import Image

from nnunet_glacier.demo.layout import box_text, front_box, plan_scenes, write_caffe_like
from nnunet_glacier.domain.scenes import CAFFE_HEMISPHERE, Box, parse_caffe_stem
from nnunet_glacier.domain.zones import Zone, zones_from_grey
from nnunet_glacier.formats.caffe import caffe_files, read_box
from nnunet_glacier.formats.caffe_places import georeferenced, read_meta_data
from nnunet_glacier.support.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made_up") / "data_raw"
    write_caffe_like(folder, 5, 2, 96, 3, workers=1)
    return folder


def test_every_scene_has_its_four_files_and_a_stem_that_parses(folder):
    """Five training and two test scenes of CaFFe's glaciers, on the side of the split where CaFFe has them."""
    for split, glaciers in (("train", {"Crane", "DBE", "JAC", "Jorum", "SI"}), ("test", {"COL", "Mapple"})):
        scene_files = caffe_files(folder, split)
        assert {parse_caffe_stem(files.stem).glacier for files in scene_files} == glaciers
        for files in scene_files:
            assert all(path.is_file() for path in (files.image, files.zones, files.front, files.box))
            assert parse_caffe_stem(files.stem).hemisphere == CAFFE_HEMISPHERE[parse_caffe_stem(files.stem).glacier]


def test_grey_values_are_caffes_and_the_front_parts_sea_from_ice(folder):
    """Zones 0, 64, 127, 254; fronts 0 and 255; the box holds the whole front."""
    for split in ("train", "test"):
        for files in caffe_files(folder, split):
            grey, front = np.array(Image.open(files.zones)), np.array(Image.open(files.front))
            assert set(np.unique(grey)) <= {0, 64, 127, 254}
            assert set(np.unique(front)) == {0, 255}
            assert Image.open(files.image).mode == "L"
            assert np.array(Image.open(files.image)).shape == grey.shape == front.shape
            assert (zones_from_grey(grey)[front == 255] == Zone.OCEAN).all()
            rows, columns = read_box(files.box).slices(front.shape)
            assert front[rows, columns].sum() == front.sum()


def test_the_georeference_gives_square_pixels_of_the_stems_size(folder):
    """Width of the bounds over width of the image is the resolution of the stem."""
    table = read_meta_data(folder / "meta_data.csv")
    for split in ("train", "test"):
        for files in caffe_files(folder, split):
            scene = parse_caffe_stem(files.stem)
            shape = np.array(Image.open(files.image)).shape
            affine = georeferenced(scene, *table[files.stem], shape).affine
            assert affine[0] == -affine[4] == scene.pixel_size_m
            assert affine[1] == affine[3] == 0


def test_the_same_seed_writes_the_same_bytes(folder, tmp_path):
    """All files of the folder."""
    write_caffe_like(tmp_path / "again", 5, 2, 96, 3, workers=1)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) == 4 * 7 + 2
    for path in files:
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes()


def test_scenes_that_are_there_are_left_and_missing_ones_made_again(folder):
    """A scene counts as there when its image is."""
    kept, lost = (files.image for files in caffe_files(folder, "test"))
    before, written = lost.read_bytes(), kept.stat().st_mtime_ns
    lost.unlink()
    write_caffe_like(folder, 5, 2, 96, 3, workers=1)
    assert lost.read_bytes() == before
    assert kept.stat().st_mtime_ns == written


def test_other_settings_and_foreign_folders_are_refused(folder, tmp_path):
    """Nothing is mixed, and everything that is wrong is said at once."""
    with pytest.raises(InputError, match="were made with"):
        write_caffe_like(folder, 5, 2, 96, 4)
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError) as error:
        write_caffe_like(tmp_path, -1, 2, 20, 0)
    assert len(error.value.problems) == 3


def test_more_scenes_than_there_are_days_are_refused(tmp_path):
    """Of each glacier one a day, from the first of 1995 to the last but one of 2019; nothing is written."""
    with pytest.raises(InputError) as error:
        write_caffe_like(tmp_path / "out", 45_651, 18_261, 96, 0)
    assert [str(problem).split(": no two")[0] for problem in error.value.problems] == [
        "n_train: is 45651. Give at most 45650",
        "n_test: is 18261. Give at most 18260",
    ]
    assert not (tmp_path / "out").exists()


def test_a_plan_has_distinct_stems_and_gives_every_site_its_turn():
    """Sites differ by at most one scene; adding scenes to a site leaves its others as they are."""
    planned = plan_scenes(13, 3, 256, 0)
    assert len({scene.stem for scene in planned}) == 16
    counts = np.unique([scene.acquisition.site.name for scene in planned if scene.split == "train"], return_counts=True)
    assert sorted(counts[1]) == [2, 2, 3, 3, 3]
    more = {scene.stem for scene in plan_scenes(25, 8, 256, 0)}
    assert {scene.stem for scene in planned} <= more


def test_the_box_is_written_corner_by_corner():
    """Left upper, left lower, right lower, right upper; upper is the larger row."""
    front = np.zeros((50, 60), bool)
    front[10, 20:31] = True
    box = front_box(front, 5)
    assert box == Box(5, 16, 15, 36)
    expected = "x,y\n15.000,16.000\n15.000,5.000\n36.000,5.000\n36.000,16.000\n"
    assert box_text(box) == expected
    assert front_box(front, 30) == Box(0, 41, 0, 60)


@pytest.mark.parametrize("content", ["", "[1]"])
def test_a_damaged_record_of_the_settings_is_refused(tmp_path, content):
    """Half written, or no record at all."""
    (tmp_path / "made_up.json").write_text(content)
    with pytest.raises(InputError, match=r"made_up\.json: .*Give another folder"):
        write_caffe_like(tmp_path, 1, 1, 96, 0)
