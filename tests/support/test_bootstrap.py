"""Bootstrap intervals: resample by resample, two scenes by hand, seeds, scenes without a distance."""

import math

import numpy as np
import pytest
from plain_bootstrap import plain_interval

from nnunet_glacier.support.bootstrap import Bootstrap, Interval, pooled_difference, pooled_mean_interval


@pytest.fixture
def scenes():
    """Sums and counts of distances of 60 scenes of unequal length."""
    rng = np.random.default_rng(7)
    counts = rng.integers(200, 6000, 60)
    return counts * rng.lognormal(5, 1, 60), counts


def test_the_interval_is_that_of_plain_resampling(scenes):
    """Of the pooled mean of 2000 resamples, and of two trainings, one of which lacks every seventh scene."""
    sums, counts = scenes
    interval = pooled_mean_interval(sums, counts, Bootstrap(seed=2))
    expected = plain_interval(lambda drawn: sums[drawn].sum() / counts[drawn].sum(), 60, Bootstrap(seed=2))
    assert [interval.low, interval.high] == pytest.approx(expected, rel=1e-12)
    assert interval.low < sums.sum() / counts.sum() < interval.high and interval.scenes == 60
    fewer = np.where(np.arange(60) % 7, counts, 0)
    both = pooled_mean_interval(np.stack([sums, 2 * sums]), np.stack([counts, fewer]), Bootstrap(seed=2))

    def mean_of_both(drawn):
        seen = drawn[fewer[drawn] > 0]
        return (sums[drawn].sum() / counts[drawn].sum() + 2 * sums[seen].sum() / counts[seen].sum()) / 2

    assert [both.low, both.high] == pytest.approx(plain_interval(mean_of_both, 60, Bootstrap(seed=2)), rel=1e-12)


def test_the_seed_decides(scenes):
    """The same figures for the same seed, others for another."""
    assert pooled_mean_interval(*scenes, Bootstrap(seed=3)) == pooled_mean_interval(*scenes, Bootstrap(seed=3))
    assert pooled_mean_interval(*scenes, Bootstrap(seed=3)) != pooled_mean_interval(*scenes, Bootstrap(seed=4))


