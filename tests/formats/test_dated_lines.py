"""Lines of anybody's files: formats, layers, CRS, days, and what is left out and counted."""

import datetime
import math

import geopandas as gpd
import pytest
from shapely import LineString, MultiLineString, Point, Polygon

from nnunet_glacier.formats.dated_lines import LineChoice, open_lines
from nnunet_glacier.formats.paths_below import PAGE_RECORD
from nnunet_glacier.formats.vector_tables import read_one_line, read_one_polygon
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.parallel import Backend

LINE = LineString([(0, 0), (1000, 0)])
OTHER = LineString([(0, 500), (1000, 500)])


def write(path, shapes, crs="EPSG:3413", layer=None, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    mode = "a" if path.exists() else "w"
    frame.to_file(path, engine="pyogrio", mode=mode, **({"layer": layer} if layer else {}))
    return path


def days(opened):
    return [line.day.isoformat() for line in opened.lines]


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_formats(tmp_path, name):
    """Unsorted days come in order, with what the table tells; a shapefile cuts the names of columns."""
    crs = "EPSG:4326" if name.endswith("geojson") else "EPSG:3413"
    shapes = [LineString([(0, 70), (1, 70)]), MultiLineString([[(0, 71), (1, 71)], [(2, 71), (3, 71)]])]
    columns = {"Date": ["2019/02/17\n", "2018/02/17"], "Image_ID": ["b", "a"], "uncertainty_m": [30.0, None]}
    path = write(tmp_path / name, shapes, crs, **columns)
    opened = open_lines(path)
    assert days(opened) == ["2018-02-17", "2019-02-17"]
    assert [line.name for line in opened.lines] == ["a", "b"]
    assert math.isnan(opened.lines[0].uncertainty_m) and opened.lines[1].uncertainty_m == 30
    assert opened.lines[0].line.geom_type == "MultiLineString"
    assert (opened.n_features, opened.told_by) == (2, {"Date"})


@pytest.mark.parametrize(
    ("cell", "uncertainty_m"),
    [("12,5", 12.5), ("±30", 30), ("+/- 30 m", 30), ("7.25", 7.25), ("1e-3", 0.001), ("40 metres", 40), ("0", 0)],
)
def test_uncertainties_in_a_column_of_texts(tmp_path, cell, uncertainty_m):
    """As tables have them that were typed; what is no number of metres is not known."""
    others = ["", "high", "-9999", "1,250", "0.2 km", "inf"]
    columns = {"date": [f"2019-02-{day:02}" for day in range(1, 8)], "uncertainty_m": [cell, *others]}
    opened = open_lines(write(tmp_path / "f.gpkg", [LINE] * 7, **columns))
    assert opened.lines[0].uncertainty_m == uncertainty_m
    assert all(math.isnan(line.uncertainty_m) for line in opened.lines[1:])


@pytest.mark.parametrize("position", ["position_uncertainty_m", "pos_unc_m"])
def test_the_uncertainty_of_a_position_comes_before_that_of_the_line(tmp_path, position):
    """Where it is known; a shapefile has the short name."""
    columns = {"Date": ["2018-02-17", "2019-02-17"], "uncertainty_m": [30.0, 40.0], position: [10.0, None]}
    opened = open_lines(write(tmp_path / "a.gpkg", [LINE, LINE], "EPSG:3413", **columns))
    assert [line.uncertainty_m for line in opened.lines] == [10, 40]


def test_a_folder_by_date(tmp_path):
    """The file's name, or its folder's below the one given, tells the day; each file keeps its CRS."""
    write(tmp_path / "top_20200101" / "calving_front_20190228_3413.shp", [LINE])
    write(tmp_path / "top_20200101" / "20190312" / "front.gpkg", [LINE], "EPSG:32620")
    opened = open_lines(tmp_path / "top_20200101")
    assert days(opened) == ["2019-02-28", "2019-03-12"]
    assert ["UTM zone 20N" in line.crs for line in opened.lines] == [False, True]
    assert opened.told_by == {"file name"}


def test_a_folder_that_a_stage_wrote(tmp_path):
    """The record and the exports beside the GeoPackage are not read as further lines."""
    write(tmp_path / "lines.gpkg", [LINE], layer="lines", date=["2019-01-01"])
    write(tmp_path / "shapefile" / "lines.shp", [LINE], date=["2019-01-01"])
    write(tmp_path / "lines.geojson", [LineString([(-45, 80), (-44, 80)])], "EPSG:4326", date=["2019-01-01"])
    (tmp_path / "lines.json").write_text('{"cases": {}}')
    assert len(open_lines(tmp_path).lines) == 1


@pytest.mark.parametrize("form", ["calfin", "termpicks", "esa-cci", "shapefile"])
def test_exports_beside_a_geopackage_bring_no_line_back(tmp_path, form):
    """A front that was moved to the layer of rejected ones stays out, though the export of an earlier run has it."""
    write(tmp_path / "fronts.gpkg", [LINE], layer="fronts", date=["2019-01-01"], uncertainty_m=[50.0])
    write(tmp_path / "fronts.gpkg", [OTHER], layer="rejected", date=["2019-01-02"], uncertainty_m=[50.0])
    name = "fronts" if form == "shapefile" else f"fronts_{form.replace('-', '_')}"
    write(tmp_path / form / f"{name}.shp", [LINE, OTHER], Date=["2019-01-01", "2019-01-02"])
    opened = open_lines(tmp_path)
    assert days(opened) == ["2019-01-01"]
    assert (opened.lines[0].uncertainty_m, opened.n_rejected) == (50, 1)


def test_a_file_for_each_crs_repeats_the_geopackage_and_one_of_another_year_does_not(tmp_path):
    write(tmp_path / "fronts.gpkg", [LINE], layer="fronts_EPSG_3413", date=["2019-01-01"])
    write(tmp_path / "fronts_EPSG_3413.geojson", [LineString([(-45, 80), (-44, 80)])], "EPSG:4326", date=["2019-01-01"])
    write(tmp_path / "fronts_2020.geojson", [LineString([(-45, 80), (-44, 80)])], "EPSG:4326", date=["2020-01-01"])
    assert days(open_lines(tmp_path)) == ["2019-01-01", "2020-01-01"]


def test_a_page_and_hidden_folders_bring_no_line_back(tmp_path):
    """A front that was rejected stays out, though the page's downloads and a notebook's copy have it from before."""
    write(tmp_path / "out" / "fronts.gpkg", [LINE], layer="fronts", date=["2019-01-01"])
    write(tmp_path / "out" / "fronts.gpkg", [OTHER], layer="rejected", date=["2019-01-02"])
    (tmp_path / "out" / "page").mkdir()
    (tmp_path / "out" / "page" / PAGE_RECORD).touch()
    write(tmp_path / "out" / "page" / "downloads" / "fronts.gpkg", [LINE, OTHER], date=["2019-01-01", "2019-01-02"])
    write(tmp_path / ".ipynb_checkpoints" / "fronts-checkpoint.gpkg", [OTHER], date=["2019-01-02"])
    for folder in (tmp_path, tmp_path / "out"):
        assert days(open_lines(folder)) == ["2019-01-01"]
    named = tmp_path / "out" / "page" / "downloads"
    assert days(open_lines(named)) == ["2019-01-01", "2019-01-02"]


def test_files_that_are_read_by_several_workers(tmp_path):
    """The same lines and counts in the same order, and the problems of all files."""
    for number in range(1, 6):
        columns = {"date": [f"2019-01-0{number}", "none"], "status": ["", ""]}
        write(tmp_path / "folder" / f"{number}.gpkg", [LINE, OTHER], **columns)
    write(tmp_path / "folder" / "20200101.gpkg", [LINE, None], name=["a", "b"])
    one = open_lines(tmp_path / "folder")
    two = open_lines(tmp_path / "folder", workers=2, backend=Backend("threading"))
    # As text: from Python 3.13 on no dataclass with a NaN in it equals another one.
    assert str(one) == str(two)
    assert days(two) == ["2019-01-01", "2019-01-02", "2019-01-03", "2019-01-04", "2019-01-05", "2020-01-01"]
    assert (two.n_features, two.n_empty, len(two.undated)) == (12, 1, 5)
    for name in ("2.gpkg", "4.gpkg"):
        (tmp_path / "folder" / name).write_bytes(b"none")
    with pytest.raises(InputError) as caught:
        open_lines(tmp_path / "folder", workers=2, backend=Backend("threading"))
    assert [problem.where.name for problem in caught.value.problems] == ["2.gpkg", "4.gpkg"]


def test_lines_that_are_left_out_are_counted(tmp_path):
    """Without a day, without geometry, rejected by status or layer, and of another glacier."""
    columns = {
        "date": ["2019-01-01", "2019", "2019-01-03", "2019-01-04", "2019-01-05"],
        "status": ["", "", "", "rejected", ""],
        "Glacier_ID": [3, 3, 3, 3, 4],
    }
    path = write(tmp_path / "a.gpkg", [LINE, LINE, None, LINE, LINE], layer="fronts", **columns)
    write(path, [OTHER], layer="rejected_fronts", date=["2019-01-06"])
    opened = open_lines(path, LineChoice(where=("Glacier_ID", "3")))
    assert days(opened) == ["2019-01-01"]
    assert (opened.n_features, opened.n_empty, opened.n_rejected, opened.n_elsewhere) == (6, 1, 2, 1)
    ((where, reason),) = opened.undated
    assert "feature 2" in where and "'2019'" in reason


def test_a_whole_number_of_a_column_with_an_empty_cell(tmp_path):
    """The table holds it as 3.0; both are what the user means, and it names one glacier, as in a full column."""
    columns = {"date": ["2019-01-01", "2019-01-02", "2019-01-03"], "GlacierID": [3, None, 12]}
    path = write(tmp_path / "a.gpkg", [LINE] * 3, **columns)
    write(tmp_path / "full.gpkg", [LINE], date=["2019-01-04"], GlacierID=[3])
    for wanted in ("3", "3.0"):
        opened = open_lines(path, LineChoice(where=("GlacierID", wanted)))
        assert (days(opened), opened.n_elsewhere, opened.elsewhere) == (["2019-01-01"], 2, {"", "12"})
    opened = open_lines(tmp_path, LineChoice(where=("GlacierID", "3")))
    assert (days(opened), opened.glaciers) == (["2019-01-01", "2019-01-04"], {"GlacierID": {"3"}})
    with pytest.raises(InputError, match="none of its 3 features has GlacierID=4; GlacierID holds 3, 12"):
        open_lines(path, LineChoice(where=("GlacierID", "4")))
    with pytest.raises(InputError, match="none of its 1 feature has GlacierID=x; GlacierID holds 3"):
        open_lines(tmp_path / "full.gpkg", LineChoice(where=("GlacierID", "x")))


def test_two_authors_of_one_scene(tmp_path):
    """Their lines are two traces of one front; two lines of one author are pieces of one."""
    columns = {"date": ["2019-01-01"] * 3, "Image_ID": ["a"] * 3, "Author": ["Murray", "Murray", "Carr"]}
    path = write(tmp_path / "a.gpkg", [LINE, LINE, OTHER], **columns)
    assert [line.name for line in open_lines(path).lines] == ["a (Murray)", "a (Murray)", "a (Carr)"]


def test_a_layer_and_a_column_of_ones_own(tmp_path):
    path = write(tmp_path / "a.gpkg", [LINE], layer="one", observed=["2019-01-01"], date=["2000-01-01"])
    write(path, [OTHER], layer="two", date=["2001-01-01"])
    assert days(open_lines(path, LineChoice(layer="two"))) == ["2001-01-01"]
    assert days(open_lines(path, LineChoice(layer="one", date_column="observed"))) == ["2019-01-01"]


def test_heights_are_dropped(tmp_path):
    path = write(tmp_path / "a.gpkg", [LineString([(0, 0, 5), (1, 1, 5)])], date=["2019-01-01"])
    assert not open_lines(path).lines[0].line.has_z


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "none.gpkg", "there is no such file or folder"),
        (lambda folder: folder, "there is no vector file in it"),
        (lambda folder: write(folder / "a.gpkg", [LINE], id=[1]), "1 line has no day, the first at"),
        (lambda folder: write(folder / "a.shp", [LINE], None, date=["2019-01-01"]), "it has no CRS"),
        (lambda folder: write(folder / "a.gpkg", [Point(0, 0)], date=["2019-01-01"]), "1 feature is of type Point"),
        (lambda folder: write(folder / "a.gpkg", [None], date=["2019-01-01"]), "it holds no line"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, make, message):
    with pytest.raises(InputError) as error:
        open_lines(make(tmp_path))
    assert message in str(error.value)
    assert len(error.value.problems) == 1


