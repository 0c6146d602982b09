"""The whole way from scenes to fronts, with a made-up network."""

import csv
import json
import math
import re
import sqlite3
import threading
from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from delineated_folders import data_of, write_delineated
from pyproj import Transformer
from rasterio.shutil import copy
from rasterio.warp import Resampling, calculate_default_transform, reproject
from scenes_on_the_map import EDGE_M, FRONT_X, NORTH, WEST, made_scene, write_scene
from shapely import LineString, MultiLineString, Polygon, box

import nnunet_glacier.delineation.one_scene as one_scene
import nnunet_glacier.delineation.stage as stage
from nnunet_glacier.delineation.area import OutsideAreaError, area_on, box_area
from nnunet_glacier.delineation.believability import UNSEEN_GLACIER
from nnunet_glacier.delineation.calving_fronts import fronts_with
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.record import lines_of_others, write_record
from nnunet_glacier.delineation.reviews import keep_reviewed
from nnunet_glacier.delineation.same_day import disagreements
from nnunet_glacier.delineation.stage import delineate
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_folder import open_delineated, record_path
from nnunet_glacier.formats.line_reviews import Review
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.formats.scene_rasters import read_header, sampled_values
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.ground_lengths import line_length_m
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.viewing.stage import view


def layer(out, name):
    return gpd.read_file(out / "fronts.gpkg", layer=name)


def test_the_front_lies_where_it_was_made(tmp_path, network):
    """Within a tenth of a pixel of 80 m, as long as the scene, with its date."""
    path = write_scene(tmp_path / "S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410.tif", made_scene())
    summary = str(delineate(path, tmp_path / "out", options=Options(glacier="Made")))
    (front,) = layer(tmp_path / "out", "fronts").itertuples()
    assert np.array(front.geometry.coords)[:, 0] == pytest.approx(FRONT_X, abs=8)
    assert front.geometry.length == pytest.approx(EDGE_M, abs=81)
    assert front.length_m == pytest.approx(line_length_m(front.geometry, "EPSG:3413"))
    assert (front.glacier, str(front.date.date()), front.sensor) == ("Made", "2015-01-30", "S1")
    assert (front.uncertainty_m, front.pixel_size_m) == (pytest.approx(UNSEEN_GLACIER.floor_px * 80), 80)
    assert np.isnan(front.position_uncertainty_m)
    assert "both ends at edge of image" in front.flags.split(", ")
    assert front.status == "not reviewed"
    assert "1 front, 7.9 km" in summary
    assert "no date" not in summary
    assert "retreat" in summary


def in_degrees(path):
    """The pixels of a scene in longitude and latitude, and their affine."""
    with rasterio.open(path) as source:
        affine, width, height = calculate_default_transform(
            source.crs, "EPSG:4326", source.width, source.height, *source.bounds
        )
        warped = np.zeros((height, width), dtype=np.uint8)
        places = {"dst_transform": affine, "dst_crs": "EPSG:4326", "resampling": Resampling.bilinear}
        reproject(rasterio.band(source, 1), warped, **places)
    return warped, affine


def test_pixels_of_other_sizes_and_in_degrees_give_the_same_front(tmp_path, network):
    """The network sees about 76 m whatever the scene has; maps are on the scene's own grid."""
    fine = write_scene(tmp_path / "fine.tif", made_scene(20), 20)
    warped, affine = in_degrees(fine)
    write_scene(tmp_path / "degrees.tif", warped, crs="EPSG:4326", transform=affine, nodata=0)
    delineate([fine, tmp_path / "degrees.tif"], tmp_path / "out")
    fronts = layer(tmp_path / "out", "fronts").to_crs("EPSG:3413").set_index("case")
    for case in ("fine", "degrees"):
        assert np.array(fronts.geometry[case].coords)[3:-3, 0] == pytest.approx(FRONT_X, abs=16)
        with (
            rasterio.open(tmp_path / f"{case}.tif") as scene,
            rasterio.open(tmp_path / "out" / "zones" / f"{case}.tif") as zones,
            rasterio.open(tmp_path / "out" / "front_probability" / f"{case}.tif") as probability,
        ):
            assert (zones.shape, zones.crs, zones.transform) == (scene.shape, scene.crs, scene.transform)
            holds = scene.dataset_mask() > 0
            written = zones.read(1)
            assert (written[~holds] == 255).all()
            assert ((written == Zone.GLACIER) == (scene.read(1) > 110))[holds & (written != 255)].mean() > 0.99
            assert zones.colormap(1)[int(Zone.OCEAN)] == (0, 84, 150, 255)
            assert probability.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert probability.scales == (1 / 250,)
    assert network.seen[1][0].shape == (106, 106)


def test_degrees_beyond_180_give_the_same_front(tmp_path, network):
    """The same pixels over the antimeridian, from either side, and from 0 to 360: no pixel and no line is lost."""
    warped, affine = in_degrees(write_scene(tmp_path / "fine.tif", made_scene(20), 20))
    scenes, middle = tmp_path / "scenes", affine.c + affine.a * warped.shape[1] / 2
    scenes.mkdir()
    moves = {"here": 0.0, "east": 180 - middle, "west": -180 - middle, "turn": 360.0}
    for case, move in moves.items():
        place = rasterio.Affine.translation(move, 0) * affine
        write_scene(scenes / f"{case}.tif", warped, crs="EPSG:4326", transform=place, nodata=0)
    delineate(scenes, tmp_path / "out", options=Options(exports=("geojson",)))
    fronts = layer(tmp_path / "out", "fronts").set_index("case")
    maps = {}
    for case, move in moves.items():
        line = fronts.geometry[case]
        back = gpd.GeoSeries([LineString(np.array(line.coords) - [move, 0])], crs="EPSG:4326").to_crs("EPSG:3413")
        assert np.array(back[0].coords)[3:-3, 0] == pytest.approx(FRONT_X, abs=16)
        assert fronts.length_m[case] == pytest.approx(fronts.length_m["here"], abs=90)
        with rasterio.open(tmp_path / "out" / "zones" / f"{case}.tif") as zones:
            maps[case] = zones.read(1)
    for case in moves:
        assert ((maps[case] == 255) == (maps["here"] == 255)).mean() > 0.98
        assert (maps[case] == maps["here"]).mean() > 0.98
    (exported,) = gpd.read_file(tmp_path / "out" / "fronts.geojson").query("case == 'east'").geometry
    assert exported.bounds[0] >= -180
    assert exported.bounds[2] <= 180


