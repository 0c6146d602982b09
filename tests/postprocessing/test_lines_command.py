"""``nnunet-glacier lines`` from folder to folder."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from pyproj import Geod
from shapely import LineString, get_coordinates
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.rasters import write_geotiff, write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing import extract_lines

UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)
POLAR = (100.0, 0.0, -3_000.0, 0.0, -100.0, -1_297_000.0)
"""In EPSG:3031 the antimeridian is x = 0 where y is negative: here column 30."""

CASE = "getz_20160108_20160114_20160126_20160201"


def lines(*arguments: object):
    return CliRunner().invoke(app, ["lines", *map(str, arguments), "--workers", "1"])


def ridge(rows: int = 60, columns: int = 60, column: int = 20) -> np.ndarray:
    """Probabilities of a straight line in a column: 0.8 there, 0.4 beside it."""
    probability = np.zeros((rows, columns))
    probability[:, column] = 0.8
    probability[:, [column - 1, column + 1]] = 0.4
    return probability


def ring(radius: float = 12, rows: int = 60, columns: int = 60) -> np.ndarray:
    row, column = np.ogrid[:rows, :columns]
    return 0.9 * (np.abs(np.hypot(row - 30, column - 30) - radius) < 1.3)


def predict(
    folder: Path,
    case: str,
    probability: np.ndarray,
    *,
    crs: str = "EPSG:3031",
    affine: tuple[float, ...] = POLAR,
    variant: str = "grounding_line",
    with_probabilities: bool = True,
) -> None:
    """What ``predict --probabilities uint8 --spread`` writes of a case: 51 / 510 is a spread of 0.1."""
    space = LABEL_SPACES[variant]
    task = space.tasks[0]
    folder.mkdir(parents=True, exist_ok=True)
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".tif"}
    (folder / "dataset.json").write_text(json.dumps(content))
    place = {"crs": crs, "affine": affine}
    line = (probability > 0.5).astype(np.uint8)
    map_folder, value = ("labels", 1) if variant == "grounding_line" else ("fronts", 255)
    write_raster(folder / map_folder / f"{case}.tif", line * np.uint8(value), **place)
    if with_probabilities:
        steps = np.round(probability * 255).astype(np.uint8)
        path = folder / "probabilities" / f"{case}_{task.name}.tif"
        write_geotiff(path, np.stack([255 - steps, steps]), names=task.classes, scale=1 / 255, **place)
        path = folder / "spread" / f"{case}_{task.name}.tif"
        write_geotiff(path, np.full((1, *steps.shape), 51, dtype=np.uint8), scale=1 / 510, **place)


def read(out: Path, **options: str) -> geopandas.GeoDataFrame:
    return geopandas.read_file(out / "lines.gpkg", **options)


def _length_m(geometry, crs: str = "EPSG:3031") -> float:
    in_degrees = geopandas.GeoSeries([geometry], crs=crs).segmentize(500).to_crs(4326)[0]
    return Geod(ellps="WGS84").geometry_length(in_degrees)


def test_a_line_and_a_ring_with_their_attributes(tmp_path):
    """Dates from the name, length on the map, probability and spread along the line; the ring is a pinning point."""
    predict(tmp_path / "maps", CASE, ridge())
    predict(tmp_path / "maps", "rise", ring())
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.35)
    assert result.exit_code == 0, result.output
    line, rise = read(tmp_path / "out").to_dict("records")
    assert (line["case"], line["line"], line["class"]) == (CASE, 1, "grounding line")
    assert line["date"] == pd.Timestamp("2016-01-08") and line["dates"] == "2016-01-08 2016-01-14 2016-01-26 2016-02-01"
    assert line["length_m"] == pytest.approx(_length_m(line["geometry"]), rel=1e-6) == pytest.approx(5800, rel=0.05)
    assert line["mean_probability"] == pytest.approx(0.8) and line["spread"] == pytest.approx(0.1)
    assert (line["bridged_m"], line["threshold"], line["source"]) == (0, 0.35, f"{CASE}_grounding_line.tif")
    assert rise["class"] == "pinning point" and rise["geometry"].is_ring and pd.isna(rise["date"])
    assert rise["length_m"] == pytest.approx(2 * math.pi * 1200, rel=0.02)
    assert "1 grounding line, 1 pinning point" in result.output and "Next:" in result.output


TURNED = (100 * math.cos(0.5), 100 * math.sin(0.5), 7000.0, 100 * math.sin(0.5), -100 * math.cos(0.5), -9000.0)


@pytest.mark.parametrize(("crs", "affine"), [("EPSG:32606", UTM), ("EPSG:3031", TURNED)])
def test_lines_run_through_pixel_centres_on_the_map(tmp_path, crs, affine):
    """The centre of column 20 is 20.5 pixels from the corner of the image: no shift by half a pixel."""
    predict(tmp_path / "maps", "A", ridge(), crs=crs, affine=affine)
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--min-length-m", 0).exit_code == 0
    (line,) = read(tmp_path / "out").geometry
    a, b, c, d, e, f = affine
    for x, y in get_coordinates(line):
        determinant = a * e - b * d
        column, row = (e * (x - c) - b * (y - f)) / determinant, (a * (y - f) - d * (x - c)) / determinant
        assert column == pytest.approx(20.5, abs=1e-6) and row % 1 == pytest.approx(0.5, abs=1e-6)


def test_the_threshold_decides_and_without_one_the_predicted_class(tmp_path):
    """A line of probability 0.45 is there above 0.35 and not in the label map; a file's threshold is the number's."""
    predict(tmp_path / "maps", "A", ridge() * 0.45 / 0.8)
    (tmp_path / "sweep.json").write_text('{"threshold": 0.35, "criterion": "dice"}')
    counts = {}
    for name, options in {"0.35": ["0.35"], "file": [tmp_path / "sweep.json"], "0.5": ["0.5"], "none": []}.items():
        given = ["--threshold", *options] if options else []
        assert lines(tmp_path / "maps", tmp_path / name, *given).exit_code == 0
        counts[name] = len(read(tmp_path / name))
    assert counts == {"0.35": 1, "file": 1, "0.5": 0, "none": 0}
    assert (tmp_path / "0.35" / "cases" / "A.json").read_bytes() == (
        tmp_path / "file" / "cases" / "A.json"
    ).read_bytes()


def test_label_maps_without_probabilities_give_lines(tmp_path):
    """What nnU-Net's own commands write, maps beside a dataset.json; the probability is empty then."""
    predict(tmp_path / "maps", "A", ridge(), with_probabilities=False)
    (tmp_path / "maps" / "labels" / "A.tif").rename(tmp_path / "maps" / "A.tif")
    (tmp_path / "maps" / "labels").rmdir()
    result = lines(tmp_path / "maps", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (row,) = read(tmp_path / "out").to_dict("records")
    assert row["class"] == "grounding line" and row["source"] == "A.tif"
    assert math.isnan(row["mean_probability"]) and math.isnan(row["spread"]) and math.isnan(row["threshold"])
    assert "'mean_probability' is empty" in result.output


def test_the_dataset_that_tells_of_the_scenes_is_not_written_to(tmp_path):
    """As `fronts` does: what is read stays as it is."""
    predict(tmp_path / "maps", "A", ridge())
    write_scenes(tmp_path / "dataset" / "scenes.csv", [])
    result = lines(tmp_path / "maps", tmp_path / "dataset", "--scenes", tmp_path / "dataset")
    assert result.exit_code == 2
    assert f"{tmp_path / 'dataset'}: " in result.output
    assert [path.name for path in (tmp_path / "dataset").iterdir()] == ["scenes.csv"]


def test_calving_fronts_are_lines_too(tmp_path):
    """Of a model with a front class, cut to the scene's box; a closed one is a pinning point only if --kind says so."""
    predict(tmp_path / "maps", "A", ridge(), variant="front")
    predict(tmp_path / "maps", "B", ring(), variant="front")
    scene = Scene("A", "test", "Made", pixel_size_m=100.0, box=Box(0, 40, 0, 60))
    write_scenes(tmp_path / "scenes.csv", [scene])
    arguments = (tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--scenes", tmp_path / "scenes.csv")
    assert lines(*arguments).exit_code == 0
    layers = read(tmp_path / "out")
    assert layers["class"].tolist() == ["calving front"] * 2 and layers.glacier[0] == "Made"
    assert layers.length_m[0] == pytest.approx(3900, abs=100)
    assert lines(*arguments, "--kind", "grounding-line", "--overwrite").exit_code == 0
    assert read(tmp_path / "out")["class"].tolist() == ["grounding line", "pinning point"]


def test_a_gap_is_bridged_in_metres(tmp_path):
    """Eight pixels of 100 m, nine steps; the probability is low where nothing was seen."""
    probability = ridge()
    probability[25:33] = 0
    predict(tmp_path / "maps", "A", probability)
    options = ("--threshold", 0.5)
    assert lines(tmp_path / "maps", tmp_path / "open", *options, "--max-gap-m", 850).exit_code == 0
    assert lines(tmp_path / "maps", tmp_path / "joined", *options, "--max-gap-m", 1100).exit_code == 0
    assert len(read(tmp_path / "open")) == 2
    (row,) = read(tmp_path / "joined").to_dict("records")
    assert row["bridged_m"] == pytest.approx(900, abs=201) and row["bridged_m"] >= 900
    assert row["mean_probability"] == pytest.approx(0.8 * 52 / 60, abs=0.02)


def test_lines_in_degrees_have_their_length_on_the_ellipsoid(tmp_path):
    """DLR's layout is EPSG:4326; pixels of 111.6 m on the ground, whatever --pixel-size-m says."""
    affine = (0.002928, 0.0, 10.0, 0.0, -0.001, -70.0)
    predict(tmp_path / "maps", "A", ridge(), crs="EPSG:4326", affine=affine)
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--pixel-size-m", 999)
    assert result.exit_code == 0, result.output
    (row,) = read(tmp_path / "out").to_dict("records")
    assert row["length_m"] == pytest.approx(Geod(ellps="WGS84").geometry_length(row["geometry"]))
    assert row["length_m"] == pytest.approx(58.5 * 0.001 * 111_600, rel=0.02)
    record = json.loads((tmp_path / "out" / "lines.json").read_text())
    assert record["cases"]["A"]["pixel_size_m"] == pytest.approx(111.6, rel=0.002)


def test_a_product_has_no_second_date_of_processing(tmp_path):
    """Landsat names its day of processing too; an interferogram names all its days."""
    case = "LC08_L1TP_023006_20130819_20170502_01_T1"
    predict(tmp_path / "maps", case, ridge())
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5)
    assert result.exit_code == 0 and "no date" not in result.output
    (row,) = read(tmp_path / "out").to_dict("records")
    assert (row["date"], row["dates"], row["sensor"]) == (pd.Timestamp("2013-08-19"), "2013-08-19", "L8")


def crossing_the_antimeridian(folder: Path) -> None:
    """A line along a row of 60 pixels, of which column 30 begins at the antimeridian."""
    predict(folder, CASE, ridge().T)


def test_geojson_is_as_rfc_7946_has_it(tmp_path):
    """Longitude and latitude, no CRS member, cut at 180 degrees, and the same line when it is put together again."""
    crossing_the_antimeridian(tmp_path / "maps")
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--geojson").exit_code == 0
    content = json.loads((tmp_path / "out" / "lines.geojson").read_text())
    assert content["type"] == "FeatureCollection" and "crs" not in content
    (feature,) = content["features"]
    assert feature["geometry"]["type"] == "MultiLineString" and feature["properties"]["class"] == "grounding line"
    parts = [np.array(part) for part in feature["geometry"]["coordinates"]]
    assert len(parts) == 2
    for part in parts:
        assert (np.abs(part[:, 0]) <= 180).all() and np.ptp(part[:, 0]) < 1 and (np.abs(part[:, 1]) < 90).all()
        assert np.abs(part[:, 0]).max() == 180
    assert sorted(np.sign(part[0, 0]) for part in parts) == [-1, 1]
    back = geopandas.read_file(tmp_path / "out" / "lines.geojson")
    assert back.crs.to_epsg() == 4326 and back.geometry.is_valid.all()
    on_map, true = back.to_crs(3031).geometry[0], read(tmp_path / "out").geometry[0]
    assert on_map.hausdorff_distance(true) < 0.1 and on_map.length == pytest.approx(true.length, abs=0.1)


def test_shapefiles_have_short_names_and_everything_in_them(tmp_path):
    """No column is cut by the format; values are those of the GeoPackage."""
    predict(tmp_path / "maps", CASE, ridge())
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--shapefile").exit_code == 0
    written, table = geopandas.read_file(tmp_path / "out" / "shapefile" / "lines.shp"), read(tmp_path / "out")
    assert max(map(len, written.columns.drop("geometry"))) <= 10 and written.crs.to_epsg() == 3031
    for name in table.columns.drop("geometry"):
        short = {"mean_probability": "mean_prob"}.get(name, name)
        if name == "date":
            assert written[name].tolist() == table[name].tolist() == [pd.Timestamp("2016-01-08")]
            continue
        given, shortened = table[name].tolist(), written[short].tolist()
        assert shortened == pytest.approx(given) or (not given[0] and not shortened[0]), name
    assert written.geometry[0].equals_exact(table.geometry[0], 1e-6)


def test_several_crs_and_none_get_a_layer_each(tmp_path):
    """As with fronts; lines without map coordinates are in pixels with y = -row."""
    predict(tmp_path / "maps", "A", ridge())
    predict(tmp_path / "maps", "B", ridge(), crs="EPSG:32606", affine=UTM)
    write_raster(tmp_path / "maps" / "labels" / "C.png", (ridge() > 0.5).astype(np.uint8))
    result = lines(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 100, "--shapefile")
    assert result.exit_code == 0, result.output
    names = {name for name, _ in pyogrio.list_layers(tmp_path / "out" / "lines.gpkg")}
    assert names == {"lines_EPSG_3031", "lines_EPSG_32606", "lines_pixels"}
    assert {path.stem for path in (tmp_path / "out" / "shapefile").glob("*.shp")} == names
    pixels = read(tmp_path / "out", layer="lines_pixels")
    assert pixels.crs is None and {x for x, _ in get_coordinates(pixels.geometry)} == {20.5}
    assert pixels.total_bounds[3] < 0 and pixels.length_m[0] == pytest.approx(100 * pixels.geometry[0].length)
    result = lines(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 100, "--geojson")
    assert result.exit_code == 2 and "1 of its cases have none, such as C" in result.output


def test_no_line_at_all_is_an_empty_layer(tmp_path):
    """Files of every format that open."""
    predict(tmp_path / "maps", "A", ridge() * 0)
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--shapefile", "--geojson")
    assert result.exit_code == 0 and "Without a line: 1 (A)" in result.output, result.output
    for name in ("lines.gpkg", "shapefile/lines.shp", "lines.geojson"):
        assert len(geopandas.read_file(tmp_path / "out" / name)) == 0


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="GDAL's ogrinfo is not installed")
@pytest.mark.parametrize(
    ("name", "kind"), [("lines.gpkg", "Line String"), ("shapefile/lines.shp", "Line String"), ("lines.geojson", "Line")]
)
def test_ogrinfo_opens_what_was_written(tmp_path, name, kind):
    """Another build of GDAL than the one that wrote them: layer, type, number and fields."""
    crossing_the_antimeridian(tmp_path / "maps")
    predict(tmp_path / "maps", "rise", ring())
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.5, "--shapefile", "--geojson").exit_code == 0
    command = ["ogrinfo", "-al", "-so", str(tmp_path / "out" / name)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Layer name: lines" in told and "Feature Count: 2" in told and "length_m: Real" in told
    assert kind in told or "Unknown" in told
    rise = subprocess.run(
        [*command[:2], "-where", "class = 'pinning point'", command[-1]], capture_output=True, text=True, check=True
    ).stdout
    assert "Feature Count: 1" in rise and "case (String) = rise" in rise


def test_a_second_run_does_only_what_is_missing_or_was_predicted_anew(tmp_path):
    """Cases that are done stay untouched, and formats that are there are written again with the others."""
    for case in "ABC":
        predict(tmp_path / "maps", case, ridge())
    arguments = (tmp_path / "maps", tmp_path / "out", "--threshold", 0.5)
    assert lines(*arguments, "--geojson").exit_code == 0
    kept = {path.stem: path.stat().st_mtime_ns for path in (tmp_path / "out" / "cases").iterdir()}
    (tmp_path / "out" / "cases" / "A.json").write_text("broken")
    predict(tmp_path / "maps", "B", ridge(column=40))
    assert lines(*arguments).exit_code == 0
    again = {path.stem for path in (tmp_path / "out" / "cases").iterdir() if path.stat().st_mtime_ns != kept[path.stem]}
    assert again == {"A", "B"}
    xs = read(tmp_path / "out").geometry.centroid.x.tolist()
    assert xs == pytest.approx([-950, 1050, -950])
    assert geopandas.read_file(tmp_path / "out" / "lines.geojson").to_crs(3031).centroid.x[1] == pytest.approx(
        1050, abs=1
    )


def test_geojson_of_lines_that_are_gone_goes(tmp_path):
    """Of two CRS one is left, whose file has the plain name; a file of others that begins alike stays."""
    maps, out = tmp_path / "maps", tmp_path / "out"
    predict(maps, "A", ridge())
    predict(maps, "B", ridge(), crs="EPSG:32606", affine=UTM)
    assert lines(maps, out, "--threshold", 0.5, "--geojson").exit_code == 0
    assert {path.name for path in out.glob("*.geojson")} == {"lines_EPSG_3031.geojson", "lines_EPSG_32606.geojson"}
    (out / "lines_mine.geojson").write_text("mine")
    for path in maps.rglob("B*.tif"):
        path.unlink()
    assert lines(maps, out, "--threshold", 0.5).exit_code == 0
    assert {path.name for path in out.glob("*.geojson")} == {"lines.geojson", "lines_mine.geojson"}
    assert (out / "lines_mine.geojson").read_text() == "mine"


def test_a_run_that_was_broken_off_is_not_taken_for_done(tmp_path, monkeypatch):
    """The second case was not done when the run ended: the next run does it and only it."""
    for case in "AB":
        predict(tmp_path / "maps", case, ridge())
    contents = []

    def broken(maps, rules):
        if contents:
            raise KeyboardInterrupt
        contents.append(True)
        return ()

    with monkeypatch.context() as patch:
        patch.setattr(extract_lines, "lines_of_maps", broken)
        assert lines(tmp_path / "maps", tmp_path / "out").exit_code == 130
    assert not (tmp_path / "out" / "lines.gpkg").exists()
    assert lines(tmp_path / "maps", tmp_path / "out").exit_code == 0
    assert read(tmp_path / "out").case.tolist() == ["B"]


def test_other_settings_are_not_mixed_into_an_earlier_run(tmp_path):
    """Refused with what differs; --overwrite does everything anew."""
    predict(tmp_path / "maps", "A", ridge())
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.35).exit_code == 0
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.9)
    assert result.exit_code == 2 and "threshold was 0.35" in result.output
    assert lines(tmp_path / "maps", tmp_path / "out", "--threshold", 0.9, "--overwrite").exit_code == 0
    assert len(read(tmp_path / "out")) == 0


