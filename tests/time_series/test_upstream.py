"""The upstream side as a place on the glacier: the side of the fronts that holds it, on a line and in a box."""

import math

import pytest
import shapely
from shapely import LineString, Point

from nnunet_glacier.support.errors import InputError
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.local_plane import LocalPlane
from nnunet_glacier.time_series.upstream import Upstream, downstream_of, from_upstream, parse_upstream

PLANE = LocalPlane(-50.0, 69.0)
FLOWLINE = Flowline(LineString([(0, 0), (45_000, 0)]), PLANE)
FRONTS = [LineString([(x, -3000), (x, 3000)]) for x in (40_000, 39_500, 39_000)]
LAKE = LineString([(10_000, 2000), (11_000, -500), (12_000, 2000)])
BOX = shapely.box(32_000, -2000, 41_000, 2000)


def place(x: float, y: float = 0.0) -> Upstream:
    """A place of the plane, as a user gives it."""
    return Upstream("place", place=PLANE.to_crs(Point(x, y), "EPSG:4326").coords[0])


@pytest.mark.parametrize(("x", "from_start"), [(1000, True), (38_000, True), (41_000, False), (60_000, False)])
def test_a_place_is_upstream_of_the_fronts_whichever_end_is_nearer(x, from_start):
    """The fronts cut the line near its end: nearly all of it lies above them, as at 38 km."""
    line = from_upstream(FLOWLINE, place(x, 500), [*FRONTS, LAKE]).line
    assert line.coords[0] == ((0, 0) if from_start else (45_000, 0))


def test_without_fronts_the_nearer_end_is_upstream():
    """A lake's shore that cuts the line twice has no side."""
    for fronts in ([], [LAKE]):
        starts = [from_upstream(FLOWLINE, place(x), fronts).line.coords[0] for x in (20_000, 25_000)]
        assert starts == [(0, 0), (45_000, 0)]


@pytest.mark.parametrize("x", [32_500, 37_000, 38_500])
def test_a_place_in_a_box_is_upstream_of_the_fronts(x):
    """Also where it lies beyond the box's middle, at 36.5 km."""
    flow = downstream_of(place(x), BOX, PLANE, FRONTS)
    assert flow == pytest.approx([1, 0], abs=1e-6)
    assert downstream_of(place(41_500), BOX, PLANE, FRONTS) == pytest.approx([-1, 0], abs=1e-6)


def test_a_place_between_the_fronts_is_refused():
    with pytest.raises(
        InputError, match=r"lies between the fronts: along the flow it is at 39.2 km, and they are at 39"
    ):
        from_upstream(FLOWLINE, place(39_200), FRONTS)
    with pytest.raises(InputError, match=r"it is at 7.2 km, and they are at 7.0 to 8.0 km. Give a place above all"):
        downstream_of(place(39_200), BOX, PLANE, FRONTS)


@pytest.mark.parametrize(("side", "from_start"), [("west", True), ("northwest", True), ("east", False)])
def test_a_side_is_that_of_one_end_of_the_flowline(side, from_start):
    """The line runs from west to east."""
    line = from_upstream(FLOWLINE, parse_upstream(side), FRONTS).line
    assert line.coords[0] == ((0, 0) if from_start else (45_000, 0))


@pytest.mark.parametrize("side", ["north", "south"])
def test_a_side_square_to_the_flowline_is_refused(side):
    """Also where the line turns a little: 10 degrees tell nothing either, and 20 do."""
    message = rf"{side} tells neither end of the flowline, which lie west and east. Give west or east, or LON,LAT"
    for north in (0, 45_000 * math.tan(math.radians(10))):
        with pytest.raises(InputError, match=message):
            from_upstream(Flowline(LineString([(0, 0), (45_000, north)]), PLANE), parse_upstream(side), FRONTS)
    oblique = Flowline(LineString([(0, 0), (45_000, 45_000 * math.tan(math.radians(20)))]), PLANE)
    assert (from_upstream(oblique, parse_upstream(side), FRONTS) is oblique) == (side == "south")