def test_a_front_over_the_antimeridian_has_no_jump_among_scenes_of_several_crs(tmp_path, network):
    """In Antarctica x is 0 there; in degrees the front runs on beyond 180, in GeoJSON it is cut."""
    write_scene(tmp_path / "greenland.tif", made_scene())
    place = rasterio.Affine(80, 0, -4000, 0, -80, -1_200_000)
    write_scene(tmp_path / "ross.tif", made_scene().T, crs="EPSG:3031", transform=place)
    options = Options(exports=("geojson", "esa-cci"))
    delineate([tmp_path / "greenland.tif", tmp_path / "ross.tif"], tmp_path / "out", options=options)
    fronts = layer(tmp_path / "out", "fronts").set_index("case")
    assert fronts.crs == "EPSG:4326"
    shapefile = gpd.read_file(tmp_path / "out" / "esa-cci" / "fronts_esa_cci.shp").set_index("orig_id")
    for line in (fronts.geometry["ross"], shapefile.geometry["ross"]):
        longitude = np.array(line.coords)[:, 0]
        assert np.ptp(longitude) == pytest.approx(np.degrees(np.arctan2(8000, 1_204_000)), abs=0.01)
        assert abs(abs(longitude).mean() - 180) < 0.2
    cut = gpd.read_file(tmp_path / "out" / "fronts.geojson").set_index("case").geometry["ross"]
    assert [len(part.coords) > 1 for part in cut.geoms] == [True, True]
    assert cut.bounds[0] == -180
    assert cut.bounds[2] == 180


def test_the_summary_names_values_that_may_mean_something_else(tmp_path, network, monkeypatch):
    """Linear power, unless the user says what it is, and zeros that nothing declares; each scene is sampled once."""
    write_scene(tmp_path / "power.tif", made_scene(dtype="float32") / 400)
    zeros = made_scene()
    zeros[:30] = 0
    write_scene(tmp_path / "zeros.tif", zeros)
    write_scene(tmp_path / "declared.tif", zeros, nodata=0)
    sampled = []
    monkeypatch.setattr(one_scene, "sampled_values", lambda scene: sampled.append(scene.case) or sampled_values(scene))
    summary = str(delineate(tmp_path, tmp_path / "out"))
    assert sampled == ["declared", "power", "zeros"]
    assert "Values below 1.5, as linear power has: power; if so, give --values intensity." in summary
    assert "does not declare: zeros (30% are 0); if so, gdal_edit -a_nodata VALUE IMAGE." in summary
    told = str(delineate(tmp_path / "power.tif", tmp_path / "told", options=Options(values="intensity")))
    assert "linear power" not in told


@pytest.mark.parametrize(
    ("rows", "value", "dtype", "told"),
    [
        (4, 0, "uint8", "4% are 0"),
        (4, 65535, "uint16", "4% are 65535"),
        (2, -9999, "int16", "2% are -9999"),
        (2, -3.4028235e38, "float32", "2% are -3.40282e+38"),
        (2, 9.96921e36, "float32", "2% are 9.96921e+36"),
        (2, 0, "uint8", ""),
        (1, -9999, "float32", ""),
    ],
)
def test_a_fill_that_moves_the_grey_values_is_told(tmp_path, network, rows, value, dtype, told):
    """A hundredth of the pixels of a fill squeezes the others; zeros and saturated pixels may be a few more."""
    values = made_scene(dtype=dtype)
    values[:rows] = value
    summary = str(delineate(write_scene(tmp_path / "scene.tif", values), tmp_path / "out"))
    assert (f"does not declare: scene ({told}); if so" in summary) == bool(told)
    assert ("Perhaps" in summary) == bool(told)


def test_what_holds_no_data_changes_nothing_inside(tmp_path, network):
    """A ring of nodata round a scene: the network sees the same grey values where there is data."""
    values = made_scene().astype(np.float32)
    ringed = values.copy()
    ringed[:20] = ringed[:, :5] = -9999
    inside = values[20:, 5:]
    write_scene(tmp_path / "ringed.tif", ringed, nodata=-9999)
    place = rasterio.Affine(80, 0, WEST + 5 * 80, 0, -80, NORTH - 20 * 80)
    write_scene(tmp_path / "cut.tif", inside, transform=place)
    delineate(tmp_path, tmp_path / "out")
    (cut, _), (whole, valid) = network.seen
    assert np.array_equal(whole[20:, 5:], cut)
    assert not valid[:20].any()
    assert valid[20:, 5:].all()
    lines = layer(tmp_path / "out", "fronts").set_index("case").geometry
    assert lines["ringed"].hausdorff_distance(lines["cut"]) < 80


def test_the_front_is_cut_to_the_area(tmp_path, network):
    """A polygon in degrees over the northern 3 km, and a closed line in its place."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    to_degrees = Transformer.from_crs("EPSG:3413", "EPSG:4326", always_xy=True)
    ring = box(WEST - 100, NORTH - 3000, WEST + EDGE_M + 100, NORTH + 100).segmentize(200).exterior
    polygon = Polygon(np.column_stack(to_degrees.transform(*ring.xy)))
    for name, shape in (("polygon", polygon), ("ring", polygon.exterior)):
        area = tmp_path / f"{name}.geojson"
        gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326").to_file(area)
        out = tmp_path / name
        delineate(path, out, options=Options(areas=(area,)))
        (front,) = layer(out, "fronts").geometry
        assert front.length == pytest.approx(3000 - 40, abs=2)
    with pytest.raises(InputError, match="no polygon"):
        gpd.GeoDataFrame(geometry=[polygon.centroid], crs="EPSG:4326").to_file(tmp_path / "point.geojson")
        delineate(path, tmp_path / "none", options=Options(areas=(tmp_path / "point.geojson",)))


def test_folds_that_agree_still_do_in_an_area(tmp_path, network):
    """Their fronts are cut to it as well: the uncertainty is what it is without an area, and nothing is flagged."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    shape = box(WEST - 100, NORTH - 3000, WEST + EDGE_M + 100, NORTH - 1000)
    area = tmp_path / "area.gpkg"
    gpd.GeoDataFrame(geometry=[shape], crs="EPSG:3413").to_file(area)
    delineate(path, tmp_path / "whole")
    delineate(path, tmp_path / "cut", options=Options(areas=(area,)))
    (whole,), (cut,) = (layer(tmp_path / name, "fronts").itertuples() for name in ("whole", "cut"))
    assert cut.length_m < 0.3 * whole.length_m
    assert cut.uncertainty_m == pytest.approx(whole.uncertainty_m)
    assert "networks far apart" not in cut.flags


