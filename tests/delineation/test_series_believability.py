"""A front beside the others of its glacier: fences, and changes that nothing confirms."""

from dataclasses import replace

import numpy as np
import pytest

from nnunet_glacier.delineation.series_believability import (
    UNCONFIRMED_CHANGE,
    UNUSUAL_LENGTH,
    UNUSUAL_SHAPE,
    SeriesFront,
    fences,
    series_flags,
    unconfirmed_changes,
)

NOISE_M = (3, -8, 5, 10, -6, -2, 9, -10, 4, 1, -7, 8, 2, -4, 6, -9, 7, -1, -5, 0)


def series(*steps: tuple[int, float]) -> list[SeriesFront]:
    """Twenty fronts twelve days apart that retreat by 1 m a day; each step moves all fronts from its place on."""
    positions_m = np.array([-12.0 * at + noise for at, noise in enumerate(NOISE_M)])
    for place, by_m in steps:
        positions_m[place:] += by_m
    return [
        SeriesFront(day=12 * at, length_m=5000 + 10 * noise, bends=10 + noise % 3, position_m=position_m)
        for at, (noise, position_m) in enumerate(zip(NOISE_M, positions_m, strict=True))
    ]


def test_the_fences_are_two_interquartile_ranges_beyond_the_quartiles():
    """Quartiles of 0, 10, ..., 80 are 20 and 60."""
    assert fences(np.arange(0.0, 81, 10)) == (-60, 140)


def test_a_steady_retreat_has_no_flags():
    assert series_flags(series()) == [()] * 20


def test_one_front_out_of_line_is_not_confirmed():
    """Front 12 alone lies 400 m up the glacier."""
    fronts = series((12, -400), (13, 400))
    assert np.flatnonzero(unconfirmed_changes(fronts)).tolist() == [12]
    assert series_flags(fronts)[12] == (UNCONFIRMED_CHANGE,)


def test_two_products_of_a_day_do_not_confirm_each_other():
    fronts = series((12, -400), (13, 400))
    fronts.insert(13, fronts[12])
    assert np.flatnonzero(unconfirmed_changes(fronts)).tolist() == [12, 13]


def test_a_calving_that_stays_is_confirmed():
    assert not unconfirmed_changes(series((12, -400))).any()


def test_an_outlier_to_the_other_side_confirms_nothing():
    fronts = series((12, -400), (13, 800), (14, -400))
    assert np.flatnonzero(unconfirmed_changes(fronts)).tolist() == [12, 13]


def test_the_sixth_front_after_it_is_too_late_to_confirm():
    fronts = series((10, -400), (11, 400), (16, -400))
    assert np.flatnonzero(unconfirmed_changes(fronts)).tolist() == [10]


def test_the_last_front_has_nothing_to_confirm_it():
    assert np.flatnonzero(unconfirmed_changes(series((19, -400)))).tolist() == [19]


def test_a_change_within_its_own_uncertainty_is_no_outlier():
    fronts = series((12, -400), (13, 400))
    fronts[12] = replace(fronts[12], uncertainty_m=450)
    assert not unconfirmed_changes(fronts).any()


def test_the_order_of_the_rows_does_not_matter():
    fronts = series((12, -400), (13, 400))
    assert np.flatnonzero(unconfirmed_changes(fronts[::-1])).tolist() == [19 - 12]


def test_fronts_without_a_position_are_not_judged():
    fronts = series((12, -400), (13, 400))
    fronts[12] = replace(fronts[12], position_m=float("nan"))
    assert not unconfirmed_changes(fronts).any()


@pytest.mark.parametrize("length_m", [1800, 9000])
def test_lengths_have_fences_on_both_sides(length_m):
    fronts = series()
    fronts[4] = replace(fronts[4], length_m=length_m)
    assert series_flags(fronts)[4] == (UNUSUAL_LENGTH,)


def test_many_bends_are_an_unusual_shape_and_few_are_not():
    fronts = series()
    fronts[4], fronts[5] = replace(fronts[4], bends=90), replace(fronts[5], bends=0)
    assert [series_flags(fronts)[at] for at in (4, 5)] == [(UNUSUAL_SHAPE,), ()]


def test_fewer_than_eight_fronts_have_no_fences():
    fronts = series()[:7]
    fronts[4] = replace(fronts[4], length_m=90000)
    assert series_flags(fronts) == [()] * 7
