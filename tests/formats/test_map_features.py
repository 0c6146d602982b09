"""Features that somebody drew, read from a file with several layers."""

import geopandas
from shapely import LineString

from nnunet_glacier.formats.map_features import open_features


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
