"""Anybody's scenes and lines: made-up scenes on a projected map, with lines whose place is known."""

import csv
import datetime
import json
import shutil

import geopandas
import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from shapely import LineString, Point, Polygon, box

from nnunet_glacier.dataset_conversion.lines.labels import burn_zones, cut_by_lines
from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.lines.stage import LinesSource, convert
from nnunet_glacier.dataset_conversion.writing.splits import date_folds, training_folds
from nnunet_glacier.dataset_conversion.writing.stage import Run
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.dataset import open_dataset
from nnunet_glacier.formats.map_features import MapFeature, match_features
from nnunet_glacier.lines.thin_lines import thin_line
from nnunet_glacier.support.errors import GlacierError, InputError

CRS = "EPSG:32622"
LEFT, TOP, SIZE_M, PIXELS = 500_000.0, 7_700_000.0, 30.0, 64
RUN = Run(workers=1)


def write_scene(path, *, dtype="uint8", crs=CRS, transform=None, hole=False):
    """A scene of 64x64 pixels; with a hole, its first four rows hold no data."""
    values = np.random.default_rng(0).integers(1, 200, (PIXELS, PIXELS)).astype(dtype)
    if hole:
        values[:4] = 0
    profile = {"driver": "GTiff", "count": 1, "height": PIXELS, "width": PIXELS, "dtype": dtype, "crs": crs}
    profile["transform"] = transform or from_origin(LEFT, TOP, SIZE_M, SIZE_M)
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", nodata=0 if hole else None, **profile) as target:
        target.write(values, 1)


def on_map(*pixels):
    """A line through points (column, row) in pixels from the corner of the first one."""
    return LineString([(LEFT + column * SIZE_M, TOP - row * SIZE_M) for column, row in pixels])


def area_of(left, top, right, bottom):
    return box(LEFT + left * SIZE_M, TOP - bottom * SIZE_M, LEFT + right * SIZE_M, TOP - top * SIZE_M)


def write_features(path, features, crs=CRS, **columns):
    geopandas.GeoDataFrame(columns, geometry=features, crs=crs).to_file(path)


def read_map(path):
    return np.asarray(Image.open(path))


SLANTED = on_map((10.2, 0.0), (25.7, 31.3), (22.1, 64.0))


@pytest.fixture
def folder(tmp_path):
    """Three scenes of two days; one line of the first day that names its scene, one of the second day by its date."""
    for name in ("a_20190312", "b_20200401", "c_20210501"):
        write_scene(tmp_path / "scenes" / f"{name}.tif")
    (tmp_path / "lines").mkdir()
    write_features(tmp_path / "lines" / "named.gpkg", [SLANTED], image_id=["a_20190312.tif"])
    write_features(
        tmp_path / "lines" / "dated.geojson",
        geopandas.GeoSeries([SLANTED], crs=CRS).to_crs(4326),
        4326,
        Date=["2020-04-01"],
    )
    return tmp_path


def converted(folder, **options):
    out = folder / "Dataset601_Mine"
    text = convert(LinesSource(folder / "scenes", folder / "lines"), out, LinesOptions(**options), RUN)
    return out, text


def test_a_known_line_is_read_back_within_half_a_pixel(folder):
    """Round trip: every pixel of the front within half a pixel of the line, no part of the line beyond one of it."""
    out, text = converted(folder)
    assert "1 scene is left out, since nothing is drawn there: c_20210501" in text
    assert f"nnunet-glacier adapt MODEL {out} OUT" in text
    dataset = open_dataset(out)
    assert list(dataset.scenes) == ["a_20190312", "b_20200401"]
    for files in dataset.scenes.values():
        row, column = np.nonzero(files.read_front())
        a, _, c, _, e, f = files.scene.affine
        centres = [Point(c + a * (x + 0.5), f + e * (y + 0.5)) for x, y in zip(column, row, strict=True)]
        assert len(centres) >= PIXELS
        assert max(SLANTED.distance(point) for point in centres) <= 0.5 * SIZE_M + 0.01
        along = [SLANTED.interpolate(share, normalized=True) for share in np.linspace(0.02, 0.98, 200)]
        assert max(min(point.distance(centre) for centre in centres) for point in along) <= SIZE_M
        beside = [point.x - SLANTED.interpolate(SLANTED.project(point)).x for point in centres]
        assert abs(np.mean(beside)) < 0.05 * SIZE_M
    assert dataset.scenes["b_20200401"].scene.date == datetime.date(2020, 4, 1)


