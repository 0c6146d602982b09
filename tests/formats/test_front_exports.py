"""Where the exports of fronts put them."""

import datetime

import geopandas
import numpy as np
import pytest
from pyproj import Geod
from shapely import LineString

from nnunet_glacier.formats.front_exports import write_export
from nnunet_glacier.support.errors import InputError

PLACES = [(-39.8, -78.0), (180.0, -78.0), (-73.5, -49.0), (-38.1, 66.4)]
"""Filchner, the Ross Ice Shelf over the antimeridian, Patagonia, Helheim."""


def fronts(places, crs: str) -> geopandas.GeoDataFrame:
    """A long front at each place, from a degree south of it to as far north, and 0.1 degrees east."""
    columns = {name: ["a"] * len(places) for name in ("glacier", "sensor", "image_id", "model", "flags")}
    columns["case"] = [f"scene {number}" for number in range(len(places))]
    columns |= {"date": [datetime.date(2020, 1, 2)] * len(places), "uncertainty_m": [40.0] * len(places)}
    columns |= {"mean_probability": [0.8] * len(places), "reviewed_by": [""] * len(places)}
    lines = [LineString([(x + 0.1 * at, y + at) for at in np.linspace(-1, 1, 81)]) for x, y in places]
    return geopandas.GeoDataFrame(columns, geometry=lines, crs="EPSG:4326").to_crs(crs)


@pytest.mark.parametrize(
    ("places", "crs"), [(PLACES, "EPSG:4326"), (PLACES[:2], "EPSG:3031"), (PLACES[3:], "EPSG:3413"), ([], "EPSG:4326")]
)
def test_the_reference_point_of_esa_cci_is_the_middle_of_the_front(tmp_path, places, crs):
    """In either hemisphere and over the antimeridian: to 300 m of 220 km, for the scale of the maps is not even."""
    (path,) = write_export(tmp_path, fronts(places, crs), "esa-cci")
    table = geopandas.read_file(path)
    assert len(table) == len(places)
    for (longitude, latitude), rp_lon, rp_lat in zip(places, table["rp_lon"], table["rp_lat"], strict=True):
        assert Geod(ellps="WGS84").inv(longitude, latitude, rp_lon, rp_lat)[2] < 300


def test_the_columns_of_calfin_say_where_a_front_lies(tmp_path):
    (path,) = write_export(tmp_path, fronts(PLACES[3:], "EPSG:4326"), "calfin")
    table = geopandas.read_file(path)
    middle = table.geometry.centroid
    assert table.crs == "EPSG:3413"
    assert (table["Center_X"][0], table["Center_Y"][0]) == (pytest.approx(middle.x[0]), pytest.approx(middle.y[0]))
    assert (table["Longitude"][0], table["Latitude"][0]) == (
        pytest.approx(-38.1, abs=2e-3),
        pytest.approx(66.4, abs=2e-3),
    )


@pytest.mark.parametrize("form", ["calfin", "termpicks"])
def test_a_southern_front_has_no_place_on_greenlands_map(tmp_path, form):
    with pytest.raises(InputError, match="3 scenes lie in the southern hemisphere: scene 0, scene 1, scene 2"):
        write_export(tmp_path, fronts(PLACES, "EPSG:4326"), form)
    assert list(tmp_path.iterdir()) == []


def test_what_a_person_drew_is_not_called_automatic(tmp_path):
    """Seen by nobody, accepted, drawn anew, and drawn from the first; with days as the product has them."""
    table = fronts(4 * PLACES[3:], "EPSG:4326")
    table["reviewed_by"] = ["", "Ann", "Ann", "Ann"]
    table["mean_probability"] = [0.8, 0.8, np.nan, np.nan]
    table["model"] = ["caffe-256"] * 3 + [""]
    (path,) = write_export(tmp_path, table, "esa-cci")
    read = geopandas.read_file(path)
    assert list(read["det_mode"]) == ["auto", "auto", "editing", "manual"]
    assert list(read["proc_soft"]) == ["nnunet-glacier caffe-256"] * 3 + ["Ann"]
    assert set(read["acq_time_1"]) == {"2020-01-02"}
    (path,) = write_export(tmp_path, table, "calfin")
    assert list(geopandas.read_file(path)["Author"]) == ["nnunet-glacier caffe-256"] * 3 + ["Ann"]