def test_a_broken_file_and_a_missing_column(tmp_path):
    """Both are named in one error."""
    (tmp_path / "a.gpkg").write_bytes(b"nothing")
    write(tmp_path / "b.gpkg", [LINE], date=["2019-01-01"])
    with pytest.raises(InputError) as error:
        open_lines(tmp_path, LineChoice(date_column="Day"))
    assert [problem.what.split(" (")[0] for problem in error.value.problems] == [
        "it cannot be read as lines",
        "it has no column 'Day'; it has date",
    ]


def test_the_one_shape_of_a_file(tmp_path):
    """Parts that touch are one line; two lines, or none, are refused."""
    parts = MultiLineString([[(0, 0), (1, 0)], [(1, 0), (2, 0)]])
    line, _ = read_one_line(write(tmp_path / "line.gpkg", [parts]), "centreline")
    assert line.equals(LineString([(0, 0), (1, 0), (2, 0)]))
    with pytest.raises(InputError, match="problem"):
        read_one_line(write(tmp_path / "two.gpkg", [LINE, OTHER]), "centreline")
    with pytest.raises(InputError) as error:
        read_one_polygon(tmp_path / "line.gpkg", "box")
    assert "it holds no polygon but MultiLineString" in str(error.value)
    polygon, _ = read_one_polygon(write(tmp_path / "box.gpkg", [Polygon([(0, 0), (1, 0), (1, 1)])]), "box")
    assert polygon.area == 0.5


