"""Lines scored as ``fronts`` and ``lines`` deliver them."""

import json
import math
from dataclasses import replace

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.delivered_lines import lines_in_pixels, open_delivered_lines
from nnunet_glacier.formats.front_layers import CaseFront, write_geopackage
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
