import datetime
import math
from collections import Counter
from dataclasses import fields, replace

import pytest

from nnunet_glacier.domain.scenes import (
    Box,
    Scene,
    hemisphere_from_crs,
    imaged_day,
    parse_caffe_stem,
    parse_hemispheres,
    with_hemisphere,
)
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes
from nnunet_glacier.support.errors import GlacierError, InputError

FULL = Scene(
    case="COL_2011-06-18_TDX_7_1_024",
    split="test",
    glacier="COL",
    date=datetime.date(2011, 6, 18),
    sensor="TDX",
    pixel_size_m=7.1,
    quality=1,
    orbit="024",
    hemisphere="north",
    box=Box(-3, 400, 12, 388),
    crs="EPSG:32606",
    affine=(7.1, 0.0, 487312.5, 0.0, -7.1, 6794000.25),
    source="sar_images/test/COL_2011-06-18_TDX_7_1_024.png",
)


def stems(shared_data, name):
    return (shared_data / "caffe_stems" / name).read_text(encoding="utf-8").split()


def test_all_real_stems_parse_and_count(shared_data):
    """681 stems; per glacier, sensor and season as published; none twice."""
    train = [parse_caffe_stem(stem, split="train") for stem in stems(shared_data, "caffe_train_all_559.txt")]
    test = [parse_caffe_stem(stem, split="test") for stem in stems(shared_data, "caffe_test_122.txt")]
    assert len(train) + len(test) == 681 == len({scene.case for scene in train + test})
    assert Counter(scene.glacier for scene in train) == {"Crane": 69, "Jorum": 77, "DBE": 133, "SI": 121, "JAC": 159}
    assert Counter(scene.glacier for scene in test) == {"COL": 65, "Mapple": 57}
    assert {scene.sensor for scene in train + test} == {"TSX", "TDX", "S1", "ENVISAT", "ERS", "PALSAR", "RSAT"}
    assert {scene.pixel_size_m for scene in train + test} == {6.0, 7.0, 12.0, 17.0, 20.0}
    assert {scene.quality for scene in train + test} <= {1, 2, 3, 4, 5, 6}
    assert all(scene.season in ("winter", "summer") for scene in train + test)


def test_a_stem_by_its_fields():
    """Glacier, date, sensor, pixel size in metres, quality, orbit, and the hemisphere of CaFFe's own glaciers."""
    scene = parse_caffe_stem("Crane_2002-11-09_ERS_20_2_061", split="train")
    assert scene == Scene(
        "Crane_2002-11-09_ERS_20_2_061", "train", "Crane", datetime.date(2002, 11, 9), "ERS", 20.0, 2, "061", "south"
    )
    assert parse_caffe_stem("Helheim_2020-01-01_S1_20_1_001").hemisphere == ""


@pytest.mark.parametrize(
    ("stem", "why"),
    [
        ("Crane_2002-11-09_ERS_20_2", "does not follow"),
        ("Crane_2002-11-09_ERS_20_7_061", "does not follow"),
        ("Crane_2002-11-09_ERS_20_2_61", "does not follow"),
        ("Crane_20021109_ERS_20_2_061", "does not follow"),
        ("Crane_2002-11-09_ERS_20_2_061_zones", "does not follow"),
        ("Crane_2002-13-09_ERS_20_2_061", "impossible date"),
        ("Crane_0001-01-01_ERS_20_2_061", "impossible date"),
        ("Crane_9999-12-31_ERS_20_2_061", "impossible date"),
        ("Crane_2002-11-09_ERS_0_2_061", "resolution 0"),
    ],
)
def test_other_stems_are_refused(stem, why):
    """Each says why, with the stem."""
    with pytest.raises(GlacierError, match=why) as error:
        parse_caffe_stem(stem)
    assert stem in str(error.value)


