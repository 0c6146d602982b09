"""Reviews are written into the GeoPackage whole, move fronts between layers, and leave all else as it was."""

import datetime
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from delineated_folders import CASES, grounding_line, made_lines
from pyproj import Transformer
from scenes_on_the_map import FRONT_X, NORTH
from shapely import LineString

from nnunet_glacier.formats.dated_lines import open_lines
from nnunet_glacier.formats.delineated_lines import GROUNDING_LINES, reviewed_lines, write_delineated, write_fronts
from nnunet_glacier.formats.geopackage_tables import open_rows
from nnunet_glacier.formats.line_reviews import Review, fingerprint, parse_reviews, read_reviews
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.errors import InputError

CRS = "EPSG:3413"


@pytest.fixture
def path(tmp_path):
    write_fronts(tmp_path / "fronts.gpkg", made_lines())
    return tmp_path / "fronts.gpkg"


def layer(path, name):
    return gpd.read_file(path, layer=name).set_index("case")


def test_a_front_is_accepted_and_another_rejected(path):
    """The one stays in its layer, the other moves and is left out by `retreat`; dates stay dates."""
    apply_reviews(path, [Review("a_2015", "accepted", "Ann"), Review("b_2016", "rejected", "Ann")], CRS)
    fronts, rejected = layer(path, "fronts"), layer(path, "rejected")
    assert list(fronts.index) == ["a_2015", "c_2017"]
    assert list(fronts["status"]) == ["accepted", "not reviewed"]
    assert list(fronts["reviewed_by"]) == ["Ann", ""]
    assert list(rejected.index) == ["b_2016"]
    assert (rejected["status"]["b_2016"], rejected["reviewed_by"]["b_2016"]) == ("rejected", "Ann")
    assert pyogrio.read_info(path, layer="rejected")["dtypes"][2] == "datetime64[D]"
    lines = open_lines(path)
    assert [line.day for line in lines.lines] == [datetime.date(2015, 1, 30), datetime.date(2017, 3, 2)]
    apply_reviews(path, [Review("b_2016", "accepted", "Bob")], CRS)
    assert sorted(layer(path, "fronts").index) == sorted(CASES)
    assert not len(layer(path, "rejected"))


def test_a_line_that_was_drawn_anew_is_measured(path):
    """In the CRS of the page; what the networks said of the old line is gone, with the parts that were followed."""
    drawn = LineString([(FRONT_X, NORTH - 1000), (FRONT_X + 300, NORTH - 3000), (FRONT_X, NORTH - 6000)])
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    in_degrees = LineString(np.column_stack(to_degrees.transform(*drawn.xy)))
    apply_reviews(path, [Review("a_2015", "accepted", "Ann", in_degrees)], "EPSG:4326")
    front = layer(path, "fronts").loc["a_2015"]
    assert np.array(front.geometry.coords) == pytest.approx(np.array(drawn.coords), abs=1e-3)
    assert front["length_m"] == pytest.approx(line_length_m(drawn, CRS), abs=1e-3)
    assert front["prolonged_m"] == 0
    assert np.isnan(front["uncertainty_m"]) and np.isnan(front["mean_probability"])
    assert not len(layer(path, "prolonged"))


def test_a_review_is_taken_over_twice_without_harm(path):
    """The same command after a kill, though the front is another one than was seen."""
    drawn = LineString([(FRONT_X, NORTH - 1000), (FRONT_X, NORTH - 6000)])
    review = Review("a_2015", "accepted", "Ann", drawn, fingerprint([LineString(made_lines()[0].xy)]))
    apply_reviews(path, [review], CRS)
    apply_reviews(path, [review], CRS)
    assert layer(path, "fronts").geometry["a_2015"].equals(drawn)
    with pytest.raises(InputError, match="another one"):
        apply_reviews(path, [replace(review, line=None)], CRS)


def test_layers_columns_and_styles_of_others_stay(path):
    """A layer and a column added by hand, and how QGIS draws the layers."""
    table = gpd.read_file(path, layer="fronts")
    table["my_note"] = ["good", "bad", None]
    table["my_number"] = [1, 2, 3]
    table.to_file(path, layer="fronts", driver="GPKG")
    table.to_file(path, layer="my_layer", driver="GPKG")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE layer_styles SET styleQML = 'mine' WHERE f_table_name = 'rejected'")
    layers = [name for name, _ in pyogrio.list_layers(path)]
    styles = "SELECT f_table_name, styleQML FROM layer_styles ORDER BY f_table_name"
    with sqlite3.connect(path) as database:
        before = database.execute(styles).fetchall()
    apply_reviews(path, [Review("b_2016", "rejected", "Ann")], CRS)
    with sqlite3.connect(path) as database:
        assert database.execute(styles).fetchall() == before
    assert [name for name, _ in pyogrio.list_layers(path)] == layers
    assert len(gpd.read_file(path, layer="my_layer")) == 3
    rejected = layer(path, "rejected").loc["b_2016"]
    assert (rejected["my_note"], rejected["my_number"]) == ("bad", 2)


