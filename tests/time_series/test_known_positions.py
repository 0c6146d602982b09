"""Fronts that move by a known distance, in every kind of place and map: positions to 0.1 %."""

from pathlib import Path

import pandas as pd
import pytest
from made_fronts import MadeGlacier, days_and_positions, write_shapes

from nnunet_glacier.time_series.references import MethodSettings
from nnunet_glacier.time_series.retreat import Options, measure

WITHIN = 1e-3
"""The agreement that is asked for; measured is better than 1e-4."""

PLACES = {
    "Jakobshavn Isbrae, polar stereographic": (MadeGlacier(-49.0, 69.1, azimuth=280), "EPSG:3413"),
    "the same, due north": (MadeGlacier(-49.0, 69.1, azimuth=0), "EPSG:3413"),
    "the same, Web Mercator": (MadeGlacier(-49.0, 69.1, azimuth=37), "EPSG:3857"),
    "Svalbard, UTM": (MadeGlacier(16.0, 78.5, azimuth=215), "EPSG:32633"),
    "Pine Island Glacier, polar stereographic": (MadeGlacier(-100.0, -75.1, azimuth=300), "EPSG:3031"),
    "Ross Ice Shelf, over 180 degrees, in degrees": (MadeGlacier(179.8, -77.5, azimuth=80), "EPSG:4326"),
    "Ross Ice Shelf, over 180 degrees": (MadeGlacier(179.8, -77.5, azimuth=80), "EPSG:3031"),
    "Wrangel Island, fronts over 180 degrees, in degrees": (MadeGlacier(180.0, 71.2, azimuth=3), "EPSG:4326"),
    "Patagonia, degrees": (MadeGlacier(-73.5, -49.0, azimuth=265), "EPSG:4326"),
    "a bend to the right": (MadeGlacier(-49.0, 69.1, azimuth=250, bend=3.0), "EPSG:3413"),
    "a bend to the left, Antarctica": (MadeGlacier(160.0, -75.0, azimuth=100, bend=-2.0), "EPSG:3031"),
}


def measured(tmp_path: Path, glacier: MadeGlacier, crs: str, series: list, **options) -> pd.DataFrame:
    """What is measured of fronts at known positions."""
    days, positions = zip(*series, strict=True)
    fronts = [glacier.front(position) for position in positions]
    lines = write_shapes(tmp_path / "fronts.gpkg", fronts, crs, date=[day.isoformat() for day in days])
    return pd.concat([one.table for one in measure(lines, Options(**options))[2]])


@pytest.mark.parametrize("place", PLACES)
def test_a_front_that_retreats_500_m_a_year(tmp_path, place):
    """By all methods along the centreline: position, change and rate, whatever the map."""
    glacier, crs = PLACES[place]
    series = days_and_positions(12_000.0, -500.0)
    line = write_shapes(tmp_path / "line.gpkg", [glacier.centreline()], crs)
    table = measured(
        tmp_path, glacier, crs, series, centreline=line, upstream="start", measuring=MethodSettings(width_m=3000)
    )
    assert set(table["method"]) == {"centreline", "multi-centreline", "curvilinear box"}
    for _, rows in table.groupby("method"):
        assert rows["position_m"].tolist() == pytest.approx([position for _, position in series], rel=WITHIN)
        assert rows["rate_m_per_year"].iloc[1:].tolist() == pytest.approx([-500.0] * 5, rel=WITHIN)
        assert rows["change_m"].iloc[1:].tolist() == pytest.approx([-500.0 * 487 / 365.25] * 5, rel=WITHIN)
    widths = table.loc[table["method"] == "centreline", "width_m"]
    assert widths.tolist() == pytest.approx([8000.0] * 6, rel=WITHIN)


@pytest.mark.parametrize("place", [place for place in PLACES if "bend" not in place])
def test_a_rectilinear_box(tmp_path, place):
    """Area is width times position: 6 km wide."""
    glacier, crs = PLACES[place]
    series = days_and_positions(12_000.0, -500.0)
    box = write_shapes(tmp_path / "box.gpkg", [glacier.box()], crs)
    table = measured(tmp_path, glacier, crs, series, box=box, upstream=f"{glacier.longitude},{glacier.latitude}")
    assert table["area_km2"].tolist() == pytest.approx([6 * position / 1000 for _, position in series], rel=WITHIN)
    assert table["position_m"].tolist() == pytest.approx([position for _, position in series], rel=WITHIN)
    assert table["rate_m_per_year"].iloc[1:].tolist() == pytest.approx([-500.0] * 5, rel=WITHIN)
    assert table["width_m"].tolist() == pytest.approx([6000.0] * 6, rel=WITHIN)


