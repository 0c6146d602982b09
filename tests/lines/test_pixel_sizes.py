"""The size of pixels on the ground."""

import math
import pickle

import pytest
from pyproj import CRS, Transformer

from nnunet_glacier.lines.pixel_sizes import OblongPixels, OblongPixelsError, ground_pixel_size_m
from nnunet_glacier.support.errors import MendableError

UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)
SHAPE = (300, 400)


def test_metres_and_feet_are_the_maps():
    """As everybody quotes them, though the ground differs by 0.04 % in UTM and by 1.2 % here in EPSG:3413."""
    assert ground_pixel_size_m("EPSG:32606", UTM, SHAPE) == 20.0
    assert ground_pixel_size_m("EPSG:3413", (20.0, 0, 290_000.0, 0, -20.0, -2_570_000.0), SHAPE) == 20.0
    x, y = Transformer.from_crs(4326, 2263, always_xy=True).transform(-74, 40.7)
    assert ground_pixel_size_m("EPSG:2263", (20.0, 0, x, 0, -20.0, y), SHAPE) == pytest.approx(20 * 0.3048006096)


def test_a_turned_grid_is_square():
    """Edges are taken along rows and columns."""
    a, d = 20 * math.cos(0.5), 20 * math.sin(0.5)
    assert ground_pixel_size_m("EPSG:32606", (a, d, 4e5, d, -a, 6.8e6), SHAPE) == pytest.approx(20.0)


def test_without_a_crs_or_a_place_on_the_earth_nothing_is_known():
    """The user's word is asked for then."""
    assert math.isnan(ground_pixel_size_m("", UTM, SHAPE))


def degrees_of(metres: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude that so many metres are, by WGS 84's radii of curvature."""
    e2 = CRS.from_epsg(4326).ellipsoid.inverse_flattening
    e2 = (2 - 1 / e2) / e2
    w2 = 1 - e2 * math.sin(math.radians(latitude)) ** 2
    east = 6_378_137 / math.sqrt(w2) * math.cos(math.radians(latitude))
    north = 6_378_137 * (1 - e2) / w2**1.5
    return math.degrees(metres / east), math.degrees(metres / north)


@pytest.mark.parametrize("latitude", [-70.0, 0.0, 66.4])
def test_degrees_are_measured_at_the_images_centre(latitude):
    """Pixels of 25 m on the ground there."""
    dx, dy = degrees_of(25.0, latitude)
    affine = (dx, 0.0, -38.0, 0.0, -dy, latitude + 150 * dy)
    assert ground_pixel_size_m("EPSG:4326", affine, SHAPE) == pytest.approx(25.0, rel=1e-6)


def test_pixels_within_one_percent_count_as_square():
    """By the root of their area."""
    dx, dy = degrees_of(25.0, 66.4)
    affine = (dx * 1.008, 0.0, -38.0, 0.0, -dy, 66.4 + 150 * dy)
    assert ground_pixel_size_m("EPSG:4326", affine, SHAPE) == pytest.approx(25 * math.sqrt(1.008), rel=1e-6)


def test_web_mercator_is_measured_on_the_ground():
    """Its metres are 2.5 times too long at 66 degrees, and its pixels are square all the same."""
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(-38, 66.4)
    size_m = ground_pixel_size_m("EPSG:3857", (50.0, 0, x, 0, -50.0, y), (2, 2))
    assert size_m == pytest.approx(50 * math.cos(math.radians(66.4)), rel=0.003)


def test_equal_degrees_are_refused_with_the_way_to_square_metres():
    """The Helheim scene: 11 by 27.3 m."""
    affine = (0.000245, 0.0, -38.23, 0.0, -0.000245, 66.41)
    with pytest.raises(OblongPixelsError, match=r"11 by 27.3 m on the ground") as caught:
        ground_pixel_size_m("EPSG:4326", affine, (367, 857))
    assert "gdalwarp -t_srs EPSG:3413 -tr 17 17" in caught.value.remedy
    assert caught.value.pixels.warp("50").startswith("gdalwarp -t_srs EPSG:3413 -tr 50 50 ")


@pytest.mark.parametrize("error", [OblongPixelsError(OblongPixels(20, 30)), MendableError("it is wrong", "Mend it")])
def test_an_error_with_its_remedy_comes_back_whole_from_another_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.remedy) == (type(error), str(error), error.remedy)


def test_what_is_on_a_map_in_metres_is_not_sent_there_again():
    """Only its resolution is to change, in the unit of the map."""
    with pytest.raises(OblongPixelsError, match="20 by 30 m") as caught:
        ground_pixel_size_m("EPSG:32606", (20.0, 0.0, 400_000.0, 0.0, -30.0, 6_800_000.0), SHAPE)
    assert "-t_srs" not in caught.value.remedy and "-tr 24 24" in caught.value.remedy
