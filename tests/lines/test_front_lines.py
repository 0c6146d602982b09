"""From zones or a band to the scored front: hand-worked masks, invariances and the published quirks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage.morphology import skeletonize

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_lines import (
    clean_zones,
    find_front,
    front_from_zones,
    front_of_band,
    inside_box,
    line_from_band,
    line_with_rings,
    remove_short_pieces,
)
from nnunet_glacier.lines.line_finding import LineRules, find_lines
from nnunet_glacier.lines.skeleton_paths import without_small_holes

ZONE_OF = {"N": Zone.NA, "r": Zone.ROCK, "g": Zone.GLACIER, "~": Zone.OCEAN}
zone_maps = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))


def zones(*rows: str) -> np.ndarray:
    return np.array([[ZONE_OF[letter] for letter in row] for row in rows], dtype=np.uint8)


def mask(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def test_an_iceberg_becomes_ocean_and_a_pond_becomes_glacier():
    """The small body in the ocean is filled, the small ocean in the glacier is glacier."""
    cleaned = clean_zones(zones("gggg~~", "g~gg~~", "gggg~~", "ggg~~~", "gg~~r~", "gg~~~~"))
    expected = zones("gggg~~", "gggg~~", "gggg~~", "ggg~~~", "gg~~~~", "gg~~~~")
    np.testing.assert_array_equal(cleaned, expected)


def test_pieces_that_touch_at_a_corner_are_one():
    """8-connected: the diagonal stair of rock belongs to the glacier."""
    stair = zones("gg~~~~", "gg~~~~", "~~r~~~", "~~~r~~", "~~~~~~")
    np.testing.assert_array_equal(clean_zones(stair), stair)


def test_of_two_bodies_of_equal_size_the_first_row_by_row_stays():
    """The later one becomes ocean, and of two equal oceans the later becomes glacier."""
    np.testing.assert_array_equal(
        clean_zones(zones("~~~g", "~~~g", "g~~~", "g~~~")), zones("~~~g", "~~~g", "~~~~", "~~~~")
    )
    np.testing.assert_array_equal(
        clean_zones(zones("ggg~", "ggg~", "~ggg", "~ggg")), zones("ggg~", "ggg~", "gggg", "gggg")
    )


def test_all_but_the_largest_body_becomes_ocean_before_the_oceans_are_compared():
    """A rock wall that cuts the ocean goes first, so that both halves are one ocean."""
    cleaned = clean_zones(zones("ggg~~r~~", "ggg~~r~~", "ggg~~r~~"))
    np.testing.assert_array_equal(cleaned, zones("ggg~~~~~", "ggg~~~~~", "ggg~~~~~"))


@pytest.mark.parametrize("zone", list(Zone))
def test_a_map_of_one_zone_stays_as_it_is(zone):
    """All ocean, and no ocean at all."""
    uniform = np.full((4, 5), zone, dtype=np.uint8)
    np.testing.assert_array_equal(clean_zones(uniform), uniform)
    assert not front_from_zones(uniform).any()


def test_a_map_without_glacier_has_no_front():
    """Rock beside ocean is coast."""
    assert not front_from_zones(clean_zones(zones("rr~~", "rN~~"))).any()


@settings(deadline=None)
@given(zone_maps)
def test_cleaning_twice_changes_nothing_more(drawn):
    """One ocean and one other body are left."""
    cleaned = clean_zones(drawn)
    np.testing.assert_array_equal(clean_zones(cleaned), cleaned)


def test_the_front_is_the_ocean_beside_the_glacier():
    """Above, below, left and right; not across a corner, not beyond the image."""
    front = front_from_zones(zones("ggg~~~", "gg~~~~", "rr~~~g", "NN~~~~"))
    np.testing.assert_array_equal(front, mask("...#..", "..#..#", "....#.", ".....#"))


def test_the_other_side_is_the_glacier_beside_the_ocean():
    """The same edge, as the paper words it."""
    front = front_from_zones(zones("ggg~", "gg~~", "rr~~"), side="glacier")
    np.testing.assert_array_equal(front, mask("..#.", ".#..", "...."))


@settings(deadline=None)
@given(zone_maps)
def test_a_mirrored_map_has_a_mirrored_front(drawn):
    """No direction is preferred."""
    for axes in ((0,), (1,), (0, 1)):
        np.testing.assert_array_equal(front_from_zones(np.flip(drawn, axes)), np.flip(front_from_zones(drawn), axes))
    np.testing.assert_array_equal(front_from_zones(drawn.T), front_from_zones(drawn).T)


@settings(deadline=None)
@given(zone_maps)
def test_swapping_ocean_and_glacier_swaps_the_sides(drawn):
    """The two definitions mirror each other."""
    swap = np.array([0, 1, 3, 2], dtype=np.uint8)
    np.testing.assert_array_equal(front_from_zones(drawn, "glacier"), front_from_zones(swap[drawn], "ocean"))


def test_a_piece_of_exactly_the_length_is_deleted():
    """100 m at 20 m a pixel: five pixels go, six stay, and corners connect."""
    front = mask("#####....", ".........", "####.....", "....##...", "........#")
    expected = mask(".........", ".........", "####.....", "....##...", ".........")
    np.testing.assert_array_equal(remove_short_pieces(front, 100.0, 20.0), expected)


def test_a_limit_between_two_pixel_counts_is_not_rounded():
    """750 m at 20 m are 37.5 pixels: 37 go, 38 stay."""
    front = np.zeros((3, 40), dtype=bool)
    front[0, :37] = True
    front[2, :38] = True
    assert remove_short_pieces(front, 750.0, 20.0).sum() == 38


def test_scale_does_not_matter_to_the_length_rule():
    """Twice the pixel size and twice the length delete the same pieces."""
    front = mask("###..#####", "..........", "########..")
    np.testing.assert_array_equal(remove_short_pieces(front, 60.0, 20.0), remove_short_pieces(front, 120.0, 40.0))


def test_without_a_pixel_size_or_a_limit_every_piece_stays():
    """What cannot be measured is not deleted."""
    front = mask("#...", "..##")
    np.testing.assert_array_equal(remove_short_pieces(front, 750.0, math.nan), front)
    np.testing.assert_array_equal(remove_short_pieces(front, 0.0, 20.0), front)


def test_an_empty_front_stays_empty():
    """Nothing to delete, nothing to cut, nothing to thin."""
    empty = np.zeros((4, 5), dtype=bool)
    assert not remove_short_pieces(empty, 750.0, 20.0).any()
    assert not inside_box(empty, Box(0, 9, 0, 9)).any()
    assert not line_from_band(empty).any()


def test_the_box_keeps_rows_and_columns_up_to_its_stop():
    """Half-open on both axes."""
    inside = inside_box(np.ones((4, 5), dtype=bool), Box(1, 3, 0, 2))
    np.testing.assert_array_equal(inside, mask(".....", "##...", "##...", "....."))


def test_a_box_beyond_the_image_loses_the_last_row_and_column():
    """As published: a corner outside is moved to the size minus one."""
    inside = inside_box(np.ones((3, 4), dtype=bool), Box(-2, 9, -5, 9))
    np.testing.assert_array_equal(inside, mask("###.", "###.", "...."))


def test_without_a_box_everything_stays():
    """A copy, so that the caller's mask is safe."""
    front = np.ones((2, 2), dtype=bool)
    inside = inside_box(front, None)
    assert inside.all() and inside is not front


