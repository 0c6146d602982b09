"""``nnunet-glacier fronts`` from folder to folder."""

import json
import os
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from delineated_folders import write_delineated
from PIL import Image
from pyproj import Geod
from shapely import get_coordinates
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.domain.zones import zones_to_grey
from nnunet_glacier.formats.rasters import read_raster, write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.postprocessing import extract_fronts

WGS84 = Geod(ellps="WGS84")
UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)
POLAR = (40.0, 0.0, -2_400_000.0, 0.0, -40.0, 1_200_000.0)


def fronts(*arguments: object):
    return CliRunner().invoke(app, ["fronts", *map(str, arguments), "--workers", "1"])


def fjord(rows: int = 60, columns: int = 50, front: int = 20) -> np.ndarray:
    """Glacier left, ocean right: a straight front of `rows` pixels in column `front`."""
    zones = np.full((rows, columns), 2, dtype=np.uint8)
    zones[:, front:] = 3
    zones[3:5, 2:4] = 3
    return zones


def test_zone_maps_in_grey_give_masks_and_lines(tmp_path):
    """The front mask, the zones without the pond, and a line in pixels with y = -row."""
    write_raster(tmp_path / "maps" / "A_zones.png", zones_to_grey(fjord()))
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 0, result.output
    front = read_raster(tmp_path / "out" / "fronts" / "A.png").values
    assert (front[:, 20] == 255).all() and (front > 0).sum() == 60
    zones = read_raster(tmp_path / "out" / "zones" / "A.png").values
    assert (zones[:, :20] == 2).all() and (zones[:, 20:] == 3).all()
    (row,) = geopandas.read_file(tmp_path / "out" / "fronts.gpkg").to_dict("records")
    assert row["case"] == "A" and row["length_m"] == pytest.approx(59 * 20.0)
    assert np.sort(get_coordinates(row["geometry"]), axis=0) == pytest.approx(np.array([(20, -59.5), (20, -0.5)]))
    record = json.loads((tmp_path / "out" / "fronts.json").read_text())
    assert record["cases"]["A"]["front_pixels"] == 60 and record["min_front_length_m"] == 750.0
    assert "Next:" in result.output


def test_geotiffs_keep_their_place_and_several_crs_get_a_layer_each(tmp_path):
    """Lines in map coordinates on the pixels' edge, lengths on the ground; masks are GeoTIFFs again."""
    write_raster(tmp_path / "maps" / "north.tif", zones_to_grey(fjord()), crs="EPSG:32606", affine=UTM)
    write_raster(tmp_path / "maps" / "south.tif", zones_to_grey(fjord()), crs="EPSG:3031", affine=POLAR)
    result = fronts(tmp_path / "maps", tmp_path / "out")
    assert result.exit_code == 0, result.output
    package = tmp_path / "out" / "fronts.gpkg"
    assert {name for name, _ in pyogrio.list_layers(package)} == {"fronts_EPSG_32606", "fronts_EPSG_3031"}
    north = geopandas.read_file(package, layer="fronts_EPSG_32606")
    assert north.crs.to_epsg() == 32606
    xs = [x for x, _ in north.geometry[0].geoms[0].coords]
    assert xs == pytest.approx([400_000 + 20 * 20.0] * 2)
    south = geopandas.read_file(package, layer="fronts_EPSG_3031")
    assert south.length_m[0] == pytest.approx(WGS84.geometry_length(south.to_crs(4326).geometry[0]), rel=1e-6)
    assert south.length_m[0] == pytest.approx(59 * 40.0 / 1.018, rel=0.001)
    with rasterio.open(tmp_path / "out" / "zones" / "north.tif") as source:
        assert source.crs.to_epsg() == 32606 and tuple(source.transform)[:6] == UTM


def test_coordinates_without_a_crs_are_on_no_map(tmp_path):
    """Such lines are in pixels as those of a PNG, so that one layer holds one kind of coordinates."""
    write_raster(tmp_path / "maps" / "A.tif", zones_to_grey(fjord()), affine=UTM)
    write_raster(tmp_path / "maps" / "B.png", zones_to_grey(fjord()))
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 0 and "2 cases have no map coordinates" in result.output
    table = geopandas.read_file(tmp_path / "out" / "fronts.gpkg")
    assert table.total_bounds == pytest.approx([20, -59.5, 20, -0.5]) and table.crs is None


