"""Student's t between experiments: the published values and thresholds, scipy's test, too few folds."""

import itertools
import math

import pytest
from scipy import stats

from nnunet_glacier.support.fold_statistics import Spread, published_t, spread, t_test

NAMES = ("single", "early", "late", "boundary", "fused")

# Herrmann et al. (2023), Table A2: MDE over five folds in metres. The table prints 255 for the zone model's deviation,
# the text 225: with 225 all ten t values of Table A1 (b) come out, with 255 none of its first row.
FRONT_M = dict(zip(NAMES, [(1102, 72), (560, 25), (568, 51), (543, 27), (552, 33)], strict=True))
ZONE_M = dict(zip(NAMES, [(1184, 225), (509, 43), (516, 40), (509, 19), (541, 84)], strict=True))

# Herrmann et al. (2023), Table A1. Of the front route's values, 14.29 for single task against fused labels does not
# follow from Table A2 (15.5) and is left out.
FRONT_T = [15.78, 13.46, 16.14, None, 0.31, 1.02, 0.43, 0.95, 0.58, 0.46]
ZONE_T = [6.57, 6.51, 6.66, 5.96, 0.29, 0.03, 0.75, 0.35, 0.58, 0.81]


def published_pairs():
    for route, experiments, values in (("front", FRONT_M, FRONT_T), ("zone", ZONE_M, ZONE_T)):
        for (one, other), t in zip(itertools.combinations(NAMES, 2), values, strict=True):
            if t is not None:
                yield pytest.param(experiments[one], experiments[other], t, id=f"{route}: {one}, {other}")


@pytest.mark.parametrize(("one", "other", "published"), published_pairs())
def test_the_published_t_values_follow_from_the_published_means(one, other, published):
    """Means and deviations are printed in whole metres: the value lies among those that round to what is printed."""
    roundings = (-0.5, 0.0, 0.5)
    possible = [
        abs(t_test(Spread(one[0] + a, one[1] + b, 5), Spread(other[0] + c, other[1] + d, 5)).t)
        for a, b, c, d in itertools.product(roundings, repeat=4)
    ]
    lowest = 0.0 if abs(one[0] - other[0]) <= 1 else min(possible)
    assert lowest - 0.005 <= published <= max(possible) + 0.005


@pytest.mark.parametrize(("t", "published_p"), [(3.36, 0.01), (1.0, 0.35)])
def test_the_published_thresholds_are_those_of_five_folds_each(t, published_p):
    """8 degrees of freedom, two-sided: below 1 %, and 35 %."""
    error = math.sqrt(2 * 10**2 / 5)
    test = t_test(Spread(t * error, 10.0, 5), Spread(0.0, 10.0, 5))
    assert (test.t, test.degrees_of_freedom) == (pytest.approx(t), 8)
    assert round(test.p, 2) == published_p
    assert test.threshold(published_p) == pytest.approx(t, abs=0.01)


def test_scipy_agrees_on_the_folds_themselves():
    """Unequal numbers of folds; a fold without the figure is left out."""
    one, other = [510.0, 480.0, 530.0, math.nan, 495.0], [560.0, 541.0, 575.0]
    test = t_test(spread(one), spread(other))
    expected = stats.ttest_ind([value for value in one if value == value], other)
    assert (test.t, test.p) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue))
    assert test.degrees_of_freedom == 5


def test_too_few_folds_have_no_t():
    """One fold has no deviation; and folds without any deviation have no error to measure by."""
    assert math.isnan(t_test(spread([1.0]), spread([1.0, 2.0])).t)
    assert math.isnan(t_test(spread([2.0, 2.0]), spread([1.0, 1.0])).p)


def test_the_published_deviations_divide_by_n():
    """Herrmann et al. (2023), Table A2, images without a front of five trainings: 5.6 ± 1.4 and 4.0 ± 1.1.

    Of five whole numbers of these means, none has such a sample deviation; divided by n some have.
    """
    for total, printed in ((28, 1.4), (20, 1.1)):
        fives = [five for five in itertools.combinations_with_replacement(range(total + 1), 5) if sum(five) == total]
        spreads = [spread(five) for five in fives]
        assert not [one for one in spreads if round(one.sd, 1) == printed]
        assert [one for one in spreads if round(one.sd_by_n, 1) == printed]


def test_t_by_the_published_convention():
    """1 to 5 against 2 to 6: variances 2.5 by n - 1 and 2 by n, t = -1 / sqrt(2 * 2.5 / 5) and -1 / sqrt(2 * 2 / 5)."""
    one, other = spread([1, 2, 3, 4, 5]), spread([2, 3, 4, 5, 6])
    assert (one.sd, one.sd_by_n) == (pytest.approx(math.sqrt(2.5)), pytest.approx(math.sqrt(2)))
    assert t_test(one, other).t == pytest.approx(-1)
    assert published_t(one, other) == pytest.approx(-math.sqrt(1.25))
    assert math.isnan(spread([1.0]).sd_by_n)
    assert math.isnan(published_t(spread([1.0]), other))