def test_a_mask_with_nan_outside_is_no_larger_than_its_pixels(tmp_path, network):
    path = write_scene(tmp_path / "a.tif", made_scene())
    inside = np.full((200, 200), np.nan, dtype=np.float32)
    inside[:75] = 1
    mask = write_scene(tmp_path / "fjord.tif", inside, transform=rasterio.Affine(40, 0, WEST, 0, -40, NORTH))
    delineate(path, tmp_path / "out", options=Options(areas=(mask,)))
    (front,) = layer(tmp_path / "out", "fronts").geometry
    assert front.length == pytest.approx(3000 - 40, abs=2)


def test_a_scene_is_done_again_when_what_it_is_made_of_has_changed(tmp_path, network):
    """The image that a VRT names, and a nodata value that stands beside a file; statistics beside it change nothing."""
    (tmp_path / "source").mkdir()
    source = write_scene(tmp_path / "source" / "a.tif", made_scene())
    vrt = tmp_path / "a.vrt"
    with rasterio.open(source) as opened:
        copy(opened, vrt, driver="VRT")
    delineate(vrt, tmp_path / "out")
    delineate(vrt, tmp_path / "out")
    assert len(network.seen) == 1
    write_scene(source, 255 - made_scene())
    delineate(vrt, tmp_path / "out")
    assert len(network.seen) == 2
    beside = tmp_path / "source" / "a.tif.aux.xml"
    statistics = "<Metadata><MDI key='STATISTICS_MEAN'>7</MDI></Metadata>"
    for inner, seen in (("", 3), (statistics, 3), (f"{statistics}<NoDataValue>10</NoDataValue>", 4)):
        beside.write_text(f"<PAMDataset><PAMRasterBand band='1'>{inner}</PAMRasterBand></PAMDataset>")
        delineate(source, tmp_path / "tif")
        assert len(network.seen) == seen


def test_only_the_front_has_an_uncertainty(tmp_path, network):
    """An iceberg in the ocean is none of the lines that the networks agree on or not."""
    values = made_scene()
    values[20:40, 70:90] = 200
    delineate(write_scene(tmp_path / "a.tif", values), tmp_path / "out")
    assert layer(tmp_path / "out", "fronts")["uncertainty_m"].notna().all()
    (iceberg,) = layer(tmp_path / "out", "other_pieces").itertuples()
    assert np.isnan(iceberg.uncertainty_m)


def test_the_front_is_cut_to_a_mask(tmp_path, network):
    """A GeoTIFF of 40 m pixels whose northern 3 km are set; one without a set pixel is refused."""
    path = write_scene(tmp_path / "a.tif", made_scene())
    inside = np.zeros((200, 200), dtype=np.uint8)
    inside[:75] = 1
    place = rasterio.Affine(40, 0, WEST, 0, -40, NORTH)
    mask = write_scene(tmp_path / "fjord.tif", inside, transform=place)
    delineate(path, tmp_path / "out", options=Options(areas=(mask,)))
    (front,) = layer(tmp_path / "out", "fronts").geometry
    assert front.length == pytest.approx(3000 - 40, abs=2)
    empty = write_scene(tmp_path / "empty.tif", 0 * inside, transform=place)
    with pytest.raises(InputError, match=r"empty\.tif: none of its pixels is set"):
        delineate(path, tmp_path / "none", options=Options(areas=(empty,)))


