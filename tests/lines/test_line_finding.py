"""From masks to lines: pruned, bridged, led through junctions."""

import numpy as np
import pytest
from scipy import ndimage
from shapely import LineString, distance, hausdorff_distance, points
from skimage.io import imread

from nnunet_glacier.lines.branch_network import BranchNetwork
from nnunet_glacier.lines.gap_bridging import bridge_gaps
from nnunet_glacier.lines.line_finding import FoundLine, LineRules, find_lines
from nnunet_glacier.lines.skeleton_branches import branches_of
from nnunet_glacier.lines.skeleton_paths import skeleton

PLAIN = LineRules(max_spur_px=0, max_gap_px=0, max_short_px=0)


def drawn(*strokes: tuple[tuple[int, int], tuple[int, int]], shape: tuple[int, int] = (60, 80)) -> np.ndarray:
    """Strokes one pixel wide, along a row or column or a diagonal, from pixel to pixel."""
    mask = np.zeros(shape, dtype=bool)
    for first, last in strokes:
        count = max(abs(first[0] - last[0]), abs(first[1] - last[1])) + 1
        mask[tuple(np.linspace(first, last, count).round().astype(int).T)] = True
    return mask


def ends(line: FoundLine) -> list[tuple[float, float]]:
    return sorted(map(tuple, line.xy[[0, -1]].tolist()))


def circle(radius: float, shape: tuple[int, int] = (60, 60)) -> np.ndarray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.abs(np.hypot(rows - 30, columns - 30) - radius) < 1.3


def test_an_empty_mask_has_no_line():
    """Nor has a single pixel, or a mask that is full."""
    assert find_lines(np.zeros((9, 9), dtype=bool), LineRules()) == []
    assert find_lines(drawn(((4, 4), (4, 4))), PLAIN) == []


def test_a_straight_line_runs_through_its_pixel_centres():
    """Pixel (row 7, column 3) has its centre at (3.5, 7.5)."""
    (line,) = find_lines(drawn(((7, 3), (7, 40))), PLAIN)
    assert line.xy.tolist() in ([[3.5, 7.5], [40.5, 7.5]], [[40.5, 7.5], [3.5, 7.5]])
    assert (line.length_px, line.bridged_px, line.closed, len(line.pixels)) == (37.0, 0.0, False, 38)


def test_spurs_up_to_the_length_are_pruned_and_longer_ones_end_on_their_line():
    """A branch of six steps, from the line's pixel on, with limits of five and of six."""
    mask = drawn(((20, 2), (20, 70)), ((19, 40), (14, 40)))
    assert [len(line.pixels) for line in find_lines(mask, LineRules(6, 0, 0))] == [69]
    lines = sorted(find_lines(mask, LineRules(5, 0, 0)), key=lambda line: len(line.pixels))
    assert [len(line.pixels) for line in lines] == [7, 69]
    assert ends(lines[0]) == [(40.5, 14.5), (40.5, 20.5)]
    assert [40.5, 20.5] in lines[1].xy.tolist(), "the branch must meet a vertex of its line"


def test_of_a_fork_at_the_end_the_longer_arm_goes_on():
    """The shortest spur goes first; what is left at the fork is the line's own end."""
    mask = drawn(((20, 2), (20, 40)), ((21, 41), (23, 43)), ((19, 41), (16, 44)))
    (line,) = find_lines(mask, LineRules(6, 0, 0))
    assert ends(line) == [(2.5, 20.5), (44.5, 16.5)]


@pytest.mark.parametrize(("max_gap_px", "count"), [(9.9, 2), (10, 1)])
def test_a_gap_is_bridged_up_to_its_length(max_gap_px, count):
    """Ten steps from the last pixel before the gap to the first after it."""
    lines = find_lines(drawn(((20, 2), (20, 30)), ((20, 40), (20, 70))), LineRules(0, max_gap_px, 0))
    assert len(lines) == count
    assert sum(line.bridged_px for line in lines) == (10.0 if count == 1 else 0.0)
    assert sum(line.length_px for line in lines) == 28 + 30 + (10 if count == 1 else 0)


def test_several_gaps_make_one_line():
    """A dashed line, whose dashes alone would be deleted as short."""
    dashes = [((20, start), (20, start + 5)) for start in range(2, 70, 10)]
    assert find_lines(drawn(*dashes), LineRules(0, 0, 10)) == []
    (line,) = find_lines(drawn(*dashes), LineRules(0, 6, 10))
    assert ends(line) == [(2.5, 20.5), (67.5, 20.5)] and line.bridged_px == 6 * 5


APART = {
    "side by side": [((20, 2), (20, 30)), ((24, 2), (24, 30))],
    "one ends beside the middle of the other": [((20, 2), (20, 30)), ((25, 34), (60 - 1, 34)), ((14, 34), (24, 34))],
    "pointing past each other": [((20, 2), (20, 30)), ((26, 32), (50, 32))],
    "with a line between them": [((20, 2), (20, 30)), ((20, 40), (20, 70)), ((5, 35), (50, 35))],
}


@pytest.mark.parametrize("case", APART)
def test_what_does_not_point_at_each_other_is_not_bridged(case):
    """Nor across another line; the lines stay as many as the strokes, which meet where the third case's do."""
    mask = drawn(*APART[case])
    lines = find_lines(mask, LineRules(0, 12, 0))
    assert not any(line.bridged_px for line in lines)
    assert len(lines) == ndimage.label(mask, np.ones((3, 3)))[1]


