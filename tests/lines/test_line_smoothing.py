"""Smoothing that stays within half a pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, hausdorff_distance
from skimage.draw import line as pixels_of_line

from nnunet_glacier.lines.line_smoothing import smooth

STEPS = np.array([(1, 0), (1, 1), (0, 1), (-1, 1)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=3))
def test_the_line_never_leaves_its_tube(steps, held):
    """Any path of single steps; its ends and the vertices that are held stay where they are."""
    path = np.concatenate([[[0, 0]], np.cumsum(STEPS[steps], axis=0)]).astype(float)
    stays = np.isin(np.arange(len(path)), held)
    line = smooth(path, stays)
    assert hausdorff_distance(LineString(line), LineString(path), densify=0.05) <= 0.5 + 1e-9
    pixels = set(map(tuple, line.tolist()))
    assert {tuple(path[0]), tuple(path[-1]), *map(tuple, path[stays].tolist())} <= pixels


@pytest.mark.parametrize("end", [(100, 17), (100, 50), (93, 81)])
def test_the_stairs_of_a_straight_line_go(end):
    """Of any slope: half a pixel is what a line's pixels deviate from it, so its length comes back to 1 in 1000."""
    path = np.column_stack(pixels_of_line(0, 0, *end)).astype(float)
    line = smooth(path, np.zeros(len(path), dtype=bool))
    true = float(np.hypot(*end))
    assert LineString(path).length > 1.02 * true
    assert LineString(line).length == pytest.approx(true, rel=1e-3)
    assert len(line) < len(path) / 3


def test_a_ring_stays_closed_and_smooth_across_its_seam():
    """A digital circle, begun at any of its pixels: the seam is no corner."""
    angle = np.linspace(0, 2 * np.pi, 400)
    path = np.round(20 * np.column_stack([np.cos(angle), np.sin(angle)]))
    path = path[np.r_[True, (np.diff(path, axis=0) != 0).any(axis=1)]]
    line = smooth(path, np.zeros(len(path), dtype=bool))
    assert (line[0] == line[-1]).all() and LineString(line).is_ring
    assert np.abs(np.hypot(*line.T) - 20).max() < 0.5
    assert (line[0] != path[0]).any(), "nothing holds the seam"
    stays = np.zeros(len(path), dtype=bool)
    stays[0] = True
    assert (smooth(path, stays)[0] == path[0]).all()


def test_two_pixels_stay_as_they_are():
    """There is nothing to smooth."""
    path = np.array([[0.5, 0.5], [1.5, 1.5]])
    np.testing.assert_array_equal(smooth(path, np.zeros(2, dtype=bool)), path)
