"""Trend and season on series whose answer is known."""

import itertools
import math

import numpy as np
import pytest

from nnunet_glacier.time_series.trends import (
    chance_of_neighbours,
    correlation_of_neighbours,
    season_of,
    trend_beside,
    trend_of,
)

YEARS = 2015 + np.array([0.0, 0.11, 0.3, 0.52, 0.7, 0.93, 1.2, 1.4, 1.61, 1.88, 2.1, 2.35, 2.5, 2.8])


def test_trend_is_the_median_of_all_slopes():
    """Against the definition, with one wild value that least squares would follow."""
    positions = 100 - 250 * (YEARS - 2015) + 10 * np.sin(40 * YEARS)
    positions[3] += 5000
    pairs = itertools.combinations(range(len(YEARS)), 2)
    slopes = [(positions[b] - positions[a]) / (YEARS[b] - YEARS[a]) for a, b in pairs]
    trend = trend_of(YEARS, positions)
    assert trend.m_per_year == pytest.approx(np.median(slopes))
    assert trend.at_2000_m == pytest.approx(np.median(positions - trend.m_per_year * (YEARS - 2000)))
    assert trend.low < -250 < trend.high


def test_trend_interval_covers_as_often_as_it_says():
    """Independent noise: the true slope lies in 95 % intervals in about 95 of 100 cases."""
    rng = np.random.default_rng(0)
    trends = [trend_of(YEARS, 50 * YEARS + rng.normal(0, 30, len(YEARS))) for _ in range(400)]
    covered = np.mean([trend.low <= 50 <= trend.high for trend in trends])
    assert 0.92 <= covered <= 0.98


def test_too_few_days_for_an_interval():
    """Three errors fall or rise all the way in 2 of 6 orders, four in 2 of 24, five in 2 of 120.

    Then the true slope lies beyond the slopes of all pairs, and no interval of them is one of 95 %.
    """
    for days, surest in ((3, 1 - 2 / 6), (4, 1 - 2 / 24), (5, 1 - 2 / 120)):
        held = []
        for errors in itertools.permutations(range(days)):
            slopes = _pair_slopes(YEARS[:days], np.array(errors))
            held.append(min(slopes) <= 0 <= max(slopes))
        assert np.mean(held) == pytest.approx(surest)
    positions = np.array([5.0, 3.0, 4.0, 1.0, 2.0])
    few, enough = trend_of(YEARS[:4], positions[:4]), trend_of(YEARS[:5], positions)
    assert few.m_per_year == pytest.approx(np.median(_pair_slopes(YEARS[:4], positions[:4])))
    assert math.isnan(few.low)
    assert math.isnan(few.high)
    assert (enough.low, enough.high) == pytest.approx(
        (min(_pair_slopes(YEARS[:5], positions)), max(_pair_slopes(YEARS[:5], positions)))
    )
    assert not math.isnan(trend_of(YEARS[:4], positions[:4], 0.9).low)
    assert math.isnan(trend_of(YEARS[:5], positions, 0.99).low)


def _pair_slopes(years, positions):
    first, last = np.triu_indices(len(years), 1)
    return (positions[last] - positions[first]) / (years[last] - years[first])


@pytest.mark.parametrize(("span", "days"), [(1.01, 24), (1.5, 12), (3, 40)])
def test_the_interval_beside_a_season_covers_as_often_as_it_says(span, days):
    """Noise of 30 m about a swing of 300 m: also over one year, in which a season looks like a trend.

    Without what the fitted season adds, 86 % of the intervals held at 1.01 years, and 92 % of 12 days in 1.5 years.
    """
    rng = np.random.default_rng(3)
    years = 2015 + np.linspace(0, span, days)
    truth = 50 * years + 300 * np.cos(2 * math.pi * years + 1)
    held = []
    for _ in range(400):
        positions = truth + rng.normal(0, 30, days)
        season, _ = season_of(years, positions)
        trend = trend_beside(season, years, positions)
        held.append(trend.low <= 50 <= trend.high)
    assert 0.925 <= np.mean(held) <= 0.985


def test_no_trend_of_two_days():
    assert trend_of(YEARS[:2], np.array([1.0, 2.0])) is None


def test_season_of_a_harmonic():
    """Amplitude 300 m, foremost at one fifth of the year, beside a trend."""
    positions = 5000 - 700 * (YEARS - 2015) + 300 * np.cos(2 * math.pi * (YEARS - 0.2))
    season, why = season_of(YEARS, positions)
    assert why == ""
    assert (season.amplitude_m, season.explained) == pytest.approx((300, 1))
    assert season.foremost_day == pytest.approx(1 + 0.2 * 365.25)
    assert season.at(YEARS) == pytest.approx(positions)
    assert season.swing_m(YEARS) == pytest.approx(positions - 5000 + 700 * (YEARS - 2015))


def test_season_error_is_that_of_repeated_series():
    """The standard error against the deviation over many noisy series."""
    rng = np.random.default_rng(1)
    truth = 300 * np.cos(2 * math.pi * YEARS)
    seasons = [season_of(YEARS, truth + rng.normal(0, 20, len(YEARS)))[0] for _ in range(400)]
    deviation = np.std([season.amplitude_m for season in seasons])
    assert np.mean([season.amplitude_se_m for season in seasons]) == pytest.approx(deviation, rel=0.12)


@pytest.mark.parametrize(
    ("years", "reason"),
    [
        (YEARS[:7], "7 days, and 8 are needed"),
        (2015 + np.linspace(0, 0.9, 20), "less than one year"),
        (np.concatenate([2015 + np.linspace(0.5, 0.8, 9), 2016 + np.linspace(0.5, 0.8, 9)]), "8 months of the year"),
    ],
)
def test_no_season_where_the_days_do_not_tell_it(years, reason):
    season, why = season_of(years, np.zeros(len(years)))
    assert season is None
    assert reason in why


def test_the_correlation_of_neighbours():
    """Of what is left of trend or season: numpy's own, where a fifth of each error is new, and none by chance alone."""
    rng = np.random.default_rng(5)
    years = 2015 + np.arange(120) / 36
    errors = rng.normal(0, 30, 120)
    lasting = errors.copy()
    for day in range(1, 120):
        lasting[day] = 0.8 * lasting[day - 1] + 0.6 * errors[day]
    for swing_m in (0, 300):
        swing = swing_m * np.cos(2 * math.pi * years)
        season = season_of(years, -500 * years + swing + lasting)[0] if swing_m else None
        alike = correlation_of_neighbours(years, -500 * years + swing + lasting, season)
        assert alike == pytest.approx(np.corrcoef(lasting[:-1], lasting[1:])[0, 1], abs=0.06)
        assert alike > 3 * chance_of_neighbours(120)
        season = season_of(years, -500 * years + swing + errors)[0] if swing_m else None
        assert abs(correlation_of_neighbours(years, -500 * years + swing + errors, season)) < chance_of_neighbours(120)
    assert math.isnan(correlation_of_neighbours(years, -500 * years, None))
    assert math.isnan(correlation_of_neighbours(years[:7], errors[:7], None))