@pytest.mark.parametrize("name", ["lines.gpkg", "lines_EPSG_3031.geojson", "cases/A.json", "shapefile/mine.shp"])
def test_files_without_a_record_of_this_command_are_not_replaced(tmp_path, name):
    """Unless with --overwrite; what has other names does not matter."""
    predict(tmp_path / "maps", "A", ridge())
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    (out / "notes.gpkg").write_text("mine too")
    result = lines(tmp_path / "maps", out)
    what = name.removesuffix("/mine.shp")
    assert result.exit_code == 2, result.output
    assert f"{out}: it has 1 of the files to write, such as {what}, but no lines.json" in result.output
    assert (out / name).read_text() == "mine" and not (out / "lines.json").exists()
    (out / name).rename(tmp_path / "away")
    if name.startswith("shapefile"):
        (out / "shapefile").rmdir()
    assert lines(tmp_path / "maps", out).exit_code == 0
    assert lines(tmp_path / "maps", out).exit_code == 0
    assert (out / "notes.gpkg").read_text() == "mine too"


def test_a_geopackage_that_is_open_is_named_before_anything_is_done(tmp_path):
    """No case is looked for in its maps."""
    predict(tmp_path / "maps", "A", ridge())
    assert lines(tmp_path / "maps", tmp_path / "out").exit_code == 0
    (tmp_path / "out" / "lines.gpkg-wal").touch()
    (tmp_path / "out" / "cases" / "A.json").unlink()
    result = lines(tmp_path / "maps", tmp_path / "out")
    assert result.exit_code == 2 and "lines.gpkg: it is open in another program" in result.output
    assert not (tmp_path / "out" / "cases" / "A.json").exists()