def cells(path, layer, columns):
    """Cells as the database holds them, by case."""
    with sqlite3.connect(path) as database:
        rows = database.execute(f'SELECT "case", {columns} FROM {layer}').fetchall()
    return {case: of_case for case, *of_case in rows}


def declared(path, layer):
    with sqlite3.connect(path) as database:
        return {name: kind for _, name, kind, *_ in database.execute(f"PRAGMA table_info({layer})")}


OWN = {"quality": "INTEGER", "checked": "BOOLEAN", "seen_at": "DATETIME", "short": "TEXT(5)", "photo": "BLOB"}
VALUES = {
    "a_2015": [2**53 + 1, 1, "2026-01-02T03:04:05.678Z", "x", b"\x00\x01"],
    "b_2016": [None, None, None, None, None],
    "c_2017": [-7, 0, "2026-01-02T03:04:05+02:00", "", b""],
}


@pytest.mark.parametrize("moved", CASES)
def test_cells_of_own_columns_stay_to_the_bit(path, moved):
    """Whole numbers, truths, times with their zone and empty cells, in a line that moves and in those that stay.

    The layer ``rejected`` gets the columns in their types, the line that comes back is as it was, and those that stay
    keep their keys.
    """
    with open_rows(path) as database:
        for name, kind in OWN.items():
            database.execute(f'ALTER TABLE fronts ADD COLUMN "{name}" {kind}')
        for case, values in VALUES.items():
            database.execute(
                'UPDATE fronts SET (quality, checked, seen_at, short, photo) = (?, ?, ?, ?, ?) WHERE "case" = ?',
                (*values, case),
            )
    keys = cells(path, "fronts", "fid")
    of_own = ", ".join(OWN)
    apply_reviews(path, [Review(moved, "rejected", "Ann")], CRS)
    assert cells(path, "rejected", of_own) == {moved: VALUES[moved]}
    stayed = {case: values for case, values in VALUES.items() if case != moved}
    assert cells(path, "fronts", of_own) == stayed
    assert cells(path, "fronts", "fid") == {case: keys[case] for case in stayed}
    for layer_name in ("fronts", "rejected"):
        assert {name: kind for name, kind in declared(path, layer_name).items() if name in OWN} == OWN
    apply_reviews(path, [Review(moved, "accepted", "Ann")], CRS)
    assert cells(path, "fronts", of_own) == VALUES


def test_the_list_of_layers_knows_where_their_lines_are(path):
    """The box, the number of lines and the spatial index follow a line that was drawn and one that moved."""
    drawn = LineString([(FRONT_X - 5000, NORTH - 1000), (FRONT_X - 5000, NORTH - 6000)])
    apply_reviews(path, [Review("a_2015", "accepted", "Ann", drawn), Review("c_2017", "rejected", "Ann")], CRS)
    boxes = {name: pyogrio.read_info(path, layer=name, force_total_bounds=True) for name in ("fronts", "rejected")}
    assert boxes["fronts"]["total_bounds"][0] == FRONT_X - 5000 and boxes["fronts"]["features"] == 2
    assert boxes["rejected"]["total_bounds"][0] == FRONT_X - 200 and boxes["rejected"]["features"] == 1
    near = (FRONT_X - 5001, NORTH - 2000, FRONT_X - 4999, NORTH - 1500)
    assert list(gpd.read_file(path, layer="fronts", bbox=near)["case"]) == ["a_2015"]


@pytest.mark.parametrize("kind", ["datetime64[ms]", "datetime64[D]"])
def test_days_stay_days_where_a_layer_was_rewritten_with_times(path, kind, recwarn):
    """A line goes there and back between a column of times and one of days."""
    table = gpd.read_file(path, layer="fronts")
    if kind == "datetime64[ms]":
        table.to_file(path, layer="fronts", driver="GPKG")
    assert pyogrio.read_info(path, layer="fronts")["dtypes"][2] == kind
    for status, name in (("rejected", "rejected"), ("accepted", "fronts")):
        apply_reviews(path, [Review("b_2016", status, "Ann")], CRS)
        assert str(layer(path, name)["date"]["b_2016"])[:10] == CASES["b_2016"]
    assert not [warning for warning in recwarn if "content for record" in str(warning.message)]


