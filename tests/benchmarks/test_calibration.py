"""The calibration that makes an interval of the spread of the networks' fronts."""

import numpy as np
import pytest
from calibration import fitted_calibration


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
