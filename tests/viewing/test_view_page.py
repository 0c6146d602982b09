"""The folder of the page: pictures of a bounded size, the data, what is kept, and what is refused."""

import json
import shutil
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from delineated_folders import CASES, data_of, front, made_lines, write_delineated
from PIL import Image
from pyproj import Geod
from rasterio.control import GroundControlPoint
from scenes_on_the_map import EDGE_M, FRONT_X, NORTH, WEST, made_scene, write_scene
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.delineation.reviews import review_problems
from nnunet_glacier.formats.dated_lines import vector_files
from nnunet_glacier.formats.delineated_lines import FRONTS
from nnunet_glacier.formats.line_reviews import Review, parse_reviews
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.support.errors import InputError
from nnunet_glacier.viewing.display_plane import display_plane, ground_scale, north_degrees
from nnunet_glacier.viewing.stage import Options, view


def run(*arguments):
    return CliRunner().invoke(app, ["view", *map(str, arguments)])


@pytest.fixture
def out(tmp_path):
    return write_delineated(tmp_path)


def test_the_page_knows_every_scene(out):
    """By date, in the metres of the lines' own map, with pictures, front and what lies beside it."""
    told = str(view(out, Options(reviewer="Ann")))
    content = data_of(out / "page")
    assert (content["crs"], content["reviewer"]) == ("EPSG:3413", "Ann")
    assert [scene["case"] for scene in content["scenes"]] == list(CASES)
    first, _, last = content["scenes"]
    assert (first["date"], first["glacier"], first["sensor"]) == ("2015-01-30", "Made", "S1")
    assert first["bounds"] == pytest.approx([WEST, NORTH - EDGE_M, WEST + EDGE_M, NORTH])
    (line,) = first["lines"]
    assert line["parts"][0][0] == [FRONT_X, NORTH]
    assert (line["status"], line["uncertainty_m"]) == ("not reviewed", 40)
    assert len(first["prolonged"]) == 1 and len(last["other_pieces"]) == 1
    assert first["notes"] == []
    assert "0 of 3 fronts reviewed" in told
    assert "Pictures of 3 scenes made" in told


def test_pictures_show_what_the_rasters_hold(out):
    """Grey stretched over the scene, zones in their colours, a clear picture where no front is probable."""
    view(out)
    folder = out / "page" / "images"
    scene = Image.open(folder / "a_2015_scene.png")
    assert scene.size == (100, 100)
    grey = np.asarray(scene)
    assert grey[50, 10] == 255 and grey[50, 90] == 1
    zones = np.asarray(Image.open(folder / "a_2015_zones.png").convert("RGBA"))
    assert tuple(zones[50, 10]) == (168, 214, 244, 255)
    assert tuple(zones[50, 90]) == (0, 84, 150, 255)
    probability = np.asarray(Image.open(folder / "a_2015_probability.png").convert("RGBA"))
    assert probability[50, 10, 3] == probability[50, 90, 3] == 0
    # Half a pixel from the front exp(-1 / 36) = 0.973 of 235.
    assert probability[50, 49, 3] == probability[50, 50, 3] == 228


def test_pictures_are_no_larger_than_asked(out):
    """Longest side of 40 of 100 pixels: a pixel is the mean of those that it covers."""
    view(out, Options(longest_px=40))
    scene = np.asarray(Image.open(out / "page" / "images" / "a_2015_scene.png"))
    assert scene.shape == (40, 40)
    assert scene[20, 4] == 255 and scene[20, 36] == 1


def test_a_scene_that_control_points_place_is_shown(out):
    """Its maps are on a grid of their own."""
    image = out.parent / "images" / "a_2015.tif"
    corners = [(row, column) for row in (0, 100) for column in (0, 100)]
    points = [GroundControlPoint(row, column, WEST + 80 * column, NORTH - 80 * row) for row, column in corners]
    image.unlink()
    write_scene(image, made_scene(), crs="EPSG:3413", transform=rasterio.Affine.identity(), gcps=points)
    view(out)
    scene = np.asarray(Image.open(out / "page" / "images" / "a_2015_scene.png"))
    assert scene[50, 10] == 255 and scene[50, 90] == 1


def test_pictures_that_are_there_are_kept(out):
    """Not where a scene was delineated anew, a picture is damaged, or the size is another."""
    view(out)
    picture = out / "page" / "images" / "b_2016_zones.png"
    before = picture.stat().st_mtime_ns
    assert view(out).made == 0
    assert picture.stat().st_mtime_ns == before
    picture.write_bytes(picture.read_bytes()[:100])
    assert view(out).made == 1
    record = json.loads((out / "scenes" / "c_2017.json").read_text())
    record["made_from"]["sha256"] = "another"
    (out / "scenes" / "c_2017.json").write_text(json.dumps(record))
    assert view(out).made == 1
    assert view(out, Options(longest_px=50, overwrite=True)).made == 3


