"""Spread of the networks' fronts, and the calibration that makes an interval of it."""

import numpy as np
import pytest
from shapely import LineString

from nnunet_glacier.lines.front_uncertainty import Calibration, fold_distances, fold_uncertainty

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
