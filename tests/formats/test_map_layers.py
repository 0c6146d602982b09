"""Tables of lines as layers: types of the columns, and a layer for each CRS."""

import datetime

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from pyproj import CRS
from shapely import LineString

from nnunet_glacier.formats.dated_lines import vector_files
from nnunet_glacier.formats.layer_names import layer_names
from nnunet_glacier.formats.line_exports import write_geojson, write_shapefiles
from nnunet_glacier.formats.map_layers import write_layers

DAY = datetime.date(2015, 10, 20)


def table(days: list, crs: str | None = "EPSG:3413") -> geopandas.GeoDataFrame:
    names = [f"case {number}" for number in range(len(days))]
    columns = {"case": names, "date": days, "length_m": np.arange(len(days), dtype=float)}
    lines = [LineString([(0, 0), (number, 1)]) for number in range(len(days))]
    return geopandas.GeoDataFrame(pd.DataFrame(columns), geometry=lines, crs=crs)


@pytest.mark.parametrize("days", [[DAY, None], [None, None], []])
def test_a_date_is_a_date_column(tmp_path, days):
    """Also where no day is known, and in an empty layer: the type does not change from run to run."""
    write_layers(tmp_path / "a.gpkg", {"EPSG:3413": table(days)}, "fronts", "MultiLineString")
    info = pyogrio.read_info(tmp_path / "a.gpkg")
    assert dict(zip(info["fields"], info["ogr_types"], strict=True))["date"] == "OFTDate"
    layer = geopandas.read_file(tmp_path / "a.gpkg")
    assert [None if pd.isna(day) else day.date() for day in layer.date] == days
    assert layer.crs.to_epsg() == 3413 and set(layer.geom_type) <= {"MultiLineString"}


def test_layers_with_and_without_a_crs_stand_in_one_file(tmp_path):
    """Each with its own rows."""
    tables = {"EPSG:3413": table([DAY]), "": table([None, DAY], None)}
    assert write_layers(tmp_path / "a.gpkg", tables, "fronts", "LineString") == ["fronts_pixels", "fronts_EPSG_3413"]
    assert len(geopandas.read_file(tmp_path / "a.gpkg", layer="fronts_EPSG_3413")) == 1
    pixels = geopandas.read_file(tmp_path / "a.gpkg", layer="fronts_pixels")
    assert len(pixels) == 2 and pixels.crs is None and pixels.length_m.tolist() == [0.0, 1.0]


def polar_maps():
    """Maps of both poles without a code, whose texts begin alike, and a line on each in the map's own metres."""
    texts = [CRS.from_proj4(f"+proj=laea +lat_0={latitude} +lon_0=0 +datum=WGS84").to_wkt() for latitude in (70, -70)]
    return {text: table([None] * number, text) for number, text in enumerate(texts, start=2)}


def test_two_crs_without_a_code_are_two_layers(tmp_path):
    """Each line stays in its own CRS: none comes back at the other pole."""
    tables = polar_maps()
    layers = write_layers(tmp_path / "a.gpkg", tables, "lines", "LineString")
    assert len(set(layers)) == 2 and all(layer.startswith("lines_CRS_") for layer in layers)
    assert sorted(name for name, _ in pyogrio.list_layers(tmp_path / "a.gpkg")) == sorted(layers)
    read = [geopandas.read_file(tmp_path / "a.gpkg", layer=layer).to_crs("EPSG:4326") for layer in layers]
    assert {len(lines): round(lines.geometry.iloc[0].bounds[1]) for lines in read} == {2: 70, 3: -70}


def test_two_crs_without_a_code_are_two_files(tmp_path):
    """As shapefiles and as GeoJSON; beside their GeoPackage they are no further lines."""
    tables = {crs: lines.assign(date=DAY) for crs, lines in polar_maps().items()}
    for paths in (
        write_shapefiles(tmp_path / "shapefile", tables, "lines"),
        write_geojson(tmp_path, tables, "lines"),
    ):
        read = [geopandas.read_file(path).to_crs("EPSG:4326") for path in paths]
        assert {len(lines): round(lines.geometry.iloc[0].bounds[1]) for lines in read} == {2: 70, 3: -70}
    write_layers(tmp_path / "lines.gpkg", tables, "lines", "LineString")
    assert vector_files(tmp_path) == [tmp_path / "lines.gpkg"]


def test_one_crs_in_two_spellings_has_two_layers():
    """Also where a file system takes upper and lower case as the same."""
    names = layer_names(["EPSG:3413", "epsg:3413", "EPSG 3413"], "fronts")
    assert len({name.lower() for name in names.values()}) == 3
    assert names["EPSG:3413"] == "fronts_EPSG_3413"