def test_a_scene_whose_image_is_gone_shows_its_zones(out):
    shutil.rmtree(out.parent / "images")
    told = str(view(out))
    scene = data_of(out / "page")["scenes"][0]
    assert scene["pictures"] == {"scene": "", "zones": "a_2015_zones.png", "probability": "a_2015_probability.png"}
    assert "The image is gone" in scene["notes"][0]
    assert "Of 3 scenes not all can be shown" in told


@pytest.mark.parametrize("with_zones", [True, False])
@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"crs": None}, "it has no place on a map: it is another image now"),
        ({"transform": rasterio.Affine.identity()}, "it has no place on a map: it is another image now"),
        ({}, "it has 1 band, and band 3 was delineated: it is another image now"),
    ],
)
def test_another_image_under_the_name_of_one_is_said(out, profile, said, with_zones):
    """One without a place, or with fewer bands than the record tells; the other pictures are made."""
    image = out.parent / "images" / "a_2015.tif"
    write_scene(image, made_scene(), **profile)
    record = json.loads((out / "scenes" / "a_2015.json").read_text())
    record["image"]["band"] = 1 if profile else 3
    (out / "scenes" / "a_2015.json").write_text(json.dumps(record))
    if not with_zones:
        for folder in ("zones", "front_probability"):
            (out / folder / "a_2015.tif").unlink()
    view(out)
    scene = data_of(out / "page")["scenes"][0]
    assert scene["pictures"]["scene"] == "" and bool(scene["pictures"]["zones"]) == with_zones
    assert f"{image}: {said}, so give delineate the scenes again." in scene["notes"]


@pytest.mark.parametrize("name", ["images/a_2015.tif", "out/zones/a_2015.tif"])
def test_a_file_that_could_not_be_read_once_is_read_again(out, name):
    """As from a disk that was away for a moment; pictures of the other scenes are kept."""
    file = out.parent / name
    whole = file.read_bytes()
    file.write_bytes(b"II*\0" + bytes(20))
    assert view(out).made == 3
    assert any(f"{file}: it cannot be read" in note for note in data_of(out / "page")["scenes"][0]["notes"])
    file.write_bytes(whole)
    assert view(out).made == 1
    scene = data_of(out / "page")["scenes"][0]
    assert scene["notes"] == [] and all(scene["pictures"].values())
    assert view(out).made == 0


def test_a_map_in_degrees_is_shown_in_metres_round_its_lines(tmp_path):
    """North is up in the middle and lengths are true there; across the antimeridian too."""
    lines = gpd.GeoDataFrame(geometry=gpd.points_from_xy([179.9, -179.7], [70.0, 70.0]), crs="EPSG:4326")
    crs = display_plane([lines])
    assert "+lon_0=-179.90" in crs
    placed = lines.to_crs(crs).geometry
    true_m = Geod(ellps="WGS84").inv(179.9, 70, -179.7, 70)[2]
    assert placed[0].distance(placed[1]) == pytest.approx(true_m, rel=1e-4)
    assert ground_scale(crs, 0, 0) == pytest.approx(1, abs=1e-4)
    assert north_degrees(crs, 0, 0) == pytest.approx(0, abs=0.05)
    # At the longitude of -45 degrees + 40 the meridian leans by 40 degrees in EPSG:3413.
    x, y = gpd.GeoSeries(gpd.points_from_xy([-5.0], [75.0]), crs="EPSG:4326").to_crs("EPSG:3413").iloc[0].coords[0]
    assert north_degrees("EPSG:3413", x, y) == pytest.approx(-40, abs=0.1)
    x, y = gpd.GeoSeries(gpd.points_from_xy([-5.0], [60.0]), crs="EPSG:4326").to_crs("EPSG:3857").iloc[0].coords[0]
    assert ground_scale("EPSG:3857", x, y) == pytest.approx(0.5, abs=0.005)


def test_downloads_hold_the_fronts(out):
    """CSV of all fronts with their layer, GeoJSON in degrees, and the GeoPackage itself."""
    view(out)
    folder = out / "page" / "downloads"
    table = pd.read_csv(folder / "fronts.csv")
    assert list(table["layer"]) == ["fronts"] * 3
    assert list(table["date"]) == list(CASES.values())
    assert gpd.read_file(folder / "fronts.geojson").to_crs("EPSG:3413").geometry[0].bounds[0] == pytest.approx(FRONT_X)
    contents = []
    for path in (folder / "fronts.gpkg", out / "fronts.gpkg"):
        with closing(sqlite3.connect(path)) as database:
            contents.append(list(database.iterdump()))
    assert contents[0] == contents[1] and len(contents[0]) > 20


