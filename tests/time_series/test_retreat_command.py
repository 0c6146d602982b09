"""``nnunet-glacier retreat`` from files to files, and what it says of input that cannot be used."""

import datetime
import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from made_fronts import MadeGlacier, days_and_positions, write_shapes
from PIL import Image
from shapely import LineString, Polygon
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.time_series.background import nearest, open_backgrounds
from nnunet_glacier.time_series.references import MethodSettings
from nnunet_glacier.time_series.retreat import Options, measure

GLACIER = MadeGlacier(-49.0, 69.1, azimuth=280)
FAR, SOUTHERN = MadeGlacier(-30.0, 66.0), MadeGlacier(-60.0, -70.0)
CRS = "EPSG:3413"


def run(*arguments):
    return CliRunner().invoke(app, ["retreat", *map(str, arguments)])


def write_fronts(path, series, glacier=GLACIER, **columns):
    """Fronts, which are given as lines or as positions."""
    days, given = zip(*series, strict=True)
    lines = [one if isinstance(one, LineString) else glacier.front(one) for one in given]
    return write_shapes(path, lines, CRS, date=[day.isoformat() for day in days], **columns)


@pytest.fixture
def centreline(tmp_path):
    return write_shapes(tmp_path / "line.gpkg", [GLACIER.centreline()], CRS)


@pytest.fixture
def box(tmp_path):
    return write_shapes(tmp_path / "box.gpkg", [GLACIER.box()], CRS)


@pytest.fixture
def fronts(tmp_path):
    return write_fronts(tmp_path / "fronts.gpkg", days_and_positions(12_000.0, -500.0))


def test_everything_at_once(tmp_path, fronts, centreline, box):
    """All methods, all files, the figures and the summary; the same command writes the same tables again."""
    out = tmp_path / "out"
    command = (fronts, out, "--centreline", centreline, "--box", box, "--upstream", "start", "--width-m", 3000)
    done = run(*command)
    assert done.exit_code == 0, done.output
    assert "rectilinear box: 6 days; retreat of 3333 m" in done.output
    assert {path.name for path in out.iterdir()} == {
        *("series.csv", "left_out.csv", "retreat.json", "retreat.gpkg"),
        *("map.png", "map.svg", "positions.png", "positions.svg"),
    }
    table = pd.read_csv(out / "series.csv")
    assert sorted(table["method"].unique()) == ["centreline", "curvilinear box", "multi-centreline", "rectilinear box"]
    assert len(pd.read_csv(out / "left_out.csv")) == 0
    layers = [name for name, _ in pyogrio.list_layers(out / "retreat.gpkg")]
    assert layers == ["fronts", "positions", "flowlines", "boxes"]
    points = gpd.read_file(out / "retreat.gpkg", layer="positions")
    lines = gpd.read_file(out / "retreat.gpkg", layer="fronts").set_index("date").geometry
    assert len(points) == 24
    assert points.crs == CRS
    apart = [point.distance(lines[day]) for point, day in zip(points.geometry, points["date"], strict=True)]
    assert max(apart) < 5
    summary = json.loads((out / "retreat.json").read_text())
    assert summary["lines"]["dated"] == 6
    assert summary["reference"]["upstream_known"] is True
    assert summary["methods"]["centreline"]["trend"]["m_per_year"] == pytest.approx(-500, rel=1e-3)
    assert summary["options"]["upstream"] == "start"
    before = (out / "series.csv").read_bytes(), (out / "map.svg").read_bytes()
    assert run(*command).exit_code == 0
    assert ((out / "series.csv").read_bytes(), (out / "map.svg").read_bytes()) == before


