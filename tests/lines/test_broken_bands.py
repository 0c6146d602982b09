"""Fronts in the probabilities of a front class that is seen in pieces: what is joined, what is left out, by hand."""

import numpy as np
import pytest
from shapely import LineString, box, get_coordinates

from nnunet_glacier.lines.broken_bands import COST_OF_A_PIXEL, by_weight, join_pieces, trace_broken_bands
from nnunet_glacier.lines.front_tracing import cut_to_area


def bands(*rows, shape=(60, 120), width=1.5):
    """Bands along rows, each ``(row, first column, stop, height)``, that fall like a Gaussian across."""
    at = np.arange(shape[0])[:, None] + 0.5
    field = np.zeros(shape, dtype=np.float32)
    for row, start, stop, height in rows:
        across = height * np.exp(-((at - row) ** 2) / (2 * width**2))
        field[:, start:stop] = np.maximum(field[:, start:stop], across)
    return field


def x_span(line):
    x = get_coordinates(line)[:, 0]
    return x.min(), x.max()


def test_a_band_that_is_whole_gives_its_middle():
    (one,) = trace_broken_bands(bands((30.5, 10, 110, 0.9)))
    x, y = get_coordinates(one.line.segmentize(1)).T
    assert y[(x > 16) & (x < 104)] == pytest.approx(30.5, abs=0.05)
    assert x_span(one.line) == (pytest.approx(10, abs=0.6), pytest.approx(110, abs=0.6))
    assert (one.prolonged, one.main, one.closed) == ((), True, False)


def test_pieces_are_joined_along_what_is_faint():
    """The faint way leads round by row 45 and costs less than the straight one, along which nothing is seen."""
    field = bands((30.5, 0, 40, 0.9), (30.5, 80, 120, 0.9))
    faint = LineString([(38, 30.5), (42, 45.5), (78, 45.5), (82, 30.5)]).segmentize(0.25)
    rows, columns = (get_coordinates(faint).astype(int)[:, axis] for axis in (1, 0))
    field[rows, columns] = np.maximum(field[rows, columns], 0.2)
    (one,) = trace_broken_bands(field)
    x, y = get_coordinates(one.line.segmentize(1)).T
    assert y[(x > 46) & (x < 74)] == pytest.approx(45.5, abs=0.6)
    (unseen,) = one.prolonged
    assert unseen.length == pytest.approx(faint.length, rel=0.1)


@pytest.mark.parametrize(("gap", "lines"), [(20, 1), (28, 2)])
def test_a_piece_is_joined_where_the_way_costs_less_than_it_weighs(gap, lines):
    """A skeleton of 12 pixels of 0.5 weighs 6; a pixel without probability costs a quarter, so that 24 of them cost 6.

    The way is from pixel centre to pixel centre, half of both ends included, which themselves cost nothing.
    """
    thin = np.zeros((9, 120), dtype=bool)
    thin[4, 20:60] = thin[4, 60 + gap : 72 + gap] = True
    field = np.where(thin, 0.5, 0).astype(np.float32)
    joined = join_pieces(thin, field)
    assert joined[4, 60 : 60 + gap].all() == (lines == 1)
    assert joined.sum() == 52 + (gap if lines == 1 else 0)
    assert (gap * COST_OF_A_PIXEL < 6) == (lines == 1)


def test_no_way_leads_where_it_is_not_open_and_none_makes_a_ring():
    """A wall between two pieces; and four sides of a square, of which three of four gaps are closed."""
    thin = np.zeros((40, 60), dtype=bool)
    thin[20, 5:25] = thin[20, 35:55] = True
    field = np.where(thin, 0.9, 0).astype(np.float32)
    wall = np.ones(thin.shape, dtype=bool)
    wall[:, 30] = False
    assert (join_pieces(thin, field, wall) == thin).all()
    assert join_pieces(thin, field)[20, 25:35].all()

    square = np.zeros((60, 60), dtype=bool)
    square[10, 14:46] = square[49, 14:46] = square[14:46, 10] = square[14:46, 49] = True
    field = np.where(square, 0.9, 0).astype(np.float32)
    (one,) = trace_broken_bands(field)
    assert not one.closed and one.line.is_simple
    assert one.line.length == pytest.approx(4 * 32 + 3 * 5, abs=8)