def test_all_that_is_wrong_is_listed_at_once(tmp_path):
    """Damaged probabilities, probabilities of another size, none, an even median, and GeoJSON without a place."""
    maps = tmp_path / "maps"
    for case in "ABC":
        predict(maps, case, ridge())
    predict(maps, "D", ridge(), with_probabilities=False)
    write_raster(maps / "labels" / "E.png", (ridge() > 0.5).astype(np.uint8))
    (maps / "probabilities" / "A_grounding_line.tif").write_bytes(b"broken")
    write_raster(maps / "spread" / "B_grounding_line.tif", np.zeros((9, 9), dtype=np.uint8))
    options = ("--threshold", 0.5, "--median", 4, "--geojson", "--pixel-size-m", 100)
    result = lines(maps, tmp_path / "out", *options)
    assert result.exit_code == 2 and "6 problems; nothing was written" in result.output, result.output
    for what in (
        "--median: 4 is not odd",
        "A_grounding_line.tif: it cannot be read as a GeoTIFF",
        "the map 60x60, its probability 60x60, its spread 9x9",
        "D.tif: there are no probabilities beside it",
        "E.png: there are no probabilities beside it",
        "GeoJSON needs map coordinates",
    ):
        assert what in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("1.5", "1.5 is not between 0 and 1"),
        ("nan", "nan is not between 0 and 1"),
        ("none.json", "no number, and there is no such file"),
        ("list.json", "no entry 'threshold' that is a number"),
        ("true.json", "no entry 'threshold' that is a number"),
        ("broken.json", "no entry 'threshold' that is a number"),
    ],
)
def test_thresholds_that_are_none_are_refused(tmp_path, given, what):
    """With how one is given."""
    for name, content in {"list": "[0.5]", "true": '{"threshold": true}', "broken": "0.5}"}.items():
        (tmp_path / f"{name}.json").write_text(content)
    predict(tmp_path / "maps", "A", ridge())
    threshold = tmp_path / given if given.endswith(".json") else given
    result = lines(tmp_path / "maps", tmp_path / "out", "--threshold", threshold)
    assert result.exit_code == 2 and what in result.output and not (tmp_path / "out").exists()


