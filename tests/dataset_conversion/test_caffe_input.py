import re

import numpy as np
import pytest
from PIL import Image
from small_caffe import SHAPE, TRAIN, convert, paths, scene_maps, write_dataset, write_scene


@pytest.fixture
def data_raw(tmp_path):
    return write_dataset(tmp_path / "data_raw")


def refused(data_raw, tmp_path, *options) -> list[str]:
    """The problems of a conversion that must fail with code 2, without a traceback, and write nothing."""
    out = tmp_path / "Dataset501_Caffe"
    result = convert("caffe", data_raw, out, *options)
    assert result.exit_code == 2, result.output
    assert not out.exists()
    assert "Traceback" not in result.output
    # Progress bars end without a line break of their own.
    lines = re.split(r"[\r\n]+", result.output)
    heading = next(line for line in lines if "nothing was written" in line)
    problems = [line.strip() for line in lines if line.startswith("  ")]
    assert f"{len(problems)} problem" in heading
    return problems


def save(path, values):
    Image.fromarray(values).save(path)


@pytest.mark.parametrize(
    ("kind", "remedy"), [("image", "Restore"), ("zones", "Restore"), ("front", "Restore"), ("box", "Restore")]
)
def test_a_missing_file_is_a_problem(data_raw, tmp_path, kind, remedy):
    """Image, zones, front or bounding box: named, with the remedy."""
    path = paths(data_raw, "train", TRAIN[1])[kind]
    path.unlink()
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"{path}: there is no such file.")
    assert remedy in problem


def test_files_of_different_size_are_a_problem(data_raw, tmp_path):
    """Both sizes are written out."""
    save(paths(data_raw, "train", TRAIN[0])["zones"], scene_maps(0)["zones"][:, :-1])
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"train scene {TRAIN[0]}: its files differ in size")
    assert "image 12x10, zones 12x9, front 12x10" in problem


def test_a_grey_value_that_is_no_zone_is_a_problem(data_raw, tmp_path):
    """The value and its count are given, and what the values mean."""
    zones = scene_maps(0)["zones"]
    zones[0, :3] = 77
    path = paths(data_raw, "train", TRAIN[0])["zones"]
    save(path, zones)
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"{path}: grey values that are no zone: 77 (3 pixels)")
    assert "0 NA, 64 rock, 127 glacier, 254 ocean" in problem


@pytest.mark.parametrize("kind", ["image", "zones", "front"])
@pytest.mark.parametrize("damage", ["truncated", "empty", "no image"])
def test_an_unreadable_png_is_a_problem(data_raw, tmp_path, kind, damage):
    """Cut in the middle of its pixels, empty, or something else."""
    path = paths(data_raw, "train", TRAIN[2])[kind]
    whole = path.read_bytes()
    path.write_bytes(
        {"truncated": whole[: len(whole) * 2 // 3], "empty": b"", "no image": b"<html></html>" * 9}[damage]
    )
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"{path}: it is no readable PNG")


def test_sixteen_bits_and_colours_are_problems(data_raw, tmp_path):
    """Both would lose information."""
    deep, coloured = (paths(data_raw, "train", TRAIN[index])["image"] for index in (0, 1))
    save(deep, scene_maps(0)["image"].astype(np.uint16))
    save(coloured, np.dstack([scene_maps(1)["image"]] * 2 + [scene_maps(2)["image"]]))
    first, second = refused(data_raw, tmp_path)
    assert f"{deep}: its pixels are of PNG mode I;16" in first
    assert f"{coloured}: it has colours" in second


@pytest.mark.parametrize(
    ("value", "why"),
    [(0, "it has no front"), (1, "values beside 0 and 255: 1"), (None, "117 of 120 pixels are front")],
)
def test_a_front_image_without_a_front_is_a_problem(data_raw, tmp_path, value, why):
    """Empty, in other values than 0 and 255, or inverted."""
    front = np.zeros(SHAPE, dtype=np.uint8)
    front[3, 2:5] = 255 if value is None else value
    path = paths(data_raw, "test", "Mapple_2011-06-18_TDX_7_1_024")["front"]
    save(path, 255 - front if value is None else front)
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"{path}: {why}")


def test_a_stem_in_train_and_test_is_a_problem(data_raw, tmp_path):
    """The same scene twice; that its glacier is on both sides is a second one."""
    write_scene(data_raw, "test", TRAIN[0])
    twice, leak = refused(data_raw, tmp_path)
    assert f"the stem is there already, as train scene {TRAIN[0]}" in twice
    assert "2 scenes of Crane, which has 1 scene in test" in leak


def test_stems_that_differ_in_case_alone_are_a_problem(data_raw, tmp_path):
    """Their outputs would be one file on some systems."""
    write_scene(data_raw, "train", TRAIN[2].replace("DBE", "dbe"))
    problems = refused(data_raw, tmp_path, "--hemisphere", "dbe=south")
    assert len(problems) == 1
    assert "the stem is there already" in problems[0]


