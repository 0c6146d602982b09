"""Words for what speaks against a front, and what follows from them."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from shapely import LineString

from nnunet_glacier.delineation import believability as words
from nnunet_glacier.delineation.believability import AT_ZONES, OF_FRONT_CLASS, flags, is_rejected
from nnunet_glacier.delineation.series_believability import UNCONFIRMED_CHANGE, UNUSUAL_LENGTH, UNUSUAL_SHAPE
from nnunet_glacier.delineation.signs import Signs, measured_signs
from nnunet_glacier.delineation.training_likeness import UNKNOWN_LIKENESS, Likeness
from nnunet_glacier.domain.zones import Zone

GOOD = Signs(
    spread_px=1.0,
    mean_probability=0.8,
    rival_share=0.0,
    ends_at_edge=0,
    ends_off_land_px=1.0,
    prolonged_share=0.1,
    sinuosity=1.1,
    na_share=0.0,
    likeness=Likeness(unlike_training=0.0, pixel_size_ratio=1.0, grey_levels=200),
)


def with_likeness(**change) -> Signs:
    return replace(GOOD, likeness=replace(GOOD.likeness, **change))


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Glacier left of ocean, rock in the upper ten rows and the lower five; all of it holds data."""
    zones = np.full((60, 80), Zone.OCEAN, dtype=np.uint8)
    zones[:, :40] = Zone.GLACIER
    zones[:10] = zones[-5:] = Zone.ROCK
    return zones, np.ones(zones.shape, dtype=bool)


def measured(front: LineString, **changes) -> Signs:
    zones, valid = scene()
    given = {
        "fold_fronts": [[front], [front]],
        "others": [],
        "prolonged": [],
        "probability": np.full(zones.shape, 0.7, dtype=np.float32),
        "zones": zones,
        "valid": valid,
    }
    return measured_signs(front, **{**given, **changes})


FRONT = LineString([(40, 10.5), (40, 54.5)])


def test_a_front_from_wall_to_wall_on_which_all_agree_has_no_flags():
    signs = measured(FRONT)
    assert (signs.spread_px, signs.ends_at_edge, signs.ends_off_land_px) == (0, 0, 1)
    assert signs.mean_probability == pytest.approx(0.7)
    assert flags(signs) == ()
    assert not is_rejected(flags(signs))


def test_the_spread_is_the_mean_over_networks():
    fronts = [[LineString([(x, 10.5), (x, 54.5)])] for x in (38, 46)]
    assert measured(FRONT, fold_fronts=fronts).spread_px == pytest.approx(4)


def test_a_network_without_a_front_is_infinitely_far_and_one_network_tells_nothing():
    assert measured(FRONT, fold_fronts=[[FRONT], []]).spread_px == math.inf
    assert math.isnan(measured(FRONT, fold_fronts=[[FRONT]]).spread_px)
    assert flags(measured(FRONT, fold_fronts=[[FRONT]])) == ()


def test_rivals_and_prolonged_parts_are_shares_of_the_length():
    """The front is 44 pixels long."""
    signs = measured(FRONT, others=[LineString([(0, 0), (33, 0)])], prolonged=[LineString([(40, 10.5), (40, 21.5)])])
    assert (signs.rival_share, signs.prolonged_share) == (0.75, 0.25)


def test_a_front_doubles_back_where_its_detour_is_long():
    """A detour of 14 pixels between points 6 apart gives a piece 20 / 12, one of 20 between points 4 apart 20 / 4."""
    small = LineString([(40, 10.5), (40, 18.5), (36, 18.5), (36, 24.5), (40, 24.5), (40, 54.5)])
    large = LineString([(40, 10.5), (40, 18.5), (32, 18.5), (32, 22.5), (40, 22.5), (40, 54.5)])
    assert measured(small).sinuosity == pytest.approx(20 / 12)
    assert words.DOUBLES_BACK not in flags(measured(small))
    assert measured(large).sinuosity == pytest.approx(20 / 4)
    assert flags(measured(large)) == (words.DOUBLES_BACK,)


def test_an_end_in_the_open_sea_is_far_from_land():
    """Row 40 is 15 rows above the rock that begins in row 55."""
    assert measured(LineString([(40, 10.5), (40, 40.5)])).ends_off_land_px == 15


