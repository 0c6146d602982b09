import geopandas as gpd
import pytest
from shapely import LineString, MultiLineString, Point, Polygon

from nnunet_glacier.dataset_conversion.geodata.vector_layers import read_layers
from nnunet_glacier.formats.vector_tables import feature_rows, read_vector_tables

CLICK, LINE = [(1.0, 1.0), (1.0, 1.0)], [(0.0, 0.0), (3.0, 4.0)]


def test_rows_are_the_columns_without_the_geometry():
    table = gpd.GeoDataFrame({"case": ["a", "b"], "year": [2012, 2013]}, geometry=[Point(0, 0), Point(1, 1)])
    assert feature_rows(table) == [{"case": "a", "year": 2012}, {"case": "b", "year": 2013}]


def test_features_without_other_columns_have_empty_rows():
    assert feature_rows(gpd.GeoDataFrame(geometry=[Point(0, 0), Point(1, 1)])) == [{}, {}]


def test_no_features_have_no_rows():
    assert feature_rows(gpd.GeoDataFrame(geometry=[])) == []


def _by_read_layers(file, what):
    return dict(read_layers(file, what))


@pytest.mark.parametrize("read", [read_vector_tables, _by_read_layers])
@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson"])
def test_lines_of_a_double_click_are_empty(tmp_path, read, ending):
    """A line between two vertices at one place; what else a feature holds stays, and so do the other features."""
    shapes = [MultiLineString([CLICK]), MultiLineString([LINE]), MultiLineString([CLICK, LINE])]
    file = tmp_path / f"lines.{ending}"
    gpd.GeoDataFrame({"day": [1, 2, 3]}, geometry=shapes, crs=3413).to_file(file)
    (table,) = read(file, "lines").values()
    assert table["day"].tolist() == [1, 2, 3]
    assert [0.0 if shape is None else shape.length for shape in table.geometry] == [0, 5, 5]
    assert (table.geometry.isna() | table.geometry.is_empty).tolist() == [True, False, False]
    assert table.geometry.iloc[2] == LineString(LINE)
    assert table.crs == 3413


def test_points_and_areas_are_read_as_they_are(tmp_path):
    for number, shape in enumerate([Point(1, 1), Polygon([(0, 0), (1, 0), (1, 1)])]):
        gpd.GeoDataFrame(geometry=[shape], crs=3413).to_file(tmp_path / f"{number}.gpkg")
        (table,) = read_vector_tables(tmp_path / f"{number}.gpkg", "shapes").values()
        assert table.geometry.iloc[0] == shape
