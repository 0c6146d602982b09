"""Scenes denoised, padded and resized before they are written: by hand to the pixel, and through the command."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from small_caffe import TRAIN, convert, paths, scene_maps, write_dataset
from test_label_maps import mask

from nnunet_glacier.dataset_conversion.caffe.preparation import Preparation, median_window_px, redrawn
from nnunet_glacier.dataset_conversion.writing.label_maps import dilate_line, label_map
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.scene_table import read_scenes


def test_the_filters_window_covers_the_same_area_at_any_pixel_size():
    """50 x 50 m are 8.3, 4.2 and 2.5 pixels: 9, 5 and 3, the nearest odd numbers; nothing is filtered at 50 m."""
    assert [median_window_px(2500.0, pixel_size_m) for pixel_size_m in (6.0, 12.0, 20.0, 50.0, 80.0)] == [9, 5, 3, 1, 1]
    speck = np.zeros((9, 9), dtype=np.uint8)
    speck[3:6, 3:6] = 200
    prepare = Preparation(denoise_area_m2=2500.0)
    assert prepare.image(speck, 12.0).max() == 0
    assert np.array_equal(prepare.image(speck, 20.0), ndimage.median_filter(speck, 3, mode="nearest"))
    assert np.array_equal(prepare.image(speck, 50.0), speck)


def test_zones_keep_their_values_and_padding_is_missing_data():
    """Half the size takes every second pixel; below the image there is nothing."""
    zones = np.array([[1, 1, 2, 2, 3, 3]] * 2 + [[3, 3, 1, 1, 2, 2]] * 2, dtype=np.uint8)
    padded = Preparation(pad_square=True).zones(zones)
    assert padded.shape == (6, 6) and np.array_equal(padded[:4], zones) and not padded[4:].any()
    halved = Preparation(pad_square=True, resize_px=3).zones(zones)
    assert halved.tolist() == [[1, 2, 3], [3, 1, 2], [0, 0, 0]]


def test_images_are_interpolated():
    """Between 0 and 100, twice the pixels: a quarter and three quarters of the way."""
    image = np.array([[0, 100], [0, 100]], dtype=np.uint8)
    assert Preparation(resize_px=4).image(image, 20.0).tolist() == [[0, 25, 75, 100]] * 4


def test_box_pixel_size_and_affine_go_along():
    """200 x 400 padded to 400 x 400, then 100: a quarter of the pixels, each four times as wide; the corner stays."""
    scene = Scene("a", "train", "A", pixel_size_m=20.0, box=Box(20, 180, -8, 390), affine=(20, 0, 500, 0, -20, 900))
    placed = Preparation(pad_square=True, resize_px=100).scene(scene, (200, 400))
    assert placed.box == Box(5, 45, -2, 98)
    assert placed.pixel_size_m == 80.0 and placed.affine == (80, 0, 500, 0, -80, 900)
    assert Preparation(pad_square=True).scene(scene, (200, 400)) == scene


def test_a_front_is_drawn_anew_without_gaps():
    """Three times as large a diagonal goes from centre to centre; a third as large three steps become one."""
    assert np.array_equal(np.argwhere(redrawn(np.eye(3, dtype=bool), (9, 9))), [[i, i] for i in range(1, 8)])
    assert np.array_equal(np.argwhere(redrawn(np.eye(9, dtype=bool), (3, 3))), [[0, 0], [1, 1], [2, 2]])
    level = np.zeros((8, 8), dtype=bool)
    level[5, 1:7] = True
    assert np.array_equal(np.argwhere(redrawn(level, (4, 4))), [[2, 0], [2, 1], [2, 2], [2, 3]])
    assert not redrawn(np.zeros((8, 8), dtype=bool), (4, 4)).any()


@pytest.mark.parametrize("size", [17, 40, 63, 150])
def test_a_winding_front_stays_in_one_piece_one_pixel_wide(size):
    """At any size: connected, thin, and nowhere farther from the scaled pixels than about one."""
    columns = np.arange(60)
    line = np.zeros((60, 60), dtype=bool)
    rows = np.round(30 + 20 * np.sin(columns / 9)).astype(int)
    for first, second, column in zip(rows, rows[1:], columns, strict=False):
        line[min(first, second) : max(first, second) + 1, column] = True
    drawn = redrawn(line, (size, size))
    assert ndimage.label(drawn, np.ones((3, 3)))[1] == 1
    assert not (drawn[1:, 1:] & drawn[:-1, 1:] & drawn[1:, :-1] & drawn[:-1, :-1]).any()
    scaled = (np.argwhere(line) + 0.5) * size / 60
    apart = np.linalg.norm(np.argwhere(drawn)[:, None] + 0.5 - scaled[None], axis=2)
    assert apart.min(axis=1).max() <= max(1.5, size / 60) and apart.min(axis=0).max() <= 1.5


def test_even_widths_reach_one_pixel_farther_down_and_to_the_right():
    """Six wide: two up and to the left, three down and to the right."""
    line = np.zeros((9, 9), dtype=bool)
    line[4, 4] = True
    assert np.array_equal(np.argwhere(dilate_line(line, 6))[[0, -1]], [[2, 2], [7, 7]])
    assert dilate_line(line, 6).sum() == 36 and dilate_line(line, 2).sum() == 4
    corner = mask("""
        #..
        ...
        ..#
    """)
    assert np.array_equal(
        dilate_line(corner, 2),
        mask("""
        ##.
        ##.
        ..#
    """),
    )
    with pytest.raises(ValueError, match="width is 0"):
        dilate_line(line, 0)


def test_ice_is_the_glacier_alone():
    """Rock, ocean with mélange and missing data are the other class."""
    zones = np.array([[0, 1, 2, 3]], dtype=np.uint8)
    assert label_map("ice", zones, None).tolist() == [[0, 0, 1, 0]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The small scenes of 12 x 10 pixels, prepared as by Holzmann et al., in 32 x 32 pixels with fronts 6 wide."""
    folder = tmp_path_factory.mktemp("prepared")
    source, out = write_dataset(folder / "data_raw"), folder / "Dataset501_Caffe"
    asked = ("--denoise", "median", "--pad-square", "--resize", 32, "--front-width", 6, "--labels", "front")
    result = convert("caffe", source, out, *asked)
    assert result.exit_code == 0, result.output
    return out, result.output