@pytest.mark.parametrize("name", ["series.csv", "retreat.gpkg", "fronts.gif", "map.png"])
def test_files_of_others_are_not_replaced(tmp_path, fronts, name):
    """A table of other columns among them; the folder of a run that was stopped is gone on with."""
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text("year,number\n2015,3\n")
    done = run(fronts, out)
    assert done.exit_code == 2, done.output
    assert f"{out}: it has 1 of the files to write, such as {name}, but no retreat.json" in done.output
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [(name, "year,number\n2015,3\n")]
    (out / name).rename(out / "mine")
    assert run(fronts, out).exit_code == 0
    (out / "retreat.json").unlink()
    assert run(fronts, out).exit_code == 0
    assert (out / "mine").read_text() == "year,number\n2015,3\n"


def test_a_geopackage_that_is_open_is_named_before_anything_is_measured(tmp_path, fronts):
    """What another program has written into it and not yet put into the database stays readable."""
    out = tmp_path / "out"
    assert run(fronts, out).exit_code == 0
    (out / "series.csv").unlink()
    with closing(sqlite3.connect(out / "retreat.gpkg")) as program:
        program.execute("PRAGMA journal_mode = WAL")
        program.execute("UPDATE gpkg_contents SET description = 'mine'")
        program.commit()
        done = run(fronts, out)
        assert done.exit_code == 2, done.output
        assert "retreat.gpkg: it is open in another program, such as QGIS: retreat.gpkg-wal beside it" in done.output
    with closing(sqlite3.connect(out / "retreat.gpkg")) as database:
        assert set(database.execute("SELECT description FROM gpkg_contents")) == {("mine",)}
    assert not (out / "series.csv").exists()


def test_both_days_of_a_calving_event(tmp_path, centreline):
    """1500 m a year with gaps, and 800 m at once between two days: the text, the table and the record name both."""
    days = [*range(0, 60, 6), *range(120, 180, 6)]
    series = [
        (datetime.date(2015, 1, 1) + datetime.timedelta(day), 12_000 - 1500 * day / 365.25 - 800 * (day >= 150))
        for day in days
    ]
    fronts = write_fronts(tmp_path / "fronts.gpkg", series)
    done = run(fronts, tmp_path / "out", "--centreline", centreline, "--upstream", "start", "--method", "centreline")
    assert done.exit_code == 0, done.output
    assert "1 calving event (between 2015-05-25 and 2015-05-31)" in done.output
    # After the event all days lie 800 m behind: neighbours are alike.
    assert "neighbouring days are alike (r 0." in done.output
    (event,) = json.loads((tmp_path / "out" / "retreat.json").read_text())["methods"]["centreline"]["calving_events"]
    assert event.pop("change_m") == pytest.approx(-800 - 1500 * 6 / 365.25, rel=1e-3)
    assert event == {"since": "2015-05-25", "date": "2015-05-31"}
    table = pd.read_csv(tmp_path / "out" / "series.csv").fillna("")
    assert table["since"].tolist() == ["", *table["date"][:-1]]


def test_chosen_methods_and_a_place_to_the_west(tmp_path, fronts, centreline):
    """A place with a longitude below zero is no option of its own."""
    done = run(fronts, tmp_path / "out", "--centreline", centreline, "--method", "centreline", "--upstream", "-49,69.1")
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "out" / "series.csv")
    assert set(table["method"]) == {"centreline"}
    assert table["change_m"].iloc[1] < 0


def test_fronts_that_tell_no_position_are_named(tmp_path, centreline):
    """One that ends short of the line, one that cuts it twice, one that cuts it three times and is solved."""
    short = LineString(GLACIER.front(9000).coords[:7])
    there_and_back = LineString([*GLACIER.front(8000).coords, *GLACIER.front(8200).coords[::-1]])
    zigzag = LineString([*GLACIER.front(7000).coords, *GLACIER.front(7200).coords[::-1], *GLACIER.front(7400).coords])
    days = [datetime.date(2019, month, 1) for month in range(1, 5)]
    series = list(zip(days, [10_000.0, short, there_and_back, zigzag], strict=True))
    fronts = write_fronts(tmp_path / "fronts.gpkg", series)
    done = run(fronts, tmp_path / "out", "--centreline", centreline, "--upstream", "start", "--method", "centreline")
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "out" / "series.csv")
    assert table["date"].tolist() == ["2019-01-01", "2019-04-01"]
    assert table["position_m"].iloc[1] == pytest.approx(7200, rel=1e-3)
    assert table["method_uncertainty_m"].tolist() == pytest.approx([0, 200], rel=1e-2)
    assert table["flags"].iloc[1] == "cuts the centreline 3 times"
    out = pd.read_csv(tmp_path / "out" / "left_out.csv")
    assert out["date"].tolist() == ["2019-02-01", "2019-03-01"]
    assert "does not cut the centreline, 10" in out["reason"].iloc[0]
    assert "cuts the centreline 2 times" in out["reason"].iloc[1]


