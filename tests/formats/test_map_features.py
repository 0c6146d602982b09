"""Features that somebody drew, read from a file with several layers."""

import geopandas
from shapely import LineString

from nnunet_glacier.formats.map_features import FeatureColumns, open_features


def test_layers_beside_the_fronts_are_no_lines_to_train_on(tmp_path):
    """Only what is rejected counts as such; pieces and followed ends repeat or accompany the fronts."""
    for number, layer in enumerate(("fronts", "other_pieces", "prolonged", "rejected")):
        lines = [LineString([(number, 0), (number, 1)])]
        geopandas.GeoDataFrame({"case": ["a"]}, geometry=lines, crs="EPSG:3413").to_file(
            tmp_path / "fronts.gpkg", layer=layer
        )
    read = open_features(tmp_path / "fronts.gpkg")
    assert [feature.geometry.coords[0] for feature in read.features] == [(0, 0)]
    assert read.n_rejected == 1


def test_a_scene_whose_name_is_a_number(tmp_path):
    """With an empty cell the column is one of floats, and the scene is still 12; the empty cell names none."""
    columns = {"scene": [12, None], "zone": [3, None]}
    lines = [LineString([(0, 0), (0, number)]) for number in (1, 2)]
    geopandas.GeoDataFrame(columns, geometry=lines, crs="EPSG:3413").to_file(tmp_path / "a.gpkg")
    read = open_features(tmp_path / "a.gpkg").features
    assert [feature.names for feature in read] == [{"a", "12"}, {"a"}]
    named = open_features(tmp_path / "a.gpkg", FeatureColumns(scene="scene", said="zone")).features
    assert [(feature.names, feature.said) for feature in named] == [({"12"}, "3"), ({""}, "")]
