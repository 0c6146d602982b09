import pytest

from nnunet_glacier.domain.scenes import Box, parse_caffe_stem
from nnunet_glacier.formats.caffe import caffe_files, find_caffe_root, read_box
from nnunet_glacier.formats.caffe_places import georeferenced, read_meta_data
from nnunet_glacier.support.errors import GlacierError, InputError

STEM = "Crane_2002-11-09_ERS_20_2_061"


def write_box(path, lines):
    path.write_text("\n".join(["x,y", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_bounding_box_is_the_window_between_its_corners(tmp_path):
    """Left upper, left lower, right lower, right upper, where upper is the larger row; each corner rounded."""
    path = write_box(tmp_path / "box.txt", ["-3.4,812.6", "-3.4,-0.6", "640.2,-0.6", "640.2,812.6"])
    assert read_box(path) == Box(row_start=-1, row_stop=813, column_start=-3, column_stop=640)


@pytest.mark.parametrize(
    "lines",
    [
        ["1,2", "3,4", "5,6"],
        ["1,2", "3,4", "5,6", "7,8", "9,10"],
        ["1,2", "3,4", "5,6", "7"],
        ["1,2", "3,four", "5,6", "7,8"],
        ["1,2", "3,4", "nan,6", "7,8"],
        ["inf,2", "3,4", "5,6", "7,8"],
        [],
    ],
)
def test_other_box_files_are_refused_with_what_they_hold(tmp_path, lines):
    """Three corners, five, one coordinate, words, no finite numbers, nothing."""
    with pytest.raises(GlacierError, match=r"box\.txt is not a header and four lines"):
        read_box(write_box(tmp_path / "box.txt", lines))


def test_a_box_file_that_is_no_text_is_refused(tmp_path):
    """Binary rubbish gives the same message."""
    (tmp_path / "box.txt").write_bytes(bytes(range(256)))
    with pytest.raises(GlacierError, match=r"box\.txt is not"):
        read_box(tmp_path / "box.txt")


def test_all_boxes_of_the_reference_scenes_are_read(shared_data):
    """Windows with rows and columns the right way round."""
    folder = shared_data / "caffe_reference_scores" / "data_raw" / "bounding_boxes"
    boxes = [read_box(path) for path in folder.glob("*.txt")]
    assert len(boxes) == 14
    assert all(box.row_start < box.row_stop and box.column_start < box.column_stop for box in boxes)


META_DATA = (
    '"Image name ";Glac\xedar;" Date";"""Sensor"";Resolution\n'
    f'{STEM}_geo.tif;Crane;09.11.2002;ERS;20;061;VV;"BoundingBox(left=-2402000.5, bottom=1250000.0, '
    'right=-2399000.5, top=1.252e6)";EPSG:3031\n'
    '"COL_2011-06-18_TDX_7_1_024_geo.tif";Col\xfambia;18.06.2011;TDX;7;024;HH;'
    "BoundingBox(left=480000.0, bottom=6790000.0, right=481400.0, top=6790700.0);' EPSG:32606 '\n"
    ";;;\n"
)


def test_meta_data_in_latin_1_with_stray_quotes(tmp_path):
    """CRS and bounds by stem; the header and empty lines are passed over."""
    (tmp_path / "meta_data.csv").write_bytes(META_DATA.encode("latin-1"))
    table = read_meta_data(tmp_path / "meta_data.csv")
    assert table == {
        STEM: ("EPSG:3031", (-2402000.5, 1250000.0, -2399000.5, 1252000.0)),
        "COL_2011-06-18_TDX_7_1_024": ("EPSG:32606", (480000.0, 6790000.0, 481400.0, 6790700.0)),
    }


def test_rows_of_meta_data_without_bounds_or_crs_are_all_listed(tmp_path):
    """With the line and what is missing."""
    path = tmp_path / "meta_data.csv"
    path.write_text(
        "name;bounds;crs\na_geo.tif;none;EPSG:3031\nb_geo.tif;BoundingBox(left=1, bottom=1, right=2, top=2);\n"
    )
    with pytest.raises(InputError) as error:
        read_meta_data(path)
    first, second = error.value.problems
    assert str(first.where).endswith("line 2")
    assert "BoundingBox" in first.what
    assert str(second.where).endswith("line 3")
    assert "EPSG" in second.what


@pytest.mark.parametrize("left", ["1.2.3", "-", "1e999"])
def test_bounds_that_are_no_numbers_are_a_problem_of_their_line(tmp_path, left):
    """Two points, a sign alone, more than a float can hold."""
    path = tmp_path / "meta_data.csv"
    path.write_text(f"name\na_geo.tif;BoundingBox(left={left}, bottom=1, right=2, top=2);EPSG:3031\n")
    with pytest.raises(InputError, match=r"line 2: a_geo\.tif has no readable BoundingBox"):
        read_meta_data(path)


def test_affine_of_a_north_up_image():
    """150 columns over 3000 m and 100 rows over 2000 m: 20 m pixels, origin in the upper left corner."""
    scene = georeferenced(
        parse_caffe_stem(STEM), "EPSG:3031", (-2402000.0, 1250000.0, -2399000.0, 1252000.0), (100, 150)
    )
    assert scene.crs == "EPSG:3031"
    assert scene.affine == (20.0, 0.0, -2402000.0, 0.0, -20.0, 1252000.0)


def test_the_root_is_found_through_wrapper_folders(tmp_path):
    """At most two deep; none and several are refused."""
    root = tmp_path / "wrapper" / "data_raw"
    (root / "sar_images").mkdir(parents=True)
    assert find_caffe_root(root) == find_caffe_root(tmp_path / "wrapper") == find_caffe_root(tmp_path) == root
    (tmp_path / "other" / "sar_images").mkdir(parents=True)
    with pytest.raises(InputError) as error:
        find_caffe_root(tmp_path)
    assert error.value.problems[0].what == f"several datasets in it: {tmp_path / 'other'}, {root}"
    with pytest.raises(InputError, match="no folder 'sar_images'"):
        find_caffe_root(root / "sar_images")
    with pytest.raises(InputError, match="no such folder"):
        find_caffe_root(tmp_path / "nowhere")


def test_folders_that_a_desktop_makes_hold_no_dataset(tmp_path):
    """Hidden ones, and macOS's own in a zip; a hidden folder around the given one does not matter."""
    given = tmp_path / ".hidden"
    for wrapper in ("__MACOSX/data_raw", ".Trash", "data_raw"):
        (given / wrapper / "sar_images").mkdir(parents=True)
    assert find_caffe_root(given) == given / "data_raw"


def test_a_stem_is_found_by_any_of_its_three_images(tmp_path):
    """So that a missing one is noticed; hidden files of a desktop are passed over."""
    for folder, name in (("sar_images", "a.png"), ("zones", "b_zones.png"), ("fronts", "c_front.png")):
        (tmp_path / folder / "train").mkdir(parents=True)
        (tmp_path / folder / "train" / name).touch()
        (tmp_path / folder / "train" / f"._{name}").touch()
    files = caffe_files(tmp_path, "train")
    assert [scene.stem for scene in files] == ["a", "b", "c"]
    assert files[0].zones == tmp_path / "zones" / "train" / "a_zones.png"
    assert files[0].front == tmp_path / "fronts" / "train" / "a_front.png"
    assert files[0].box == tmp_path / "bounding_boxes" / "a_front_extent_coord.txt"
    assert caffe_files(tmp_path, "test") == []