def test_a_stem_outside_the_grammar_is_a_problem(data_raw, tmp_path):
    """Named by the file, with the grammar as the remedy."""
    files = write_scene(data_raw, "train", "Crane_20021109_ERS")
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(str(files["image"]))
    assert "Glacier_YYYY-MM-DD_Sensor_Resolution_Quality_Orbit" in problem


def test_test_scenes_in_train_are_a_problem(data_raw, tmp_path):
    """A glacier on both sides, and a published test glacier in train even if test has none of it."""
    write_scene(data_raw, "train", "Mapple_2012-06-18_TDX_7_1_024")
    write_scene(data_raw, "train", "COL_2012-06-18_TDX_7_1_024")
    col, mapple = refused(data_raw, tmp_path)
    assert "1 scene of COL, a glacier of CaFFe's published test scenes" in col
    assert "1 scene of Mapple, which has 1 scene in test" in mapple


def test_a_box_beside_the_image_or_of_another_form_is_a_problem(data_raw, tmp_path):
    """Both files are named."""
    beside, broken = (paths(data_raw, "train", TRAIN[index])["box"] for index in (0, 1))
    beside.write_text("x,y\n20,11\n20,1\n30,1\n30,11\n", encoding="utf-8")
    broken.write_text("x,y\n20,11\n", encoding="utf-8")
    first, second = refused(data_raw, tmp_path)
    assert f"{beside}: the box (rows 1 to 11, columns 20 to 30) does not overlap the image of 12x10" in first
    assert "is not a header and four lines" in second


def test_no_training_scenes_is_a_problem(data_raw, tmp_path):
    """Empty folders, as after a broken unpacking."""
    for folder in ("sar_images", "zones", "fronts"):
        for path in (data_raw / folder / "train").iterdir():
            path.unlink()
    (problem,) = refused(data_raw, tmp_path)
    assert "there are no training scenes" in problem


def test_the_official_split_needs_the_published_training_scenes(data_raw, tmp_path):
    """Six scenes are not the 559."""
    (problem,) = refused(data_raw, tmp_path, "--folds", "official")
    assert "CaFFe's 559 training scenes, but there are 6" in problem


def test_bounds_that_do_not_fit_the_pixel_size_are_a_problem(data_raw, tmp_path):
    """A row of meta_data.csv that belongs to another image; a table that is not there."""
    table = data_raw / "meta_data.csv"
    table.write_text(f"{TRAIN[0]}_geo.tif;BoundingBox(left=0.0, bottom=0.0, right=500.0, top=240.0);EPSG:3031\n")
    (problem,) = refused(data_raw, tmp_path)
    assert "its bounds give pixels of 50.00 x 20.00 m, its name 20 m" in problem
    table.unlink()
    (problem,) = refused(data_raw, tmp_path, "--meta-data", table)
    assert problem.startswith(f"{table}: there is no such file")
    table.mkdir()
    (problem,) = refused(data_raw, tmp_path, "--meta-data", table)
    assert problem.startswith(f"{table}: it is no regular file")


def test_a_crs_that_does_not_exist_is_a_problem_once(data_raw, tmp_path):
    """With the number of its rows; a CRS that exists is none."""
    bounds = "BoundingBox(left=0.0, bottom=0.0, right=200.0, top=240.0)"
    crs_of = {TRAIN[0]: "EPSG:99999", TRAIN[1]: "EPSG:99999", TRAIN[3]: "EPSG:3031"}
    rows = [f"{stem}_geo.tif;{bounds};{crs}" for stem, crs in crs_of.items()]
    (data_raw / "meta_data.csv").write_text("\n".join(rows), encoding="utf-8")
    (problem,) = refused(data_raw, tmp_path)
    assert f"there is no CRS EPSG:99999, which 2 of its rows name, such as that of {TRAIN[0]}" in problem


def test_all_problems_come_in_one_list(data_raw, tmp_path):
    """Four scenes with a fault each, and a wrong name of the target."""
    paths(data_raw, "train", TRAIN[0])["zones"].unlink()
    paths(data_raw, "train", TRAIN[1])["box"].unlink()
    save(paths(data_raw, "train", TRAIN[2])["front"], np.zeros(SHAPE, dtype=np.uint8))
    write_scene(data_raw, "train", "nonsense")
    result = convert("caffe", data_raw, tmp_path / "converted")
    assert result.exit_code == 2
    assert "5 problems" in result.output
    assert f"Name it, for instance, {tmp_path / 'Dataset501_converted'}" in result.output
    assert not (tmp_path / "converted").exists()
    assert convert("caffe", data_raw, tmp_path / "converted", "--check-only").exit_code == 2