def test_dates_come_from_a_small_table_and_from_names(tmp_path):
    """Others stay empty and are counted."""
    for case in ("A", "B", "20151020_232013_crop_landsat_Helheim"):
        write_raster(tmp_path / "maps" / f"{case}.tif", zones_to_grey(fjord()), crs="EPSG:32606", affine=UTM)
    (tmp_path / "mine.csv").write_text("case,date\nA,2004-02-16\n")
    result = fronts(tmp_path / "maps", tmp_path / "out", "--scenes", tmp_path / "mine.csv")
    assert result.exit_code == 0, result.output
    assert "1 of 3 cases has no date: a table --scenes with the columns case and date gives it." in result.output
    table = geopandas.read_file(tmp_path / "out" / "fronts.gpkg").set_index("case")
    days = {case: None if pd.isna(day) else str(day.date()) for case, day in table.date.items()}
    assert days == {"A": "2004-02-16", "B": None, "20151020_232013_crop_landsat_Helheim": "2015-10-20"}


def test_one_crs_is_one_layer_named_fronts(tmp_path):
    """The plain case has the plain name."""
    write_raster(tmp_path / "maps" / "north.tif", zones_to_grey(fjord()), crs="EPSG:32606", affine=UTM)
    assert fronts(tmp_path / "maps", tmp_path / "out").exit_code == 0
    assert [name for name, _ in pyogrio.list_layers(tmp_path / "out" / "fronts.gpkg")] == ["fronts"]


def test_no_front_at_all_is_an_empty_layer(tmp_path):
    """All ocean: masks of zeros, a GeoPackage that opens, and a word on it."""
    write_raster(tmp_path / "maps" / "A.png", np.full((9, 9), 254, dtype=np.uint8))
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 0, result.output
    assert "Without a front: 1 (A)" in result.output
    assert len(geopandas.read_file(tmp_path / "out" / "fronts.gpkg")) == 0


def test_label_maps_of_a_multi_task_model_offer_both_routes(tmp_path):
    """The front class, drawn two columns to the right, gives its own line."""
    zones = fjord()
    band = np.zeros_like(zones)
    band[:, 20:25] = 1
    space = LABEL_SPACES["multitask"]
    write_raster(tmp_path / "maps" / "A.png", space.encode(zones, band).astype(np.uint8))
    _write_dataset_json(tmp_path / "maps", "multitask")
    columns = {}
    for route in ("auto", "zones", "front"):
        out = tmp_path / route
        result = fronts(tmp_path / "maps", out, "--pixel-size-m", 20, "--route", route)
        assert result.exit_code == 0, result.output
        columns[route] = np.unique(np.nonzero(read_raster(out / "fronts" / "A.png").values[5:-5])[1]).tolist()
    assert columns == {"auto": [20], "zones": [20], "front": [22]}


def test_a_front_only_model_needs_no_zones(tmp_path):
    """No zones are written then."""
    band = np.zeros((60, 50), dtype=np.uint8)
    band[:, 20:25] = 1
    write_raster(tmp_path / "maps" / "A.png", band)
    _write_dataset_json(tmp_path / "maps", "front")
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 0, result.output
    assert read_raster(tmp_path / "out" / "fronts" / "A.png").values.any()
    assert not (tmp_path / "out" / "zones").exists()


def test_the_box_of_the_dataset_cuts_the_front(tmp_path, shared_data):
    """As it is scored: the pixel counts are those of the published scores; --no-box keeps everything."""
    reference = shared_data / "caffe_reference_scores"
    maps = tmp_path / "maps"
    maps.mkdir()
    stem = "COL_2011-08-12_TDX_7_1_024"
    (maps / f"{stem}.png").write_bytes((reference / "predicted_zones" / f"{stem}.png").read_bytes())
    expected = json.loads((reference / "expected.json").read_text())["images"][stem]["predicted_front_pixels"]
    for option, count in (("--box", expected), ("--no-box", None)):
        result = fronts(maps, tmp_path / option, "--scenes", reference / "data_raw", option)
        assert result.exit_code == 0, result.output
        pixels = int((read_raster(tmp_path / option / "fronts" / f"{stem}.png").values > 0).sum())
        assert pixels == count if count is not None else pixels >= expected