def test_a_scene_that_is_done_with_the_same_is_kept(tmp_path, network):
    """Not with other settings, another image, or without one of its maps; scenes of earlier runs stay."""
    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    delineate(path, out)
    assert len(network.seen) == 1
    assert "1 scene was done already" in str(delineate(path, out))
    assert len(network.seen) == 1
    delineate(path, out, options=Options(min_length_m=10.0))
    assert len(network.seen) == 2
    (out / "zones" / "a.tif").unlink()
    delineate(path, out, options=Options(min_length_m=10.0))
    assert len(network.seen) == 3
    other = write_scene(tmp_path / "b.tif", made_scene())
    told = str(delineate(other, out, options=Options(min_length_m=10.0)))
    assert "1 scene of earlier runs" in told
    assert sorted(layer(out, "fronts")["case"]) == ["a", "b"]
    record = json.loads((out / "scenes" / "a.json").read_text())
    assert set(record["made_from"]) >= {"sha256", "model_sha256", "areas_sha256", "min_length_m"}


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(tmp_path, network):
    """Names that clash, a scene without a place, a GeoPackage open in QGIS, a path that is not there."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    write_scene(tmp_path / "a" / "Scene.tif", made_scene())
    write_scene(tmp_path / "b" / "scene.tif", made_scene())
    write_scene(tmp_path / "b" / "lost.tif", made_scene(), crs=None, transform=rasterio.Affine.identity())
    out = tmp_path / "out"
    out.mkdir()
    (out / "fronts.gpkg-wal").touch()
    with pytest.raises(InputError) as caught:
        delineate([tmp_path / "a", tmp_path / "b", tmp_path / "c.tif"], out)
    text = str(caught.value)
    for words in (
        "2 scenes have this name",
        "no place on the map",
        "gdal_translate",
        "fronts.gpkg-wal",
        "no such file",
    ):
        assert words in text
    assert [path.name for path in out.iterdir()] == ["fronts.gpkg-wal"]


@pytest.mark.parametrize("record", ["prediction.json", "fronts.json"])
def test_maps_that_another_command_wrote_are_not_replaced(tmp_path, network, record):
    """Nor is anything else done in its folder, unless it holds maps of other scenes alone."""
    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    zones = out / "zones" / "a.tif"
    zones.parent.mkdir(parents=True)
    (out / record).touch()
    zones.write_bytes(b"theirs")
    with pytest.raises(InputError, match=f"maps of another command, beside its {record}.*zones/a.tif"):
        delineate(path, out)
    assert zones.read_bytes() == b"theirs" and not (out / "scenes").exists()
    zones.rename(zones.with_name("b.tif"))
    assert [delineate(path, out).delineated, delineate(path, out).kept] == [("a",), ("a",)]


def test_a_scene_with_nothing_in_it_does_not_stop_the_others(tmp_path, network):
    write_scene(tmp_path / "flat.tif", np.full((50, 50), 7, dtype=np.uint8))
    write_scene(tmp_path / "good.tif", made_scene())
    with pytest.raises(InputError, match="have the value 7") as caught:
        delineate(tmp_path, tmp_path / "out")
    assert list(layer(tmp_path / "out", "fronts")["case"]) == ["good"]
    text = str(caught.value)
    assert "Delineated 1 scene" in text and "Next: nnunet-glacier view" in text
    assert "1 scene of 2 could not be delineated: 1 problem; the other 1 are in" in text


@pytest.mark.parametrize(("x", "y"), [(-75.2, -100.0), (500_000.0, 7_700_000.0)])
def test_a_scene_beyond_the_pole_is_refused_before_anything_is_written(tmp_path, network, x, y):
    """As of axes that were swapped, and of metres that are called degrees; with --skip-bad the others are done."""
    good = write_scene(tmp_path / "good.tif", made_scene())
    degrees = {"crs": "EPSG:4326", "transform": rasterio.Affine(0.001, 0, x, 0, -0.001, y)}
    bad = write_scene(tmp_path / "bad.tif", made_scene(), **degrees)
    with pytest.raises(InputError, match="nowhere on Earth") as caught:
        delineate([good, bad], tmp_path / "out")
    assert "swapped" in str(caught.value)
    assert not (tmp_path / "out").exists()
    assert list(delineate([good, bad], tmp_path / "out", options=Options(skip_bad=True)).delineated) == ["good"]


def test_pixels_of_another_size_are_told(tmp_path, network):
    """Of 400 m, where the model was trained on 68 to 85 m."""
    coarse = write_scene(tmp_path / "coarse.tif", made_scene(400), 400)
    told = str(delineate([coarse, write_scene(tmp_path / "a.tif", made_scene())], tmp_path / "out"))
    assert "1 scene has pixels unlike the 68 to 85 m of caffe-256: coarse." in told


def test_a_list_without_a_scene_is_refused(tmp_path, network):
    (tmp_path / "list.txt").write_text("# nothing yet\n\n")
    with pytest.raises(InputError, match=r"list\.txt: there is no scene in it"):
        delineate(tmp_path / "list.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("rows", "named"), [("", "it has no row"), ("foo,2020-01-01\n", "it names foo")])
def test_a_table_of_other_scenes_is_refused(tmp_path, network, rows, named):
    path = write_scene(tmp_path / "a.tif", made_scene())
    table = tmp_path / "table.csv"
    table.write_text(f"case,date\n{rows}")
    with pytest.raises(InputError, match=f"names none of the scenes: {named}, and the scenes are a"):
        delineate(path, tmp_path / "out", options=Options(table=table))


def test_the_next_command_can_be_typed_whatever_the_folder_is_called(tmp_path, network):
    out = tmp_path / "meine Fronten"
    told = str(delineate(write_scene(tmp_path / "a.tif", made_scene()), out))
    assert f"nnunet-glacier view '{out}' --serve" in told


def test_scenes_that_cannot_be_used_are_skipped_on_request(tmp_path, network):
    """A broken header, no place, one grey value: named in skipped.csv and at the end; a run of good scenes has none."""
    for name in ("good", "lost", "flat"):
        (tmp_path / name).mkdir()
    write_scene(tmp_path / "good" / "good.tif", made_scene())
    (tmp_path / "lost" / "broken.tif").write_bytes(b"broken")
    write_scene(tmp_path / "lost" / "lost.tif", made_scene(), crs=None, transform=rasterio.Affine.identity())
    write_scene(tmp_path / "flat" / "flat.tif", np.full((50, 50), 7, dtype=np.uint8))
    folders, out = [tmp_path / name for name in ("good", "lost", "flat")], tmp_path / "out"
    with pytest.raises(InputError) as caught:
        delineate(folders, out)
    assert str(caught.value).count("or give --skip-bad") == 2
    assert not out.exists()
    summary = delineate(folders, out, options=Options(skip_bad=True))
    assert list(summary.delineated) == ["good"]
    assert list(layer(out, "fronts")["case"]) == ["good"]
    with (out / "skipped.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    rows = {row["image"]: row["reason"] for row in table}
    place_it = "Give it its place: gdal_translate -a_srs EPSG:nnnn -a_ullr WEST NORTH EAST SOUTH IMAGE PLACED"
    assert [row["remedy"] for row in table] == ["Give another image of the scene", place_it, "Mend it"]
    assert list(rows) == [str(tmp_path / name) for name in ("lost/broken.tif", "lost/lost.tif", "flat/flat.tif")]
    assert "have the value 7" in rows[str(tmp_path / "flat" / "flat.tif")]
    assert [str(one.where) for one in summary.skipped] == list(rows)
    assert f"SKIPPED 3 scenes with bad input (--skip-bad), listed in {out / 'skipped.csv'}:" in str(summary)
    assert "SKIPPED" not in str(delineate(tmp_path / "good", out))
    assert not (out / "skipped.csv").exists()


def test_a_run_of_which_no_scene_can_be_used_is_refused(tmp_path, network):
    """--skip-bad or not."""
    (tmp_path / "broken.tif").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"broken\.tif"):
        delineate(tmp_path, tmp_path / "out", options=Options(skip_bad=True))
    assert not (tmp_path / "out").exists()
    (tmp_path / "broken.tif").unlink()
    write_scene(tmp_path / "flat.tif", np.full((50, 50), 7, dtype=np.uint8))
    with pytest.raises(InputError, match="have the value 7") as caught:
        delineate(tmp_path, tmp_path / "out", options=Options(skip_bad=True))
    assert "--skip-bad" not in str(caught.value)


def test_a_list_that_is_not_in_utf_8_is_named(tmp_path, network):
    """With the way to save it; nothing is written."""
    (tmp_path / "scenes.txt").write_bytes("Grönland.tif\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"scenes\.txt: it is no text in UTF-8 .*iconv -f latin1"):
        delineate(tmp_path / "scenes.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_table_tells_glacier_and_date_and_what_is_unknown_is_counted(tmp_path, network):
    for name in ("one", "two"):
        write_scene(tmp_path / f"{name}.tif", made_scene())
    table = tmp_path / "scenes.csv"
    table.write_text("case,date,glacier\none,2020-02-03,Upernavik\n")
    told = str(delineate(tmp_path, tmp_path / "out", options=Options(table=table)))
    assert "1 of 2 scenes has no date" in told
    fronts = layer(tmp_path / "out", "fronts").set_index("case")
    assert str(fronts.date["one"].date()) == "2020-02-03"
    assert fronts.glacier["one"] == "Upernavik"
    assert np.isnat(fronts.date["two"].to_datetime64())


def test_two_fronts_of_a_day_that_differ_are_told(tmp_path, network):
    """One image twice, once with the front 5 pixels further west."""
    write_scene(tmp_path / "20200203_L8_a.tif", made_scene())
    write_scene(tmp_path / "20200203_L8_b.tif", np.roll(made_scene(), -5, axis=1)[:, :-5])
    assert "their fronts lie 400 m apart (5.0 pixels)" in str(delineate(tmp_path, tmp_path / "out"))


def test_the_geopackage_opens_in_qgis_with_a_style(tmp_path, network):
    delineate(write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / "fronts.gpkg") as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        known = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    assert set(styles) == {"fronts", "other_pieces", "prolonged", "rejected"} == known - {"layer_styles"}
    assert all("SimpleLine" in style for style in styles.values())


@pytest.mark.parametrize(
    ("form", "file", "columns"),
    [
        ("geojson", "fronts.geojson", {"glacier", "date", "length_m"}),
        ("shapefile", "shapefile/fronts.shp", {"glacier", "date", "mean_prob"}),
        ("calfin", "calfin/fronts_calfin.shp", {"GlacierID", "Date", "ImageID", "Satellite", "Author"}),
        ("termpicks", "termpicks/fronts_termpicks.shp", {"GlacierID", "Date", "DecDate", "Author"}),
        ("esa-cci", "esa-cci/fronts_esa_cci.shp", {"glac_name", "mission", "acq_time_1", "category"}),
    ],
)
def test_exports_have_the_columns_of_their_collection(tmp_path, network, form, file, columns):
    path = write_scene(tmp_path / "20200203_S1_a.tif", made_scene())
    delineate(path, tmp_path / "out", options=Options(exports=(form,), glacier="Made"))
    table = gpd.read_file(tmp_path / "out" / file)
    assert columns <= set(table.columns)
    assert table.to_crs("EPSG:3413").geometry[0].length == pytest.approx(EDGE_M, abs=81)


ROSS = {"crs": "EPSG:3031", "transform": rasterio.Affine(80, 0, -4000, 0, -80, -1_200_000)}
"""A place in Antarctica, near the antimeridian."""


@pytest.mark.parametrize("form", ["calfin", "termpicks"])
def test_collections_of_greenland_take_no_southern_fronts(tmp_path, network, form):
    """Neither of a scene nor of an earlier run in the folder, and nothing is written; a northern one is taken."""
    north, south = (
        write_scene(tmp_path / "north.tif", made_scene()),
        write_scene(tmp_path / "south.tif", made_scene(), **ROSS),
    )
    out, options = tmp_path / "out", Options(exports=(form,))
    said = (
        f"--export {form}: its map is that of Greenland, EPSG:3413, and 1 scene lies in the southern hemisphere: south"
    )
    with pytest.raises(InputError, match=said):
        delineate([north, south], out, options=options)
    assert not out.exists() and network.seen == []
    delineate(south, out)
    before = (out / "fronts.gpkg").read_bytes()
    with pytest.raises(InputError, match=said):
        delineate(north, out, options=options)
    assert (out / "fronts.gpkg").read_bytes() == before and not (out / form).exists()
    delineate(north, tmp_path / "alone", options=options)
    assert (tmp_path / "alone" / form).is_dir()


def test_an_interrupted_scene_is_done_again(tmp_path, network, monkeypatch):
    """A kill between the maps and the record leaves no record, so that the same command goes on."""
    import nnunet_glacier.delineation.stage as stage

    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    delineate(path, out)

    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "write_record", killed)
    with pytest.raises(KeyboardInterrupt):
        delineate(path, out, options=Options(overwrite=True))
    assert not (out / "scenes" / "a.json").exists()


def test_a_front_on_which_the_folds_do_not_agree_is_rejected_and_stays(tmp_path, network, monkeypatch):
    """The second fold sees no front: the line goes to the layer of rejected ones, with the reason."""
    both = network.zone_probabilities

    def second_sees_glacier_alone(*arguments, **settings):
        zones = both(*arguments, **settings)
        zones[1, Zone.GLACIER], zones[1, Zone.OCEAN] = 0.6, 0.4
        return zones

    monkeypatch.setattr(network, "zone_probabilities", second_sees_glacier_alone)
    told = str(delineate(write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"))
    assert layer(tmp_path / "out", "fronts").empty
    (front,) = layer(tmp_path / "out", "rejected").itertuples()
    assert "networks far apart" in front.flags.split(", ")
    assert front.status == "rejected"
    assert "1 front was rejected (networks far apart)" in told


def test_a_front_is_judged_beside_the_others_of_its_glacier(tmp_path, network):
    """Nine scenes of a year; in one of them the front is 30 pixels of 80 m further west and does not stay there."""
    for month in range(1, 10):
        values = np.roll(made_scene(), -30, axis=1)[:, :-30] if month == 7 else made_scene()
        write_scene(tmp_path / f"2020{month:02}03_L8.tif", values)
    told = str(delineate(tmp_path, tmp_path / "out", options=Options(glacier="Made")))
    (front,) = layer(tmp_path / "out", "rejected").itertuples()
    assert front.case == "20200703_L8"
    assert "change not confirmed" in front.flags
    assert len(layer(tmp_path / "out", "fronts")) == 8
    assert "1 front was rejected (change not confirmed)" in told, told


@pytest.mark.parametrize(("name", "rejected"), [("", ["09", "10"]), ("Bob", ["10"])])
def test_fronts_are_judged_beside_the_reviewed_ones_of_their_glacier(tmp_path, network, name, rejected):
    """In September and October the front is 30 pixels further west, and the one confirms the other.

    Once that of October was rejected by hand, nothing confirms that of September; which stays where it was accepted.
    """
    out, options = tmp_path / "out", Options(glacier="Made")
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    for month in range(1, 11):
        values = np.roll(made_scene(), -30, axis=1)[:, :-30] if month in (9, 10) else made_scene()
        write_scene(scenes / f"2020{month:02}03_L8.tif", values)
    delineate(scenes, out, options=options)
    assert layer(out, "rejected").empty
    reviews = [Review("20201003_L8", "rejected", "Ann")]
    reviews += [Review("20200903_L8", "accepted", name)] if name else []
    apply_reviews(out / "fronts.gpkg", reviews, "EPSG:3413")
    told = str(delineate(scenes, out, options=options))
    assert "1 front was rejected by a person." in told
    assert ("1 front was rejected (change not confirmed)" in told) == (name == "")
    left = layer(out, "rejected").set_index("case")
    assert list(left.index) == [f"2020{month}03_L8" for month in rejected]
    assert left["flags"].str.contains("change not confirmed").tolist() == [month == "09" for month in rejected]


def test_class_numbers_are_no_grey_values(tmp_path, network):
    """An image of three values gives a front, with a word of warning."""
    path = write_scene(tmp_path / "classes.tif", np.where(made_scene() > 110, 3, 1).astype(np.uint8))
    delineate(path, tmp_path / "out")
    assert "few grey values" in layer(tmp_path / "out", "fronts")["flags"][0]


def test_a_front_that_was_judged_stays(tmp_path, network):
    """As it was drawn, in its layer, whatever is delineated anew; not with --overwrite."""
    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    other = write_scene(tmp_path / "b.tif", made_scene())
    delineate([path, other], out)
    drawn = LineString([(FRONT_X, NORTH - 1000), (FRONT_X + 300, NORTH - 3000), (FRONT_X, NORTH - 6000)])
    reviews = [Review("a", "accepted", "Ann", drawn), Review("b", "rejected", "Ann")]
    apply_reviews(out / "fronts.gpkg", reviews, "EPSG:3413")
    for settings in ({}, {"min_length_m": 10.0, "glacier": "Made"}, {"exports": ("shapefile",)}):
        told = str(delineate([path, other], out, options=Options(**settings)))
        assert "Without a front" not in told
        (front,) = layer(out, "fronts").itertuples()
        (rejected,) = layer(out, "rejected").itertuples()
        assert (front.case, front.status, front.reviewed_by) == ("a", "accepted", "Ann")
        assert np.array(front.geometry.coords) == pytest.approx(np.array(drawn.coords))
        assert np.isnan(front.uncertainty_m) and np.isnan(front.position_uncertainty_m)
        assert front.glacier == settings.get("glacier", "")
        assert (rejected.case, rejected.status, rejected.reviewed_by) == ("b", "rejected", "Ann")
    assert list(gpd.read_file(out / "shapefile" / "fronts.shp")["reviewer"]) == ["Ann"]
    delineate(path, out, options=Options(overwrite=True))
    (front,) = layer(out, "fronts").itertuples()
    assert (front.case, front.reviewed_by) == ("a", "")
    assert list(layer(out, "rejected")["case"]) == ["b"]


@pytest.mark.parametrize("append", [True, False])
def test_a_front_that_was_drawn_in_a_gis_stays_and_is_completed(tmp_path, network, append):
    """Of case, day, name and status alone, beside the networks' or in a layer of its own: the rest is filled in.

    Of the networks' front of another image of that day it lies 800 m away, which is told.
    """
    out = tmp_path / "out"
    scenes = [write_scene(tmp_path / f"{name}_20150130.tif", made_scene()) for name in ("a", "b")]
    delineate(scenes, out, options=Options(glacier="Made"))
    drawn = LineString([(FRONT_X + 800, NORTH), (FRONT_X + 800, NORTH - EDGE_M)])
    row = {"case": "a_20150130", "date": np.datetime64("2015-01-30"), "reviewed_by": "Ann", "status": "accepted"}
    table = gpd.GeoDataFrame([row], geometry=[drawn], crs="EPSG:3413")
    table.to_file(out / "fronts.gpkg", layer="fronts", mode="a" if append else "w", engine="pyogrio")
    told = str(delineate(scenes, out, options=Options(glacier="Made", exports=("shapefile", "esa-cci"))))
    fronts = layer(out, "fronts")
    (front,) = fronts[fronts["reviewed_by"] == "Ann"].itertuples()
    assert front.length_m == pytest.approx(line_length_m(drawn, "EPSG:3413"), rel=1e-9)
    assert (front.pixel_size_m, front.prolonged_m, front.glacier, front.image_id) == (80, 0, "Made", "a_20150130")
    assert np.isnan(front.uncertainty_m) and np.isnan(front.mean_probability)
    assert front.model in ("", None)
    assert sorted(fronts["case"]) == ["a_20150130"] * (1 + append) + ["b_20150130"]
    assert "Look at a_20150130 and b_20150130: of the same day, their fronts lie 800 m apart (10.0 pixels)." in told
    assert f"{3 if append else 2} fronts" in told and told.count("of the same day") == 1
    (entry,) = (one for one in data_of(view(out).page.folder)["scenes"] if one["case"] == "a_20150130")
    assert entry["glacier"] == "Made" and len(entry["lines"][0]["parts"]) == 1 + append


def test_a_review_that_comes_while_the_lines_are_written_is_not_lost(tmp_path, network, monkeypatch):
    """It waits until they are, and is written into them."""
    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    delineate(path, out)
    accept = partial(apply_reviews, out / "fronts.gpkg", [Review("a", "accepted", "Ann")], "EPSG:3413")
    reviewer = threading.Thread(target=accept)

    def then_reviewed(*arguments):
        lines = keep_reviewed(*arguments)
        reviewer.start()
        reviewer.join(timeout=2)
        return lines

    monkeypatch.setattr(stage, "keep_reviewed", then_reviewed)
    delineate(path, out)
    reviewer.join()
    (front,) = layer(out, "fronts").itertuples()
    assert (front.status, front.reviewed_by) == ("accepted", "Ann")


def test_two_runs_into_one_folder_have_the_scenes_of_both(tmp_path, network, monkeypatch):
    """Though one ends while the other has read the records and not yet written the lines."""
    paths, out = [write_scene(tmp_path / f"{name}.tif", made_scene()) for name in "ab"], tmp_path / "out"
    other = threading.Thread(target=partial(delineate, paths[1], out))

    def then_another_run(*arguments):
        lines = lines_of_others(*arguments)
        if other.ident is None:
            other.start()
            other.join(timeout=4)
        return lines

    monkeypatch.setattr(stage, "lines_of_others", then_another_run)
    delineate(paths[0], out)
    other.join()
    assert list(layer(out, "fronts")["case"]) == ["a", "b"]


def test_parts_of_a_front_that_was_drawn_in_a_gis_are_measured_each(tmp_path):
    """They are lines of their own; where no record tells the size of the pixels, two of one day are not compared."""
    out = write_delineated(tmp_path)
    parts = [[(FRONT_X, NORTH), (FRONT_X, NORTH - 1000)], [(FRONT_X + 900, NORTH), (FRONT_X + 900, NORTH - 3000)]]
    row = {"case": "new", "date": np.datetime64("2015-01-30"), "reviewed_by": "Ann", "length_m": 9.0}
    table = gpd.GeoDataFrame([row], geometry=[MultiLineString(parts)], crs="EPSG:3413")
    table.to_file(out / "fronts.gpkg", layer="fronts", mode="w", engine="pyogrio")
    lines = keep_reviewed(out, [])
    assert [line.length_m for line in lines] == pytest.approx(
        [line_length_m(LineString(one), "EPSG:3413") for one in parts]
    )
    assert [(line.case, line.pixel_size_m, line.glacier) for line in lines] == [("new", None, "")] * 2
    assert disagreements(lines) == []


def test_of_many_pairs_of_one_day_the_worst_are_told_and_the_others_counted(tmp_path):
    """Five fronts, 180 m apart each, are ten pairs that differ: by 720 m at most, 180 m at least."""
    out = write_delineated(tmp_path)
    rows = [
        {"case": f"s{each}", "date": np.datetime64("2016-03-01"), "reviewed_by": "Ann", "pixel_size_m": 10.0}
        for each in range(5)
    ]
    drawn = [LineString([(FRONT_X + 180 * each, NORTH), (FRONT_X + 180 * each, NORTH - 3000)]) for each in range(5)]
    table = gpd.GeoDataFrame(rows, geometry=drawn, crs="EPSG:3413")
    table.to_file(out / "fronts.gpkg", layer="fronts", mode="w", engine="pyogrio")
    lines = [replace(line, pixel_size_m=10.0) for line in keep_reviewed(out, [])]
    told = disagreements(lines)
    assert len(told) == 6 and told[-1] == "So do 5 more pairs of fronts, less far."
    assert told[0].startswith("Look at s0 and s4: of the same day, their fronts lie ")
    metres = [float(re.search(r"lie (\d+) m", sentence).group(1)) for sentence in told[:5]]
    assert metres == pytest.approx([720, 540, 540, 360, 360], rel=0.02)


def test_a_record_says_where_the_image_is_now(tmp_path, network):
    """A scene whose image was moved is done all the same, and its record names the new place."""
    path, out = write_scene(tmp_path / "a.tif", made_scene()), tmp_path / "out"
    delineate(path, out)
    assert open_delineated(out).scenes["a"].image == path
    (tmp_path / "moved").mkdir()
    moved = path.rename(tmp_path / "moved" / "a.tif")
    assert "done already" in str(delineate(moved, out))
    assert open_delineated(out).scenes["a"].image == moved
    (out / "fronts.gpkg").write_bytes(b"no GeoPackage")
    with pytest.raises(InputError, match=r"fronts\.gpkg.*intact copy; or move the file away"):
        delineate(moved, out)


def test_a_record_of_oblong_pixels_tells_no_size(tmp_path):
    """As of interferograms in degrees, whose pixels stay as they are: null, which the reader of the folder takes."""
    out = write_delineated(tmp_path)
    case = next(iter(open_delineated(out).scenes))
    path = write_scene(tmp_path / f"{case}.tif", made_scene())
    write_record(out, read_header(path, case, None), {"sha256": "a"}, math.nan, [])
    assert json.loads(record_path(out, case).read_text())["seen_at_m"] is None
    assert open_delineated(out).scenes[case].seen_at_m is None


def test_lines_of_another_scene_are_not_dropped_in_silence(tmp_path, network):
    """A broken record of it is refused and changes nothing, one of this run is made anew, a deleted one is told."""
    out, image = write_delineated(tmp_path), tmp_path / "images" / "a_2015.tif"
    record, before = record_path(out, "b_2016"), (out / "fronts.gpkg").read_bytes()
    content = json.loads(record.read_text())
    line = {**content["lines"][0], "length_m": "long"}
    for text, said in (
        ("{", "it cannot be read as JSON"),
        ("7", "it is 7, but it should be an object with keys"),
        (json.dumps({**content, "lines": [line]}), "lines.0.length_m is 'long', but it should be a valid number"),
    ):
        record.write_text(text)
        with pytest.raises(InputError) as caught:
            delineate(image, out)
        (problem,) = caught.value.problems
        assert str(problem).startswith(f"{record}: {said}") and "Delineate its scene again" in problem.remedy
        assert (out / "fronts.gpkg").read_bytes() == before and record.read_text() == text
    record.unlink()
    record_path(out, "a_2015").write_text("7")
    told = str(delineate(image, out))
    assert "1 scene of earlier runs has no record any more, and no line in fronts.gpkg now: b_2016." in told
    assert list(layer(out, "fronts")["case"]) == ["a_2015", "c_2017"]


def test_an_area_that_lies_elsewhere_is_told(tmp_path, network):
    """Of the scene, before the network sees it; a box that holds nothing is refused with the options."""
    path = write_scene(tmp_path / "scene.tif", made_scene(), nodata=0)
    with pytest.raises(InputError, match="none of its pixels lies within --aoi and --box"):
        delineate(path, tmp_path / "out", options=Options(box=(10.0, 10.0, 11.0, 11.0)))
    assert network.seen == []
    beyond, turned = (0.0, 80.0, 10.0, 100.0), (180.0, 60.0, -180.0, 70.0)
    for empty in ((10.0, 10.0, 11.0, 5.0), (10.0, 10.0, 10.0, 11.0), beyond, turned):
        with pytest.raises(InputError, match=r"--box: from .* degrees north there is nothing"):
            delineate(path, tmp_path / "none", options=Options(box=empty))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("place", [(WEST, NORTH), (-1_621_700.0, 1_614_000.0)])
def test_a_box_round_the_earth_holds_every_scene(place):
    """Near 45 degrees west and over the antimeridian, on which no pixel's middle lies; the other pole has no place."""
    grid = Grid((40, 30), "EPSG:3413", (1000.0, 0.0, place[0], 0.0, -1000.0, place[1]))
    middle = place[0] + 15_000, place[1] - 20_000
    longitude, _ = Transformer.from_crs("EPSG:3413", "EPSG:4326", always_xy=True).transform(*middle)
    for bounds in ((-180, -90, 180, 90), (-180, 50, 180, 90), (-180, -90, 180, 89)):
        assert area_on(grid, [box_area(bounds)])[1].all(), bounds
    halves = [area_on(grid, [box_area(half)])[1] for half in ((-180, -90, longitude, 90), (longitude, -90, 180, 90))]
    assert (halves[0] ^ halves[1]).all()
    assert 0.05 < halves[0].mean() < 0.95
    with pytest.raises(OutsideAreaError):
        area_on(grid, [box_area((-180, -90, 180, 0))])