def test_a_method_without_any_day_leaves_the_tables_of_the_others_as_they_are(tmp_path, centreline):
    """Fronts of 200 m cut the line, and part no box of 2 km: numbers stay numbers, to the centimetre."""
    short = MadeGlacier(-49.0, 69.1, azimuth=280, half_front_m=100)
    fronts = write_fronts(tmp_path / "fronts.gpkg", days_and_positions(12_000.123, -500.456, 3), glacier=short)
    out = tmp_path / "out"
    done = run(fronts, out, "--centreline", centreline, "--upstream", "start", "--width-m", 2000)
    assert done.exit_code == 0, done.output
    assert "curvilinear box: 0 days; 3 days left out" in done.output
    cells = pd.read_csv(out / "series.csv", dtype=str)
    assert cells["method"].tolist() == ["centreline"] * 3
    assert [float(cell) for cell in cells["position_m"]] == pytest.approx([12_000, 11_333, 10_666], rel=1e-3)
    numbers = cells[["position_m", "width_m", "change_m", "rate_m_per_year"]].stack().dropna()
    assert len(numbers) == 10
    assert max(len(cell.partition(".")[2]) for cell in numbers) <= 2
    points = gpd.read_file(out / "retreat.gpkg", layer="positions")
    kinds = {name: points[name].dtype.kind for name in ("position_m", "area_km2", "spread_m", "parts", "traces")}
    assert kinds == {"position_m": "f", "area_km2": "f", "spread_m": "f", "parts": "i", "traces": "i"}


def test_traces_and_pieces_of_one_day(tmp_path, box):
    """Two traces 100 m apart are averaged; two pieces are one front; a repeated line counts once."""
    whole = GLACIER.front(9000).coords
    pieces = [LineString(whole[:8]), LineString(whole[7:])]
    days = [datetime.date(2019, month, 1) for month in (1, 1, 1, 2, 2)]
    series = list(zip(days, [10_000.0, 10_100.0, 10_100.0, *pieces], strict=True))
    done = run(write_fronts(tmp_path / "fronts.gpkg", series), tmp_path / "out", "--box", box, "--upstream", "east")
    assert done.exit_code == 0, done.output
    assert "1 repeated" in done.output
    table = pd.read_csv(tmp_path / "out" / "series.csv")
    assert table["position_m"].tolist() == pytest.approx([10_050, 9000], rel=1e-4)
    assert table["traces"].tolist() == [2, 1]
    assert table["flags"].iloc[0] == "mean of 2 traces, 100 m apart"
    assert table["method_uncertainty_m"].iloc[0] == pytest.approx(50, rel=1e-2)


def test_uncertainty_of_the_line_and_of_the_method(tmp_path, centreline, box):
    """The line's own 30 m where it is given, 50 m by option where not: worth as much along the flow, square to it."""
    series = days_and_positions(12_000.0, -500.0, 3)
    fronts = write_fronts(tmp_path / "fronts.gpkg", series, uncertainty_m=[30.0, None, 30.0])
    given = {"centreline": centreline, "box": box, "upstream": "start", "measuring": MethodSettings(width_m=3000)}
    expected = pytest.approx([30, np.nan, 30], rel=1e-3, nan_ok=True)
    for one in measure(fronts, Options(**given))[2]:
        if one.method != "multi-centreline":
            assert one.table["line_uncertainty_m"].tolist() == expected
            assert one.table["uncertainty_m"].tolist() == expected, "rounding of areas is no uncertainty"
    for one in measure(fronts, Options(**given, uncertainty_m=50))[2]:
        assert one.table["uncertainty_m"].tolist() == pytest.approx([30, 50, 30], rel=1e-2)