@pytest.mark.parametrize("kind", ["MultiLineString", "LineString Z"])
def test_a_line_that_was_drawn_anew_is_of_its_layer_s_type(path, kind):
    """As programs write layers anew: of several parts, or with heights. It is known again by the text given back."""
    table = gpd.read_file(path, layer="fronts")
    if kind == "LineString Z":
        table.geometry = table.geometry.force_3d(7.0)
    table.to_file(path, layer="fronts", driver="GPKG", geometry_type=kind)
    drawn = LineString([(FRONT_X, NORTH - 1000), (FRONT_X, NORTH - 6000)])
    seen = fingerprint([gpd.read_file(path, layer="fronts").set_index("case").geometry["a_2015"]])
    review = Review("a_2015", "accepted", "Ann", drawn, seen)
    for _ in range(2):
        (now,) = apply_reviews(path, [review], CRS)
        shape = layer(path, "fronts").geometry["a_2015"]
        assert now == fingerprint([shape])
        (part,) = getattr(shape, "geoms", [shape])
        assert part.equals(drawn)
        assert (shape.geom_type == "MultiLineString") == (kind == "MultiLineString")
        assert shape.has_z == (kind == "LineString Z")
    apply_reviews(path, [Review("a_2015", "rejected", "Ann")], CRS)
    assert pyogrio.read_info(path, layer="rejected")["geometry_type"] == "LineString"
    assert layer(path, "rejected").geometry["a_2015"].geom_type == "LineString"


def test_a_database_that_refuses_a_change_is_said(path):
    """A rule of somebody's own is kept, and the file is as it was."""
    with sqlite3.connect(path) as database:
        rule = "BEGIN SELECT RAISE(ABORT, 'fronts are mine'); END"
        database.execute(f"CREATE TRIGGER mine BEFORE DELETE ON fronts {rule}")
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"its database refuses the change \(fronts are mine\)"):
        apply_reviews(path, [Review("b_2016", "rejected", "Ann")], CRS)
    assert path.read_bytes() == before


