"""Spread of the networks' fronts, and the calibration that makes an interval of it."""

import numpy as np
import pytest
from shapely import LineString

from nnunet_glacier.lines.front_uncertainty import (
    Calibration,
    fitted_calibration,
    fold_distances,
    fold_uncertainty,
)

FRONT = LineString([(0, 0), (100, 0)])


def shifted(by: float) -> list[LineString]:
    return [LineString([(0, by), (100, by)])]


def test_a_parallel_front_is_as_far_as_it_is_shifted():
    assert fold_distances([shifted(3), shifted(-5), []], FRONT) == pytest.approx([3, 5, np.nan], nan_ok=True)


def test_a_short_piece_of_the_front_does_not_agree_with_it():
    """To its first half: 50 points at 0, 50 at 0.5 to 49.5, in all 1250; back 50 points at 0."""
    half = [LineString([(0, 0), (50, 0)])]
    assert fold_distances([half], FRONT) == pytest.approx([1250 / 150])


def test_the_interval_is_floor_and_factor_times_the_mean_spread_in_metres():
    calibration = Calibration(factor=2, floor_px=1.5, share=0.68)
    assert fold_uncertainty([shifted(3), shifted(-5)], FRONT, 10, calibration) == pytest.approx((1.5 + 2 * 4) * 10)


def test_a_network_without_a_front_is_left_out_of_the_mean():
    calibration = Calibration(factor=1, floor_px=0, share=0.68)
    assert fold_uncertainty([shifted(3), []], FRONT, 10, calibration) == pytest.approx(30)


@pytest.mark.parametrize("fronts", [[], [shifted(3)], [[], []]])
def test_without_two_networks_or_any_front_there_is_no_interval(fronts):
    assert fold_uncertainty(fronts, FRONT, 10, Calibration(1, 0, 0.68)) is None


def test_the_calibration_finds_the_line_below_which_the_share_lies():
    """Of each spread, errors at 0.1 to 0.9 of ``2 + 3 * spread``: the line through the 7th of nine is known."""
    spread = np.repeat([1.0, 2.0, 4.0, 8.0], 9)
    error = np.tile(np.arange(1, 10) / 10, 4) * (2 + 3 * spread)
    calibration = fitted_calibration(spread, error, 0.7)
    assert (calibration.floor_px, calibration.factor) == pytest.approx((1.4, 2.1))
    held = error <= calibration.floor_px + calibration.factor * spread + 1e-9
    assert held.mean() == pytest.approx(7 / 9)


def test_where_errors_do_not_depend_on_the_spread_the_floor_is_their_quantile():
    spread = np.array([1.0, 1, 1, 1, 1, 5, 5, 5, 5, 5])
    error = np.tile([1.0, 2, 3, 4, 5], 2)
    calibration = fitted_calibration(spread, error, 0.5)
    assert (calibration.floor_px, calibration.factor) == pytest.approx((3, 0))