def test_ends_short_of_the_box_are_closed_on_request(tmp_path, box):
    """Fronts of 5.9 km in a box of 6 km: left out with the gap told, or closed and flagged."""
    short = MadeGlacier(-49.0, 69.1, azimuth=280, half_front_m=2950)
    series = days_and_positions(12_000.0, -500.0, 3)
    fronts = write_fronts(tmp_path / "fronts.gpkg", series, glacier=short)
    refused = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east")
    assert refused.exit_code == 2
    assert "it ends 50 m inside" in refused.output
    assert not (tmp_path / "out").exists()
    assert run(fronts, tmp_path / "out", "--box", box, "--upstream", "east", "--max-gap-m", 60).exit_code == 0
    table = pd.read_csv(tmp_path / "out" / "series.csv")
    assert table["position_m"].tolist() == pytest.approx([position for _, position in series], rel=1e-3)
    assert table["flags"].str.contains("gaps of 100 m closed").all()


def test_the_fronts_lie_on_their_image(tmp_path, fronts, box):
    """An image in another CRS, bright west of the fronts' middle: so is the left of the map."""
    image = tmp_path / "scene.tif"
    values = np.full((300, 300), 10, dtype=np.uint8)
    values[:, :150] = 200
    longitude, latitude, _ = GLACIER.place(10_000)
    transform = rasterio.Affine(0.004, 0, longitude - 0.6, 0, -0.002, latitude + 0.3)
    profile = {"driver": "GTiff", "width": 300, "height": 300, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    with rasterio.open(image, "w", transform=transform, **profile) as target:
        target.write(values, 1)
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east", "--image", image)
    assert done.exit_code == 0, done.output
    grey = np.asarray(Image.open(tmp_path / "out" / "map.png").convert("L")).astype(float)
    rows, columns = grey.shape
    band = grey[rows // 3 : rows // 2]
    assert np.median(band[:, int(0.15 * columns) : int(0.3 * columns)]) > 200
    assert np.median(band[:, int(0.6 * columns) : int(0.75 * columns)]) < 50


def write_image(path, *values, **profile):
    """An image round the glacier, of bands that hold one value each."""
    longitude, latitude, _ = GLACIER.place(10_000)
    profile = {
        "transform": rasterio.Affine(0.1, 0, longitude - 1, 0, -0.05, latitude + 0.5),
        **{"driver": "GTiff", "width": 20, "height": 20, "count": len(values), "dtype": "uint8", "crs": "EPSG:4326"},
        **profile,
    }
    path.parent.mkdir(exist_ok=True)
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.stack([np.full((20, 20), value, dtype=np.uint8) for value in values]))
    return path


@pytest.mark.parametrize(
    ("values", "profile", "colours"),
    [
        ((10, 20, 30, 255), {"photometric": "RGB", "alpha": "YES"}, [10, 20, 30]),
        ((10, 255), {"photometric": "MINISBLACK", "alpha": "YES"}, [10]),
        ((10, 255, 20), {"photometric": "MINISBLACK", "alpha": "YES"}, [10]),
        ((10, 20, 30, 40, 255), {"photometric": "RGB"}, [10, 20, 30]),
        ((10, 20, 30), {"photometric": "RGB"}, [10, 20, 30]),
        ((10,), {"nodata": 0}, [10]),
    ],
)
def test_an_image_with_or_without_alpha(tmp_path, fronts, box, values, profile, colours):
    """Alpha is no colour, and tells where there is an image: not over the eastern half, of which it is 0."""
    image = write_image(tmp_path / "scene.tif", *values, **profile)
    if "alpha" in profile:
        with rasterio.open(image, "r+") as target:
            alpha = np.tile(np.where(np.arange(20) < 10, 255, 0), (20, 1)).astype(np.uint8)
            target.write(alpha, values.index(255) + 1)
    reference = measure(fronts, Options(box=box, upstream="east"))[1]
    background = open_backgrounds(image)[0]
    window = (-8000.0, 8000.0, -1000.0, 1000.0)
    background.check(reference.plane, window)
    read, known = background.read(reference.plane, window)
    assert not background.read(reference.plane, (200_000, 216_000, -1000, 1000))[1].any()
    middle = known.shape[1] // 2
    assert read[:, :, : middle - 50].reshape(len(colours), -1).mean(axis=1) == pytest.approx(colours, abs=1)
    assert known[:, : middle - 50].all()
    assert known[:, middle + 50 :].any() == ("alpha" not in profile)


@pytest.mark.parametrize(("bands", "greys"), [(2, [4]), (3, [4, 5, 6])])
def test_no_data_in_a_drawn_band_of_floats_is_no_image(tmp_path, fronts, box, bands, greys):
    """Whatever the bands beside it hold there: their fill value is not drawn."""
    values = np.stack([np.full((20, 20), 4 + band, dtype=np.float32) for band in range(bands)])
    values[0, :, 10:] = -9999
    image = write_image(tmp_path / "scene.tif", *[0] * bands, dtype="float32", nodata=-9999)
    with rasterio.open(image, "r+") as target:
        target.write(values)
    reference = measure(fronts, Options(box=box, upstream="east"))[1]
    read, known = open_backgrounds(image)[0].read(reference.plane, (-8000.0, 8000.0, -1000.0, 1000.0))
    middle = known.shape[1] // 2
    assert known[:, : middle - 50].all()
    assert not known[:, middle + 50 :].any()
    assert read[:, known].min(axis=1).tolist() == read[:, known].max(axis=1).tolist() == greys


def test_images_that_cannot_be_drawn_are_named(tmp_path, fronts, box, monkeypatch):
    """Faults that only the warp shows: before anything is written, and for each image."""
    for name in ("2000-01-01.tif", "2001-01-01.tif"):
        write_image(tmp_path / "scenes" / name, 100)

    def refuse(*given, **options):
        raise rasterio.errors.RasterioError("no way to the plane")

    monkeypatch.setattr("rasterio.vrt.WarpedVRT", refuse)
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east", "--image", tmp_path / "scenes")
    assert done.exit_code == 2, done.output
    assert "2000-01-01.tif: it cannot be read as a GeoTIFF (no way to the plane). Give a GeoTIFF of" in done.output
    assert "2001-01-01.tif: it cannot be read" in done.output
    assert "nothing was written" in done.output
    assert not (tmp_path / "out").exists()


def test_an_image_cut_short_is_named(tmp_path, fronts, box):
    """Its header is whole, and its pixels are not."""
    image = write_image(tmp_path / "scene.tif", 100)
    image.write_bytes(image.read_bytes()[:-200])
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east", "--image", image)
    assert done.exit_code == 2, done.output
    assert "scene.tif: it cannot be read as a GeoTIFF" in done.output
    assert "what was written so far is not complete" in done.output


def test_a_moving_picture_over_the_nearest_scenes(tmp_path, box):
    """A frame a day; the second day is nearer to the first scene."""
    fronts = write_fronts(tmp_path / "fronts.gpkg", days_and_positions(12_000.0, -500.0, 3, every=30))
    for name in ("scene_20000101.tif", "scene_2000-03-01.tif", "undated.tif"):
        write_image(tmp_path / "scenes" / name, 100)
    given = ("--box", box, "--upstream", "east", "--image", tmp_path / "scenes", "--animate")
    done = run(fronts, tmp_path / "out", *given)
    assert done.exit_code == 0, done.output
    assert "1 image without a day in the name left out, such as undated.tif." in done.output
    with Image.open(tmp_path / "out" / "fronts.gif") as film:
        assert film.n_frames == 3
    images = open_backgrounds(tmp_path / "scenes")
    assert [image.path.name for image in images] == ["scene_20000101.tif", "scene_2000-03-01.tif"]
    days = [datetime.date(2000, 1, 1), datetime.date(2000, 1, 31), datetime.date(2000, 2, 29)]
    assert [nearest(images, day) is images[1] for day in days] == [False, False, True]


def test_images_of_other_places_are_left_out(tmp_path, fronts, box):
    """The later of two images lies ten degrees beside; alone it is refused before anything is written."""
    write_image(tmp_path / "scenes" / "2000-01-01.tif", 100)
    longitude, latitude, _ = GLACIER.place(10_000)
    elsewhere = rasterio.Affine(0.1, 0, longitude + 9, 0, -0.05, latitude + 0.5)
    beside = write_image(tmp_path / "scenes" / "2000-02-01.tif", 200, transform=elsewhere)
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east", "--image", tmp_path / "scenes")
    assert done.exit_code == 0, done.output
    assert "1 image of 2 left out: no ground of the fronts." in done.output
    done = run(fronts, tmp_path / "other", "--box", box, "--upstream", "east", "--image", beside)
    assert done.exit_code == 2
    assert f"{beside}: it shows none of the ground round the fronts. Give an image of this glacier" in done.output
    assert not (tmp_path / "other").exists()


def test_images_without_a_day_or_a_place_are_refused(tmp_path, fronts):
    """In a folder the name tells the day; a picture without a CRS has no place."""
    write_image(tmp_path / "scenes" / "undated.tif", 100)
    done = run(fronts, tmp_path / "out", "--image", tmp_path / "scenes")
    assert "it holds no GeoTIFF whose name tells a day (1 without one)" in done.output
    Image.new("L", (5, 5)).save(tmp_path / "plain.tif")
    done = run(fronts, tmp_path / "out", "--image", tmp_path / "plain.tif")
    assert "it has no CRS or no place" in done.output
    assert not (tmp_path / "out").exists()


def write_line(folder, glacier, crs=CRS):
    return write_shapes(folder / "line.gpkg", [glacier.centreline()], crs)


def write_text(path):
    path.write_text("hello")
    return path


def write_box(folder, shape):
    return write_shapes(folder / "box.gpkg", [shape], CRS)


def bow_tie():
    corners = GLACIER.box().exterior.coords[:-1]
    half = len(corners) // 2
    return Polygon([corners[0], corners[half], corners[half - 1], corners[-1]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: ["--centreline", write_line(folder, FAR)], "no front cuts it; the first of 6 days"),
        (
            lambda folder: ["--centreline", write_line(folder, SOUTHERN, "EPSG:3031")],
            "it lies on the southern hemisphere, and the fronts",
        ),
        (lambda folder: ["--box", write_line(folder, GLACIER)], "it holds no polygon but LineString"),
        (lambda folder: ["--box", write_box(folder, bow_tie())], "its polygon crosses itself"),
        (lambda folder: ["--box", write_box(folder, FAR.box()), "--upstream", "south"], "no front divides it"),
        (lambda folder: ["--upstream", "left"], "'left' tells no side"),
        (lambda folder: ["--upstream", "start"], "start is of a centreline, and none is given"),
        (lambda folder: ["--centreline", folder / "none.shp"], "there is no such file"),
        (lambda folder: ["--method", "rectilinear-box"], "rectilinear box cannot be used with what is given"),
        (lambda folder: ["--where", "date"], "'date' is no condition"),
        (lambda folder: ["--where", "glacier=3"], "it has no column 'glacier'; it has date"),
        (lambda folder: ["--image", folder / "none.tif"], "there is no such image"),
        (
            lambda folder: ["--box", write_text(folder / "box.txt")],
            "not recognized as being in a supported file format). Give a file of .gpkg, .shp, .geojson, .json",
        ),
    ],
)
def test_input_that_cannot_be_used(tmp_path, fronts, make, message):
    """One clear line, exit code 2, and nothing written."""
    done = run(fronts, tmp_path / "out", *make(tmp_path))
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "1 problem; nothing was written" in done.output
    assert not (tmp_path / "out").exists()


