"""Bends of a line and where its ends lie, on lines whose answers are seen at a glance."""

import math

import numpy as np
import pytest
from shapely import LineString

from nnunet_glacier.lines.front_shape import (
    bends,
    distance_of_ends,
    ends_on_border,
    greatest_sinuosity,
    mean_along,
)

RING = LineString([(2, 2), (6, 2), (6, 6), (2, 2)])


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ([(0, 0), (50, 0)], 0),
        ([(0, 0), (25, 1.9), (50, 0)], 0),
        ([(0, 0), (25, 2.1), (50, 0)], 1),
        ([(0, 0), (10, 9), (20, 0), (30, 9), (40, 0)], 3),
    ],
)
def test_a_bend_leaves_the_straight_line_by_two_pixels(coordinates, expected):
    assert bends(LineString(coordinates)) == expected


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ([(0, 0), (50, 0)], 1),
        # Of the right angle's pieces that with the corner in its middle: 20 over the diagonal of 10 and 10.
        ([(0, 0), (30, 0), (30, 30)], math.sqrt(2)),
        # A shorter line is one piece: 7 over the 5 of the triangle of 3, 4 and 5.
        ([(0, 0), (3, 0), (3, 4)], 1.4),
        # There and back, two apart: the piece from (1, 0) to (1, 2).
        ([(0, 0), (10, 0), (10, 2), (0, 2)], 10),
        ([(2, 2), (6, 2), (6, 6), (2, 2)], math.inf),
    ],
)
def test_sinuosity_is_the_way_over_the_straight_way(coordinates, expected):
    assert greatest_sinuosity(LineString(coordinates), 20) == pytest.approx(expected)


def test_ends_are_measured_from_pixel_to_pixel():
    """The land is one pixel at row 3, column 7; the line ends in rows and columns 3, 4 and 0, 7."""
    land = np.zeros((6, 9), dtype=bool)
    land[3, 7] = True
    line = LineString([(4.5, 3.5), (6, 1), (7.2, 0.3)])
    assert distance_of_ends(line, land).tolist() == [3, 3]


def test_without_land_the_ends_are_infinitely_far_and_a_ring_has_none():
    line = LineString([(1, 1), (3, 3)])
    assert distance_of_ends(line, np.zeros((5, 5), dtype=bool)).tolist() == [math.inf, math.inf]
    assert distance_of_ends(RING, np.zeros((9, 9), dtype=bool)).size == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (LineString([(0.5, 5.5), (8.5, 5.5)]), 1),
        (LineString([(0.5, 5.5), (11.5, 5.5)]), 2),
        (LineString([(2.5, 5.5), (9.5, 5.5)]), 2),
        (LineString([(3.5, 5.5), (7.5, 5.5)]), 0),
        (RING, 0),
    ],
)
def test_an_end_within_two_pixels_of_the_edge_lies_on_it(line, expected):
    """The image is 12 pixels wide: pixel 2 is two pixels from pixel 0, and 9 two from 11."""
    assert ends_on_border(line, np.ones((11, 12), dtype=bool), 2) == expected


def test_a_gap_without_data_is_an_edge_too():
    valid = np.ones((11, 30), dtype=bool)
    valid[:, 20:] = False
    assert ends_on_border(LineString([(10.5, 5.5), (19.5, 5.5)]), valid, 2) == 1


def test_the_mean_along_a_line_is_that_of_a_ramp_at_its_middle():
    ramp = np.tile(np.arange(10, dtype=np.float32), (4, 1))
    assert mean_along(LineString([(1.5, 2), (6.5, 2)]), ramp) == pytest.approx(3.5, abs=1e-6)
