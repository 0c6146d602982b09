"""Steps of a front on series whose answer is known, with even days and with gaps."""

import numpy as np
import pytest

from nnunet_glacier.time_series.steps import large_steps, step_noise_m

EVERY_SIX_DAYS = np.arange(0, 732, 6)
GAPS = [(100, 160), (260, 320), (420, 480), (600, 660)]
WITH_GAPS = EVERY_SIX_DAYS[[not any(begin < day < end for begin, end in GAPS) for day in EVERY_SIX_DAYS]]


def years_of(days):
    return 2015 + np.asarray(days) / 365.25


def steps(days, positions_m, uncertainties_m=None, factor=3.0):
    """The days before and after each step back and each step ahead."""
    unknown = np.full(len(days) - 1, np.nan)
    found = large_steps(years_of(days), positions_m, unknown if uncertainties_m is None else uncertainties_m, factor)
    between = list(zip(np.asarray(days)[:-1].tolist(), np.asarray(days)[1:].tolist(), strict=True))
    return [[between[place] for place in np.flatnonzero(found == sign)] for sign in (-1, 1)]


def of_changes(changes_m, **options):
    """Steps of a front seen every ten days that moved by so much from one to the next, as numbers of the changes."""
    days = 10 * np.arange(len(changes_m) + 1)
    found = steps(days, np.concatenate([[0.0], np.cumsum(changes_m)]), **options)
    return [[before // 10 for before, _ in one] for one in found]


def test_steps_beyond_noise():
    """Changes of +100 with a robust deviation of 1.4826 * 10: -500 and +700 are steps, +140 is not."""
    changes = [100, 110, 90, 100, 90, 110, -500, 100, 140, 110, 90, 700]
    positions = np.concatenate([[0.0], np.cumsum(changes)])
    assert step_noise_m(years_of(10 * np.arange(13)), positions) == pytest.approx(1.4826 * 10)
    assert of_changes(changes) == [[6], [11]]


def test_a_step_within_its_own_uncertainty_is_none():
    """The step of -500 is 600 from the median; 3 times its own 250 is more."""
    changes = [100, 110, 90, 100, 90, 110, -500, 100]
    assert of_changes(changes) == [[6], []]
    assert of_changes(changes, uncertainties_m=np.full(8, 250.0)) == [[], []]


def test_an_advance_slower_than_the_others_is_no_retreat():
    """+10 among +100: beyond noise, but not backwards."""
    assert of_changes([100, 110, 90, 100, 90, 110, 10, 100]) == [[], []]


def test_millimetres_are_no_steps():
    """Of fronts that move evenly, rounding is all that differs."""
    assert of_changes([-100, -100, -100.001, -100, -100, -100.002, -100, -150]) == [[7], []]


def test_no_steps_among_few_changes():
    assert of_changes([1.0, 2.0, -500.0]) == [[], []]
    assert of_changes([]) == [[], []]
    assert np.isnan(step_noise_m(years_of([0, 10, 20, 30, 40]), np.zeros(5)))


@pytest.mark.parametrize("days", [WITH_GAPS, EVERY_SIX_DAYS[np.arange(len(EVERY_SIX_DAYS)) % 3 != 2]])
def test_steady_movement_with_gaps_has_no_step(days):
    """1500 m a year: 25 m in 6 days, 50 in 12 and 246 in 60 are the same movement, and its noise is 0."""
    positions = -1500 * days / 365.25
    assert step_noise_m(years_of(days), positions) == pytest.approx(0, abs=1e-6)
    assert steps(days, positions) == [[], []]


def test_steady_movement_with_noise_and_gaps():
    """30 m a front, 42 m a change: some three of 1000 steps of noise alone lie beyond three deviations, gap or none."""
    rng = np.random.default_rng(0)
    found, in_gaps, noises = 0, 0, []
    for _ in range(40):
        positions = -1500 * WITH_GAPS / 365.25 + rng.normal(0, 30, len(WITH_GAPS))
        back, ahead = steps(WITH_GAPS, positions)
        found += len(back) + len(ahead)
        in_gaps += sum(end - begin > 6 for begin, end in back + ahead)
        noises.append(step_noise_m(years_of(WITH_GAPS), positions))
    assert np.mean(noises) == pytest.approx(30 * 2**0.5, rel=0.1)
    assert found / (40 * (len(WITH_GAPS) - 1)) < 0.006
    assert in_gaps <= 2, "of 160 gaps"


@pytest.mark.parametrize("noise_m", [0, 15])
@pytest.mark.parametrize(("before", "after"), [(360, 366), (258, 324)])
def test_a_sudden_retreat_within_steady_movement(noise_m, before, after):
    """800 m from one front to the next, 6 days or a gap of 66 days apart."""
    noise = np.random.default_rng(3).normal(0, noise_m, len(WITH_GAPS))
    positions = -1500 * WITH_GAPS / 365.25 - 800 * (after <= WITH_GAPS) + noise
    assert steps(WITH_GAPS, positions) == [[(before, after)], []]


def test_advance_and_calving():
    """400 m ahead in 90 days, then back at once: every calving between near days is found, whatever the gaps.

    Three of the four gaps hold a calving, as most stretches of 66 days do: there it is nothing unusual. In the one from
    day 96 to 162 the front went on as in few such stretches.
    """
    positions = WITH_GAPS % 90 / 90 * 400
    back, ahead = steps(WITH_GAPS, positions)
    assert back == [(84, 90), (174, 180), (354, 360), (534, 540), (714, 720)]
    assert ahead == [(96, 162)]


@pytest.mark.parametrize("begin", [0.0, 0.25, 0.5, 0.75])
def test_the_swing_of_a_season_over_gaps(begin):
    """300 m ahead and back each year: up to 300 m in a gap of 66 days is what two years show elsewhere too."""
    assert steps(WITH_GAPS, 300 * np.sin(2 * np.pi * (WITH_GAPS / 365.25 + begin))) == [[], []]


def test_the_swing_of_a_season_on_uneven_days():
    """1 to 48 days apart, noise of 10 m: of 59 changes of the swing 0.4 are called a retreat, mostly none."""
    rng = np.random.default_rng(1)
    counts = []
    for _ in range(40):
        days = np.cumsum(rng.choice([1, 5, 6, 7, 12, 16, 32, 48], 60))
        swing = 300 * np.sin(2 * np.pi * (days / 365.25 + rng.uniform()))
        counts.append(len(steps(days, swing + rng.normal(0, 10, 60))[0]))
    assert np.median(counts) == 0
    assert np.mean(counts) < 0.5


def test_a_gap_longer_than_all_else_tells_nothing():
    """Three weeks, a year without a front, three weeks: no other stretch is as long."""
    days = np.concatenate([np.arange(0, 24, 3), 365 + np.arange(0, 24, 3)])
    assert steps(days, np.where(days < 365, 5000.0, 3000.0)) == [[], []]