def test_a_second_run_does_only_what_is_missing(tmp_path):
    """Files that are there stay untouched; a lost one comes back; the lines are of all."""
    for case in "AB":
        write_raster(tmp_path / "maps" / f"{case}.png", zones_to_grey(fjord()))
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20).exit_code == 0
    kept, lost = tmp_path / "out" / "fronts" / "A.png", tmp_path / "out" / "fronts" / "B.png"
    before, lines = kept.stat().st_mtime_ns, geopandas.read_file(tmp_path / "out" / "fronts.gpkg")
    lost.unlink()
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20).exit_code == 0
    assert kept.stat().st_mtime_ns == before and lost.is_file()
    again = geopandas.read_file(tmp_path / "out" / "fronts.gpkg")
    assert len(again) == 2 and again.geometry.equals(lines.geometry)


def _written_at(out: Path) -> dict[str, int]:
    """When the front of every case was written."""
    return {path.stem: path.stat().st_mtime_ns for path in (out / "fronts").iterdir()}


def _anew(before: dict[str, int], out: Path) -> set[str]:
    """The cases whose fronts were written since."""
    return {case for case, at in _written_at(out).items() if at != before[case]}


def test_a_case_that_was_predicted_anew_is_done_anew(tmp_path):
    """A front is done only if it was made from the map as it is now, whatever the files' dates; the others stay."""
    for case in "AB":
        write_raster(tmp_path / "maps" / f"{case}.png", zones_to_grey(fjord()))
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20).exit_code == 0
    before = _written_at(tmp_path / "out")
    write_raster(tmp_path / "maps" / "B.png", zones_to_grey(fjord(front=30)))
    os.utime(tmp_path / "maps" / "B.png", (1000, 1000))
    (tmp_path / "maps" / "A.png").touch()
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20).exit_code == 0
    assert _anew(before, tmp_path / "out") == {"B"}
    assert np.unique(np.nonzero(read_raster(tmp_path / "out" / "fronts" / "B.png").values)[1]).tolist() == [30]


def test_fronts_of_maps_that_are_gone_go(tmp_path):
    """B was taken out, and A is a GeoTIFF now: one front of A is left, and what others have put there."""
    maps, out = tmp_path / "maps", tmp_path / "out"
    for case in "AB":
        write_raster(maps / f"{case}.png", zones_to_grey(fjord()))
    assert fronts(maps, out, "--pixel-size-m", 20).exit_code == 0
    write_raster(out / "fronts" / "mine.png", fjord())
    for case in "AB":
        (maps / f"{case}.png").unlink()
    write_raster(maps / "A.tif", zones_to_grey(fjord(front=30)), crs="EPSG:32606", affine=UTM)
    assert fronts(maps, out, "--pixel-size-m", 20).exit_code == 0
    written = {path.relative_to(out).as_posix() for path in out.rglob("*.*") if path.suffix in (".png", ".tif")}
    assert written == {"fronts/A.tif", "zones/A.tif", "fronts/mine.png"}


def test_label_maps_that_mean_something_else_now_are_done_anew(tmp_path):
    """Code 4 is the front class that glacier grows three columns into, or, by another dataset.json, front on NA."""
    maps, out = tmp_path / "maps", tmp_path / "out"
    codes = fjord(front=25)
    codes[:, 20:25] = 4
    write_raster(maps / "A.png", codes)
    columns = []
    for variant in ("fused", "multitask"):
        _write_dataset_json(maps, variant)
        assert fronts(maps, out, "--pixel-size-m", 20).exit_code == 0
        columns.append(np.unique(np.nonzero(read_raster(out / "fronts" / "A.png").values)[1]).tolist())
    assert columns == [[23], []]


