"""From zones or a band to the scored front: hand-worked masks, invariances and the published quirks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.morphology import skeletonize

from nnunet_glacier.front_lines import (
    FrontRules,
    clean_zones,
    find_front,
    front_from_zones,
    front_of_band,
    front_of_zones,
    inside_box,
    line_from_band,
    remove_short_pieces,
)
from nnunet_glacier.predicted_maps import PredictedMaps
from nnunet_glacier.scenes import Box
from nnunet_glacier.zones import Zone

ZONE_OF = {"N": Zone.NA, "r": Zone.ROCK, "g": Zone.GLACIER, "~": Zone.OCEAN}
zone_maps = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))


def zones(*rows: str) -> np.ndarray:
    return np.array([[ZONE_OF[letter] for letter in row] for row in rows], dtype=np.uint8)


def mask(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def test_an_iceberg_becomes_ocean_and_a_pond_becomes_glacier():
    """The small body in the ocean is filled, the small ocean in the glacier is glacier."""
    found = clean_zones(zones("gggg~~", "g~gg~~", "gggg~~", "ggg~~~", "gg~~r~", "gg~~~~"))
    expected = zones("gggg~~", "gggg~~", "gggg~~", "ggg~~~", "gg~~~~", "gg~~~~")
    np.testing.assert_array_equal(found, expected)


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
    found = clean_zones(zones("ggg~~r~~", "ggg~~r~~", "ggg~~r~~"))
    np.testing.assert_array_equal(found, zones("ggg~~~~~", "ggg~~~~~", "ggg~~~~~"))


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
def test_cleaning_twice_changes_nothing_more(found):
    """One ocean and one other body are left."""
    cleaned = clean_zones(found)
    np.testing.assert_array_equal(clean_zones(cleaned), cleaned)


def test_the_front_is_the_ocean_beside_the_glacier():
    """Above, below, left and right; not across a corner, not beyond the image."""
    found = front_from_zones(zones("ggg~~~", "gg~~~~", "rr~~~g", "NN~~~~"))
    np.testing.assert_array_equal(found, mask("...#..", "..#..#", "....#.", ".....#"))


def test_the_other_side_is_the_glacier_beside_the_ocean():
    """The same edge, as the paper words it."""
    found = front_from_zones(zones("ggg~", "gg~~", "rr~~"), side="glacier")
    np.testing.assert_array_equal(found, mask("..#.", ".#..", "...."))


@settings(deadline=None)
@given(zone_maps)
def test_a_mirrored_map_has_a_mirrored_front(found):
    """No direction is preferred."""
    for axes in ((0,), (1,), (0, 1)):
        np.testing.assert_array_equal(front_from_zones(np.flip(found, axes)), np.flip(front_from_zones(found), axes))
    np.testing.assert_array_equal(front_from_zones(found.T), front_from_zones(found).T)


@settings(deadline=None)
@given(zone_maps)
def test_swapping_ocean_and_glacier_swaps_the_sides(found):
    """The two definitions mirror each other."""
    swap = np.array([0, 1, 3, 2], dtype=np.uint8)
    np.testing.assert_array_equal(front_from_zones(found, "glacier"), front_from_zones(swap[found], "ocean"))


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
    found = inside_box(np.ones((4, 5), dtype=bool), Box(1, 3, 0, 2))
    np.testing.assert_array_equal(found, mask(".....", "##...", "##...", "....."))


def test_a_box_beyond_the_image_loses_the_last_row_and_column():
    """As published: a corner outside is moved to the size minus one."""
    found = inside_box(np.ones((3, 4), dtype=bool), Box(-2, 9, -5, 9))
    np.testing.assert_array_equal(found, mask("###.", "###.", "...."))


def test_without_a_box_everything_stays():
    """A copy, so that the caller's mask is safe."""
    front = np.ones((2, 2), dtype=bool)
    found = inside_box(front, None)
    assert found.all() and found is not front


def test_the_length_rule_comes_before_the_box():
    """A long front of which the box shows a corner keeps that corner."""
    fjord = np.full((60, 60), Zone.GLACIER, dtype=np.uint8)
    fjord[:, 30:] = Zone.OCEAN
    front = front_of_zones(fjord, FrontRules(), 20.0, Box(0, 5, 0, 60))
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