def test_the_sign_is_that_of_the_side_given(tmp_path):
    """The same fronts advance or retreat by what the user says; a line drawn the other way needs the other word."""
    glacier = MadeGlacier(-49.0, 69.1, azimuth=280)
    series = days_and_positions(8_000.0, 500.0)
    changes = {}
    for name, drawn, upstream in (
        ("start", glacier.centreline(), "start"),
        ("drawn back", glacier.centreline().reverse(), "end"),
        ("side", glacier.centreline().reverse(), "east"),
        ("place", glacier.centreline().reverse(), "-48.9,69.1"),
        ("wrong", glacier.centreline(), "end"),
    ):
        (tmp_path / name).mkdir()
        line = write_shapes(tmp_path / name / "line.gpkg", [drawn], "EPSG:3413")
        table = measured(tmp_path / name, glacier, "EPSG:3413", series, centreline=line, upstream=upstream)
        changes[name] = table.loc[table["method"] == "centreline", "change_m"].iloc[1:].mean()
    advance = 500 * 487 / 365.25
    expected = {name: -advance if name == "wrong" else advance for name in changes}
    assert changes == pytest.approx(expected, rel=WITHIN)


def test_without_a_side_the_line_as_drawn_and_no_event(tmp_path):
    """Positions grow along the line; a jump is not called calving."""
    glacier = MadeGlacier(-49.0, 69.1, azimuth=280)
    steady = days_and_positions(8_000.0, 100.0, 12)
    series = [*steady[:6], *((day, position - 3000) for day, position in steady[6:])]
    line = write_shapes(tmp_path / "line.gpkg", [glacier.centreline()], "EPSG:3413")
    table = measured(tmp_path, glacier, "EPSG:3413", series, centreline=line)
    assert (table["event"] == "").all()
    signed = measured(tmp_path, glacier, "EPSG:3413", series, centreline=line, upstream="start")
    calving = signed[(signed["method"] == "centreline") & (signed["event"] == "calving")]
    assert calving["change_m"].tolist() == pytest.approx([-3000 + 100 * 487 / 365.25], rel=WITHIN)
    assert calving[["since", "date"]].values.tolist() == [[steady[5][0].isoformat(), steady[6][0].isoformat()]]


def test_a_line_made_of_the_fronts(tmp_path):
    """Without centreline and box the fronts' main direction serves: changes are right, the origin is arbitrary."""
    glacier = MadeGlacier(179.8, -77.5, azimuth=80)
    series = days_and_positions(12_000.0, -500.0)
    table = measured(tmp_path, glacier, "EPSG:3031", series, upstream="west")
    for _, rows in table.groupby("method"):
        assert rows["rate_m_per_year"].iloc[1:].tolist() == pytest.approx([-500.0] * 5, rel=WITHIN)


def test_fronts_of_several_maps(tmp_path):
    """Files in three CRS in one folder, days in the files' names, a GeoJSON cut at 180 degrees as RFC 7946 has it."""
    glacier = MadeGlacier(180.0, 71.2, azimuth=3)
    folder = tmp_path / "fronts"
    folder.mkdir()
    write_shapes(folder / "a_20010101.shp", [glacier.front(9000)], "EPSG:3413")
    write_shapes(folder / "b_2002-01-01.gpkg", [glacier.front(8500)], "EPSG:32601")
    west, east = cut_at_180(glacier.front(8000))
    (folder / "front_2003_01_01.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": '
        f'{{"type": "MultiLineString", "coordinates": [{west}, {east}]}}}}]}}'
    )
    line = write_shapes(tmp_path / "line.gpkg", [glacier.centreline()], "EPSG:4326")
    table = pd.concat([one.table for one in measure(folder, Options(centreline=line, upstream="start"))[2]])
    for _, rows in table.groupby("method"):
        assert rows["date"].tolist() == ["2001-01-01", "2002-01-01", "2003-01-01"]
        assert rows["position_m"].tolist() == pytest.approx([9000, 8500, 8000], rel=WITHIN)
    assert table["width_m"].tolist()[-3:] == pytest.approx([8000] * 3, rel=WITHIN)


def cut_at_180(front) -> tuple[list, list]:
    """Coordinates of the parts of a line on both sides of 180 degrees, each ending on it."""
    points = [((longitude + 180) % 360 - 180, latitude) for longitude, latitude in front.coords]
    west = [list(point) for point in points if point[0] > 0]
    east = [list(point) for point in points if point[0] < 0]
    middle = (max(lat for lon, lat in points) + min(lat for lon, lat in points)) / 2
    ordered = west if points[0][0] > 0 else west[::-1]
    return [*sorted(ordered), [180.0, middle]], [[-180.0, middle], *sorted(east)]