def test_the_length_rule_comes_before_the_box():
    """A long front of which the box shows a corner keeps that corner."""
    fjord = np.full((60, 60), Zone.GLACIER, dtype=np.uint8)
    fjord[:, 30:] = Zone.OCEAN
    front = find_front(PredictedMaps(fjord, None), "zones", FrontRules(), 20.0, Box(0, 5, 0, 60))
    assert front.sum() == 5 and front[:5, 30].all()


def test_a_band_becomes_the_line_through_its_middle():
    """Five pixels wide, the line is its third row; the ends are thinned away."""
    band = np.zeros((9, 30), dtype=bool)
    band[2:7, 3:27] = True
    line = line_from_band(band)
    assert line[4, 6:24].all() and line.sum(axis=0).max() == 1
    np.testing.assert_array_equal(line & skeletonize(band), line)


def test_the_spurs_of_a_band_are_dropped():
    """The longest path follows the long arms; the short one is no front."""
    thin = mask("....#....", "....#....", "#########")
    np.testing.assert_array_equal(line_from_band(thin), mask(".........", ".........", "#########"))


def test_bands_of_two_glaciers_stay_two_lines():
    """Each piece keeps its own longest path, and the length rule sees each."""
    band = mask("###......", "###......", "###......", ".........", "#########")
    line = front_of_band(band, FrontRules(min_front_length_m=40.0), 10.0, None)
    np.testing.assert_array_equal(line, mask(".........", ".........", ".........", ".........", "#########"))


def test_the_route_decides_between_the_zones_and_the_band():
    """Of one prediction: the ocean's edge in column 5, the band's middle in column 2."""
    zones = np.full((9, 9), Zone.GLACIER, dtype=np.uint8)
    zones[:, 5:] = Zone.OCEAN
    band = np.zeros((9, 9), dtype=bool)
    band[:, 1:4] = True
    maps, rules = PredictedMaps(zones, band), FrontRules(min_front_length_m=0.0)
    assert set(np.nonzero(find_front(maps, "zones", rules, 20.0, None))[1]) == {5}
    assert set(np.nonzero(find_front(maps, "front", rules, 20.0, None))[1]) == {2}