def test_na_counts_where_there_is_data_and_what_surrounds_it_does_not():
    """Columns 70 to 79 are NA, of which 75 to 79 hold no data: 5 of 75."""
    zones, valid = scene()
    zones[:, 70:] = Zone.NA
    valid[:, 75:] = False
    assert measured(FRONT, zones=zones, valid=valid).na_share == pytest.approx(5 / 75)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"spread_px": AT_ZONES.spread_px + 0.1}, words.NETWORKS_DISAGREE),
        ({"spread_px": AT_ZONES.rejected_spread_px + 0.1}, words.NETWORKS_FAR_APART),
        ({"spread_px": math.inf}, words.NETWORKS_FAR_APART),
        ({"mean_probability": AT_ZONES.probability - 0.01}, words.IMPROBABLE),
        ({"rival_share": AT_ZONES.rival_share + 0.01}, words.SEVERAL_FRONTS),
        ({"ends_at_edge": 2}, words.ENDS_AT_EDGE),
        ({"ends_off_land_px": AT_ZONES.off_land_px + 1}, words.ENDS_FAR_FROM_LAND),
        ({"prolonged_share": AT_ZONES.prolonged_share + 0.01}, words.MUCH_NOT_SEEN),
        ({"sinuosity": AT_ZONES.sinuosity + 0.01}, words.DOUBLES_BACK),
        ({"na_share": AT_ZONES.na_share + 0.01}, words.MUCH_NA),
    ],
)
def test_each_sign_has_its_word(change, word):
    assert flags(replace(GOOD, **change)) == (word,)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"unlike_training": 0.01}, words.UNLIKE_TRAINING),
        ({"pixel_size_ratio": words.MAX_PIXEL_SIZE_RATIO + 0.01}, words.OTHER_PIXEL_SIZE),
        ({"pixel_size_ratio": 0.99 / words.MAX_PIXEL_SIZE_RATIO}, words.OTHER_PIXEL_SIZE),
        ({"grey_levels": 12}, words.FEW_GREY_VALUES),
    ],
)
def test_a_scene_unlike_the_training_has_its_word(change, word):
    assert flags(with_likeness(**change)) == (word,)


@pytest.mark.parametrize(
    ("probability", "found"),
    [
        (OF_FRONT_CLASS.probability + 0.01, ()),
        (OF_FRONT_CLASS.probability - 0.01, (words.IMPROBABLE,)),
        (OF_FRONT_CLASS.rejected_probability - 0.01, (words.VERY_IMPROBABLE,)),
    ],
)
def test_a_front_by_its_own_class_is_rejected_by_its_probability(probability, found):
    assert flags(replace(GOOD, mean_probability=probability), OF_FRONT_CLASS) == found
    assert is_rejected(found) == (found == (words.VERY_IMPROBABLE,))
    assert words.VERY_IMPROBABLE not in flags(replace(GOOD, mean_probability=0.01), AT_ZONES)


def test_what_is_not_known_is_not_flagged():
    assert flags(replace(GOOD, spread_px=math.nan, likeness=UNKNOWN_LIKENESS)) == ()


def test_every_sign_is_looked_at():
    """A sign that no word stands for would be measured in vain."""
    likeness = Likeness(unlike_training=1, pixel_size_ratio=2, grey_levels=1)
    measured_ones = [field.name for field in fields(Signs) if field.name != "likeness"]
    bad = Signs(**dict.fromkeys(measured_ones, math.inf) | {"mean_probability": 0}, likeness=likeness)
    assert len(flags(bad)) == len(measured_ones) + len(fields(Likeness))


def test_a_scene_without_a_front_says_so_and_is_rejected():
    assert flags(None) == (words.NO_FRONT,)
    assert is_rejected(flags(None))


def test_a_warning_alone_rejects_nothing():
    assert not is_rejected((words.UNLIKE_TRAINING, words.NETWORKS_DISAGREE))
    assert is_rejected((words.UNLIKE_TRAINING, words.NETWORKS_FAR_APART))


@pytest.mark.parametrize("word", [UNUSUAL_LENGTH, UNUSUAL_SHAPE, UNCONFIRMED_CHANGE])
def test_what_the_series_says_rejects_a_front(word):
    assert is_rejected((word,))
