import csv
import datetime

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from nnunet_glacier.dataset_conversion.scenes.stage import list_scenes
from nnunet_glacier.formats.scene_table import read_scenes
from nnunet_glacier.support.errors import InputError


def write_scene(path, values, *, crs="EPSG:32622", transform=None, nodata=None, tags=None):
    transform = transform or from_origin(500_000, 7_700_000, 30, 30)
    profile = {
        "driver": "GTiff",
        "count": 1,
        "height": values.shape[0],
        "width": values.shape[1],
        "dtype": values.dtype,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", crs=crs, transform=transform, nodata=nodata, **profile) as target:
        target.write(values, 1)
        target.update_tags(**(tags or {}))


def rows_of(table):
    with table.open(newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


@pytest.fixture
def folder(tmp_path):
    """Two scenes: a Sentinel-1 product with a quarter of nodata, and one whose name and tags tell nothing."""
    values = np.ones((4, 4), np.uint8)
    values[:2, :2] = 0
    write_scene(tmp_path / "S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410_004400_0055A1_0000.tif", values, nodata=0)
    write_scene(tmp_path / "below" / "mine.tif", np.array([[1, np.nan], [2, 3]], np.float32))
    return tmp_path


S1 = "S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410_004400_0055A1"


def test_the_table_holds_what_names_and_headers_tell_and_nothing_else(folder):
    """Day and sensor of a product's name; empty cells where nothing tells, which the closing text counts."""
    text = list_scenes(folder, workers=1)
    rows = rows_of(folder / "scenes.csv")
    assert list(rows) == [S1, "mine"] or list(rows) == ["mine", S1]
    assert rows[S1] == {
        "case": S1,
        "glacier": "",
        "date": "2015-01-30",
        "sensor": "S1",
        "pixel_size_m": "30",
        "crs": "EPSG:32622",
        "nodata_share": "0.2500",
        "source": f"{S1}_0000.tif",
    }
    assert rows["mine"]["date"] == rows["mine"]["sensor"] == rows["mine"]["glacier"] == ""
    assert rows["mine"]["nodata_share"] == "0.2500" and rows["mine"]["source"] == "below/mine.tif"
    assert "2 without a glacier" in text and "1 without a date, such as mine" in text
    assert f"nnunet-glacier delineate {folder} {folder / 'below'} OUT --scenes {folder / 'scenes.csv'}" in text


def test_a_completed_table_keeps_what_was_filled_in(folder):
    """A second run adds the new scene and empty cells' values; cells, columns and rows of the user stay."""
    table = folder / "scenes.csv"
    table.write_text(f"case,date,glacier,remark\n{S1},2015-02-01,Helheim,cloudy\nelsewhere,,Jakobshavn,\n")
    text = list_scenes(folder, workers=1)
    rows = rows_of(table)
    assert list(rows) == [S1, "elsewhere", "mine"]
    assert (rows[S1]["date"], rows[S1]["glacier"], rows[S1]["remark"]) == ("2015-02-01", "Helheim", "cloudy")
    assert rows[S1]["sensor"] == "S1" and rows["elsewhere"]["glacier"] == "Jakobshavn"
    assert "1 of them new" in text and "1 row is of no image here" in text
    before = table.read_bytes()
    list_scenes(folder, workers=1)
    assert table.read_bytes() == before


def test_the_table_is_one_that_scenes_takes(folder):
    list_scenes(folder, workers=1)
    scene = read_scenes(folder / "scenes.csv", required=("case",))[S1]
    assert (scene.date, scene.sensor, scene.pixel_size_m) == (datetime.date(2015, 1, 30), "S1", 30)


def test_oblong_pixels_have_no_size_and_the_way_is_named(tmp_path):
    """At 66 degrees north a pixel of equal degrees is less than half as wide as high."""
    write_scene(
        tmp_path / "a.tif", np.ones((4, 4), np.uint8), crs="EPSG:4326", transform=from_origin(-38, 66, 1e-3, 1e-3)
    )
    text = list_scenes(tmp_path, workers=1)
    assert rows_of(tmp_path / "scenes.csv")["a"]["pixel_size_m"] == ""
    assert "gdalwarp -t_srs EPSG:3413 -tr SIZE SIZE -r bilinear IMAGE WARPED" in text


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_of_a_spreadsheet_with_other_separators(folder, separator):
    """Read like one of commas, and completed with the separator that it has."""
    table = folder / "scenes.csv"
    lines = [separator.join(cells) for cells in (["case", "date", "remark"], ["mine", "2019-03-12", "a, b"])]
    table.write_text("\ufeff" + "\n".join(lines) + "\n")
    assert read_scenes(table, ("case", "date"))["mine"].date == datetime.date(2019, 3, 12)
    list_scenes(folder, workers=1)
    assert table.read_text().splitlines()[0].split(separator)[:3] == ["case", "date", "remark"]
    with table.open(newline="") as file:
        rows = {row["case"]: row for row in csv.DictReader(file, delimiter=separator)}
    assert (rows["mine"]["date"], rows["mine"]["remark"]) == ("2019-03-12", "a, b")
    assert sorted(read_scenes(table, ("case",))) == [S1, "mine"]


def test_a_table_with_decimal_commas_is_completed_with_such(folder):
    """Between semicolons 76,5 is 76.5, and the new rows' shares of nodata have commas beside those that have."""
    table = folder / "scenes.csv"
    table.write_text("case;pixel_size_m;nodata_share\nelsewhere;76,5;0,5\nmine;;\n")
    list_scenes(folder, workers=1)
    with table.open(newline="") as file:
        rows = {row["case"]: row for row in csv.DictReader(file, delimiter=";")}
    assert {case: row["nodata_share"] for case, row in rows.items()} == {
        "elsewhere": "0,5",
        "mine": "0,2500",
        S1: "0,2500",
    }
    assert {case: scene.pixel_size_m for case, scene in read_scenes(table, ("case",)).items()} == {
        "elsewhere": 76.5,
        "mine": 30.0,
        S1: 30.0,
    }


def test_rows_without_any_text_do_not_stay(folder):
    table = folder / "scenes.csv"
    table.write_text("case,date\nelsewhere,2015-02-01\n,\n,\n")
    list_scenes(folder, workers=1)
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == ["case", "elsewhere", S1, "mine"]


def test_scenes_that_delineate_would_refuse_are_named(folder):
    write_scene(folder / "nocrs.tif", np.ones((4, 4), np.uint8), crs=None)
    swapped = from_origin(-75, -100, 0.001, 0.001)
    write_scene(folder / "swapped.tif", np.ones((4, 4), np.uint8), crs="EPSG:4326", transform=swapped)
    text = list_scenes(folder, workers=1)
    assert "'delineate' would refuse 2 of them:\n    nocrs: it has no CRS" in text
    assert "swapped: its CRS and affine put its middle at (-74.998, -100.002), which is nowhere on Earth\n" in text


def test_a_table_with_mistakes_is_refused_and_stays(folder):
    table = folder / "scenes.csv"
    table.write_text("case,date\nmine,12.03.2019\n")
    with pytest.raises(InputError, match="no day of the form"):
        list_scenes(folder, workers=1)
    assert table.read_text() == "case,date\nmine,12.03.2019\n"


def test_names_that_differ_in_case_alone_are_refused(tmp_path):
    write_scene(tmp_path / "one" / "A.tif", np.ones((2, 2), np.uint8))
    write_scene(tmp_path / "two" / "a.tif", np.ones((2, 2), np.uint8))
    with pytest.raises(InputError, match="2 scenes have this name"):
        list_scenes(tmp_path, workers=1)


def test_images_that_cannot_be_read_are_skipped_on_request(folder):
    """The table has the others; each of the bad ones is named, and the error says how to go on."""
    for name in ("broken.tif", "empty.png"):
        (folder / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"broken\.tif.*or give --skip-bad") as caught:
        list_scenes(folder, workers=1)
    assert "empty.png" in str(caught.value)
    assert not (folder / "scenes.csv").exists()
    text = list_scenes(folder, skip_bad=True, workers=1)
    assert sorted(rows_of(folder / "scenes.csv")) == [S1, "mine"]
    heading, first, second = text.splitlines()[-3:]
    assert heading == "SKIPPED 2 scenes with bad input (--skip-bad):"
    assert first.startswith(f"  {folder / 'broken.tif'}: it ")
    assert second.startswith(f"  {folder / 'empty.png'}: it ")
    assert all(line.endswith(". Replace it by an intact copy, or take it out") for line in (first, second))


def test_images_of_which_none_can_be_read_are_refused(tmp_path):
    (tmp_path / "broken.tif").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"broken\.tif") as caught:
        list_scenes(tmp_path, skip_bad=True, workers=1)
    assert "--skip-bad" not in str(caught.value)
