"""Statistics of grey values, worked by hand."""

import numpy as np
import pytest

from nnunet_glacier.delineation.training_likeness import TRAINED_ON, GreyRange, GreyStatistics


def test_mean_deviation_and_skewness_of_three_quarters_dark():
    """0 in three quarters and 200 in one: mean 50, variance 7500, third moment (3 (-50)^3 + 150^3) / 4 = 750,000."""
    grey = np.zeros((40, 40), dtype=np.float32)
    grey[:, 30:] = 200
    statistics = GreyStatistics.of(grey, np.ones(grey.shape, dtype=bool))
    assert statistics.mean == pytest.approx(50)
    assert statistics.deviation == pytest.approx(np.sqrt(7500))
    assert statistics.skewness == pytest.approx(750_000 / 7500**1.5)


def test_what_holds_no_data_does_not_count():
    grey = np.tile(np.array([[10.0, 30.0]], dtype=np.float32), (8, 4))
    valid = np.ones(grey.shape, dtype=bool)
    grey[:, :4] = 255
    valid[:, :4] = False
    statistics = GreyStatistics.of(grey, valid)
    assert (statistics.mean, statistics.deviation) == (20, 10)


def test_an_edge_of_data_is_no_texture():
    """An even scene of two stripes has none, whatever lies between them."""
    grey = np.full((40, 40), 150, dtype=np.float32)
    grey[20:] = 50
    valid = np.ones(grey.shape, dtype=bool)
    valid[15:25, ::3] = valid[15:25, 1::3] = valid[18:23] = False
    assert GreyStatistics.of(grey, valid).texture == pytest.approx(0, abs=1e-6)


def test_speckle_has_more_texture_than_a_ramp():
    ramp = np.tile(np.linspace(0, 255, 64, dtype=np.float32), (64, 1))
    speckle = np.random.default_rng(1).uniform(0, 255, (64, 64)).astype(np.float32)
    everywhere = np.ones(ramp.shape, dtype=bool)
    assert GreyStatistics.of(ramp, everywhere).texture < 0.1
    assert 0.9 < GreyStatistics.of(speckle, everywhere).texture < 1.05


def test_unlikeness_is_the_farthest_statistic_in_widths_of_its_range():
    span = GreyRange(GreyStatistics(40, 40, 0, 0.3), GreyStatistics(140, 80, 2, 0.5))
    assert span.unlikeness(GreyStatistics(100, 60, 1, 0.4)) == 0
    assert span.unlikeness(GreyStatistics(190, 60, -0.5, 0.4)) == pytest.approx(0.5)
    assert span.unlikeness(GreyStatistics(140, 60, 1, 0.25)) == pytest.approx(0.25)


def test_the_shipped_model_has_a_range_in_order():
    span = TRAINED_ON["caffe-256"]
    assert span.low.mean < span.high.mean
    assert span.low.texture < span.high.texture