def test_the_command_prepares_every_map(prepared):
    """12 x 10 pixels become 32 x 32: image, line, label, zones, box and pixel size."""
    out, said = prepared
    stem, maps = TRAIN[0], scene_maps(0)
    read = {
        kind: np.asarray(Image.open(out / f"{kind}Tr" / f"{stem}{'_0000' * (kind == 'images')}.png"))
        for kind in ("images", "labels", "fronts", "zones")
    }
    assert {values.shape for values in read.values()} == {(32, 32)}
    # Row 7 of 12 has its centre at 7.5 * 32 / 12 = 20; the front begins in column 1, at 1.5 * 32 / 12 = 4.
    assert np.array_equal(np.argwhere(read["fronts"]), [[20, column] for column in range(4, 26)])
    assert np.array_equal(np.flatnonzero(read["labels"].any(axis=1)), range(18, 24))
    assert np.array_equal(np.flatnonzero(read["labels"].any(axis=0)), range(2, 29))
    assert read["zones"][20, 16] == 3 and read["zones"][16, 16] == 2 and not read["zones"][:, 27:].any()
    padded = np.pad(ndimage.median_filter(maps["image"], 3, mode="nearest"), ((0, 0), (0, 2)))
    assert np.array_equal(read["images"], Image.fromarray(padded).resize((32, 32), Image.Resampling.BILINEAR))
    scene = read_scenes(out / "scenes.csv")[stem]
    assert scene.pixel_size_m == pytest.approx(20 * 12 / 32) and scene.box == Box(3, 29, -5, 24)
    assert f"--scenes {out}" in said.replace("\n", " ")


def test_the_record_tells_how_and_says_nothing_without_options(prepared, tmp_path):
    """What was asked for stands in dataset.json; without options the record has what it always had."""
    conversion = json.loads((prepared[0] / "dataset.json").read_text())["conversion"]
    asked = {"denoise": "median", "denoise_area_m2": 2500.0, "pad_square": True, "resize": 32, "front_width": 6}
    assert asked.items() <= conversion.items()
    assert Preparation().record() == {}


def test_an_image_that_would_be_squashed_is_refused(tmp_path):
    """12 x 10 pixels in a square have no single size; nothing is written."""
    source, out = write_dataset(tmp_path / "data_raw"), tmp_path / "Dataset501_Caffe"
    result = convert("caffe", source, out, "--resize", 32)
    assert result.exit_code == 2 and "--pad-square" in result.output and not out.exists()
    assert paths(source, "train", TRAIN[0])["image"].is_file()