def test_the_label_is_the_line_dilated_and_the_dataset_names_its_channel(folder):
    out, _ = converted(folder, channel="Landsat", front_width=3)
    thin, band = read_map(out / "frontsTr" / "a_20190312.png"), read_map(out / "labelsTr" / "a_20190312.png")
    rows, columns = np.nonzero(thin)
    grown = {(r + i, c + j) for r, c in zip(rows, columns, strict=True) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    inside = {(r, c) for r, c in grown if 0 <= r < PIXELS and 0 <= c < PIXELS}
    assert {tuple(map(int, at)) for at in np.argwhere(band == 1)} == {tuple(map(int, at)) for at in inside}
    content = json.loads((out / "dataset.json").read_text())
    assert content["channel_names"] == {"0": "Landsat"} and content["labels"] == {"background": 0, "front": 1}


def test_polygons_are_zones_and_what_no_polygon_covers_is_ignored(tmp_path):
    """Glacier left of column 20, ocean from there to column 50, nothing beyond, and no data in the first four rows."""
    write_scene(tmp_path / "scenes" / "a.tif", hole=True)
    areas = [area_of(0, 0, 20, 64), area_of(20, 0, 50, 64)]
    write_features(tmp_path / "lines", areas, case=["a", "a"], zone=["Glacier", "ocean / mélange"])
    out, text = converted(tmp_path)
    labels = read_map(out / "labelsTr" / "a.png")
    assert json.loads((out / "dataset.json").read_text())["labels"]["ignore"] == 5
    assert (labels[10, [5, 17, 20, 30, 60]] == [2, 2, 4, 3, 5]).all()
    assert (labels[0, [5, 60]] == [0, 0]).all()
    front = read_map(out / "frontsTr" / "a.png")
    assert set(np.nonzero(front)[1].tolist()) == {20} and np.nonzero(front)[0].min() == 4
    assert (read_map(out / "zonesTr" / "a.png")[10, [5, 30, 60]] == [2, 3, 0]).all()
    assert "The only fold validates on the scenes that it trains with" in text


def test_a_line_cuts_an_area_into_glacier_and_ocean(folder):
    write_features(folder / "area.gpkg", [area_of(5, 5, 60, 60)])
    write_features(folder / "up.gpkg", [Point(LEFT + 8 * SIZE_M, TOP - 30 * SIZE_M)])
    out, _ = converted(folder, labels="zones", area=folder / "area.gpkg", upstream=folder / "up.gpkg")
    labels = read_map(out / "labelsTr" / "a_20190312.png")
    assert (labels[30, [2, 8, 20, 30, 58, 62]] == [4, 2, 2, 3, 3, 4]).all()


def test_a_line_that_crosses_itself_is_told(folder):
    """A closed line does not."""
    looped = on_map((10, 0), (30, 40), (40, 30), (10, 40), (10, 64))
    island = on_map((50, 50), (54, 50), (54, 54), (50, 50))
    write_features(folder / "lines" / "named.gpkg", [looped, island], image_id=["a_20190312.tif"] * 2)
    write_features(folder / "area.gpkg", [area_of(5, 5, 60, 60)])
    write_features(folder / "up.gpkg", [Point(LEFT + 8 * SIZE_M, TOP - 30 * SIZE_M)])
    _, text = converted(folder, labels="zones", area=folder / "area.gpkg", upstream=folder / "up.gpkg")
    told = "1 line crosses itself, and a loop may be labelled as the wrong side: look at "
    assert f"{told}{folder / 'lines' / 'named.gpkg'}" in text


UP, DOWN = (8, 30), (58, 30)


@pytest.mark.parametrize(
    ("area", "points", "said"),
    [
        ((5, 5, 60, 60), [(2, 30)], "no point of --upstream lies in its area. Draw --area far enough up the glacier"),
        (
            (-40, -40, 110, 110),
            [UP],
            "its line does not cut the area. Draw the line to the edge of --area on both sides",
        ),
        ((5, 5, 60, 60), [UP, DOWN], "points of --upstream lie on both sides of its line. Correct the points"),
    ],
)
def test_an_area_that_is_not_cut_is_to_be_mended(folder, area, points, said):
    """And neither the image nor the file of lines."""
    write_features(folder / "area.gpkg", [area_of(*area)])
    write_features(folder / "up.gpkg", [Point(LEFT + x * SIZE_M, TOP - y * SIZE_M) for x, y in points])
    with pytest.raises(InputError) as raised:
        converted(folder, labels="zones", area=folder / "area.gpkg", upstream=folder / "up.gpkg")
    assert said in str(raised.value)
    assert "Correct it" not in str(raised.value)


def test_which_model_can_be_trained_further(folder):
    """The one that ships learned fused labels, which lines alone do not give."""
    write_features(folder / "area.gpkg", [area_of(5, 5, 60, 60)])
    write_features(folder / "up.gpkg", [Point(LEFT + 8 * SIZE_M, TOP - 30 * SIZE_M)])
    _, text = converted(folder, labels="front", area=folder / "area.gpkg")
    assert "Or train a model of the same labels further:" in text
    shutil.rmtree(folder / "Dataset601_Mine", ignore_errors=True)
    _, text = converted(folder, labels="fused", area=folder / "area.gpkg", upstream=folder / "up.gpkg")
    assert "Or train a model, such as caffe-256, further:" in text


@pytest.mark.parametrize("turn", [0, -360])
def test_a_scene_in_degrees_over_the_antimeridian_is_cut_likewise(tmp_path, turn):
    """Column 32 begins at 180 degrees, so that the area's edges jump, and the point beyond is counted from -180."""
    east, south = 0.0006, 0.0003

    def at(column, row):
        longitude = 180 + (column - 32) * east
        return longitude - 360 * (longitude > 180), -60 - row * south

    place = rasterio.Affine(east, 0, 180 - 32 * east + turn, 0, -south, -60)
    write_scene(tmp_path / "scenes" / "a_20190312.tif", crs="EPSG:4326", transform=place)
    write_features(tmp_path / "lines", [LineString([at(20, 0), at(20, 64)])], 4326, case=["a_20190312"])
    write_features(tmp_path / "area.gpkg", [Polygon([at(5, 5), at(60, 5), at(60, 60), at(5, 60)])], 4326)
    write_features(tmp_path / "up.gpkg", [Point(at(50, 30))], 4326)
    out, _ = converted(tmp_path, labels="zones", area=tmp_path / "area.gpkg", upstream=tmp_path / "up.gpkg")
    labels = read_map(out / "labelsTr" / "a_20190312.png")
    expected = np.full((64, 64), 4)
    expected[5:60, 5:20], expected[5:60, 20:60] = Zone.OCEAN, Zone.GLACIER
    assert np.array_equal(labels, expected)


def test_a_line_that_leaves_the_area_and_comes_back_cuts_it_into_parts_of_two_sides():
    """Worked by hand: the line crosses the square's right part twice, as a bump beyond its upper edge.

    Closed lines in ocean and glacier change nothing.
    """
    square = box(0, 0, 10, 10)
    line = LineString([(2, -1), (2, 11), (8, 11), (8, -1)])
    parts = cut_by_lines(square, [line], [Point(5, 5)])
    assert sorted((zone, part.area) for zone, part in parts) == [
        (Zone.GLACIER, 60.0),
        (Zone.OCEAN, 20.0),
        (Zone.OCEAN, 20.0),
    ]
    iceberg = LineString([(8.5, 4), (9.5, 4), (9.5, 5), (8.5, 5), (8.5, 4)])
    floe = LineString([(4, 4), (5, 4), (5, 5), (4, 5), (4, 4)])
    with_rings = cut_by_lines(square, [line, iceberg, floe], [Point(3, 3)])
    assert sorted((zone, part.area) for zone, part in with_rings) == sorted((zone, part.area) for zone, part in parts)
    with pytest.raises(GlacierError, match="does not cut"):
        cut_by_lines(square, [LineString([(2, -1), (2, 9)])], [Point(5, 5)])
    with pytest.raises(GlacierError, match="both sides"):
        cut_by_lines(square, [line], [Point(5, 5), Point(1, 1)])


def test_pixels_in_areas_of_two_zones_have_none():
    zones, overlaps = burn_zones([(Zone.GLACIER, box(0, 0, 3, 1)), (Zone.OCEAN, box(2, 0, 4, 1))], (1, 5))
    assert zones.tolist() == [[2, 2, 255, 3, 255]] and overlaps == 1


def test_a_thin_line_lies_on_the_pixels_that_it_crosses():
    thin = thin_line([LineString([(0.5, 1.5), (4.5, 1.5)])], (3, 5))
    assert thin.astype(int).tolist() == [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]
    assert not thin_line([], (2, 2)).any()


def feature(day=None, names=(), glaciers=(), where="one"):
    line = LineString([(0, 0), (1, 1)])
    return MapFeature(line, CRS, day, frozenset(names), frozenset(glaciers), "", "", None, where, "column x is empty")


def test_features_go_to_the_scene_they_name_or_to_that_of_their_day():
    day = datetime.date(2020, 4, 1)
    scenes = {
        "a": Scene("a", "", "Helheim", day),
        "b": Scene("b", "", "Jakobshavn", day),
        "c": Scene("c", "", "", datetime.date(2020, 4, 3)),
    }
    everywhere = lambda one, case: True  # noqa: E731
    features = [
        feature(names=["a"], where="named"),
        feature(day, glaciers=["jakobshavnisbrae"], where="dated"),
        feature(day, where="both"),
        feature(where="nothing"),
        feature(datetime.date(2001, 1, 1), where="long ago"),
    ]
    matched = match_features(features, scenes, everywhere)
    assert {case: [one.where for one in of] for case, of in matched.of_scene.items()} == {
        "a": ["named"],
        "b": ["dated"],
    }
    assert [where for where, _ in matched.left_out] == ["both", "nothing"]
    assert "2 scenes, a, b" in matched.left_out[0][1] and "no day" in matched.left_out[1][1]
    assert matched.n_other_days == 1
    near = match_features([feature(datetime.date(2020, 4, 4))], scenes, everywhere, max_days=1)
    assert list(near.of_scene) == ["c"]
    outside = match_features([feature(names=["a"])], scenes, lambda one, case: False)
    assert outside.left_out == [("one", "it names a, and lies outside")]


def test_oblong_pixels_are_refused_with_the_way_or_warped(tmp_path):
    """Pixels of equal degrees at 69 degrees north; warped to 50 m they are square."""
    write_scene(tmp_path / "scenes" / "a.tif", crs="EPSG:4326", transform=from_origin(-50, 69.1, 1e-3, 1e-3))
    write_features(tmp_path / "lines", [LineString([(-49.99, 69.09), (-49.95, 69.05)])], 4326, case=["a"])
    with pytest.raises(InputError, match=r"(?s)Give --pixel-size-m N to have it warped.*gdalwarp -t_srs EPSG:3413"):
        converted(tmp_path)
    assert not (tmp_path / "Dataset601_Mine").exists()
    out, _ = converted(tmp_path, pixel_size_m=50)
    scene = open_dataset(out).scenes["a"].scene
    assert (scene.crs, scene.pixel_size_m) == ("EPSG:3413", 50) and scene.affine[0] == 50
    assert read_map(out / "frontsTr" / "a.png").any()


def test_eight_bits_are_stretched_between_percentiles_as_others_are(tmp_path):
    """Values 1 to 199: the 1st and 99th percentile are 0 and 255, and the factor is the same for 16 bits."""
    for name, dtype in (("a", "uint8"), ("b", "uint16")):
        write_scene(tmp_path / "scenes" / f"{name}.tif", dtype=dtype)
    write_features(tmp_path / "lines", [SLANTED, SLANTED], case=["a", "b"])
    out, _ = converted(tmp_path)
    one, other = (read_map(out / "imagesTr" / f"{name}_0000.png") for name in ("a", "b"))
    with rasterio.open(tmp_path / "scenes" / "a.tif") as source:
        values = source.read(1).astype(float)
    low, high = np.percentile(values, (1, 99))
    assert one.dtype == np.uint8 and np.array_equal(one, other)
    assert np.abs(one - np.clip((values - low) * 255 / (high - low), 0, 255)).max() <= 0.5001


def test_a_list_names_scenes_and_nnunets_channel_is_no_part_of_the_case(folder):
    """The first channel stands for its case; further ones are no scenes of their own."""
    for path in sorted((folder / "scenes").iterdir()):
        path.rename(path.with_name(f"{path.stem}_0000.tif"))
    write_scene(folder / "scenes" / "a_20190312_0001.tif")
    (folder / "mine.txt").write_text("scenes/a_20190312_0000.tif\nscenes/a_20190312_0001.tif\n")
    out = folder / "Dataset602_List"
    convert(LinesSource(folder / "mine.txt", folder / "lines"), out, LinesOptions(), RUN)
    assert list(open_dataset(out).scenes) == ["a_20190312"]


def delineated(path, statuses, rejected=()):
    """A GeoPackage as `delineate` and `view` write it: a front per scene with its status, and a layer `rejected`."""
    for layer, status in (("fronts", statuses), ("rejected", dict.fromkeys(rejected, ("rejected", "Ann")))):
        columns = {"case": list(status), "status": [one for one, _ in status.values()]}
        columns["reviewed_by"] = [by for _, by in status.values()]
        table = geopandas.GeoDataFrame(columns, geometry=[SLANTED] * len(status), crs=CRS)
        if len(status):
            table.to_file(path, layer=layer)


def test_rejected_lines_are_no_labels_and_those_nobody_reviewed_are_counted(tmp_path):
    """By the layer and by the status; a scene of another file, which tells nothing of reviews, does not count."""
    for case in "abcde":
        write_scene(tmp_path / "scenes" / f"{case}.tif")
    (tmp_path / "lines").mkdir()
    fronts = {"a": ("accepted", "Ann"), "b": ("not reviewed", ""), "c": ("Rejected", "Ann")}
    delineated(tmp_path / "lines" / "fronts.gpkg", fronts, rejected="d")
    write_features(tmp_path / "lines" / "mine.gpkg", [SLANTED], case=["e"])
    out, text = converted(tmp_path)
    assert list(open_dataset(out).scenes) == ["a", "b", "e"]
    assert "2 scenes are left out, since nothing is drawn there: c, d." in text
    assert "2 rejected features left out." in text
    told = "Nobody has reviewed 1 of the 2 labels whose files tell: judge the lines with 'nnunet-glacier view' first."
    assert told in text


def test_where_all_lines_are_reviewed_nothing_is_said_and_where_all_are_rejected_it_is(tmp_path):
    write_scene(tmp_path / "scenes" / "a.tif")
    (tmp_path / "lines").mkdir()
    delineated(tmp_path / "lines" / "fronts.gpkg", {"a": ("accepted", "Ann")})
    assert "reviewed" not in converted(tmp_path)[1]
    delineated(tmp_path / "rejected.gpkg", {"a": ("rejected", "Ann")}, rejected="bc")
    source = LinesSource(tmp_path / "scenes", tmp_path / "rejected.gpkg")
    with pytest.raises(InputError, match=r"no line or area \(0 features without geometry, 3 rejected\)"):
        convert(source, tmp_path / "Dataset602_None", LinesOptions(), RUN)


def test_lines_of_two_authors_are_two_traces(folder):
    write_features(folder / "lines" / "named.gpkg", [SLANTED, SLANTED], image_id=["a_20190312"] * 2, Author=["A", "B"])
    with pytest.raises(InputError, match="lines of 2 authors, A, B"):
        converted(folder)
    assert converted(folder, author="A")[0].is_dir()


def test_classes_that_are_no_zones_are_named_once(tmp_path):
    write_scene(tmp_path / "scenes" / "a.tif")
    write_features(tmp_path / "lines", [area_of(0, 0, 9, 9)] * 2, case=["a", "a"], zone=["forest", "forest"])
    with pytest.raises(InputError, match="2 areas are of class 'forest'"):
        converted(tmp_path)


def test_a_glacier_trains_and_tests_only_where_that_is_asked_for(folder):
    table = folder / "scenes" / "scenes.csv"
    table.write_text("case,glacier\na_20190312,Helheim\nb_20200401,Helheim\n")
    with pytest.raises(InputError, match=r"1 glacier trains and tests: Helheim.*--allow-shared-glaciers"):
        converted(folder, test_from=datetime.date(2020, 1, 1))
    out, text = converted(folder, test_from=datetime.date(2020, 1, 1), allow_shared_glaciers=True)
    splits = {case: files.scene.split for case, files in open_dataset(out).scenes.items()}
    assert splits == {"a_20190312": "train", "b_20200401": "test"} and "Helheim trains and tests" in text
    with pytest.raises(InputError, match="no scene is of glacier Jakobshavn; known are Helheim"):
        converted(folder, test_glaciers=("Jakobshavn",))


def test_a_table_names_the_scenes(folder):
    table = folder / "mine.csv"
    table.write_text("case,date,source\nB,2020-04-01,scenes/b_20200401.tif\n")
    out = folder / "Dataset602_Table"
    convert(LinesSource(table, folder / "lines"), out, LinesOptions(), RUN)
    with (out / "scenes.csv").open(newline="") as file:
        assert [row["case"] for row in csv.DictReader(file)] == ["B"]


def test_a_corrected_table_makes_the_labels_anew(tmp_path):
    """Two scenes whose days were swapped: each gets the line of its day, though no image and no line has changed."""
    for name in ("a", "b"):
        write_scene(tmp_path / "scenes" / f"{name}.tif")
    columns = (10, 40)
    lines = [on_map((column + 0.5, 0), (column + 0.5, 64)) for column in columns]
    write_features(tmp_path / "lines.gpkg", lines, Date=["2020-01-01", "2021-01-01"])
    source, out = LinesSource(tmp_path / "scenes.csv", tmp_path / "lines.gpkg"), tmp_path / "Dataset601_Mine"
    for days in (("2021-01-01", "2020-01-01"), ("2020-01-01", "2021-01-01")):
        rows = [f"{name},{day},scenes/{name}.tif" for name, day in zip("ab", days, strict=True)]
        (tmp_path / "scenes.csv").write_text("\n".join(["case,date,source", *rows]) + "\n")
        convert(source, out, LinesOptions(), RUN)
    for name, column in zip("ab", columns, strict=True):
        assert np.flatnonzero(read_map(out / "frontsTr" / f"{name}.png").any(axis=0)).tolist() == [column]


def test_folds_by_date_validate_one_block_after_the_other():
    day = datetime.date
    folds = date_folds({"c": day(2020, 1, 3), "a": day(2020, 1, 1), "b": day(2020, 1, 1)})
    assert folds == [{"train": ["c"], "val": ["a", "b"]}, {"train": ["a", "b"], "val": ["c"]}]
    with pytest.raises(GlacierError, match="at least two days"):
        date_folds({"a": day(2020, 1, 1)})
    assert training_folds([], "auto") == [{"train": [], "val": []}]


def test_real_lines_of_a_published_network_are_converted(shared_data, tmp_path):
    """Five of the six real scenes have a line of their name; the sixth is named as left out."""
    scenes = shared_data / "new_scenes"
    out = tmp_path / "Dataset603_Real"
    text = convert(LinesSource(scenes, scenes), out, LinesOptions(pixel_size_m=200), RUN)
    assert "5 training and 0 test scenes" in text and "JI_cut_polygon.geojson, feature 1: it names no scene" in text
    assert all(files.read_front().any() for files in open_dataset(out).scenes.values())
