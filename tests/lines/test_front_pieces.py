"""Front pixels as lines: order, branches, loops, coordinates."""

import numpy as np
import pytest
from shapely import LineString, MultiLineString, Point

from nnunet_glacier.lines.front_pieces import SIMPLIFICATION_PX, front_pieces, to_map


def mask(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def test_a_straight_front_is_a_line_between_two_pixel_centres():
    """X is the column plus a half, y the row plus a half; simplified to its two ends."""
    (piece,) = front_pieces(mask("......", ".####.", "......"), 0)
    (line,) = piece.geoms
    assert sorted(line.coords) == [(1.5, 1.5), (4.5, 1.5)]


def test_pieces_are_counted_apart():
    """Two fronts, two features, in the order of their first pixels."""
    pieces = front_pieces(mask("###...", "......", "..####"), 0)
    assert [piece.bounds for piece in pieces] == [(0.5, 0.5, 2.5, 0.5), (2.5, 2.5, 5.5, 2.5)]


def test_a_stair_becomes_straight_within_half_a_pixel():
    """Every pixel centre stays within the simplification of the line."""
    front = np.zeros((20, 40), dtype=bool)
    columns = np.arange(40)
    front[columns // 2, columns] = True
    (piece,) = front_pieces(front, 0)
    (line,) = piece.geoms
    assert len(line.coords) < 5
    rows = columns // 2
    assert all(line.distance(Point(c + 0.5, r + 0.5)) <= SIMPLIFICATION_PX for r, c in zip(rows, columns, strict=True))
    assert line.length == pytest.approx(np.hypot(39, 19), rel=0.02)


def test_a_long_branch_is_a_second_line_that_meets_the_first():
    """A short branch is left out."""
    front = np.zeros((30, 41), dtype=bool)
    front[2, :] = True
    front[3:20, 12] = True
    (piece,) = front_pieces(front, 10)
    assert len(piece.geoms) == 2 and piece.geoms[0].distance(piece.geoms[1]) < 1e-9
    (piece,) = front_pieces(front, 17)
    assert len(piece.geoms) == 1


def test_a_closed_front_comes_whole():
    """An island's front: half of the ring is the longest path, the rest follows as a second line."""
    front = np.zeros((30, 30), dtype=bool)
    front[[5, 24], 5:25] = True
    front[5:25, [5, 24]] = True
    (piece,) = front_pieces(front, 5)
    assert piece.length == pytest.approx(4 * 19, rel=0.1)
    assert piece.buffer(1.5).contains(LineString([(5.5, 5.5), (24.5, 5.5), (24.5, 24.5), (5.5, 24.5)]))


def test_an_empty_front_and_a_lone_pixel_have_no_line():
    """A line needs two points."""
    assert front_pieces(np.zeros((3, 3), dtype=bool), 0) == []
    assert front_pieces(mask("...", ".#.", "..."), 0) == []


def test_map_coordinates_follow_the_affine():
    """Also a rotated one: x = a column + b row + c, y = d column + e row + f."""
    placed = to_map(MultiLineString([[(1.5, 2.5), (3.5, 0.5)]]), (20.0, 1.0, 1000.0, -2.0, -20.0, 5000.0))
    assert list(placed.geoms[0].coords) == [
        (20 * 1.5 + 2.5 + 1000, -2 * 1.5 - 20 * 2.5 + 5000),
        (20 * 3.5 + 0.5 + 1000, -2 * 3.5 - 20 * 0.5 + 5000),
    ]


def test_without_a_place_y_points_up():
    """So that a GIS shows the image the right way up."""
    assert list(to_map(MultiLineString([[(1.5, 2.5), (3.5, 0.5)]]), None).geoms[0].coords) == [(1.5, -2.5), (3.5, -0.5)]
