"""Lengths on the ground against the ellipsoid's own formulas."""

import math

import pytest
from pyproj import Geod, Transformer
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.lines.ground_lengths import line_length_m, on_the_earth, scene_length_m

WGS84 = Geod(ellps="WGS84")


def ten_km(crs: str, longitude: float, latitude: float, azimuth: float) -> LineString:
    """A straight line on the map between two places that are 10 km apart."""
    end = WGS84.fwd(longitude, latitude, azimuth, 10_000)[:2]
    return LineString(Transformer.from_crs(4326, crs, always_xy=True).itransform([(longitude, latitude), end]))


@pytest.mark.parametrize("azimuth", [0, 37, 90])
@pytest.mark.parametrize(
    ("crs", "longitude", "latitude", "scale"),
    [
        ("EPSG:3413", -38.2, 66.4, 1.0122),
        ("EPSG:3413", -61.0, 81.0, 0.9755),
        ("EPSG:32624", -39.0, 66.4, 0.9996),
        ("EPSG:3031", -61.5, -64.9, 1.0223),
        ("EPSG:3857", -38.2, 66.4, 2.497),
    ],
)
def test_ten_kilometres_are_ten_kilometres(crs, longitude, latitude, scale, azimuth):
    """Whatever the scale of the map, which is 1.2 % too long at Helheim in Greenland's own projection."""
    line = ten_km(crs, longitude, latitude, azimuth)
    assert line.length == pytest.approx(10_000 * scale, rel=0.004)
    assert line_length_m(line, crs) == pytest.approx(10_000, abs=0.05)


def test_a_long_straight_edge_is_measured_as_it_is_drawn():
    """Along a parallel in degrees: the circle of latitude, not the shorter way over the pole."""
    sine = math.sin(math.radians(66))
    radius_m = 6_378_137.0 * math.cos(math.radians(66)) / math.sqrt(1 - 0.0066943799901413 * sine**2)
    length_m = line_length_m(LineString([(-40, 66), (-10, 66)]), "EPSG:4326")
    assert length_m == pytest.approx(math.radians(30) * radius_m, rel=1e-6)


def test_feet_and_local_coordinates():
    """The unit counts; a local CRS has no ellipsoid, and the plane's length stands."""
    transformer = Transformer.from_crs(4326, 2263, always_xy=True)
    line = LineString([transformer.transform(-74, 40.7), transformer.transform(-74, 40.8)])
    assert line_length_m(line, "EPSG:2263") == pytest.approx(WGS84.inv(-74, 40.7, -74, 40.8)[2], rel=1e-5)
    local = 'ENGCRS["site",EDATUM["site"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],LENGTHUNIT["metre",1]]'
    assert line_length_m(LineString([(0, 0), (300, 400)]), local) == 500
    assert on_the_earth(local, 0, 0) is None


def test_a_scene_tells_how_its_pixels_are_measured():
    """On the map, or by the size of a pixel; an affine without a CRS is on no map."""
    lines = MultiLineString([[(0, 0), (30, 40)], [(50, 40), (50, 90)]])
    affine = (20.0, 0.0, 500_000.0, 0.0, -20.0, 7_300_000.0)
    on_map = Scene("a", "", "", pixel_size_m=99.0, crs="EPSG:32624", affine=affine)
    assert scene_length_m(lines, on_map) == pytest.approx(2000 / 0.9996, rel=1e-5)
    assert scene_length_m(lines, Scene("a", "", "", pixel_size_m=7.0, affine=affine)) == 700


def test_a_line_of_equal_vertices_has_no_length():
    """GEOS would fail on it."""
    assert line_length_m(LineString([(0, -2e6), (0, -2e6)]), "EPSG:3413") == 0
