"""Fronts traced on made-up probabilities whose edge is known."""

import numpy as np
import pytest
from shapely import LineString, box

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_tracing import (
    ZoneField,
    choose_front,
    cut_to_area,
    mean_distance,
    smoothed_zones,
    trace_lines,
)

SIZE = 200
Y, X = np.mgrid[:SIZE, :SIZE] + 0.5
CENTRE = SIZE / 2


def probabilities(beyond: np.ndarray, band_px: float = 5.0) -> np.ndarray:
    """Zone probabilities of a sure network with a front band, by the signed distance beyond the edge in pixels."""
    zones = np.zeros((4, *beyond.shape), dtype=np.float32)
    band = np.abs(beyond) < band_px / 2
    zones[Zone.GLACIER] = np.where(band, 0.5, beyond < 0)
    zones[Zone.OCEAN] = 1 - zones[Zone.GLACIER]
    return zones


def front_of(zones: np.ndarray):
    return choose_front(trace_lines(smoothed_zones(zones)))[0]


@pytest.mark.parametrize("degrees", [10, 30, 40, 70])
def test_a_front_lies_in_the_middle_of_its_band(degrees):
    """Whatever the angle: less than a twentieth of a pixel beside the edge on average, as long as it to 0.5 %."""
    normal = np.array([np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))])
    front = front_of(probabilities((X - CENTRE) * normal[0] + (Y - CENTRE) * normal[1] - 0.3))
    at = np.arange(5, front.line.length - 5, 0.5)
    points = np.array([front.line.interpolate(distance).coords[0] for distance in at])
    beside = (points - CENTRE) @ normal - 0.3
    assert abs(beside.mean()) < 0.05
    ends = (np.array(front.line.coords)[[0, -1]] - CENTRE) @ [-normal[1], normal[0]]
    assert front.line.length == pytest.approx(abs(ends[1] - ends[0]), rel=0.005)
    assert front.prolonged == ()


def test_what_is_followed_below_the_high_threshold_is_told_apart():
    """Glacier or ocean are certain in rows 50 to 150 and lose 2 % a row beyond: seen to 0.5, followed to 0.2."""
    zones = probabilities(X - 100.0)
    share = np.clip(1 - 0.02 * np.maximum(50 - Y, Y - 150), 0, 1).astype(np.float32)
    zones[Zone.GLACIER] *= share
    zones[Zone.OCEAN] *= share
    zones[Zone.ROCK] = 1 - share
    front = front_of(zones)
    rows = np.array(front.line.coords)[:, 1]
    assert sorted((rows.min(), rows.max())) == pytest.approx([10, 190], abs=0.1)
    ends = sorted((np.array(end.coords)[:, 1] for end in front.prolonged), key=np.min)
    assert [end.min() for end in ends] == pytest.approx([10, 175], abs=0.1)
    assert [end.max() for end in ends] == pytest.approx([25, 190], abs=0.1)


def test_a_faint_edge_alone_is_no_front():
    """It is followed only from where it was seen."""
    zones = probabilities(X - 100.0) * np.float32(0.4)
    zones[Zone.ROCK] = 0.6
    assert trace_lines(smoothed_zones(zones)) == []


def test_an_iceberg_and_a_lake_are_other_pieces():
    """The longest line of the ocean is the front, even where a ring elsewhere is longer."""
    zones = probabilities(Y - 150.0)
    for ring, inside in ((np.hypot(X - 60, Y - 175) < 15, Zone.OCEAN), (np.hypot(X - 120, Y - 60) < 45, Zone.GLACIER)):
        zones[:, ring] = 0
        zones[Zone.GLACIER if inside is Zone.OCEAN else Zone.OCEAN, ring] = 1
    walls = (X < 30) | (X > 130)
    zones[:, walls & (Y < 155)] = 0
    zones[Zone.ROCK, walls & (Y < 155)] = 1
    front, others = choose_front(trace_lines(smoothed_zones(zones)))
    assert front is not None
    assert np.array(front.line.coords)[:, 1] == pytest.approx(150, abs=1.5)
    assert sum(one.closed for one in others) == 1
    assert max(one.line.length for one in others) > front.line.length
    assert not any(one.main for one in others)


def test_the_area_decides_which_ocean_is_meant():
    """Two fjords: the larger one's front is taken, unless the area holds the other alone."""
    zones = probabilities(np.minimum(X - 40, 170 - X) * -1.0, band_px=0)
    front = front_of(zones)
    assert np.array(front.line.coords)[:, 0] == pytest.approx(40, abs=0.01)
    front, _ = choose_front(trace_lines(smoothed_zones(zones), X > 100))
    assert np.array(front.line.coords)[:, 0] == pytest.approx(170, abs=0.01)


def test_lines_are_cut_to_the_area_with_their_prolonged_ends():
    zones = probabilities(X - 100.0)
    (line,) = trace_lines(smoothed_zones(zones))
    pieces = cut_to_area([line], box(0, 20, 200, 60).union(box(0, 100, 200, 190)))
    assert [piece.line.length for piece in pieces] == pytest.approx([90, 40])
    assert cut_to_area([line], box(0, 20, 50, 60)) == []


@pytest.mark.parametrize("zone", Zone)
def test_without_an_edge_there_is_no_front(zone):
    zones = np.zeros((4, 20, 20), dtype=np.float32)
    zones[zone] = 1
    assert choose_front(trace_lines(smoothed_zones(zones))) == (None, [])


def test_the_most_probable_zone_agrees_with_the_line():
    """Ocean from the pixel on whose centre is seaward of the line."""
    field = smoothed_zones(probabilities(X - 100.2))
    assert (field.zones[:, :100] == Zone.GLACIER).all()
    assert (field.zones[:, 101:] == Zone.OCEAN).all()


def test_the_mean_distance_is_that_of_points_along_the_line():
    """Points at 0, 1, 2, 3 and 4, of which the last two lie beyond the other line."""
    line = LineString([(0, 0), (4, 0)])
    assert mean_distance(line, [LineString([(0, 1), (4, 1)])]) == pytest.approx(1)
    assert mean_distance(line, [LineString([(0, 0), (2, 0)])]) == pytest.approx((0 + 0 + 0 + 1 + 2) / 5)
    assert np.isnan(mean_distance(line, []))


def test_a_ring_within_the_tolerance_is_no_line():
    """One pixel of hardly more glacier than ocean in the open ocean: its ring of 0.001 pixels would be a point."""
    glacier = np.zeros((9, 9), dtype=np.float32)
    glacier[4, 4] = 0.5005
    zones = np.where(glacier > 0.5, Zone.GLACIER, Zone.OCEAN).astype(np.uint8)
    assert trace_lines(ZoneField(glacier, 1 - glacier, zones)) == []