def test_a_line_is_not_bridged_with_itself():
    """A horseshoe with a gap shorter than the limit stays open, and is no pinning point."""
    mask = circle(15)
    mask[12:18, 27:34] = False
    (line,) = find_lines(mask, LineRules(3, 12, 5))
    assert not line.closed and line.bridged_px == 0


def test_of_two_bridges_that_would_cross_one_is_made():
    """Four strokes that point at one place."""
    strokes = [((30, 5), (30, 20)), ((30, 30), (30, 45)), ((5, 25), (20, 25)), ((40, 25), (55, 25))]
    lines = find_lines(drawn(*strokes), LineRules(0, 25, 0))
    assert sorted(line.bridged_px > 0 for line in lines) == [False, False, True]


def test_no_bridge_crosses_a_line_or_another_bridge():
    """On a tangle cut to pieces: branches meet at their ends alone, before and after."""
    noise = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal((300, 300)), 6)
    mask = skeleton(np.abs(noise) < 0.01)
    mask[::20], mask[:, ::23] = False, False
    network = BranchNetwork(branches_of(mask))
    before = len(network.branches)
    bridge_gaps(network, 8)
    assert len(network.branches) < before - 20
    shapes = [LineString(path) for path in network.branches.values()]
    assert not any(first.crosses(second) for a, first in enumerate(shapes) for second in shapes[:a])


def test_a_ring_is_closed_and_its_hole_is_filled_if_it_is_too_small():
    """A circle of radius 10 has 2 * pi * 10 = 63 pixels, within the length of its stairs."""
    (line,) = find_lines(circle(10), LineRules())
    assert line.closed and (line.xy[0] == line.xy[-1]).all()
    ring = LineString(line.xy)
    assert ring.is_ring and ring.length == pytest.approx(2 * np.pi * 10, rel=0.02)
    distance = np.hypot(*(line.xy - 30.5).T)
    assert np.abs(distance - 10).max() < 0.75
    assert not any(line.closed for line in find_lines(circle(4), LineRules(0, 0, 30)))


def test_a_ring_on_a_line_stays_a_ring():
    """The line ends on it, and neither is lost."""
    mask = circle(10) | drawn(((30, 41), (30, 58)), shape=(60, 60))
    lines = find_lines(mask, LineRules(4, 0, 8))
    assert sorted(line.closed for line in lines) == [False, True]
    ring, tail = sorted(lines, key=lambda line: not line.closed)
    assert LineString(ring.xy).distance(LineString(tail.xy)) == 0


def test_two_lines_that_cross_are_two_lines():
    """Each is led on straight through the junction."""
    mask = drawn(((10, 10), (50, 50)), ((30, 5), (30, 55)))
    lines = find_lines(mask, LineRules(3, 0, 3))
    assert sorted(ends(line) for line in lines) == [[(5.5, 30.5), (55.5, 30.5)], [(10.5, 10.5), (50.5, 50.5)]]


def test_short_lines_are_deleted_and_the_median_filter_takes_noise():
    """A line of ten steps with limits of nine and ten; specks beside a band go before it is thinned."""
    mask = drawn(((20, 2), (20, 12)))
    assert len(find_lines(mask, LineRules(0, 0, 9))) == 1 and find_lines(mask, LineRules(0, 0, 10)) == []
    band = np.zeros((60, 80), dtype=bool)
    band[20:25, 2:70] = True
    specks = np.random.default_rng(0).random(band.shape) < 0.02
    assert len(find_lines(band | specks, PLAIN)) > 1
    assert len(find_lines(band | specks, LineRules(0, 0, 0, median_px=5))) == 1


def test_lines_are_simple_and_within_half_a_pixel_of_their_pixels():
    """On a tangle: measured with shapely along the whole line, both ways."""
    noise = ndimage.gaussian_filter(np.random.default_rng(2).standard_normal((300, 300)), 5)
    lines = find_lines(np.abs(noise) < 0.02, LineRules())
    assert len(lines) > 30 and sum(line.closed for line in lines) > 3
    for line in lines:
        pixels = np.concatenate([line.pixels, line.pixels[:1]]) if line.closed else line.pixels
        smooth, stairs = LineString(line.xy), LineString(pixels[:, ::-1] + 0.5)
        assert smooth.is_valid and smooth.is_simple
        assert hausdorff_distance(smooth, stairs, densify=0.02) <= 0.5 + 1e-9


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_image_gives_lines_of_the_same_length(turns):
    """Whatever pixel comes first; thinning is not the same in all directions, so within two pixels."""
    mask = ndimage.binary_dilation(drawn(((5, 5), (40, 40)), ((40, 40), (40, 75))), np.ones((3, 3)))
    lengths = [
        sum(LineString(line.xy).length for line in find_lines(image, LineRules()))
        for image in (mask, np.rot90(mask, turns))
    ]
    assert lengths[0] == pytest.approx(lengths[1], abs=2)


def test_a_real_prediction_becomes_one_line_along_its_band(shared_data):
    """Of a published patch: in the band, within three pixels of all of it, as long as the drawn line to 5 in 100."""
    pages = imread(shared_data / "grounding_line_patch" / "getz_256_phase_truth_prediction.tif")
    (drawn_line,), (line,) = (find_lines(pages[..., page] > 0.5, LineRules()) for page in (1, 2))
    predicted = pages[..., 2] > 0.5
    assert predicted[tuple(line.pixels.T)].all() and line.bridged_px == 0
    centres = points(np.argwhere(predicted)[:, ::-1] + 0.5)
    assert distance(centres, LineString(line.xy)).max() < 3
    assert line.length_px == pytest.approx(drawn_line.length_px, rel=0.05)