def test_scenes_beside_the_area_are_left_out_and_named(tmp_path, network):
    """They are no fault where another scene lies in it; the area is the western scene."""
    (tmp_path / "in").mkdir()
    path = write_scene(tmp_path / "in" / "a_2015.tif", made_scene(), nodata=0)
    for case in ("b_2016", "c_2017"):
        with rasterio.open(path) as source:
            profile, values = source.profile, source.read(1)
        profile["transform"] = profile["transform"] * rasterio.Affine.translation(0, 10_000)
        with rasterio.open(tmp_path / "in" / f"{case}.tif", "w", **profile) as target:
            target.write(values, 1)
    area = gpd.GeoSeries([box(WEST, NORTH - EDGE_M, WEST + EDGE_M, NORTH)], crs="EPSG:3413")
    area.to_file(tmp_path / "area.gpkg")
    options = Options(areas=(tmp_path / "area.gpkg",))
    summary = delineate(tmp_path / "in", tmp_path / "out", options=options)
    assert (summary.delineated, list(summary.outside)) == (("a_2015",), ["b_2016", "c_2017"])
    assert "2 scenes lie outside the area, left out (b_2016, c_2017)." in str(summary)
    assert len(network.seen) == 1
    again = delineate(tmp_path / "in", tmp_path / "out", options=options)
    assert (again.delineated, again.kept, list(again.outside)) == ((), ("a_2015",), ["b_2016", "c_2017"])