def test_out_among_the_lines(tmp_path, box):
    """Its own results would be read as lines the next time."""
    write_fronts(tmp_path / "fronts_folder.gpkg", days_and_positions(12_000.0, -500.0, 3))
    done = run(tmp_path, tmp_path / "out", "--box", box, "--upstream", "east")
    assert done.exit_code == 2
    assert "all of whose files are read as lines" in done.output


def test_out_over_the_lines(tmp_path, box):
    """The GeoPackage of an earlier run, given as lines to the same folder."""
    (tmp_path / "out").mkdir()
    fronts = write_fronts(tmp_path / "out" / "retreat.gpkg", days_and_positions(12_000.0, -500.0, 3))
    before = fronts.read_bytes()
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "east")
    assert done.exit_code == 2
    assert "retreat.gpkg: it is read, and would be written over" in done.output
    assert fronts.read_bytes() == before


def test_metres_that_are_called_degrees(tmp_path):
    """GeoJSON has degrees unless it says otherwise; these are EPSG:3413."""
    line = {"type": "LineString", "coordinates": [[-190000, -2270000], [-180000, -2270000]]}
    feature = {"type": "Feature", "properties": {"date": "2019-01-01"}, "geometry": line}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = run(tmp_path / "a.geojson", tmp_path / "out")
    assert done.exit_code == 2
    assert "its coordinates are no places in the CRS that it names" in done.output