def test_predictions_are_not_written_over(tmp_path):
    """The folders of a prediction have the names that this stage writes."""
    for folder in ("zones", "fronts"):
        write_raster(tmp_path / "maps" / folder / "A.png", fjord() if folder == "zones" else fjord() * 0)
    result = fronts(tmp_path / "maps", tmp_path / "maps" / ".." / "maps", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "it is read too" in result.output
    assert not read_raster(tmp_path / "maps" / "fronts" / "A.png").values.any()


def test_a_changed_row_of_the_scene_table_does_that_case_alone_anew(tmp_path):
    """A new box cuts its front again; a new name of its glacier comes into the lines without doing anything anew."""
    for case in "AB":
        write_raster(tmp_path / "maps" / f"{case}.png", zones_to_grey(fjord()))
    table, out = tmp_path / "scenes.csv", tmp_path / "out"
    a, b = (Scene(case, "test", "Made", pixel_size_m=20.0, box=Box(0, 60, 0, 50)) for case in "AB")
    write_scenes(table, [a, b])
    assert fronts(tmp_path / "maps", out, "--scenes", table).exit_code == 0
    before = _written_at(out)
    write_scenes(table, [replace(a, glacier="Renamed"), replace(b, box=Box(0, 40, 0, 50))])
    assert fronts(tmp_path / "maps", out, "--scenes", table).exit_code == 0
    assert _anew(before, out) == {"B"}
    assert (read_raster(out / "fronts" / "B.png").values > 0).sum() == 40
    assert geopandas.read_file(out / "fronts.gpkg").glacier.tolist() == ["Renamed", "Made"]


def test_a_run_that_was_broken_off_is_not_taken_for_done(tmp_path, monkeypatch):
    """Of two maps predicted anew one was done when the run ended: the next run does the other."""
    maps, out = tmp_path / "maps", tmp_path / "out"
    for front in (20, 30):
        for case in "AB":
            write_raster(maps / f"{case}.png", zones_to_grey(fjord(front=front)))
        with monkeypatch.context() as patch:
            if front == 30:
                _break_off_at("B", patch)
            fronts(maps, out, "--pixel-size-m", 20)
    before = _written_at(out)
    assert list(before) == ["A"]
    assert fronts(maps, out, "--pixel-size-m", 20).exit_code == 0
    assert _anew({**before, "B": 0}, out) == {"B"}
    for case in "AB":
        assert (read_raster(out / "fronts" / f"{case}.png").values[:, 30] == 255).all()


def _break_off_at(case: str, patch: pytest.MonkeyPatch) -> None:
    find_front = extract_fronts.find_front
    done = []

    def broken(*arguments):
        if len(done) == 1:
            raise KeyboardInterrupt(case)
        done.append(case)
        return find_front(*arguments)

    patch.setattr(extract_fronts, "find_front", broken)


def test_a_changed_scene_table_does_its_cases_anew(tmp_path):
    """A new box cuts the front again."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    table = tmp_path / "scenes.csv"
    for rows in (60, 40):
        write_scenes(table, [Scene("A", "test", "Made", pixel_size_m=20.0, box=Box(0, rows, 0, 50))])
        assert fronts(tmp_path / "maps", tmp_path / "out", "--scenes", table).exit_code == 0
        assert (read_raster(tmp_path / "out" / "fronts" / "A.png").values > 0).sum() == rows


def test_other_settings_are_not_mixed_into_an_earlier_run(tmp_path):
    """Refused with what differs; --overwrite does everything anew."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20).exit_code == 0
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 10)
    assert result.exit_code == 2 and "pixel_size_m was 20.0" in result.output
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 10, "--overwrite").exit_code == 0
    assert not read_raster(tmp_path / "out" / "fronts" / "A.png").values.any()


@pytest.mark.parametrize("out", ["taken", "taken/below"])
def test_a_file_in_the_place_of_the_output_folder_is_named(tmp_path, out):
    """Or above it."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    (tmp_path / "taken").write_text("mine")
    result = fronts(tmp_path / "maps", tmp_path / out, "--pixel-size-m", 20)
    assert result.exit_code == 2 and "is a file" in result.output
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("content", ["[]", "null", "broken"])
def test_a_record_that_tells_nothing_is_not_gone_on_with(tmp_path, content):
    """As if another run had made the fronts."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "fronts.json").write_text(content)
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "fronts.json: it does not tell" in result.output
    assert fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20, "--overwrite").exit_code == 0