RING = mask(
    "...................",
    "......#####........",
    ".....#.....#.......",
    "....#.......#......",
    "....#.......#......",
    "....#.......#......",
    "....#.......#......",
    "....#.......#......",
    ".....#.....#.......",
    "......#####........",
    "...................",
)
"""24 pixels around 45."""


def joined(line: np.ndarray) -> int:
    """Number of 8-connected pieces."""
    return ndimage.label(line, np.ones((3, 3)))[1]


def test_a_ring_stays_whole_where_rings_are_kept():
    """All of its 24 pixels; the published rule for fronts opens it."""
    np.testing.assert_array_equal(line_with_rings(RING, 7.5), RING)
    rules = FrontRules(min_front_length_m=100.0, keep_rings=True)
    np.testing.assert_array_equal(front_of_band(RING, rules, 10.0, None), RING)
    assert 12 <= line_from_band(RING).sum() <= 14


def test_a_band_that_closes_gives_the_ring_in_its_middle():
    """Three pixels wide, the ring is within a pixel of the one it was made from, and one pixel wide."""
    line = line_with_rings(ndimage.binary_dilation(RING, np.ones((3, 3))), 7.5)
    assert joined(line) == 1 and not (line & ~ndimage.binary_dilation(RING, np.ones((3, 3)))).any()
    assert ndimage.label(~line)[1] == 2 and 20 <= line.sum() <= 28


def test_a_ring_is_kept_with_the_line_that_runs_into_it_and_without_its_spurs():
    """Of two branches one has seven pixels and goes, one has eight and stays; neither depends on the ring's length."""
    wide = np.pad(RING, 12)
    tail, spur = wide.copy(), wide.copy()
    tail[17, 25:33] = True
    spur[17, 25:32] = True
    np.testing.assert_array_equal(line_with_rings(tail, 7.5), tail)
    np.testing.assert_array_equal(line_with_rings(spur, 7.5), wide)


def test_lines_finds_the_same_pixels():
    """The command ``lines`` and the scores agree on a ring with a line that runs into it."""
    thin = np.pad(RING, 12)
    thin[17, 25:40] = True
    drawn = np.zeros_like(thin)
    for line in find_lines(thin, LineRules()):
        drawn[tuple(line.pixels.T)] = True
    np.testing.assert_array_equal(drawn, line_with_rings(thin, 7.5))


def test_rings_stay_joined():
    """Two rings on one line: both, all of the line, and one piece; a third arm from it goes."""
    line = np.zeros((11, 90), dtype=bool)
    line[:, 10:29], line[:, 50:69] = RING, RING
    line[5, 0:14] = line[5, 23:54] = line[5, 63:90] = True
    with_arm = line.copy()
    with_arm[1:5, 40] = True
    np.testing.assert_array_equal(line_with_rings(line, 7.5), line)
    np.testing.assert_array_equal(line_with_rings(with_arm, 7.5), line)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("width", [5, 9, 13])
def test_a_small_hole_in_a_band_is_no_ring(size, width):
    """One pixel, or four, that the prediction left out: the line is that of the whole band."""
    band = np.zeros((17, 60), dtype=bool)
    band[2 : 2 + width, 2:58] = True
    whole = line_with_rings(band, 7.5)
    band[4 : 4 + size, 30 : 30 + size] = False
    np.testing.assert_array_equal(line_with_rings(band, 7.5), whole)
    assert whole.sum(axis=0).max() == 1


def test_loops_up_to_the_length_of_short_pieces_are_opened():
    """45 pixels have the outline of a circle of 23.8 pixels."""
    np.testing.assert_array_equal(line_with_rings(RING, 23.7), RING)
    assert ndimage.label(~line_with_rings(RING, 23.8))[1] == 1


def test_lines_from_edge_to_edge_are_no_rings():
    """They part the image, and the spur on one of them goes as ever."""
    thin = mask("....#....", "....#....", "#########", ".........", "#########")
    np.testing.assert_array_equal(line_with_rings(thin, 7.5), line_from_band(thin))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_band_without_a_ring_gives_the_same_line(seed):
    """Blobs with their holes filled: the longest paths are those of the published rule, pixel by pixel."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(40, 40)), 2)
    band = ndimage.binary_fill_holes(noise > 0.05)
    np.testing.assert_array_equal(line_with_rings(band, 7.5), line_from_band(band))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_larger_hole_of_the_skeleton_has_its_ring(seed):
    """As many closed regions as the skeleton has without its small loops, and no piece torn."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(40, 40)), 2)
    band = np.pad(noise > -0.05, 2)
    thin, line = skeletonize(without_small_holes(band, 7.5)), line_with_rings(band, 7.5)
    assert joined(line) == joined(thin)
    assert ndimage.label(~line)[1] == ndimage.label(~without_small_holes(thin, 7.5))[1]
