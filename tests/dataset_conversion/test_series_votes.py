"""What scenes of a series say together of a pixel, worked by hand."""

import numpy as np
import pytest

from nnunet_glacier.dataset_conversion.series.votes import count_votes, nearest, outvoted, without_small_pieces
from nnunet_glacier.domain.zones import Zone

NA, ROCK, GLACIER, OCEAN = (np.uint8(zone) for zone in Zone)


def one_pixel(*zones):
    """A map of one pixel for each of some scenes."""
    return [np.array([[zone]], dtype=np.uint8) for zone in zones]


@pytest.mark.parametrize(
    ("at", "count", "wanted"),
    [(0, 4, "abcd"), (1, 4, "abcd"), (3, 4, "bcde"), (6, 4, "defg"), (3, 5, "bcdef"), (2, 99, "abcdefg"), (4, 1, "e")],
)
def test_neighbours_lie_on_both_sides_where_there_are_any(at, count, wanted):
    """As many as were asked for, also at the ends of the series, and the scene itself among them."""
    assert nearest("abcdefg", at, count) == wanted
    assert "abcdefg"[at] in nearest("abcdefg", at, count)


def test_na_gets_no_votes():
    """Two of ocean, one of rock; scenes without data there count for nothing."""
    votes = count_votes(one_pixel(NA, OCEAN, ROCK, OCEAN, NA), (1, 1))
    assert votes[:, 0, 0].tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("own", "others", "weight", "wanted"),
    [
        (OCEAN, [GLACIER] * 3, 3.0, OCEAN),  # three against its own: not more than three times as many
        (OCEAN, [GLACIER] * 4, 3.0, GLACIER),
        (OCEAN, [GLACIER] * 4 + [OCEAN], 3.0, OCEAN),
        (OCEAN, [GLACIER] * 7 + [OCEAN], 3.0, GLACIER),
        (OCEAN, [GLACIER, GLACIER], 1.0, GLACIER),
        (OCEAN, [GLACIER], 1.0, OCEAN),
        (NA, [GLACIER] * 9, 3.0, NA),
        (OCEAN, [NA] * 9, 3.0, OCEAN),
        (ROCK, [GLACIER] * 4 + [OCEAN] * 3, 3.0, GLACIER),
    ],
)
def test_a_zone_gives_way_to_one_with_more_than_its_weight(own, others, weight, wanted):
    """The scene's own vote is counted too."""
    maps = one_pixel(own, *others)
    assert outvoted(maps[0], count_votes(maps, (1, 1)), weight) == [[wanted]]


def test_pieces_that_are_too_small_join_what_surrounds_them():
    """A patch of 4x6 pixels goes, one of 5x5 stays."""
    zones = np.full((20, 20), GLACIER)
    zones[2:6, 2:8] = OCEAN
    zones[10:15, 10:15] = OCEAN
    kept = without_small_pieces(zones, 25)
    assert np.all(kept[2:6, 2:8] == GLACIER) and np.all(kept[10:15, 10:15] == OCEAN)
    assert (kept == OCEAN).sum() == 25


def test_gaps_without_data_stay_however_small_they_are():
    """No zone is made up in a gap of 3x4 pixels; ocean of 2x2 that a larger NA surrounds is none."""
    zones = np.full((20, 20), GLACIER)
    zones[2:5, 2:6] = NA
    zones[10:16, 10:16] = NA
    zones[12:14, 12:14] = OCEAN
    kept = without_small_pieces(zones, 25)
    assert np.all(kept[2:5, 2:6] == NA) and np.all(kept[10:16, 10:16] == NA)
    assert (kept == NA).sum() == 12 + 36