def test_a_column_layer_of_somebody_s_own_stands_beside_the_page_s_in_the_csv(out):
    """In either of the layers that are judged, under another name that is free."""
    for name, own in (("fronts", ("layer", "layer_1")), ("rejected", ("layer",))):
        table = gpd.read_file(out / "fronts.gpkg", layer=name)
        for column in own:
            table[column] = [f"mine {column}"] * len(table)
        table.to_file(out / "fronts.gpkg", layer=name, driver="GPKG")
    view(out)
    table = pd.read_csv(out / "page" / "downloads" / "fronts.csv")
    assert list(table["layer"]) == ["fronts"] * 3
    assert list(table["layer_1"]) == ["mine layer_1"] * 3
    assert list(table["layer_2"]) == ["mine layer"] * 3


def test_no_text_of_a_file_is_a_tag(tmp_path):
    """A glacier named as a script ends no script and stays what it is."""
    name = "</script><script>alert(1)</script>"
    out = write_delineated(tmp_path, [front(case, glacier=name, flags=f"{name}; much NA") for case in CASES])
    view(out)
    assert "<" not in (out / "page" / "data.js").read_text(encoding="utf-8")
    scene = data_of(out / "page")["scenes"][0]
    assert scene["glacier"] == name
    assert scene["lines"][0]["flags"] == [name, "much NA"]


def test_the_curve_of_retreat_is_shown(out, tmp_path):
    """Of a result with days of these fronts; another one is refused."""
    rows = {"method": "centreline", "date": ["2015-01-30", "2016-02-01"], "position_m": [4000.0, 3900], "flags": ""}
    (tmp_path / "series").mkdir()
    pd.DataFrame({**rows, "uncertainty_m": [40.0, None]}).to_csv(tmp_path / "series" / "series.csv")
    view(out, Options(retreat=tmp_path / "series"))
    (curve,) = data_of(out / "page")["curves"]
    assert curve["points"][1] == {"date": "2016-02-01", "position_m": 3900, "uncertainty_m": None, "flags": ""}
    pd.DataFrame({**rows, "date": "1999-01-01", "uncertainty_m": 1}).to_csv(tmp_path / "series" / "series.csv")
    with pytest.raises(InputError, match="none of its days"):
        view(out, Options(retreat=tmp_path / "series"))
    pd.DataFrame({**rows, "uncertainty_m": ["1 m", None]}).to_csv(tmp_path / "series" / "series.csv")
    result = run(out, "--retreat", tmp_path / "series")
    assert result.exit_code == 2 and "line 2: its uncertainty_m '1 m' is no finite" in " ".join(result.output.split())


def test_reviews_of_a_page_without_a_server_are_taken_over(out, tmp_path):
    """From the file that the page saves; one that is wrong changes nothing."""
    entry = {"case": "b_2016", "status": "rejected", "reviewed_by": "Ann"}
    file = tmp_path / "reviews.json"
    file.write_text(json.dumps({"form": "nnunet-glacier reviews 1", "crs": "EPSG:3413", "reviews": [entry]}))
    result = run(out, "--reviews", file)
    assert result.exit_code == 0 and "1 review taken over" in result.output and "1 of 3 fronts" in result.output
    assert list(gpd.read_file(out / "fronts.gpkg", layer="rejected")["case"]) == ["b_2016"]
    assert data_of(out / "page")["scenes"][1]["lines"][0]["reviewed_by"] == "Ann"
    before = (out / "fronts.gpkg").read_bytes()
    entry["case"] = "lost"
    file.write_text(json.dumps({"form": "nnunet-glacier reviews 1", "crs": "EPSG:3413", "reviews": [entry]}))
    result = run(out, "--reviews", file)
    assert result.exit_code == 2 and "lost: it has no front" in result.output
    assert (out / "fronts.gpkg").read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (shutil.rmtree, "there is no such folder"),
        (lambda out: (out / "fronts.gpkg").unlink(), "holds no fronts.gpkg"),
        (lambda out: (out / "fronts.gpkg").write_bytes(b"no"), "cannot be read as fronts"),
        (lambda out: shutil.rmtree(out / "scenes"), "no record of a scene"),
        (lambda out: (out / "scenes" / "a_2015.json").write_text("{}"), "made_from is missing"),
        (lambda out: (out / "page").write_text(""), "it is a file"),
    ],
)
def test_what_is_no_delineated_folder_is_refused(out, spoil, said):
    spoil(out)
    result = run(out)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (out / "page" / "index.html").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("é" * 100, ""),
        ("", ""),
        ("a" * 101, "--reviewer: it has 101 letters. Give a name of up to 100"),
        ("A\u200bB", "--reviewer: it has characters that cannot be seen"),
    ],
)
def test_a_name_under_which_no_review_is_taken_is_refused(out, name, said):
    result = run(out, "--reviewer", name)
    assert result.exit_code == (2 if said else 0) and said in " ".join(result.output.split())
    if not said:
        assert data_of(out / "page")["reviewer"] == name
        review = {"case": "a_2015", "status": "accepted", "reviewed_by": name or "Ann"}
        parse_reviews({"form": "nnunet-glacier reviews 1", "crs": "EPSG:3413", "reviews": [review]}, "here")
    else:
        assert not (out / "page").exists()