def test_a_folder_without_the_layout_is_refused(tmp_path):
    """A missing folder, and one with something else in it."""
    assert refused(tmp_path / "nowhere", tmp_path)[0].endswith("Give CaFFe's data_raw folder")
    assert "no folder 'sar_images' in it" in refused(tmp_path, tmp_path)[0]


def test_a_glacier_that_trains_and_tests_may_be_meant(data_raw, tmp_path):
    """Refused with the option that allows it; with the option it is said in the closing words."""
    write_scene(data_raw, "test", "Crane_2009-11-09_ERS_20_2_061")
    (problem,) = refused(data_raw, tmp_path)
    assert "2 scenes of Crane, which has 1 scene in test" in problem
    assert "or say with --allow-shared-glaciers that it is meant" in problem
    result = convert("caffe", data_raw, tmp_path / "Dataset501_Caffe", "--allow-shared-glaciers")
    assert result.exit_code == 0, result.output
    assert "1 glacier trains and tests (Crane): scores say nothing of glaciers that were not seen." in result.output


def test_an_underscore_in_a_glaciers_name_is_said(data_raw, tmp_path):
    """With the name that would do."""
    files = write_scene(data_raw, "train", "Kong_Oscar_2018-06-01_S1_10_1_090")
    (problem,) = refused(data_raw, tmp_path)
    assert problem.startswith(f"{files['image']}: the glacier's name 'Kong_Oscar' has an underscore")
    assert problem.endswith("Rename its files to Kong-Oscar_2018-06-01_S1_10_1_090")


def test_geotiffs_in_the_layout_are_named(tmp_path):
    """They are scenes, but not of this format: one sentence with the way out."""
    folder = tmp_path / "data_raw" / "sar_images" / "train"
    folder.mkdir(parents=True)
    for stem in TRAIN[:2]:
        save(folder / f"{stem}.tif", scene_maps(0)["image"])
    (problem,) = refused(tmp_path / "data_raw", tmp_path)
    assert f"it holds 2 GeoTIFFs, such as {TRAIN[0]}.tif; CaFFe's layout is of 8-bit grey PNGs" in problem
    assert "gdal_translate -of PNG" in problem


def test_tiles_of_scenes_are_named_once(tmp_path):
    """As torchgeo ships them, in train, val and test: no list of stems to rename."""
    for folder, count in (("train", 40), ("val", 3), ("test", 2)):
        (tmp_path / "caffe" / "sar_images" / folder).mkdir(parents=True)
        for number in range(count):
            name = f"{TRAIN[0]}__93_102_{number}_0_0.png"
            save(tmp_path / "caffe" / "sar_images" / folder / name, scene_maps(0)["image"])
    (problem,) = refused(tmp_path, tmp_path)
    assert f"it holds 45 tiles of CaFFe's scenes, such as {TRAIN[0]}__93_102_0_0_0.png" in problem
    assert "Give the whole scenes, doi 10.1594/PANGAEA.940950" in problem


def test_one_cause_in_many_files_is_one_line(data_raw, tmp_path):
    """Five missing zone maps; three scenes with another fault keep their own lines."""
    for stem in TRAIN[:5]:
        paths(data_raw, "train", stem)["zones"].unlink()
    for stem in TRAIN[:3]:
        save(paths(data_raw, "train", stem)["front"], np.zeros(SHAPE, dtype=np.uint8))
    missing, *empty = refused(data_raw, tmp_path)
    first = paths(data_raw, "train", min(TRAIN[:5]))["zones"]
    assert missing.startswith(f"{first} and 4 more: there is no such file. Restore")
    assert [line.split(":")[0] for line in empty] == [
        str(paths(data_raw, "train", stem)["front"]) for stem in sorted(TRAIN[:3])
    ]


def test_many_stems_outside_the_grammar_are_one_line(data_raw, tmp_path):
    """With their number and the first of them."""
    for number in range(4):
        write_scene(data_raw, "train", f"scene-{number}")
    (problem,) = refused(data_raw, tmp_path)
    assert "4 stems cannot be read; of the first" in problem
    assert "the stem 'scene-0' does not follow" in problem


def test_a_geotiff_beside_its_png_is_left_alone(data_raw, tmp_path):
    """Both names that it may have; one without a PNG is named."""
    folder = data_raw / "sar_images" / "train"
    for name in (f"{TRAIN[0]}.tif", f"{TRAIN[1]}_geo.tif"):
        save(folder / name, scene_maps(0)["image"])
    assert convert("caffe", data_raw, tmp_path / "Dataset501_Caffe", "--check-only").exit_code == 0
    save(folder / "Crane_2003-11-09_ERS_20_2_061.tif", scene_maps(0)["image"])
    (problem,) = refused(data_raw, tmp_path)
    assert "it holds 1 GeoTIFF, such as Crane_2003-11-09_ERS_20_2_061.tif" in problem
