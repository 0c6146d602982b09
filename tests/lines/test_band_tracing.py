"""Fronts along a band of probability: where they lie, where they end, and what was not seen of them."""

import numpy as np
import pytest
from shapely import get_coordinates

from nnunet_glacier.lines.band_tracing import trace_bands
from nnunet_glacier.lines.line_finding import LineRules

RULES = LineRules(max_spur_px=8, max_gap_px=15, max_short_px=10)


def band(shape=(80, 100), x=40.0, width=2.0, height=0.9):
    """A band across all rows whose middle is at `x`, pixel centres at halves, and falls like a Gaussian."""
    columns = np.arange(shape[1]) + 0.5
    return np.repeat(height * np.exp(-((columns - x) ** 2) / (2 * width**2))[None], shape[0], axis=0).astype(np.float32)


@pytest.mark.parametrize("x", [40.0, 40.3, 40.5, 40.75])
def test_the_line_lies_in_the_middle_of_the_band(x):
    """From edge to edge, within a twentieth of a pixel away from its ends, and all of it was seen."""
    (one,) = trace_bands(band(x=x), 0.5, RULES)
    x_of, y_of = get_coordinates(one.line.segmentize(1)).T
    assert x_of[(y_of > 6) & (y_of < 74)] == pytest.approx(x, abs=0.05)
    assert get_coordinates(one.line)[:, 0] == pytest.approx(x, abs=0.2)
    assert one.line.length == pytest.approx(80, abs=1)
    assert (one.prolonged, one.main, one.closed) == ((), True, False)


def test_a_line_ends_where_the_band_falls_below_the_threshold():
    """Rows from 60 on have 0.3 at most; a band of 0.3 alone is no line."""
    field = band()
    field[60:] *= 0.3 / 0.9
    (one,) = trace_bands(field, 0.5, RULES)
    y_of = get_coordinates(one.line)[:, 1]
    assert (y_of.min(), y_of.max()) == (pytest.approx(0, abs=1), pytest.approx(60, abs=1.5))
    assert trace_bands(band(height=0.3), 0.5, RULES) == []


def test_a_gap_is_bridged_and_counts_as_not_seen():
    """Six rows without any probability; with what the skeleton lacks at its ends a gap of less than 15."""
    field = band()
    field[30:36] = 0
    (one,) = trace_bands(field, 0.5, RULES)
    assert one.line.length == pytest.approx(80, abs=1)
    assert sum(part.length for part in one.prolonged) == pytest.approx(6, abs=1.5)


def test_a_ring_is_an_iceberg_beside_a_line_and_a_front_alone():
    """A circle of radius 12 beside the band, and without it."""
    rows, columns = np.mgrid[:80, :100] + 0.5
    away = np.abs(np.hypot(rows - 40, columns - 75) - 12)
    ring = (0.9 * np.exp(-(away**2) / 4)).astype(np.float32)
    both = trace_bands(np.maximum(band(x=30.0), ring), 0.5, RULES)
    assert sorted((one.main, one.closed) for one in both) == [(False, True), (True, False)]
    (alone,) = trace_bands(ring, 0.5, RULES)
    assert (alone.main, alone.closed) == (True, True)
    assert alone.line.length == pytest.approx(2 * np.pi * 12, rel=0.01)


def test_nothing_is_drawn_without_data_or_probability():
    """The left half holds data, the band lies in the right one."""
    valid = np.zeros((80, 100), dtype=bool)
    valid[:, :50] = True
    assert trace_bands(band(x=75.0), 0.5, RULES, valid) == []
    assert trace_bands(np.zeros((80, 100), np.float32), 0.5, RULES) == []