def test_pictures_of_a_case_with_a_long_name_have_room_for_their_endings(out):
    """A name of 242 bytes, which a record and maps have room for; the scene is shown like any other."""
    case = "ö" * 121
    for folder, ending in (("scenes", "json"), ("zones", "tif"), ("front_probability", "tif")):
        (out / folder / f"a_2015.{ending}").rename(out / folder / f"{case}.{ending}")
    view(out)
    (scene,) = (scene for scene in data_of(out / "page")["scenes"] if scene["case"] == case)
    assert scene["notes"] == []
    names = list(scene["pictures"].values())
    assert len(set(names)) == 3 and all((out / "page" / "images" / name).is_file() for name in names)
    assert view(out).made == 0


@pytest.mark.parametrize("case", [None, "", " "])
@pytest.mark.parametrize("layer", ["fronts", "other_pieces"])
def test_a_line_that_names_no_scene_is_said(out, layer, case):
    """As a front that was drawn anew in QGIS: no page is written, no review taken over, and no scene delineated."""
    table = gpd.read_file(out / "fronts.gpkg", layer=layer)
    drawn = table.iloc[[0]].assign(case=case)
    pd.concat([table, drawn]).to_file(out / "fronts.gpkg", layer=layer, driver="GPKG")
    result = run(out)
    assert result.exit_code == 2
    said = f"layer {layer}: 1 feature names no scene in the column case, the first is feature {len(table) + 1}."
    assert said in " ".join(result.output.split())
    assert not (out / "page" / "index.html").exists()
    with pytest.raises(InputError, match="or delete the line"):
        apply_reviews(out / "fronts.gpkg", [Review("a_2015", "accepted", "Ann")], "EPSG:3413")
    (problem,) = review_problems(out, FRONTS)
    assert "names no scene" in problem.what and problem.remedy.startswith("Write the scene's name there")


def test_the_copies_of_a_page_are_no_further_lines(out):
    """`retreat` of the folder reads its GeoPackage alone, wherever in it the page is."""
    view(out)
    view(out, Options(page=out / "pages" / "first"))
    assert (out / "page" / "downloads" / "fronts.gpkg").is_file()
    assert vector_files(out) == [out / "fronts.gpkg"]


@pytest.mark.parametrize("name", ["index.html", "notes.txt", "images"])
def test_a_folder_of_something_else_is_left_alone(out, tmp_path, name):
    """Whatever it holds but what a killed process left under a temporary name."""
    (tmp_path / "site").mkdir()
    other = tmp_path / "site" / name
    other.write_text("mine")
    result = run(out, "--page", tmp_path / "site")
    assert result.exit_code == 2 and "it is not empty and holds no quick_looks.jsonl" in " ".join(result.output.split())
    assert list((tmp_path / "site").iterdir()) == [other] and other.read_text() == "mine"


def test_a_page_is_known_for_one_after_a_kill_at_its_first_picture(out, monkeypatch):
    """The record is there by then."""
    import nnunet_glacier.viewing.stage as stage

    def killed(*arguments):
        assert list((out / "page").iterdir()) == [out / "page" / "quick_looks.jsonl"]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(stage, "make_quick_look", killed)
        view(out)
    assert "Pictures of 3 scenes made" in str(view(out))


def test_scenes_without_a_front_are_shown_and_a_folder_without_any_line_is_refused(tmp_path):
    out = write_delineated(tmp_path, made_lines()[1:2])
    view(out)
    assert [len(scene["lines"]) for scene in data_of(out / "page")["scenes"]] == [0, 0, 1]
    empty = write_delineated(tmp_path / "empty", [])
    with pytest.raises(InputError, match="nothing to judge"):
        view(empty)