def test_zones_alone_are_sent_to_fronts(tmp_path):
    """They have no line of their own."""
    zones = np.full((9, 9), 2, dtype=np.uint8)
    write_raster(tmp_path / "maps" / "zones" / "A.png", zones)
    result = lines(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "Make fronts of zones with 'nnunet-glacier fronts'" in result.output


def test_label_maps_without_a_dataset_json_are_told_what_they_lack(tmp_path):
    """Nothing says that they are of lines."""
    write_raster(tmp_path / "maps" / "A.png", ridge().round().astype(np.uint8))
    result = lines(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "copy the model's dataset.json into the folder" in result.output


def test_evaluate_and_fronts_take_predicted_grounding_lines_as_a_front_class(tmp_path):
    """A line two pixels from the labelled one: 200 m; and the front is in its column."""
    predict(tmp_path / "maps", "A", ridge(column=22))
    scene = Scene("A", "test", "Made", pixel_size_m=100.0, hemisphere="south", crs="EPSG:3031", affine=POLAR)
    write_scenes(tmp_path / "dataset" / "scenes.csv", [scene])
    label = np.zeros((60, 60), dtype=np.uint8)
    label[:, 20] = 255
    write_raster(tmp_path / "dataset" / "frontsTs" / "A.png", label)
    arguments = [tmp_path / "maps", tmp_path / "dataset", tmp_path / "scores"]
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--workers", "1"])
    assert result.exit_code == 0, result.output
    summary = json.loads((tmp_path / "scores" / "summary.json").read_text())
    assert summary["route"] == "front"
    result = CliRunner().invoke(app, ["fronts", str(tmp_path / "maps"), str(tmp_path / "fronts"), "--workers", "1"])
    assert result.exit_code == 0, result.output
    (front,) = geopandas.read_file(tmp_path / "fronts" / "fronts.gpkg").geometry
    assert front.intersects(LineString([(-3000 + 2250, -1_300_000), (-3000 + 2250, -1_299_000)]))