def test_rows_of_a_table_without_a_scene_are_told(tmp_path, network):
    """As of scenes in a folder below, which is not searched."""
    (tmp_path / "in" / "below").mkdir(parents=True)
    write_scene(tmp_path / "in" / "a.tif", made_scene(), nodata=0)
    write_scene(tmp_path / "in" / "below" / "b.tif", made_scene(), nodata=0)
    table = tmp_path / "scenes.csv"
    table.write_text("case,date\na,2015-01-30\nb,2016-01-30\n")
    told = f"In {table} 1 row is of no scene of this run (b): a folder is not searched further down"
    assert told in str(delineate(tmp_path / "in", tmp_path / "out", options=Options(table=table)))
    both = delineate([tmp_path / "in", tmp_path / "in" / "below"], tmp_path / "out", options=Options(table=table))
    assert (both.delineated, both.kept) == (("b",), ("a",)) and "of no scene" not in str(both)


def test_an_area_beside_all_scenes_leaves_what_earlier_runs_wrote(tmp_path, network):
    """Refused, with its scenes; the lines, records and maps of before stay, and are kept by the next run."""
    path, out = write_scene(tmp_path / "a_2015.tif", made_scene(), nodata=0), tmp_path / "out"
    delineate(path, out)
    before = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    with pytest.raises(InputError, match=r"a_2015\.tif: none of its pixels lies within --aoi and --box") as caught:
        delineate(path, out, options=Options(box=(10.0, 20.0, 5.0, 30.0)))
    assert "nothing was written" in str(caught.value)
    assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == before
    assert delineate(path, out).kept == ("a_2015",)