def test_a_box_whose_upstream_side_the_fronts_cut(tmp_path, fronts, box):
    """The side to the north runs along the flow."""
    done = run(fronts, tmp_path / "out", "--box", box, "--upstream", "north")
    assert done.exit_code == 2
    assert "it does not part the box's upstream end from its downstream end" in done.output
    assert "give as --upstream the side that lies on the glacier" in done.output


def test_fronts_of_a_whole_coast_need_a_reference(tmp_path, shared_data):
    """62 fronts all round Antarctica are of no one glacier."""
    done = run(shared_data / "front_lines" / "Baumhoer.shp", tmp_path / "out")
    assert done.exit_code == 2
    assert "too far for one glacier. Give --centreline or --box, or choose" in done.output
    assert "'delineate' fills the column glacier from the table of its --scenes" in done.output


def test_fronts_of_two_glaciers(tmp_path, centreline, box):
    """Side by side, far apart, or told by a centreline or a box: the glaciers are named, and how one is chosen."""
    near, far = MadeGlacier(-49.0, 69.15, azimuth=280), MadeGlacier(-49.0, 69.5, azimuth=280)
    days = [datetime.date(2019, month, 1) for month in range(1, 5)]
    lines = {
        name: [*map(GLACIER.front, (9000, 8900, 8800, 8700)), *map(other.front, (9000, 9100, 9200, 9300))]
        for name, other in (("near", near), ("far", far))
    }
    glaciers = ["North Isbræ"] * 4 + ["South"] * 4
    fronts = {
        name: write_fronts(tmp_path / f"{name}.gpkg", list(zip(days * 2, two, strict=True)), Glacier=glaciers)
        for name, two in lines.items()
    }
    named = "the fronts are of 2 glaciers (column Glacier: North Isbræ, South)"
    choice = "--where 'Glacier=North Isbræ'"
    refused = run(fronts["far"], tmp_path / "out")
    assert refused.exit_code == 2
    assert f"far.gpkg: {named}. Give {choice}, or the --centreline or --box of one" in refused.output
    assert "no front cuts the flowline that was made of the fronts; the first of 4 days" in refused.output
    assert "--upstream" not in refused.output
    told = run(fronts["near"], tmp_path / "out")
    assert told.exit_code == 0, told.output
    assert f"But {named}: {choice} takes those of one." in told.output
    given = ("--centreline", centreline, "--method", "centreline")
    in_box = ("--box", box, "--upstream", "east")
    chosen = ("--where", "Glacier=North Isbræ")
    for number, (name, where) in enumerate((("far", given), ("near", chosen), ("far", in_box), ("far", in_box[:2]))):
        done = run(fronts[name], tmp_path / f"{number}", *where)
        assert done.exit_code == 0, done.output
        assert "the fronts are of" not in done.output
        table = pd.read_csv(tmp_path / f"{number}" / "series.csv")
        assert table["change_m"].abs().iloc[1:4].tolist() == pytest.approx([100] * 3, rel=1e-2)


