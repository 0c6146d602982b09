"""A flowline made of fronts: its direction and place, and when there is none."""

import numpy as np
import pytest
import shapely
from shapely import LineString
from shapely.affinity import rotate

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.time_series.local_plane import LocalPlane
from nnunet_glacier.time_series.main_direction import derived_flowline
from nnunet_glacier.time_series.upstream import azimuth_of

PLANE = LocalPlane(-50.0, 69.0)


def coast(retreat_m: float) -> LineString:
    """A coast along y from 0 to 12 km: rock up to 8 km, and a glacier of 4 km whose front lies at -retreat."""
    return LineString([(0, 0), (0, 8000), (-retreat_m, 8200), (-retreat_m, 11_800), (0, 12_000)])


@pytest.mark.parametrize("turn", [0, 30, 75, 120])
def test_it_runs_across_the_fronts_where_they_move(turn):
    """The coast's middle lies on rock, and does not move; the glacier's does."""
    fronts = [rotate(coast(metres), -turn, origin=(0, 0)) for metres in (0, 500, 1000, 1500, 2000)]
    flowline = derived_flowline(fronts, PLANE)
    start, end = shapely.get_coordinates(rotate(flowline.line, turn, origin=(0, 0)))[[0, -1]]
    assert start[1] == pytest.approx(end[1], abs=1)
    assert 8500 < start[1] < 11_500
    assert azimuth_of(flowline.direction_at(3000)) % 180 == pytest.approx((90 + turn) % 180, abs=0.1)


def test_one_front_is_cut_in_the_middle():
    flowline = derived_flowline([LineString([(0, 0), (0, 4000)])], PLANE)
    assert shapely.get_coordinates(flowline.line)[:, 1] == pytest.approx(2000, abs=60)


def test_no_common_direction():
    fronts = [rotate(LineString([(0, 0), (0, 4000)]), angle) for angle in (0, 45, 90, 135)]
    with pytest.raises(GlacierError, match="no common direction"):
        derived_flowline(fronts, PLANE)


def test_fronts_of_several_glaciers():
    fronts = [LineString([(x, 0), (x, 4000)]) for x in np.array([0, 200_000])]
    with pytest.raises(GlacierError, match="100 km from their middle, too far for one glacier"):
        derived_flowline(fronts, PLANE)
