"""Tables of lines as layers: types of the columns."""

import datetime

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import LineString

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
