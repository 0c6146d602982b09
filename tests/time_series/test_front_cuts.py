"""Fronts that cut a flowline once, several times, or not: worked by hand near the plane's middle."""

import math

import pytest
from shapely import LineString, MultiLineString, segmentize

from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.front_cuts import cuts_of
from nnunet_glacier.time_series.local_plane import LocalPlane
from nnunet_glacier.time_series.methods import MultiCentreline, NotMeasuredError

PLANE = LocalPlane(-50.0, 69.0)
FLOWLINE = Flowline(LineString([(0, 0), (10_000, 0)]), PLANE)


def test_one_cut():
    """Square to the flow: its worth is one, its width that between the ends."""
    cuts = cuts_of(LineString([(4000, -2000), (4000, 2000)]), FLOWLINE)
    assert cuts.positions_m == pytest.approx([4000], rel=1e-5)
    assert (cuts.position_m, cuts.ambiguity_m) == (pytest.approx(4000, rel=1e-5), 0)
    assert (cuts.obliquity, cuts.width_m) == pytest.approx((1, 4000))


def test_an_oblique_front():
    """At 45 degrees, one metre across the front is the root of two along the flow."""
    assert cuts_of(LineString([(3000, -1000), (5000, 1000)]), FLOWLINE).obliquity == pytest.approx(math.sqrt(2))


def test_three_cuts_leave_out_the_stretch_in_the_ocean():
    """Glacier to 3000, ocean to 4000, glacier to 5000: 4000 m of flowline on the glacier."""
    front = LineString([(3000, -2000), (3000, 1000), (4000, 1000), (4000, -1000), (5000, -1000), (5000, 2000)])
    cuts = cuts_of(front, FLOWLINE)
    assert cuts.positions_m == pytest.approx([3000, 4000, 5000], rel=1e-5)
    assert (cuts.position_m, cuts.ambiguity_m) == pytest.approx((4000, 1000), rel=1e-5)


def test_two_cuts_tell_no_position():
    """Both ends of the flowline lie on one side of the front."""
    cuts = cuts_of(LineString([(3000, 2000), (3500, -500), (4000, 2000)]), FLOWLINE)
    assert len(cuts.positions_m) == 2
    assert math.isnan(cuts.position_m)


def test_no_cut():
    """A front that ends short of the flowline."""
    cuts = cuts_of(LineString([(3000, 2000), (3000, 10)]), FLOWLINE)
    assert cuts.positions_m == ()
    assert math.isnan(cuts.position_m) and math.isnan(cuts.width_m)


def test_a_front_along_the_flowline_cuts_it_in_the_middle_of_the_common_stretch():
    """From 3000 to 3200 on the line."""
    front = LineString([(3000, -500), (3000, 0), (3200, 0), (3200, 500)])
    assert cuts_of(front, FLOWLINE).positions_m == pytest.approx([3100], rel=1e-5)


@pytest.mark.parametrize("edge_m", [250, 300, 10_000])
def test_a_common_stretch_is_one_cut_whatever_the_vertices_of_the_flowline(edge_m):
    """From 3000 to 4000 on the line, and over it at 4700 and back at 4800."""
    flowline = Flowline(segmentize(FLOWLINE.line, edge_m), PLANE)
    front = [(3000, -500), (3000, 0), (4000, 0), (4000, 500)]
    assert cuts_of(LineString(front), flowline).positions_m == pytest.approx([3500], rel=1e-5)
    folded = LineString([*front, (4700, 500), (4700, -500), (4800, -500), (4800, 500)])
    assert cuts_of(folded, flowline).positions_m == pytest.approx([3500, 4700, 4800], rel=1e-5)


@pytest.mark.parametrize("left", [1000, 7000])
def test_an_iceberg_and_a_lake_belong_to_what_surrounds_them(left):
    """A closed line of one kilometre along the flow, above or below the front at 5000, as in a box."""
    front = [(5000, -2000), (5000, 2000)]
    ring = [(left, -500), (left + 1000, -500), (left + 1000, 500), (left, 500), (left, -500)]
    cuts = cuts_of(MultiLineString([front, ring]), FLOWLINE)
    assert cuts.positions_m == pytest.approx([5000], rel=1e-5)
    assert (cuts.ambiguity_m, cuts.width_m) == (0, pytest.approx(4000))


def test_closed_lines_count_where_they_touch_another_or_stand_alone():
    """A loop on the front is a fold of it, and a closed line by itself leaves both ends on one side."""
    ring = [(5000, -500), (6000, -500), (6000, 500), (5000, 500), (5000, -500)]
    touching = MultiLineString([[(5000, -2000), (5000, -500)], ring, [(5000, 500), (5000, 2000)]])
    assert cuts_of(touching, FLOWLINE).positions_m == pytest.approx([5000, 6000], rel=1e-5)
    assert cuts_of(LineString(ring), FLOWLINE).positions_m == pytest.approx([5000, 6000], rel=1e-5)


def test_several_lines_give_mean_and_deviation():
    """Lines at y = -800, 0 and 800 meet a front of slope 1 at 3200, 4000 and 4800."""
    method = MultiCentreline(FLOWLINE, FLOWLINE.parallels(3, 2400))
    measured = method.measure(LineString([(2000, -2000), (6000, 2000)]))
    assert (measured.position_m, measured.spread_m) == pytest.approx((4000, 800), rel=1e-5)
    assert measured.method_uncertainty_m == pytest.approx(800 / math.sqrt(3), rel=1e-5)


def test_several_lines_must_all_be_cut():
    """A piece that reaches two of three."""
    method = MultiCentreline(FLOWLINE, FLOWLINE.parallels(3, 2400))
    with pytest.raises(NotMeasuredError, match="1 of 3 parallel lines"):
        method.measure(MultiLineString([[(4000, -2000), (4000, 100)]]))


def test_positions_on_parallel_lines_run_evenly_through_a_bend():
    """A right angle, mitred: beside the corner the outer line is longer, but ends at the same position."""
    bent = Flowline(LineString([(0, 0), (5000, 0), (5000, -5000)]), PLANE)
    for parallel in bent.parallels(3, 1200):
        assert parallel.length_m == pytest.approx(bent.length_m)
    left, _, right = bent.parallels(3, 1200)
    assert {round(left.line.length), round(right.line.length)} == {10_800, 9_200}
    assert bent.box(1200).area == pytest.approx(1200 * 10_000)
