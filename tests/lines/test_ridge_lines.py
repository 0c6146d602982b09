"""Lines in the middle of made-up ridges of probability whose middle is known."""

import numpy as np
import pytest
import shapely
from shapely import LineString, Point

from nnunet_glacier.lines.line_finding import LineRules
from nnunet_glacier.lines.ridge_lines import ridge_lines

RULES = LineRules(max_spur_px=5, max_gap_px=10, max_short_px=7.5)
SHAPE = (70, 90)


def ridge(line, width_px=1.5, height=0.9, shape=SHAPE):
    """Probability that falls from a line as a Gaussian."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    away = shapely.distance(line, shapely.points(x, y))
    return (height * np.exp(-((away / width_px) ** 2) / 2)).astype(np.float32)


def signed(drawn, true, within=5.0):
    """Distances of a line's points from a true one, positive on its left, away from the ends of the true one."""
    points = drawn.segmentize(0.5).coords
    sides = []
    for point in map(Point, points):
        along = true.project(point)
        if within < along < true.length - within or true.is_closed:
            a, b = (true.interpolate(along + step) for step in (-0.1, 0.1))
            cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)
            sides.append(np.sign(cross) * point.distance(true))
    return np.array(sides)


@pytest.mark.parametrize("degrees", [0, 11, 30, 45, 63, 90])
@pytest.mark.parametrize("width_px", [0.7, 1.5, 2.5])
def test_a_straight_line_has_no_bias(degrees, width_px):
    """Through a point off the pixel centres, at any angle: below a twentieth of a pixel, at no place above 0.15."""
    angle = np.radians(degrees)
    centre, reach = np.array([45.2, 35.3]), 28 * np.array([np.cos(angle), np.sin(angle)])
    true = LineString([centre - reach, centre + reach])
    (line,) = ridge_lines(ridge(true, width_px), 0.5, RULES)
    away = signed(line, true)
    assert len(away) > 60
    assert abs(away.mean()) < 0.05
    assert np.abs(away).max() < 0.15
    # A Gaussian of height 0.9 falls to 0.5 at 1.08 widths beyond the end.
    assert line.length == pytest.approx(true.length + 2 * 1.084 * width_px, abs=1.5)


@pytest.mark.parametrize("degrees", [0, 11, 30, 45])
def test_a_line_goes_straight_across_a_gap_without_probability(degrees):
    """The ends of the ridge beside the gap hardly draw it aside, and it is no longer than the true line."""
    angle = np.radians(degrees)
    centre, reach = np.array([45.2, 35.3]), 28 * np.array([np.cos(angle), np.sin(angle)])
    true = LineString([centre - reach, centre + reach])
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    probability = ridge(true)
    probability[np.hypot(x - centre[0], y - centre[1]) < 2.5] = 0
    (line,) = ridge_lines(probability, 0.5, RULES)
    assert np.abs(signed(line, true)).max() < 1.5
    assert line.length == pytest.approx(true.length + 2 * 1.084 * 1.5, abs=2)


def test_an_even_band_of_certain_pixels_has_its_line_between_them():
    """Rows 20 to 23 are all line: its middle is their common edge at y = 22, where no pixel's centre is."""
    probability = np.zeros(SHAPE, dtype=np.float32)
    probability[20:24] = 1
    (line,) = ridge_lines(probability, 0.5, RULES)
    y = np.array(line.segmentize(0.5).coords)[:, 1]
    assert abs(y.mean() - 22) < 0.02
    assert np.abs(y - 22).max() < 0.2
    assert line.length > 88, "it is led on to the image's edge"


def test_a_circle_is_closed_and_no_smaller():
    """A ring of 15 pixels: its radius within a tenth of a pixel, its length within half a percent."""
    true = Point(40.3, 33.6).buffer(15, quad_segs=64).exterior
    (line,) = ridge_lines(ridge(true), 0.5, RULES)
    assert line.is_closed
    radius = shapely.distance(Point(40.3, 33.6), shapely.points(line.segmentize(0.5).coords))
    assert abs(radius.mean() - 15) < 0.1
    assert line.length == pytest.approx(2 * np.pi * 15, rel=5e-3)


def test_lines_meet_where_they_branch():
    """A branch of 20 pixels off a line of 70 ends on it."""
    stem, branch = LineString([(10.3, 40.2), (80.3, 40.2)]), LineString([(44.7, 40.2), (44.7, 15.2)])
    both = np.maximum(ridge(stem), ridge(branch))
    first, second = ridge_lines(both, 0.5, RULES)
    assert first.length == pytest.approx(73, abs=2)
    assert first.distance(second) < 1e-6
    assert second.length == pytest.approx(26.5, abs=1.5)


def test_short_lines_are_left_to_the_reader_and_specks_are_none():
    """One of six pixels stays, one of a pixel does not; no ridge is no line."""
    short = ridge(LineString([(20.5, 20.5), (26.5, 20.5)]), 1.0)
    short[50, 50] = 0.9
    lines = ridge_lines(short, 0.5, RULES)
    assert [round(line.length) for line in lines] == [8]
    assert ridge_lines(short, 0.95, RULES) == []
    valid = np.zeros(SHAPE, dtype=bool)
    assert ridge_lines(short, 0.5, RULES, valid) == []
