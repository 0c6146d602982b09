"""Pieces found from runs are those that labelling every pixel finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from nnunet_glacier.lines.mask_runs import Runs, in_largest, merged, pieces_of, runs_of

MASKS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 20)))


def painted(runs: Runs, values: np.ndarray) -> np.ndarray:
    """A value of each run as a map."""
    return np.repeat(values, runs.length).reshape(runs.shape)


@given(MASKS)
def test_runs_are_the_mask(mask):
    """Every row begins a run, and neighbours within a row differ."""
    runs = runs_of(mask)
    np.testing.assert_array_equal(painted(runs, runs.inside), mask)
    same_row = runs.start[1:] % mask.shape[1] > 0
    assert (runs.inside[1:] != runs.inside[:-1])[same_row].all()


@given(MASKS)
def test_pieces_are_those_of_scipy(mask):
    """8-connected, numbered in the order of their first pixel."""
    runs = runs_of(mask)
    inside = runs.inside
    if inside.any():
        piece = np.zeros(len(inside), dtype=int)
        piece[inside] = pieces_of(runs.start[inside], runs.stop[inside], mask.shape) + 1
        np.testing.assert_array_equal(painted(runs, piece), ndimage.label(mask, np.ones((3, 3)))[0])


@given(MASKS)
def test_the_largest_piece_is_that_of_the_counted_pixels(mask):
    """Of the mask and of what is around it; the first of equals."""
    runs = runs_of(mask)
    for chosen, where in ((runs.inside, mask), (~runs.inside, ~mask)):
        pieces, count = ndimage.label(where, np.ones((3, 3)))
        sizes = [(pieces == number).sum() for number in range(1, count + 1)]
        largest = pieces == 1 + int(np.argmax(sizes)) if count else where
        np.testing.assert_array_equal(painted(runs, in_largest(runs, chosen)), largest)


@given(MASKS, st.data())
def test_merged_runs_are_the_runs_of_the_new_mask(mask, data):
    """And each old run knows its new one."""
    runs = runs_of(mask)
    inside = data.draw(arrays(bool, len(runs.start)))
    new, part_of = merged(runs, inside)
    expected = runs_of(painted(runs, inside))
    np.testing.assert_array_equal(new.start, expected.start)
    np.testing.assert_array_equal(new.inside, expected.inside)
    np.testing.assert_array_equal(new.inside[part_of], inside)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 8)])
@pytest.mark.parametrize("value", [False, True])
def test_uniform_masks_are_one_piece(shape, value):
    """Nothing is outside of a full mask, nothing inside of an empty one."""
    runs = runs_of(np.full(shape, value))
    assert len(runs.start) == shape[0] and (runs.inside == value).all()
    assert in_largest(runs, runs.inside).sum() == shape[0] * value
