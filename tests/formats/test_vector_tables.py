import geopandas as gpd
from shapely import Point

from nnunet_glacier.formats.vector_tables import feature_rows


def test_rows_are_the_columns_without_the_geometry():
    table = gpd.GeoDataFrame({"case": ["a", "b"], "year": [2012, 2013]}, geometry=[Point(0, 0), Point(1, 1)])
    assert feature_rows(table) == [{"case": "a", "year": 2012}, {"case": "b", "year": 2013}]


def test_features_without_other_columns_have_empty_rows():
    assert feature_rows(gpd.GeoDataFrame(geometry=[Point(0, 0), Point(1, 1)])) == [{}, {}]


def test_no_features_have_no_rows():
    assert feature_rows(gpd.GeoDataFrame(geometry=[])) == []