def test_a_branch_that_holds_less_is_a_line_of_its_own():
    """Three arms of equal length meet; the faintest one comes second."""
    field = bands((30.5, 20, 100, 0.9))
    columns = np.arange(120)[None] + 0.5
    field[31:56] = np.maximum(field[31:56], 0.5 * np.exp(-((columns - 60.5) ** 2) / 4.5))
    front, branch = trace_broken_bands(field)
    assert get_coordinates(front.line)[:, 1] == pytest.approx(30.5, abs=1.5)
    assert x_span(front.line) == (pytest.approx(20, abs=0.6), pytest.approx(100, abs=0.6))
    assert get_coordinates(branch.line)[:, 0] == pytest.approx(60.5, abs=0.5)
    assert branch.line.length == pytest.approx(24, abs=3)


def test_a_loop_is_cut_where_least_is_held():
    """A shortcut of 0.3 and a way round of 0.9 between two bands; and a ring that is faint on one side."""
    field = bands((30.5, 0, 30, 0.9), (30.5, 90, 120, 0.9), (50.5, 30, 90, 0.9), (30.5, 30, 90, 0.3), width=1.0)
    columns = np.arange(120)[None] + 0.5
    for x in (30.5, 89.5):
        field[30:51] = np.maximum(field[30:51], 0.9 * np.exp(-((columns - x) ** 2) / 2))
    front, shortcut = trace_broken_bands(field)
    x, y = get_coordinates(front.line.segmentize(1)).T
    assert y[(x > 36) & (x < 84)] == pytest.approx(50.5, abs=0.2)
    assert np.median(get_coordinates(shortcut.line.segmentize(1))[:, 1]) == pytest.approx(30.5, abs=0.2)

    rows, columns = np.mgrid[:100, :100] + 0.5
    ring = np.exp(-((np.hypot(rows - 50, columns - 50) - 35) ** 2) / 4) * np.where(columns < 20, 0.3, 0.9)
    (one,) = trace_broken_bands(ring.astype(np.float32))
    assert one.line.length == pytest.approx(2 * np.pi * 35, abs=6)
    assert get_coordinates(one.line)[[0, -1], 0] == pytest.approx(17, abs=4)


def test_missing_data_is_no_front_and_no_obstacle():
    """Stripes of six columns without data: one line, of which they were not seen."""
    field = bands((30.5, 0, 120, 0.9))
    valid = np.ones(field.shape, dtype=bool)
    for start in (20, 50, 80):
        valid[:, start : start + 6] = False
    field[~valid] = 0
    (one,) = trace_broken_bands(field, valid=valid)
    assert one.line.length == pytest.approx(120, abs=2)
    assert [part.length for part in one.prolonged] == pytest.approx([6] * 3, abs=1.5)


def test_the_line_that_holds_most_comes_first_and_chance_goes():
    """A short certain band before a longer faint one that is too far away; a speck of two pixels is none."""
    field = bands((10.5, 20, 60, 1.0), (190.5, 20, 80, 0.4), shape=(200, 120))
    field[100, 100:102] = 0.9
    first, second = trace_broken_bands(field)
    assert get_coordinates(first.line)[:, 1].mean() == pytest.approx(10.5, abs=0.5)
    assert get_coordinates(second.line)[:, 1].mean() == pytest.approx(190.5, abs=0.5)
    assert second.line.length > first.line.length
    # An area sorts by length, and would turn them round.
    everywhere = box(-10, -10, 130, 210)
    assert cut_to_area([first, second], everywhere) == [second, first]
    assert by_weight(cut_to_area([first, second], everywhere), field) == [first, second]


def test_nothing_seen_is_no_line():
    assert trace_broken_bands(bands((30.5, 0, 120, 0.2))) == []
    assert trace_broken_bands(np.zeros((5, 5), dtype=np.float32)) == []
    field = bands((30.5, 0, 120, 0.9))
    assert trace_broken_bands(field, inside=np.zeros(field.shape, dtype=bool)) == []
