"""Lines scored as ``fronts`` and ``lines`` deliver them."""

import json
import math
from dataclasses import replace

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.delivered_lines import lines_in_pixels, open_delivered_lines
from nnunet_glacier.formats.front_layers import CaseFront, write_geopackage
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import read_scenes, write_scenes
from nnunet_glacier.support.errors import GlacierError, InputError


def upright(column, top=0, bottom=64):
    """A line through the middle of a column of pixels."""
    return LineString([(column + 0.5, top), (column + 0.5, bottom)])


@pytest.fixture
def delivered(tmp_path, dataset):
    """The front of scene a as it is labelled, that of b three columns beside, and none of c."""
    scenes = read_scenes(dataset / "scenes.csv")
    fronts = [
        CaseFront(scenes[case], [MultiLineString([upright(column)])], 64, "zones", "")
        for case, column in (("a", 20), ("b", 23))
    ]
    write_geopackage(tmp_path / "fronts.gpkg", fronts)
    return tmp_path / "fronts.gpkg"


def test_delivered_lines_have_the_scores_of_masks(tmp_path, dataset, delivered, evaluate):
    """Distances of 0 and 3 pixels, and a label without a line, whose coverage is 0."""
    out = tmp_path / "scores"
    result = evaluate(delivered, dataset, out)
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(out / "scores.csv").set_index("case")
    assert list(rows.index) == ["a", "b", "c"]
    assert (rows.mean_distance_px["a"], rows.median_distance_px["b"], rows.median_distance_m["b"]) == (0, 3, 60)
    assert math.isnan(rows.mean_distance_px["c"]) and not rows.front_found["c"]
    assert (rows.coverage_100m["a"], rows.coverage_100m["b"], rows.coverage_100m["c"]) == (1, 1, 0)
    assert "1 labelled scene has no line in it: missed." in result.output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["scored"] == "delivered lines" and summary["route"] == "front"


def test_lines_on_the_map_are_scored_in_the_pixels_of_their_scene(tmp_path, dataset, evaluate):
    """The same front in degrees: back on its column."""
    affine = (20.0, 0.0, 500_000.0, 0.0, -20.0, 7_700_000.0)
    scenes = read_scenes(dataset / "scenes.csv")
    placed = [replace(scene, crs="EPSG:32622", affine=affine) for scene in scenes.values()]
    write_scenes(dataset / "scenes.csv", placed)
    on_map = LineString([(500_000 + 20 * 20.5, 7_700_000 - 20 * row) for row in range(65)])
    table = geopandas.GeoDataFrame({"case": ["a"]}, geometry=[on_map], crs="EPSG:32622").to_crs(4326)
    table.to_file(tmp_path / "lines.geojson")
    result = evaluate(tmp_path / "lines.geojson", dataset, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    assert pd.read_csv(tmp_path / "scores" / "scores.csv").set_index("case").mean_distance_px["a"] == 0


def test_ends_are_cut_of_delivered_lines_too(tmp_path, dataset, delivered, evaluate):
    """The same lines, which are straight: 0 and 3 pixels without the ends as well."""
    out = tmp_path / "scores"
    result = evaluate(delivered, dataset, out, "--cut-ends-m", 200)
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(out / "scores.csv").set_index("case")
    assert rows.loc[["a", "b"], "mean_distance_without_ends_px"].tolist() == [0, 3]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["cut_ends_m"] == 200 and "min_front_length_m" not in summary


@pytest.mark.parametrize("option", [("--route", "front"), ("--min-front-length-m", 100), ("--front-side", "glacier")])
def test_options_of_how_a_line_is_made_of_a_map_are_refused(tmp_path, dataset, delivered, evaluate, option):
    result = evaluate(delivered, dataset, tmp_path / "scores", *option)
    assert result.exit_code == 2
    assert f"{option[0]}: it makes lines of maps" in " ".join(result.output.split())


def test_lines_of_other_scenes_and_a_threshold_are_refused(tmp_path, dataset, delivered, evaluate):
    write_scenes(dataset / "scenes.csv", [read_scenes(dataset / "scenes.csv")["b"]])
    result = evaluate(delivered, dataset, tmp_path / "scores")
    assert result.exit_code == 2 and "has no scene of 1 case of it, such as a" in " ".join(result.output.split())
    result = evaluate(delivered, dataset, tmp_path / "scores", "--threshold", 0.5)
    assert result.exit_code == 2 and "these are lines already" in " ".join(result.output.split())
    assert not (tmp_path / "scores").exists()


def test_missing_scenes_are_never_left_out(tmp_path, dataset, delivered, evaluate):
    """Without a line they count as missed, so that the option that leaves them out is refused."""
    result = evaluate(delivered, dataset, tmp_path / "scores", "--allow-missing")
    assert result.exit_code == 2
    assert "--allow-missing: scenes without a delivered line count as missed" in " ".join(result.output.split())


def _change_scenes(dataset, **changes):
    scenes = read_scenes(dataset / "scenes.csv").values()
    write_scenes(dataset / "scenes.csv", [replace(scene, **changes) for scene in scenes])


def test_ends_are_cut_where_the_pixel_size_is_known(tmp_path, dataset, delivered, evaluate):
    """Without one no line would be left, which looked as if each were shorter than what is cut."""
    _change_scenes(dataset, pixel_size_m=math.nan)
    result = evaluate(delivered, dataset, tmp_path / "scores", "--cut-ends-m", 200)
    assert result.exit_code == 2 and not (tmp_path / "scores").exists()
    assert "the pixel size of 3 scenes is not known (a, b, c)" in " ".join(result.output.split())
    result = evaluate(delivered, dataset, tmp_path / "scores")
    assert result.exit_code == 0 and "3 scenes have no pixel size: errors in pixels only." in result.output


def test_a_box_beside_the_image_is_refused(tmp_path, dataset, delivered, evaluate):
    """No line would be left in it, and every scene count as missed."""
    _change_scenes(dataset, box=Box(500, 600, 0, 50))
    result = evaluate(delivered, dataset, tmp_path / "scores")
    assert result.exit_code == 2
    assert "the box of case a (rows 500 to 600, columns 0 to 50) does not overlap" in " ".join(result.output.split())


def test_labels_of_different_sizes_are_refused(tmp_path, dataset, delivered, evaluate):
    """The label map that marks pixels to ignore has half of the rows."""
    space = LABEL_SPACES["front"]
    labels = {**space.nnunet_labels(), "ignore": space.n_codes}
    content = {"labels": labels, "tasks": space.to_json(), "file_ending": ".png"}
    (dataset / "dataset.json").write_text(json.dumps(content))
    for case in "abc":
        write_raster(dataset / "labelsTs" / f"{case}.png", np.zeros((30, 50), dtype=np.uint8))
    result = evaluate(delivered, dataset, tmp_path / "scores")
    assert result.exit_code == 2
    what = "its maps differ in size (rows x columns): frontsTs/a.png 60x50, labelsTs/a.png 30x50"
    assert what in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("content", "what"), [(None, "there is no such label"), (b"junk", "it cannot be read as an image")]
)
def test_bad_labels_are_skipped_if_asked_for(tmp_path, dataset, delivered, evaluate, content, what):
    """The rest is scored, and every output says so."""
    label, out = dataset / "frontsTs" / "b.png", tmp_path / "scores"
    label.unlink()
    if content is not None:
        label.write_bytes(content)
    refused = evaluate(delivered, dataset, out)
    assert refused.exit_code == 2 and what in refused.output and not out.exists()
    result = evaluate(delivered, dataset, out, "--skip-bad")
    assert result.exit_code == 0 and "SKIPPED 1 scene with bad input" in result.output, result.output
    table = pd.read_csv(out / "scores.csv").set_index("case")
    assert list(table.index) == ["a", "c", "b"] and what in table.remarks["b"]
    summary = json.loads((out / "summary.json").read_text())
    assert [skipped["case"] for skipped in summary["skipped"]] == ["b"]
    assert (summary["subsets"]["all"]["images"], summary["subsets"]["all"]["mde_px"]) == (2, 0)