@pytest.mark.parametrize(
    ("file", "lines", "first", "last"),
    [
        ("front_series/jakobshavn/fronts_2018_2020.shp", 177, "2018-01-05", "2020-12-26"),
        ("front_series/harald_moltke/fronts.gpkg", 159, "2019-02-28", "2021-09-27"),
        ("front_lines/Baumhoer.shp", 62, "2018-06-11", "2018-06-29"),
        ("front_lines/CALFIN.shp", 162, "1985-08-15", "2019-06-25"),
        ("front_lines/TUD.shp", 198, "2020-01-03", "2021-05-17"),
        ("grounding_line_files/gll_Ryder_Gletsjer_G309844E81470N_19960327.shp", 2, "1996-03-27", "1996-03-27"),
        ("grounding_line_files/petermann_grounding_lines_1992-2022.shp", 180, "1992-02-07", "2022-05-21"),
        ("grounding_line_files/termini_2018_2019_v02.0.shp", 239, "2019-02-03", "2019-05-14"),
    ],
)
def test_real_files(shared_data, file, lines, first, last):
    """Published fronts and grounding lines as they come: every line has its day."""
    opened = open_lines(shared_data / file)
    assert (len(opened.lines), opened.n_features, opened.undated) == (lines, lines, [])
    assert (opened.lines[0].day, opened.lines[-1].day) == tuple(map(datetime.date.fromisoformat, (first, last)))
