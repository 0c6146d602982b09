"""Sub-pixel fronts against shapes whose edge is known."""

import numpy as np
import pytest

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_contours import contours_of_zones, front_contours
from nnunet_glacier.lines.front_tracing import smoothed_zones, trace_lines

SIZE = 240
Y, X = np.mgrid[:SIZE, :SIZE] + 0.5
CENTRE = SIZE / 2


def zones_of(glacier: np.ndarray) -> np.ndarray:
    return np.where(glacier, Zone.GLACIER, Zone.OCEAN).astype(np.uint8)


def along(line, margin: float) -> np.ndarray:
    """Points of a line every half a pixel, shape ``(n, 2)``, without its ends."""
    return np.array([line.interpolate(at).coords[0] for at in np.arange(margin, line.length - margin, 0.5)])


@pytest.mark.parametrize("degrees", [10, 20, 30, 60, 70])
def test_a_straight_edge_is_met_without_bias_and_without_stairs(degrees):
    """Less than a twentieth of a pixel beside the true edge on average, and as long as it is to 0.5 %."""
    normal = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    distance = (X - CENTRE) * normal[0] + (Y - CENTRE) * normal[1] - 0.3
    (line,) = contours_of_zones(zones_of(distance < 0))
    beside = (along(line, 5) - CENTRE) @ normal - 0.3
    assert abs(beside.mean()) < 0.05
    assert np.abs(beside).max() < 0.3
    ends = (np.array(line.coords)[[0, -1]] - CENTRE) @ [-normal[1], normal[0]]
    assert line.length == pytest.approx(abs(ends[1] - ends[0]), rel=0.005)


@pytest.mark.parametrize("column", [57, 120])
def test_an_upright_edge_lies_between_the_pixels(column):
    """Glacier up to a column, ocean from it on: the line is the common side of their pixels."""
    (line,) = contours_of_zones(zones_of(np.floor(X) < column))
    assert np.array(line.coords)[:, 0] == pytest.approx(column, abs=1e-5)
    assert line.length == pytest.approx(SIZE - 1, abs=1e-5)


@pytest.mark.parametrize(("radius", "shrinks"), [(20, 0.0563), (60, 0.0188), (100, 0.0113)])
def test_a_circle_shrinks_by_what_its_curvature_says(radius, shrinks):
    """By variance / (2 radius), stated beside `SMOOTHING_PX`; its length is right to 0.5 %, and it is closed."""
    (line,) = contours_of_zones(zones_of(np.hypot(X - CENTRE - 0.2, Y - CENTRE + 0.3) < radius))
    points = along(line, 0)
    assert (np.hypot(points[:, 0] - CENTRE - 0.2, points[:, 1] - CENTRE + 0.3) - radius).mean() == pytest.approx(
        -shrinks, abs=0.03
    )
    assert line.length == pytest.approx(2 * np.pi * radius, rel=0.005)
    assert line.is_closed


def test_the_line_ends_at_the_walls_of_the_fjord():
    """Rock above and below: the front runs from wall to wall, and not on inside the rock."""
    zones = zones_of(X < 120)
    zones[:60], zones[200:] = Zone.ROCK, Zone.ROCK
    (line,) = contours_of_zones(zones)
    assert line.bounds == pytest.approx((120, 60, 120, 200), abs=1e-4)
    zones[100:130, 110:130] = Zone.NA
    lower, upper = contours_of_zones(zones)
    assert lower.bounds == pytest.approx((120, 130, 120, 200), abs=0.05)
    assert upper.bounds == pytest.approx((120, 60, 120, 100), abs=0.05)


def test_probabilities_give_the_place_between_the_pixels():
    """Glacier's probability falls by a tenth per column and is a half at x = 7.75."""
    glacier = np.clip(0.5 - (np.arange(16) + 0.5 - 7.75) / 10, 0, 1)[None].repeat(5, axis=0)
    (line,) = front_contours(glacier, 1 - glacier, origin=(100, 50))
    assert line.bounds == pytest.approx((107.75, 50.5, 107.75, 54.5))


@pytest.mark.parametrize("zone", list(Zone))
def test_a_map_without_such_an_edge_has_no_line(zone):
    """One zone alone, or glacier and ocean apart with rock between them."""
    assert contours_of_zones(np.full((40, 40), zone, dtype=np.uint8)) == []
    apart = np.full((40, 40), Zone.ROCK, dtype=np.uint8)
    apart[:, :10], apart[:, 30:] = Zone.GLACIER, Zone.OCEAN
    assert contours_of_zones(apart) == []


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (1, 1)])
def test_a_map_of_one_row_or_column_has_no_line(shape):
    """An edge across it is a point."""
    zones = zones_of(np.indices(shape).sum(axis=0) < 12)
    assert contours_of_zones(zones) == []
    assert trace_lines(smoothed_zones(np.stack([zones == zone for zone in range(4)]).astype(np.float32))) == []