def test_a_file_with_a_write_ahead_log_leaves_nothing_beside_it(path):
    """As QGIS sets it while it has a file open: nothing but the lock of every file that takes reviews."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
    apply_reviews(path, [Review("b_2016", "rejected", "Ann")], CRS)
    assert sorted(path.parent.iterdir()) == [path.with_name(f".{path.name}.lock"), path]
    assert list(layer(path, "rejected").index) == ["b_2016"]


def test_layers_in_different_crs_are_refused(path):
    gpd.read_file(path, layer="rejected").to_crs("EPSG:4326").to_file(path, layer="rejected", driver="GPKG")
    with pytest.raises(InputError, match="its layers fronts and rejected have different CRS"):
        apply_reviews(path, [Review("b_2016", "rejected", "Ann")], CRS)


def test_all_that_is_wrong_is_said_and_nothing_is_written(path):
    """An unknown scene, a front that has changed since, and a file that QGIS has open."""
    before = path.read_bytes()
    seen = fingerprint([LineString(made_lines()[0].xy)])
    with pytest.raises(InputError) as caught:
        reviews = [Review("lost", "accepted", "Ann"), Review("b_2016", "accepted", "Ann", seen=seen)]
        apply_reviews(path, [*reviews, Review("a_2015", "rejected", "Ann", seen=seen)], CRS)
    assert "lost" in str(caught.value) and "b_2016: its front is another one" in str(caught.value)
    assert "a_2015" not in str(caught.value)
    path.with_name("fronts.gpkg-wal").touch()
    with pytest.raises(InputError, match="open in another program"):
        apply_reviews(path, [Review("a_2015", "rejected", "Ann", seen=seen)], CRS)
    assert path.read_bytes() == before
    path.with_name("fronts.gpkg-wal").unlink()
    apply_reviews(path, [Review("a_2015", "rejected", "Ann", seen=seen)], CRS)
    assert set(reviewed_lines(path)) == {"a_2015"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"case": 3, "status": "accepted", "reviewed_by": "Ann"}, "does not name its scene"),
        ({"case": "a", "status": "good", "reviewed_by": "Ann"}, "'good', neither accepted nor rejected"),
        ({"case": "a", "status": "accepted", "reviewed_by": " "}, "no name"),
        ({"case": "a", "status": "accepted", "reviewed_by": "A\nB"}, "no name"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": [[0, 1]]}, "two or more vertices"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": [[0, 1], [0, 1]]}, "two or more vertices"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": [[0, 1], [0, float("nan")]]}, "vertices"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": "LINESTRING (0 0, 1 1)"}, "vertices"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": [[0, 1], [0, 10**400]]}, "vertices"),
        ({"case": "a", "status": "accepted", "reviewed_by": "Ann", "line": [[0, 1], [0, True]]}, "vertices"),
        ("accepted", "no object"),
    ],
)
def test_a_review_that_is_none_is_refused(entry, said, tmp_path):
    content = {"form": "nnunet-glacier reviews 1", "crs": CRS, "reviews": [entry]}
    (tmp_path / "reviews.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        read_reviews(tmp_path / "reviews.json")


def test_json_of_many_brackets_is_no_file_of_reviews(tmp_path):
    """Python's reader gives up on it."""
    (tmp_path / "reviews.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="it cannot be read as JSON"):
        read_reviews(tmp_path / "reviews.json")


def test_of_several_reviews_of_a_scene_the_last_holds():
    entries = [{"case": "a", "status": status, "reviewed_by": "Ann"} for status in ("accepted", "rejected")]
    reviews, crs = parse_reviews({"form": "nnunet-glacier reviews 1", "crs": CRS, "reviews": entries}, "here")
    assert (reviews, crs) == ([Review("a", "rejected", "Ann")], CRS)
    with pytest.raises(InputError, match="no file of reviews"):
        parse_reviews([], "here")


@pytest.fixture
def several(tmp_path):
    """Two grounding lines of one scene of 8 and 6 km, one of 500 m that is rejected, and one of another scene."""
    short = grounding_line("a_2015", 500, layer="rejected", status="rejected", flags="too short")
    lines = [
        grounding_line("a_2015", 8000),
        grounding_line("a_2015", 6000, rank=2),
        short,
        grounding_line("b_2016", 7000),
    ]
    write_delineated(tmp_path / "grounding_lines.gpkg", lines, GROUNDING_LINES)
    return tmp_path / "grounding_lines.gpkg"


def said_of(length_m, status="accepted", line=None):
    return Review("a_2015", status, "Ann", line, fingerprint([LineString(grounding_line("a_2015", length_m).xy)]))


def test_each_of_several_lines_is_judged_by_itself(several):
    """The longest is rejected and the short one accepted: they change layers, and ranks follow the lengths."""
    apply_reviews(several, [said_of(8000, "rejected"), said_of(500)], CRS, GROUNDING_LINES)
    kept, rejected = (gpd.read_file(several, layer=name) for name in ("grounding_lines", "rejected"))
    told = kept.sort_values(["case", "rank"])[["case", "length_m", "rank", "status", "reviewed_by"]]
    assert told.to_numpy().tolist() == [
        ["a_2015", 6000, 1, "not reviewed", ""],
        ["a_2015", 500, 2, "accepted", "Ann"],
        ["b_2016", 7000, 1, "not reviewed", ""],
    ]
    assert rejected[["length_m", "rank", "status"]].to_numpy().tolist() == [[8000, 1, "rejected"]]
    assert kept["rank"].dtype == "int32"
    assert {line.length_m for line in reviewed_lines(several, GROUNDING_LINES)["a_2015"]} == {8000, 6000, 500}


def test_a_grounding_line_that_was_drawn_anew_is_known_again(several):
    """By the text that is given back; the same review once more changes nothing."""
    drawn = LineString([(FRONT_X, NORTH), (FRONT_X + 3000, NORTH - 4000)])
    review = said_of(6000, line=drawn)
    assert apply_reviews(several, [review], CRS, GROUNDING_LINES) == [fingerprint([drawn])]
    before = gpd.read_file(several, layer="grounding_lines")
    apply_reviews(several, [review], CRS, GROUNDING_LINES)
    assert gpd.read_file(several, layer="grounding_lines").equals(before)
    (line,) = before[before.geometry == drawn].itertuples()
    assert line.length_m == pytest.approx(line_length_m(drawn, CRS), abs=1e-3)
    assert np.isnan(line.uncertainty_m) and np.isnan(line.mean_probability) and line.prolonged_m == 0


def test_a_review_must_tell_which_of_several_lines_it_is_about(several):
    """Without it the one line of a scene is meant, and of several none."""
    apply_reviews(several, [Review("b_2016", "accepted", "Ann")], CRS, GROUNDING_LINES)
    before = several.read_bytes()
    with pytest.raises(InputError) as caught:
        other = Review("b_2016", "accepted", "Ann", seen="0" * 16)
        lost = Review("lost", "accepted", "Ann")
        apply_reviews(several, [Review("a_2015", "rejected", "Ann"), other, lost], CRS, GROUNDING_LINES)
    for words in (
        "a_2015: it has 3 grounding lines, and the review does not tell which one",
        "b_2016: its grounding line is another one since it was looked at",
        "lost: it has no grounding line that could be judged",
    ):
        assert words in str(caught.value)
    assert several.read_bytes() == before