@pytest.mark.parametrize("options", [(), ("--overwrite",)])
def test_fronts_that_delineate_wrote_are_not_replaced(tmp_path, options):
    """Its GeoPackage has the same name, and lines in it may have been judged; nor its zones."""
    out = write_delineated(tmp_path)
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    write_raster(tmp_path / "maps" / "a_2015.tif", fjord(), crs="EPSG:3413", affine=POLAR)
    result = fronts(tmp_path / "maps", out, *options)
    assert result.exit_code == 2, result.output
    assert f"{out}: it is the OUT of nnunet-glacier delineate, whose fronts.gpkg would be lost" in result.output
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before


def test_files_without_a_record_of_this_command_are_not_replaced(tmp_path):
    """As maps that predict wrote, unless with --overwrite; what has other names does not matter."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    mine = tmp_path / "out" / "zones" / "A.png"
    write_raster(mine, fjord())
    before = mine.read_bytes()
    command = (tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    result = fronts(*command)
    assert result.exit_code == 2, result.output
    assert "it has 1 of the files to write, such as zones/A.png, but no fronts.json" in result.output
    assert mine.read_bytes() == before and [path.name for path in (tmp_path / "out").iterdir()] == ["zones"]
    mine.rename(mine.with_name("B.png"))
    assert fronts(*command).exit_code == 0
    (tmp_path / "out" / "fronts.json").unlink()
    assert fronts(*command).exit_code == 2
    assert fronts(*command, "--overwrite").exit_code == 0
    assert mine.with_name("B.png").read_bytes() == before


def test_a_geopackage_that_is_open_is_named_before_anything_is_done(tmp_path):
    """The masks of the run before stay."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    command = (tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert fronts(*command).exit_code == 0
    (tmp_path / "out" / "fronts.gpkg-wal").touch()
    (tmp_path / "out" / "fronts" / "A.png").unlink()
    result = fronts(*command)
    assert result.exit_code == 2 and "fronts.gpkg: it is open in another program" in result.output
    assert not (tmp_path / "out" / "fronts" / "A.png").exists()


def _write_dataset_json(folder: Path, variant: str) -> None:
    space = LABEL_SPACES[variant]
    content = {"labels": space.nnunet_labels(), "tasks": space.to_json(), "file_ending": ".png"}
    (folder / "dataset.json").write_text(json.dumps(content))


BAD = {
    "no such folder": lambda maps: None,
    "no prediction in it": lambda maps: maps.mkdir(),
    "cannot be read as an image": lambda maps: _bytes(maps / "A.png", b"\x89PNG\r\n\x1a\nbroken"),
    "no zone: 9 (81 pixels)": lambda maps: write_raster(maps / "A.png", np.full((9, 9), 9, dtype=np.uint8)),
    "channels that differ": lambda maps: _bytes(maps / "A.png", None),
    "0 and 255 only": lambda maps: write_raster(maps / "A.png", np.eye(9, dtype=np.uint8) * 255),
    "a second map of case A": lambda maps: [
        write_raster(maps / name, zones_to_grey(fjord())) for name in ("A.png", "A_zones.png")
    ],
    "no 'tasks' entry": lambda maps: _bytes(
        maps / "dataset.json", b'{"labels": {"background": 0, "front": 1}, "file_ending": ".png"}'
    ),
    "dataset.json: it has no 'labels'; wanted is": lambda maps: _bytes(maps / "dataset.json", b"{}"),
}


