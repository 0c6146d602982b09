"""Boxes divided by fronts that fold: areas worked by hand."""

import pytest
import shapely
from shapely import LineString, MultiLineString, Polygon, box

from nnunet_glacier.time_series.box_parts import closed_gaps, divide, end_gap_m

SQUARE = box(0, 0, 10, 10)
WEST = LineString([(0, 0), (0, 10)])
"""The upstream edge: glacier lies in the west."""
EAST = LineString([(10, 0), (10, 10)])


def test_a_straight_front():
    """Glacier up to x = 4."""
    parts = divide(SQUARE, LineString([(4, -1), (4, 11)]), WEST, EAST)
    assert (parts.parts, parts.glacier_m2, parts.folded_m2) == (2, pytest.approx(40), pytest.approx(0))
    assert (parts.front_length_m, parts.front_width_m, parts.upstream_share) == pytest.approx((10, 10, 1))


@pytest.mark.parametrize("flip", [False, True])
def test_a_front_that_leaves_the_box_and_comes_back(flip):
    """Up x = 4, out at the top, back in at x = 6 down to y = 8, out again at x = 8.

    West of x = 4 is glacier, then ocean; the bay of 2 by 2 lies across the front from the ocean: glacier.
    """
    front = LineString([(4, -1), (4, 11), (6, 11), (6, 8), (8, 8), (8, 11)])
    parts = divide(SQUARE, front.reverse() if flip else front, WEST, EAST)
    assert (parts.parts, parts.glacier_m2, parts.folded_m2) == (3, pytest.approx(44), pytest.approx(4))
    assert parts.front_width_m == pytest.approx(10)


def test_a_bay_on_the_glacier_is_ocean():
    """The same to the west: the front comes back into the glacier, and cuts a bay off it."""
    front = LineString([(6, -1), (6, 11), (4, 11), (4, 8), (2, 8), (2, 11)])
    parts = divide(SQUARE, front, WEST, EAST)
    assert (parts.parts, parts.glacier_m2) == (3, pytest.approx(60 - 4))


def test_four_parts():
    """Two bays, one on each side: 50 + 4 - 1."""
    front = MultiLineString(
        [
            [(5, -1), (5, 11), (6, 11), (6, 8), (8, 8), (8, 11)],
            [(2, 11), (2, 9), (3, 9), (3, 11)],
        ]
    )
    parts = divide(SQUARE, front, WEST, EAST)
    assert (parts.parts, parts.glacier_m2) == (4, pytest.approx(53))
    assert parts.folded_m2 == pytest.approx(5)


def test_the_largest_part_need_not_be_the_glacier():
    """One tenth of the box is left of the front, and it is the glacier; from the east it is the other nine."""
    front = LineString([(1, -1), (1, 11)])
    assert divide(SQUARE, front, WEST, EAST).glacier_m2 == pytest.approx(10)
    assert divide(SQUARE, front, EAST, WEST).glacier_m2 == pytest.approx(90)


@pytest.mark.parametrize(
    "front", [LineString([(4, -1), (4, 9)]), LineString([(20, 0), (20, 10)]), LineString([(4, 2), (4, 8)])]
)
def test_a_front_that_does_not_divide(front):
    """It ends inside, or is elsewhere: one part, no area."""
    parts = divide(SQUARE, front, WEST, EAST)
    assert parts.parts == 1
    assert parts.glacier_m2 != parts.glacier_m2
    assert not parts.parted


def test_a_front_that_only_cuts_off_a_bay():
    """Both ends of the box stay on one side of it: two parts, but no position."""
    parts = divide(SQUARE, LineString([(4, -1), (4, 3), (6, 3), (6, -1)]), WEST, EAST)
    assert (parts.parts, parts.parted) == (2, False)
    assert divide(SQUARE, LineString([(4, -1), (4, 11)]), WEST, EAST).parted


@pytest.mark.parametrize("west", [1, 6])
def test_a_ring_belongs_to_what_surrounds_it(west):
    """A lake on the glacier or an iceberg in the ocean, 2 by 2, changes nothing; alone it divides nothing."""
    front, ring = LineString([(4, -1), (4, 11)]), box(west, 4, west + 2, 6).exterior
    with_ring = MultiLineString([front, LineString(ring)])
    assert divide(SQUARE, with_ring, WEST, EAST) == divide(SQUARE, front, WEST, EAST)
    assert divide(SQUARE, LineString(ring), WEST, EAST).parts == 1


def test_a_front_across_the_upstream_edge_shows():
    """Three quarters of the edge are one part's."""
    front = LineString([(-1, 2.5), (11, 2.5)])
    assert divide(SQUARE, front, WEST, EAST).upstream_share == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("short", [0.0, 1e-12, 0.0004, 0.3, -1e-12, -0.3])
def test_a_front_that_was_cut_along_the_box(short):
    """Its ends lie on the edge, or short of it or beyond it by rounding; its pieces lie as near to each other.

    Also the bay of 2 by 2 that such a front cuts off is glacier, as of the whole front.
    """
    cut = MultiLineString([[(4, short), (4, 5)], [(4, 5 + short), (4, 10 - short)]])
    parts = divide(SQUARE, cut, WEST, EAST)
    assert (parts.parts, parts.parted) == (2, True)
    assert parts.glacier_m2 == pytest.approx(40, abs=0.05)
    folded = MultiLineString([[(4, short), (4, 10 - short)], [(6, 10 - short), (6, 8), (8, 8), (8, 10 - short)]])
    parts = divide(SQUARE, folded, WEST, EAST)
    assert (parts.parts, parts.glacier_m2) == (3, pytest.approx(44, abs=0.05))


def test_gaps_are_closed_up_to_the_length_allowed():
    """A front in two pieces with a gap of 1, which end 0.5 short of the box: all are closed with 1, none with 0.4."""
    front = MultiLineString([[(4, 0.5), (4, 5)], [(4, 6), (4, 9.5)]])
    closed, length_m = closed_gaps(front, SQUARE, 1.0)
    assert divide(SQUARE, closed, WEST, EAST).glacier_m2 == pytest.approx(40, abs=0.01)
    assert length_m == pytest.approx(1 + 2 * 0.5, abs=0.05)
    assert closed_gaps(front, SQUARE, 0.4)[1] == 0
    assert end_gap_m(LineString([(4, -1), (4, 9.2)]), SQUARE) == pytest.approx(0.8)


def test_a_box_of_any_shape():
    """A trapezium, 10 wide at the glacier and 6 at the sea, cut in the middle: mean width there 9, by 5."""
    shape = Polygon([(0, 0), (10, 2), (10, 8), (0, 10)])
    parts = divide(shape, shapely.LineString([(5, -5), (5, 15)]), WEST, EAST)
    assert parts.glacier_m2 == pytest.approx(45)