def test_lines_outside_the_split_are_counted(tmp_path, dataset, delivered, evaluate):
    """Lines of scenes a and b, of split test, beside labels of split train."""
    result = evaluate(delivered, dataset, tmp_path / "scores", "--split", "train")
    assert result.exit_code == 0, result.output
    assert "2 scenes with lines are outside split 'train': not scored." in result.output
    assert "Front errors, front as delivered" in result.output


def test_lines_on_the_map_need_a_scene_on_the_map():
    with pytest.raises(GlacierError, match="no CRS and affine"):
        lines_in_pixels((("EPSG:32622", upright(1)),), Scene("a", "", ""))
    (line,) = lines_in_pixels((("", LineString([(1, -2), (3, -4)])),), Scene("a", "", ""))
    assert np.array_equal(line.coords, [(1, 2), (3, 4)])


def test_layers_beside_the_fronts_are_not_scored(tmp_path, dataset, evaluate):
    """What delineate keeps beside them: icebergs' edges, followed ends and rejected lines."""
    for layer, column in (("fronts", 20), ("other_pieces", 40), ("prolonged", 41), ("rejected", 42)):
        table = geopandas.GeoDataFrame({"case": ["a"]}, geometry=[LineString([(column + 0.5, 0), (column + 0.5, -64)])])
        table.to_file(tmp_path / "fronts.gpkg", layer=layer)
    result = evaluate(tmp_path / "fronts.gpkg", dataset, tmp_path / "scores")
    assert result.exit_code == 0, result.output
    assert pd.read_csv(tmp_path / "scores" / "scores.csv").set_index("case").mean_distance_px["a"] == 0


def test_cases_that_are_numbers_or_missing(tmp_path):
    """A column of numbers with an empty cell holds floats; the line of that cell belongs to no scene."""
    path = tmp_path / "lines.gpkg"
    geopandas.GeoDataFrame({"case": [12, 13]}, geometry=[upright(1), upright(2)]).to_file(path)
    assert set(open_delivered_lines(path).lines) == {"12", "13"}
    geopandas.GeoDataFrame({"case": [12.0, 13.0]}, geometry=[upright(1), upright(2)]).to_file(path)
    assert set(open_delivered_lines(path).lines) == {"12", "13"}
    geopandas.GeoDataFrame({"case": [12, None]}, geometry=[upright(1), upright(2)]).to_file(path)
    with pytest.raises(InputError, match="a line has nothing in its column 'case'"):
        open_delivered_lines(path)