def test_more_confidence_is_a_wider_interval(scenes):
    """Of the same resamples."""
    narrow, wide = (pooled_mean_interval(*scenes, Bootstrap(confidence=share)) for share in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_two_scenes_by_hand():
    """Means 1 and 3 of equal counts: a resample is 1, 2 or 3, the extremes with 1/4 each."""
    interval = pooled_mean_interval(np.array([4.0, 12.0]), np.array([4, 4]), Bootstrap(confidence=0.95))
    assert (interval.low, interval.high) == (1.0, 3.0)
    inner = pooled_mean_interval(np.array([4.0, 12.0]), np.array([4, 4]), Bootstrap(confidence=0.4))
    assert (inner.low, inner.high) == (2.0, 2.0)


def test_long_fronts_weigh_more():
    """The pooled mean of 99 distances of 0 and one of 10 can only be 0, 0.1 or 10."""
    pooled = pooled_mean_interval(np.array([0.0, 10.0]), np.array([99, 1]), Bootstrap(confidence=0.4))
    assert (pooled.low, pooled.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_a_shift_between_experiments_is_certain_where_scenes_differ_much(scenes):
    """Every scene 10 m worse: the paired difference has no width, though the means' intervals overlap widely."""
    sums, counts = scenes
    estimate = pooled_difference((sums + 10 * counts, sums), (counts, counts))
    assert (estimate.value, estimate.interval.low, estimate.interval.high) == tuple(
        pytest.approx(10.0) for _ in range(3)
    )
    assert estimate.interval.scenes == 60


def test_the_difference_is_that_of_plain_resampling(scenes):
    """The same scenes are drawn for both experiments."""
    sums, counts = scenes
    rng = np.random.default_rng(8)
    other_counts = rng.integers(200, 6000, 60)
    other_sums = other_counts * (sums / counts) * rng.lognormal(0, 0.5, 60)

    def difference(drawn):
        return sums[drawn].sum() / counts[drawn].sum() - other_sums[drawn].sum() / other_counts[drawn].sum()

    estimate = pooled_difference((sums, other_sums), (counts, other_counts), Bootstrap(seed=2))
    assert estimate.value == pytest.approx(difference(np.arange(60)))
    expected = plain_interval(difference, 60, Bootstrap(seed=2))
    assert [estimate.interval.low, estimate.interval.high] == pytest.approx(expected, rel=1e-12)


def test_differences_are_of_common_scenes_alone():
    """Scenes 2 and 3 are lacking in one experiment each: 4 - 1 = 3 and 8 - 3 = 5 remain, of ten distances each.

    The pooled difference is 4; a resample is 3, 4 or 5, the extremes with 1/4 each.
    """
    sums = np.array([40.0, np.nan, 900.0, 80.0]), np.array([10.0, 900.0, np.nan, 30.0])
    counts = np.array([10, 0, 10, 10]), np.array([10, 10, 0, 10])
    estimate = pooled_difference(sums, counts)
    assert (estimate.value, estimate.interval) == (4.0, Interval(3.0, 5.0, 2))
    inner = pooled_difference(sums, counts, Bootstrap(confidence=0.4))
    assert (inner.interval.low, inner.interval.high) == (4.0, 4.0)


def test_trainings_of_an_experiment_are_averaged_before_the_difference():
    """Two trainings 1 and 5 m off average 3 m, 2 m more than one of 1 m; which training finds a scene is no matter."""
    counts = np.array([[10, 20, 30], [10, 20, 30]])
    estimate = pooled_difference((counts * np.array([[1.0], [5.0]]), counts[0] * 1.0), (counts, counts[0]))
    assert (estimate.value, estimate.interval) == (2.0, Interval(2.0, 2.0, 3))
    estimate = pooled_difference(
        (np.array([[10.0, np.nan], [np.nan, 50.0]]), np.zeros(2)), (np.diag([10, 10]), [10, 10])
    )
    assert estimate.value == pytest.approx(3.0)


def test_too_few_common_scenes_have_no_interval():
    """One scene has a difference without an interval; none has neither."""
    one = pooled_difference((np.array([50.0, 1.0]), np.array([20.0, np.nan])), (np.array([10, 1]), np.array([10, 0])))
    assert (one.value, one.interval.scenes) == (3.0, 1)
    assert math.isnan(one.interval.low) and math.isnan(one.interval.high)
    none = pooled_difference((np.array([1.0, np.nan]), np.array([np.nan, 1.0])), (np.array([1, 0]), np.array([0, 1])))
    assert math.isnan(none.value) and none.interval.scenes == 0


def test_an_interval_is_read_back_from_json():
    """NaN is null there."""
    for interval in (Interval(1.5, 2.5, 7), Interval(math.nan, math.nan, 1)):
        assert repr(Interval.from_json(interval.to_json())) == repr(interval)
    assert Interval(math.nan, math.nan, 1).to_json() == {"low": None, "high": None, "scenes": 1}


def test_folds_are_averaged_after_drawing_the_same_scenes():
    """Folds 1 and 3 m off average 2 m; 1 in 27 resamples holds only the scene that one of them lacks."""
    counts = np.array([[10, 20, 30], [10, 0, 30]])
    interval = pooled_mean_interval(counts * np.array([[1.0], [3.0]]), counts)
    assert (interval.low, interval.high, interval.scenes) == (1.0, 2.0, 3)


def test_scenes_without_a_distance_are_not_drawn():
    """NaN sums with a count of 0 change nothing; one scene alone has no interval, nor has none."""
    with_gap = pooled_mean_interval(np.array([4.0, np.nan, 12.0]), np.array([4, 0, 4]))
    assert with_gap == pooled_mean_interval(np.array([4.0, 12.0]), np.array([4, 4]))
    for sums, counts in (([5.0], [1]), ([np.nan], [0]), ([], [])):
        interval = pooled_mean_interval(np.array(sums), np.array(counts))
        assert math.isnan(interval.low) and math.isnan(interval.high)


def test_drawing_in_parts_gives_the_same_resamples(monkeypatch, scenes):
    """Memory stays bounded, and the interval is of all parts together."""
    whole = pooled_mean_interval(*scenes, Bootstrap(resamples=5000))
    monkeypatch.setattr("nnunet_glacier.support.bootstrap._DRAWN_AT_ONCE", 7000)
    assert pooled_mean_interval(*scenes, Bootstrap(resamples=5000)) == whole
