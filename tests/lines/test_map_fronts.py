"""The front of zones as lines for a map: length, short pieces, box."""

import numpy as np
import pytest

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.lines.front_lines import find_front
from nnunet_glacier.lines.map_fronts import map_fronts

SCENE = Scene("a", "", "", pixel_size_m=20.0)


def two_fronts(rows: int = 40) -> np.ndarray:
    """Glacier left and right of a fjord that rock closes: one front of `rows` pixels, one of 20."""
    zones = np.full((60, 80), 1, dtype=np.uint8)
    zones[:rows, :30] = 2
    zones[:, 30:50] = 3
    zones[5:25, 50:] = 2
    return zones


def columns(pieces) -> list[float]:
    return [round(piece.centroid.x, 3) for piece in pieces]


def test_lines_lie_on_the_edge():
    """Between columns 29 and 30, and 49 and 50, round at corners to rock; the longest first."""
    assert columns(map_fronts(two_fronts(), SCENE, 0, None)) == pytest.approx([30.0, 50.0], abs=0.2)


def test_a_slanted_front_has_its_true_length():
    """At 30 degrees the mask has 0.87 pixels for each pixel of length, the contour none too many."""
    row, column = np.mgrid[:200, :300] + 0.5
    zones = np.where(row < 30 + column * np.tan(np.pi / 6), 2, 3).astype(np.uint8)
    (piece,) = map_fronts(zones, SCENE, 750, Box(0, 200, 50, 250))
    assert piece.length == pytest.approx(200 / np.cos(np.pi / 6), rel=0.005)
    assert piece.bounds[0] == 50 and piece.bounds[2] == 250


def test_short_pieces_go_by_the_length_of_their_contour():
    """The piece of about 20 pixels goes at 750 m, as its mask does; without a limit it stays."""
    zones = two_fronts()
    assert columns(map_fronts(zones, SCENE, 750, None)) == pytest.approx([30.0], abs=0.06)
    assert not find_front(PredictedMaps(zones, None), "zones", FrontRules(750), 20.0, None)[:, 49].any()
    (length_px,) = (piece.length for piece in map_fronts(zones, SCENE, 750, None))
    assert map_fronts(zones, SCENE, length_px * 20, None) == []


def test_what_the_box_cuts_short_goes_too():
    """Ten rows of 20 m are 190 m; what lies outside is no piece, and short pieces do not grow by being cut."""
    zones = two_fronts()
    assert map_fronts(zones, SCENE, 750, Box(-5, 10, 0, 45)) == []
    (piece,) = map_fronts(zones, SCENE, 150, Box(-5, 10, 0, 45))
    assert piece.bounds == pytest.approx((30.0, 0.5, 30.0, 10.0), abs=0.06)
    assert map_fronts(zones, SCENE, 0, Box(0, 60, 60, 80)) == []


def test_a_closed_front_that_the_box_cuts_is_one_line():
    """The first vertex of a ring is no end of it."""
    row, column = np.mgrid[:80, :80] + 0.5
    zones = np.where(np.hypot(row - 40, column - 40) < 25, 2, 3).astype(np.uint8)
    (whole,) = map_fronts(zones, SCENE, 0, Box(0, 80, 0, 80))
    assert len(whole.geoms) == 1 and whole.geoms[0].is_ring
    for box in (Box(0, 50, 0, 80), Box(30, 80, 0, 80), Box(0, 80, 30, 80), Box(0, 80, 0, 50)):
        (piece,) = map_fronts(zones, SCENE, 0, box)
        assert len(piece.geoms) == 1 and not piece.geoms[0].is_ring


def test_no_front_is_no_line():
    """One zone alone, and zones that do not touch."""
    assert map_fronts(np.full((9, 9), 3, dtype=np.uint8), SCENE, 0, None) == []