def test_a_scene_alone_that_cannot_be_used_leaves_nothing(tmp_path, network):
    """And is not offered to be skipped."""
    path = write_scene(tmp_path / "flat.tif", np.full((50, 50), 7, dtype=np.uint8))
    with pytest.raises(InputError, match="have the value 7") as caught:
        delineate(path, tmp_path / "out")
    assert "--skip-bad" not in str(caught.value) and "nothing was written" in str(caught.value)
    assert not (tmp_path / "out").exists()
    (tmp_path / "broken.tif").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"broken\.tif") as caught:
        delineate(tmp_path / "broken.tif", tmp_path / "out")
    assert "--skip-bad" not in str(caught.value)


def test_a_name_that_leaves_no_room_for_a_record_is_told_first(tmp_path, network):
    """A stem of 251 bytes: its record's name has 256."""
    path = write_scene(tmp_path / f"{'s' * 251}.tif", made_scene(), nodata=0)
    with pytest.raises(InputError, match=r"a file would be made of its name that is 1 byte too long"):
        delineate(path, tmp_path / "out", options=Options())
    assert network.seen == [] and not (tmp_path / "out").exists()


def test_a_model_that_was_taught_by_itself_is_told():
    """What `convert series` and `adapt` make of a model says so in its dataset; people taught the shipped one."""
    model = open_model("caffe-256")
    taught = replace(model, dataset_json={**model.dataset_json, "source": "series"})
    for one, wanted in ((model, []), (taught, ["The model learned from labels that networks made"])):
        kind, problems = fronts_with(one, Options())
        assert problems == [] and [words.split(" (")[0] for words in kind.warnings([])] == wanted