@pytest.mark.parametrize("other", [FAR, MadeGlacier(-49.0, 69.35, azimuth=10)])
def test_a_box_is_measured_by_the_fronts_that_reach_into_it(tmp_path, box, other):
    """Fronts of another glacier in the file, far away or across these, decide nothing of the flow through the box."""
    days = [datetime.date(2019, month, 1) for month in range(1, 5)]
    lines = [*map(GLACIER.front, (9000, 8900, 8800, 8700)), *map(other.front, (9000, 9100, 9200, 9300))]
    fronts = write_fronts(tmp_path / "fronts.gpkg", list(zip(days * 2, lines, strict=True)))
    done = run(fronts, tmp_path / "out", "--box", box)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "out" / "series.csv")
    assert table["change_m"].abs().iloc[1:].tolist() == pytest.approx([100] * 3, rel=1e-2)
    towards = json.loads((tmp_path / "out" / "retreat.json").read_text())["reference"]["positive_towards_degrees"]
    assert towards == pytest.approx(100, abs=1), "against the flow, between azimuth 0 and 180"


def test_a_box_whose_fronts_tell_no_direction(tmp_path, box):
    """Across and along the flow, as far: the remedy is the option that is lacking."""
    days = [datetime.date(2019, month, 1) for month in (1, 2)]
    along = LineString([GLACIER.place(distance)[:2] for distance in (5000, 9000, 13_000)])
    fronts = write_fronts(tmp_path / "fronts.gpkg", list(zip(days, [9000.0, along], strict=True)))
    done = run(fronts, tmp_path / "out", "--box", box)
    assert done.exit_code == 2
    assert "no common direction, so that none can be made of them. Give --upstream: the side of the box" in done.output
    done = run(fronts, tmp_path / "out", "--box", write_box(tmp_path, FAR.box()))
    assert done.exit_code == 2
    assert "box.gpkg: no front reaches into it. Give the box of this glacier" in done.output


