"""Speckle has the statistics that were asked for."""

import numpy as np
import pytest

from nnunet_glacier.demo.speckle import speckle


@pytest.mark.parametrize(("looks", "correlation_px"), [(1.0, 0.0), (4.0, 0.7), (6.5, 1.0)])
def test_mean_and_equivalent_number_of_looks_are_those_asked_for(looks, correlation_px):
    """Mean 1, and mean squared over variance is the number of looks, whole or not, with neighbours alike or not."""
    field = speckle((600, 500), looks, correlation_px, np.random.default_rng(1)).astype(np.float64)
    assert field.mean() == pytest.approx(1, abs=0.02)
    assert field.mean() ** 2 / field.var() == pytest.approx(looks, rel=0.04)


def test_speckle_is_gamma_distributed():
    """The quantiles are those of scipy's gamma distribution."""
    from scipy import stats

    field = speckle((600, 500), 3.0, 0.5, np.random.default_rng(2))
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    expected = stats.gamma.ppf(levels, 3.0, scale=1 / 3.0)
    assert np.quantile(field, levels) == pytest.approx(expected, rel=0.03)


def test_neighbours_are_alike_only_where_asked_for():
    """A kernel of SD s correlates neighbours by about exp(-1 / 4 s^2), and not at all without one."""

    def neighbours(correlation_px: float) -> float:
        field = np.log(speckle((400, 400), 4.0, correlation_px, np.random.default_rng(3)))
        return float(np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1])

    assert neighbours(0.0) == pytest.approx(0, abs=0.02)
    assert neighbours(1.0) == pytest.approx(np.exp(-0.25), abs=0.04)