@pytest.mark.parametrize(
    ("month", "northern", "southern"),
    [(month, "winter" if month in (1, 2, 3, 9, 10, 11, 12) else "summer", None) for month in range(1, 13)],
)
def test_seasons_are_those_of_the_published_scores(month, northern, southern):
    """Northern winter is September to March; the southern seasons are the reverse."""
    southern = {"winter": "summer", "summer": "winter"}[northern]
    date = datetime.date(2015, month, 15)
    assert replace(FULL, date=date, hemisphere="north").season == northern
    assert replace(FULL, date=date, hemisphere="south").season == southern


def test_no_season_without_date_or_hemisphere():
    """The message says which of the two is missing."""
    with pytest.raises(GlacierError, match="needs the date"):
        _ = replace(FULL, date=None).season
    with pytest.raises(GlacierError, match="needs the hemisphere"):
        _ = replace(FULL, hemisphere="").season


def test_twin_satellites_are_one_group():
    """TSX and TDX together, every other sensor alone."""
    assert [replace(FULL, sensor=sensor).sensor_group for sensor in ("TSX", "TDX", "S1")] == [
        "TSX/TDX",
        "TSX/TDX",
        "S1",
    ]


def test_hemisphere_of_map_coordinates():
    """Antarctic and Greenland polar stereographic, UTM north and south of the equator."""
    assert hemisphere_from_crs("EPSG:3031", -2_400_000, 1_250_000) == "south"
    assert hemisphere_from_crs("EPSG:3413", -180_000, -2_280_000) == "north"
    assert hemisphere_from_crs("EPSG:32606", 487_312, 6_794_000) == "north"
    assert hemisphere_from_crs("EPSG:32718", 630_000, 4_570_000) == "south"
    with pytest.raises(GlacierError, match="EPSG:1"):
        hemisphere_from_crs("EPSG:1", 0, 0)


def test_the_given_hemisphere_goes_before_the_table_and_the_table_before_the_crs():
    """An unknown glacier without any of the three is an error that says how to supply it."""
    unknown = replace(FULL, glacier="Helheim", hemisphere="", crs="", affine=None)
    assert with_hemisphere(unknown, {"Helheim": "north"}).hemisphere == "north"
    assert with_hemisphere(replace(unknown, glacier="Mapple")).hemisphere == "south"
    placed = replace(unknown, crs="EPSG:3031", affine=(20.0, 0.0, -2_400_000.0, 0.0, -20.0, 1_250_000.0))
    assert with_hemisphere(placed).hemisphere == "south"
    with pytest.raises(GlacierError, match="--hemisphere Helheim=north or Helheim=south"):
        with_hemisphere(unknown)


def test_hemispheres_from_the_command_line():
    """All malformed ones, and all that are given twice, at once."""
    assert parse_hemispheres(["A=north", "B=C=south"]) == {"A": "north", "B=C": "south"}
    with pytest.raises(InputError) as error:
        parse_hemispheres(["A=up", "north", "B=south"])
    assert len(error.value.problems) == 2
    for sides in (("north", "south"), ("north", "north")):
        with pytest.raises(InputError, match="--hemisphere SI: it is given more than once"):
            parse_hemispheres([*(f"SI={side}" for side in sides), "A=north"])


def test_scene_table_round_trip(tmp_path):
    """Every field comes back as it went in; unknown values stay unknown."""
    bare = Scene("a", "train", "Made up, with a comma")
    assert all(getattr(FULL, field.name) not in ("", None) for field in fields(Scene))
    write_scenes(tmp_path / "scenes.csv", [bare, FULL])
    read = read_scenes(tmp_path / "scenes.csv")
    assert list(read) == ["COL_2011-06-18_TDX_7_1_024", "a"]
    assert read["COL_2011-06-18_TDX_7_1_024"] == FULL
    assert math.isnan(read["a"].pixel_size_m)
    assert replace(read["a"], pixel_size_m=1.0) == replace(bare, pixel_size_m=1.0)