@pytest.mark.parametrize("n_days", [1, 2, 4, 5, 6])
def test_a_few_days(tmp_path, centreline, n_days):
    """One is no series, four give no interval of 95 %, and of five nothing tells whether a change is unusual."""
    days = [datetime.date(2019, month, 1) for month in range(1, n_days + 1)]
    fronts = write_fronts(tmp_path / "few.gpkg", [(day, GLACIER.front(9000 - 100 * n)) for n, day in enumerate(days)])
    done = run(fronts, tmp_path / "out", "--centreline", centreline, "--upstream", "start")
    assert done.exit_code == 0, done.output
    assert ("One day tells a position, and no retreat" in done.output) == (n_days == 1)
    assert ("no calving event" in done.output) == (n_days == 6)
    method = json.loads((tmp_path / "out" / "retreat.json").read_text())["methods"]["centreline"]
    assert method["calving_events"] == ([] if n_days == 6 else None)
    assert ("4 days are too few for an interval of 95 %" in done.output) == (n_days == 4)
    if n_days > 2:
        assert method["trend"]["m_per_year"] < -1000
        assert (method["trend"]["low"] is None) == (n_days == 4)


def test_one_glacier_of_many(tmp_path, shared_data):
    """NSIDC-0642 holds 239 termini of as many glaciers: one line gives a position, and nothing is said of change."""
    termini = shared_data / "grounding_line_files" / "termini_2018_2019_v02.0.shp"
    done = run(termini, tmp_path / "out", "--where", "Glacier_ID=3")
    assert done.exit_code == 0, done.output
    assert "centreline: 1 day." in done.output
