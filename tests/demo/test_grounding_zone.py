"""Grounding lines between the pixels, distances from them, islands, and what of a line can be drawn."""

import numpy as np
import pytest
import shapely
from scipy import ndimage

from nnunet_glacier.demo.grounding_zone import (
    coast,
    grounding_zone,
    seaward_distance_px,
    visible_lines,
    with_pinning_points,
    without_creases,
)
from nnunet_glacier.demo.noise import Grid

SHAPE = (60, 80)
EVERYTHING = (slice(0, SHAPE[0]), slice(0, SHAPE[1]))


def island(row, column, radius_px):
    """Seaward field of a round island, ``(60, 80)``."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    return (np.hypot(rows - row, columns - column) - radius_px).astype(np.float32)


def test_a_round_island_is_known_better_than_a_hundredth_of_a_pixel():
    """A ring of the right radius round the right place, first pixel's middle at (0.5, 0.5), x before y."""
    zone = grounding_zone(island(30.25, 41.7, 12.0))
    (ring,) = zone.lines.geoms
    assert ring.is_closed
    points = np.asarray(ring.coords)
    assert np.hypot(points[:, 0] - 41.7, points[:, 1] - 30.25) == pytest.approx(12.0, abs=0.015)
    distance = seaward_distance_px(zone, EVERYTHING)
    # A polygon with a vertex a pixel lies up to 1 / (8 * 12) = 0.01 pixels inside its circle.
    assert distance == pytest.approx(island(30.25, 41.7, 12.0), abs=0.03)


def test_the_window_of_distances_counts_lines_outside_it():
    """A window beside the island has the same distances as the whole."""
    zone = grounding_zone(island(30.0, 40.0, 12.0))
    window = (slice(5, 15), slice(60, 78))
    assert seaward_distance_px(zone, window) == pytest.approx(seaward_distance_px(zone, EVERYTHING)[window])


def test_ground_without_a_line_is_infinitely_far_from_it():
    """Plus infinity afloat, minus infinity aground."""
    for value, expected in ((3.0, np.inf), (-3.0, -np.inf)):
        zone = grounding_zone(np.full(SHAPE, value, dtype=np.float32))
        assert zone.lines.is_empty
        assert (seaward_distance_px(zone, EVERYTHING) == expected).all()


def test_a_winding_coast_separates_floating_from_grounded_pixels():
    """Distances agree with shapely's, and change sign between neighbours exactly where the line passes between them."""
    grid = Grid((90, 110), 0.1)
    zone = grounding_zone(coast(grid, 60, 1.0, 4))
    distance = seaward_distance_px(zone, (slice(0, 90), slice(0, 110)))
    rng = np.random.default_rng(0)
    for row, column in zip(rng.integers(0, 90, 40), rng.integers(0, 110, 40), strict=True):
        truth = zone.lines.distance(shapely.Point(column + 0.5, row + 0.5))
        assert abs(distance[row, column]) == pytest.approx(truth, abs=1e-9)
    assert np.array_equal(distance > 0, zone.floating)
    middles = np.array([[column + 0.5, row + 0.5] for row in range(20, 70) for column in range(109)])
    steps = shapely.linestrings(np.stack([middles, middles + np.array([1, 0])], axis=1))
    crossed = shapely.intersects(steps, zone.lines).reshape(50, 109)
    assert np.array_equal(crossed, zone.floating[20:70, 1:] != zone.floating[20:70, :-1])


def test_a_straight_coast_runs_through_the_middle():
    """Without winding the line is the middle of the middle pixel, and the field the distance in kilometres."""
    grid = Grid((40, 60), 0.1)
    zone = grounding_zone(coast(grid, 0, 0.0, 1))
    assert np.asarray(zone.lines.geoms[0].coords)[:, 0] == pytest.approx(30.5, abs=1e-5)
    assert zone.seaward_km[7] == pytest.approx((np.arange(60) + 0.5) * 0.1 - 3.05, abs=1e-6)


def test_pinning_points_are_closed_rings_of_grounded_ice_out_at_sea():
    """As many islands as were asked for where there is room, 4 km and more from a straight coast."""
    grid = Grid((240, 260), 0.1)
    shore = coast(grid, 0, 0.0, 2) + np.float32(10)
    zone = grounding_zone(with_pinning_points(grid, shore, 3, 40, 2))
    rings = [line for line in zone.lines.geoms if line.is_closed]
    assert len(zone.lines.geoms) == len(rings) + 1
    assert len(rings) in (2, 3)
    count = ndimage.label(~zone.floating)[1]
    assert count == len(rings) + 1
    for ring in rings:
        middle = shapely.Polygon(ring).representative_point()
        assert not zone.floating[int(middle.y), int(middle.x)]
        assert ring.bounds[0] > 30


def test_specks_and_pools_leave_no_line():
    """An island of 28 pixels and a pool inside grounded ice vanish from the mask and from the lines."""
    assert grounding_zone(island(30, 40, 3.0)).lines.is_empty
    ring = np.maximum(island(30, 40, 14.0), -island(30, 40, 7.0))
    zone = grounding_zone(ring.astype(np.float32))
    assert len(zone.lines.geoms) == 1
    assert not zone.floating[30, 40]


def test_hidden_parts_are_cut_out_and_rings_stay_rings():
    """A line over a hidden stripe falls into two; short leftovers go; an untouched ring is closed."""
    lines = shapely.MultiLineString([[(x, 10.5) for x in range(41)], [(5, 20), (9, 20), (9, 24), (5, 24), (5, 20)]])
    hidden = np.zeros((30, 40), dtype=bool)
    hidden[:, 15:20] = True
    hidden[:, 38] = True
    drawn = sorted(visible_lines(lines, hidden, 3.0).geoms, key=lambda line: line.bounds)
    assert [line.bounds for line in drawn] == [(0, 10.5, 15, 10.5), (5, 20, 9, 24), (20, 10.5, 38, 10.5)]
    assert drawn[1].is_closed
    assert visible_lines(lines, np.ones((30, 40), dtype=bool), 3.0).is_empty


def test_creases_are_rounded_and_all_else_stays():
    """Between two straight shores the ridge goes down, their own sides and the first pixels stay as they are."""
    rows = np.arange(80.0)
    one_shore = (rows - 10)[:, None].repeat(50, axis=1)
    assert without_creases(one_shore)[30:50] == pytest.approx(one_shore[30:50])
    bay = np.minimum(rows - 10, 70 - rows)[:, None].repeat(50, axis=1)
    rounded = without_creases(bay)
    assert rounded[40, 25] < 26
    assert rounded[5:13] == pytest.approx(bay[5:13])
    assert np.abs(np.diff(rounded[:, 25], 2)).max() < 0.3