def test_names_that_pandas_takes_for_missing_are_kept(tmp_path):
    """A glacier named NA or nan is no missing value."""
    write_scenes(tmp_path / "scenes.csv", [Scene("NA", "train", "nan", orbit="007")])
    scene = read_scenes(tmp_path / "scenes.csv")["NA"]
    assert (scene.glacier, scene.orbit) == ("nan", "007")


def test_all_bad_rows_of_a_scene_table_are_listed(tmp_path):
    """With their line numbers: impossible date, box of three numbers, hemisphere, a case twice."""
    path = tmp_path / "scenes.csv"
    path.write_text(
        "case,split,glacier,date,box,hemisphere\n"
        "a,train,X,2011-13-01,,\n"
        "e,train,X,9999-12-31,,\n"
        "b,train,X,,1 2 3,\n"
        "c,train,X,,,east\n"
        "d,train,X,,,north\n"
        "d,train,X,,,north\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        read_scenes(path)
    assert [str(problem.where).rpartition(" ")[2] for problem in error.value.problems] == ["2", "3", "4", "5", "7"]


def test_a_missing_scene_table_and_missing_columns_are_refused(tmp_path):
    """The first says which command makes one."""
    with pytest.raises(InputError, match="nnunet-glacier convert"):
        read_scenes(tmp_path / "scenes.csv")
    (tmp_path / "scenes.csv").write_text("case,split\na,train\n", encoding="utf-8")
    with pytest.raises(InputError, match="columns missing: glacier"):
        read_scenes(tmp_path / "scenes.csv")
    (tmp_path / "scenes.csv").write_bytes(b"")
    with pytest.raises(InputError, match="columns missing: case, split, glacier"):
        read_scenes(tmp_path / "scenes.csv")


@pytest.mark.parametrize("size", ["0", "-7", "inf", "-inf"])
def test_a_pixel_size_that_is_not_positive_and_finite_is_refused(tmp_path, size):
    """With its line; an empty one is unknown."""
    path = tmp_path / "scenes.csv"
    path.write_text(f"case,split,glacier,pixel_size_m\na,train,X,\nb,train,X,{size}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"line 3: pixel_size_m {size} is no positive number of metres") as error:
        read_scenes(path)
    assert len(error.value.problems) == 1


def test_decimal_commas_between_semicolons_are_read(tmp_path):
    """As German and French spreadsheets write them; each column has its own mark."""
    path = tmp_path / "scenes.csv"
    path.write_text(
        "case;pixel_size_m;affine\na;30,5;30.5 0.0 1000.25 0.0 -30.5 2000.0\nb;40;\nc;;\nd;0,25;\n", encoding="utf-8"
    )
    scenes = read_scenes(path, ("case",))
    sizes = [scenes[case].pixel_size_m for case in "abcd"]
    assert sizes[:2] == [30.5, 40.0] and math.isnan(sizes[2]) and sizes[3] == 0.25
    assert scenes["a"].affine == (30.5, 0, 1000.25, 0, -30.5, 2000)
    path.write_text("case;affine\na;30,5 0 1000,25 0 -30,5 2000\n", encoding="utf-8")
    assert read_scenes(path, ("case",))["a"].affine == (30.5, 0, 1000.25, 0, -30.5, 2000)
    path.write_text("case;pixel_size_m\na;30.5\n", encoding="utf-8")
    assert read_scenes(path, ("case",))["a"].pixel_size_m == 30.5


@pytest.mark.parametrize(
    ("table", "where", "what"),
    [
        ("case;pixel_size_m\na;30,5\nb;1.000", "", "its pixel_size_m has '30,5' and '1.000': which mark stands before"),
        ("case;pixel_size_m\na;1.000,5", "", "its pixel_size_m has '1.000,5': which mark stands before"),
        ("case;pixel_size_m\na;1,000,5", ", line 2", "pixel_size_m '1,000,5' is no number"),
        (
            'case,pixel_size_m\nb,3\na,"30,5"',
            ", line 3",
            "pixel_size_m '30,5' has a comma, which stands before decimals",
        ),
        ("case\tpixel_size_m\na\t30,5", ", line 2", "pixel_size_m '30,5' has a comma, which stands before decimals"),
        (
            "case,pixel_size_m\na,30,5",
            ", line 2",
            "it has not as many values as there are columns; a decimal comma needs",
        ),
        ("case;pixel_size_m\na;about 30", ", line 2", "pixel_size_m 'about 30' is no number"),
    ],
)
def test_numbers_whose_decimals_cannot_be_told_are_refused(tmp_path, table, where, what):
    path = tmp_path / "scenes.csv"
    path.write_text(table + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_scenes(path, ("case",))
    (problem,) = error.value.problems
    assert str(problem.where) == f"{path}{where}" and problem.what.startswith(what)


def test_rows_of_another_length_than_the_columns_are_listed(tmp_path):
    """Too few and too many values, each with its line; a table with Excel's byte order mark is read."""
    path = tmp_path / "scenes.csv"
    path.write_text("case,split,glacier\na,train,X\nb,train\nc,train,X,1\n", encoding="utf-8-sig")
    with pytest.raises(InputError, match="as many values as there are columns") as error:
        read_scenes(path)
    assert [str(problem.where).rpartition(" ")[2] for problem in error.value.problems] == ["3", "4"]


@pytest.mark.parametrize("row", [",,", " , ,", ",,,,", ","])
def test_rows_without_any_text_are_no_scenes(tmp_path, row):
    """As spreadsheets write them after the last row, with as many separators as they please."""
    path = tmp_path / "scenes.csv"
    path.write_text(f"case,split,glacier\na,train,X\n{row}\nb,train,X\n{row}\n{row}\n", encoding="utf-8")
    assert list(read_scenes(path)) == ["a", "b"]


def test_a_row_without_a_case_is_named(tmp_path):
    """Its line is that of the file."""
    path = tmp_path / "scenes.csv"
    path.write_text("case,split,glacier\na,train,X\n,train,X\n ,test,\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_scenes(path)
    told = [(str(problem.where).rpartition(" ")[2], problem.what) for problem in error.value.problems]
    assert told == [("3", "it names no case"), ("4", "it names no case")]


@pytest.mark.parametrize(
    "content", [b'case,split,glacier\na,b,c\n"a', "case,split,glacier\na,train,J\xf8kel\n".encode("latin-1")]
)
def test_a_scene_table_that_is_no_table_is_refused(tmp_path, content):
    """With a quote that does not end, and in another encoding."""
    (tmp_path / "scenes.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"scenes\.csv: it is no table in UTF-8"):
        read_scenes(tmp_path / "scenes.csv")


def test_slices_of_a_box_as_published():
    """A start before the image is 0; a stop beyond it is its size minus one, as the published code cuts."""
    assert Box(2, 5, 1, 4).slices((6, 6)) == (slice(2, 5), slice(1, 4))
    assert Box(-3, 9, -1, 6).slices((6, 6)) == (slice(0, 5), slice(0, 6))


@pytest.mark.parametrize("text", ["2013-09-14", "20130914"])
def test_the_day_of_an_image(text):
    assert imaged_day(text) == datetime.date(2013, 9, 14)


@pytest.mark.parametrize("text", ["", "2013-0914", "201309-14", "2013-W37-6", "2013-257", "13-09-14", "2013-09-14 "])
def test_other_forms_are_no_day(text):
    with pytest.raises(ValueError, match="is no day"):
        imaged_day(text)


@pytest.mark.parametrize("text, why", [("2013-02-29", "range for month"), ("1899-12-31", "of the year 1899")])
def test_a_day_that_is_none_or_too_early(text, why):
    with pytest.raises(ValueError, match=why):
        imaged_day(text)