def _bytes(path: Path, content: bytes | None) -> None:
    path.parent.mkdir(parents=True)
    if content is None:
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (9, 9, 3), dtype=np.uint8)).save(path)
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_named_and_nothing_is_written(tmp_path, what):
    """Exit code 2, the fault in words, no output folder."""
    BAD[what](tmp_path / "maps")
    result = fronts(tmp_path / "maps", tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2
    assert what in result.output and "nothing was written" in result.output
    assert not (tmp_path / "out").exists()


def test_what_the_box_cuts_short_is_in_no_mask_and_no_line(tmp_path):
    """Thirty rows of 20 m are less than 750 m; the front itself is longer."""
    write_raster(tmp_path / "maps" / "A_zones.png", zones_to_grey(fjord()))
    table = tmp_path / "scenes.csv"
    write_scenes(table, [Scene("A", "test", "Made", pixel_size_m=20.0, box=Box(0, 30, 0, 50))])
    for limit_m, pixels in ((750, 0), (500, 30)):
        out = tmp_path / f"out{limit_m}"
        result = fronts(tmp_path / "maps", out, "--scenes", table, "--min-front-length-m", limit_m)
        assert result.exit_code == 0, result.output
        assert np.count_nonzero(read_raster(out / "fronts" / "A.png").values) == pixels
        assert len(geopandas.read_file(out / "fronts.gpkg")) == (pixels > 0)


def test_a_box_outside_the_image_is_named(tmp_path):
    """A stop before the image would otherwise count from its other end."""
    write_raster(tmp_path / "maps" / "A.png", zones_to_grey(fjord()))
    table = tmp_path / "scenes.csv"
    write_scenes(table, [Scene("A", "test", "Made", pixel_size_m=20.0, box=Box(-20, -5, 0, 50))])
    result = fronts(tmp_path / "maps", tmp_path / "out", "--scenes", table)
    assert result.exit_code == 2 and not (tmp_path / "out").exists()
    assert "scenes.csv: the box of case A (rows -20 to -5, columns 0 to 50)" in result.output
    assert fronts(tmp_path / "maps", tmp_path / "out", "--scenes", table, "--no-box").exit_code == 0


def test_all_bad_maps_are_listed_at_once(tmp_path):
    """Two broken files, two lines."""
    maps = tmp_path / "maps"
    _bytes(maps / "A.png", b"broken")
    (maps / "B.png").write_bytes(b"broken")
    write_raster(maps / "C.png", zones_to_grey(fjord()))
    result = fronts(maps, tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 2 and "2 problems" in result.output
    assert not (tmp_path / "out").exists()


def test_each_fault_is_named_once_and_all_of_them_together(tmp_path):
    """No zones predicted, values without a meaning and no pixel size, a TIFF that is none."""
    maps = tmp_path / "maps"
    write_raster(maps / "A_front.png", np.eye(60, dtype=np.uint8) * 255)
    write_raster(maps / "B.png", np.full((9, 9), 99, dtype=np.uint8))
    (maps / "C.tif").write_bytes(b"broken")
    result = fronts(maps, tmp_path / "out")
    assert result.exit_code == 2 and "5 problems; nothing was written" in result.output, result.output
    for what in (
        "A_front.png: case A has no predicted zones",
        "A_front.png: its pixel size is not known",
        "B.png: its pixel size is not known",
        "B.png: grey values that are no zone: 99 (81 pixels)",
        "C.tif: it cannot be read as a GeoTIFF",
    ):
        assert result.output.count(what) == 1, what


def test_faults_of_both_folders_come_at_once(tmp_path):
    """No predictions there, and no scenes here."""
    result = fronts(tmp_path / "gone", tmp_path / "out", "--scenes", tmp_path / "nowhere")
    assert result.exit_code == 2 and "2 problems" in result.output
    assert "gone: there is no such folder" in result.output and "nowhere: there is no such" in result.output


def test_real_ragged_maps_give_smooth_counts(tmp_path, shared_data):
    """Real predictions of Columbia Glacier, RGBA; the pixel size of 20 m is an assumption."""
    source = shared_data / "columbia_predictions"
    maps = tmp_path / "maps"
    maps.mkdir()
    for name in ("COl_12_zone.png", "COl_22_zone.png"):
        (maps / name).write_bytes((source / name).read_bytes())
    result = fronts(maps, tmp_path / "out", "--pixel-size-m", 20)
    assert result.exit_code == 0, result.output
    cases = json.loads((tmp_path / "out" / "fronts.json").read_text())["cases"]
    assert {case: record["front_pixels"] for case, record in cases.items()} == {"COl_12": 860, "COl_22": 1249}
    # The stair of pixels is 860 long: two contours, one on each side of a corner where two pixels touch.
    assert cases["COl_12"]["pieces"] == 2 and 0.8 * 860 < cases["COl_12"]["length_m"] / 20 < 860
