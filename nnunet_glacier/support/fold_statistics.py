"""What a figure over several folds or trainings says: mean and deviation, and Student's t between two experiments.

How far a figure depends on the scenes it was taken from is another question: see `bootstrap`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Spread:
    """A figure over the folds, as the papers quote it: mean ± standard deviation.

    Attributes:
        mean: Mean over the folds that have the figure; NaN if none has.
        sd: Sample standard deviation (divided by n - 1) over the same folds; NaN for fewer than two.
        folds: Number of those folds.
        minimum: The least of them; NaN if there is none.
        maximum: The greatest.
    """

    mean: float
    sd: float
    folds: int
    minimum: float = math.nan
    maximum: float = math.nan

    @property
    def sd_by_n(self) -> float:
        """The standard deviation divided by n, as Herrmann et al. (2023) print it: 0.894 of `sd` for five folds.

        >>> round(spread([1.0, 2.0, 3.0, 4.0, 5.0]).sd_by_n, 4)
        1.4142
        """
        return self.sd * math.sqrt((self.folds - 1) / self.folds) if self.folds > 1 else math.nan

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``, null for NaN."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}

    def text(self, digits: int, factor: float = 1.0) -> str:
        """The figure as in a report, see `figure_text`."""
        return figure_text(self.mean, self.sd, digits=digits, factor=factor)


def figure_text(mean: float, sd: float = math.nan, *, digits: int, factor: float = 1.0) -> str:
    """``509 ± 43``, ``509`` without a deviation, or ``–`` where there is nothing; both times the factor."""
    if math.isnan(mean):
        return "–"
    shown = f"{mean * factor:.{digits}f}"
    return shown if math.isnan(sd) else f"{shown} ± {sd * factor:.{digits}f}"


def spread(values: Sequence[float]) -> Spread:
    """Mean, sample standard deviation, minimum and maximum of the values that are not NaN.

    >>> spread([1.0, 3.0, float("nan")])
    Spread(mean=2.0, sd=1.4142135623730951, folds=2, minimum=1.0, maximum=3.0)
    """
    numbers = np.asarray(values, dtype=np.float64)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return Spread(math.nan, math.nan, 0)
    deviation = float(np.std(known, ddof=1)) if len(known) > 1 else math.nan
    return Spread(float(np.mean(known)), deviation, len(known), float(known.min()), float(known.max()))


@dataclass(frozen=True)
class TTest:
    """Student's t-test of two experiments, two-sided: independent ones with equal variances, or paired folds.

    Attributes:
        t: Difference of the means in units of its standard error; negative if the first mean is the smaller one.
        p: Probability of a t at least as far from 0 if both had the same mean.
        degrees_of_freedom: Folds of both minus 2; of pairs their number minus 1.
    """

    t: float
    p: float
    degrees_of_freedom: int

    def threshold(self, p: float) -> float:
        """The absolute t beyond which the probability is below `p`, such as 3.36 for 1 % of five folds each."""
        return float(stats.t.ppf(1 - p / 2, self.degrees_of_freedom))


def t_test(one: Spread, other: Spread) -> TTest:
    """Student's t from two experiments' means and standard deviations over their folds.

    As in Herrmann et al. (2023), Table A1. The paper's thresholds (3.36 for 1 %, 1 for 35 %) are those of 8 degrees of
    freedom, two-sided: five folds each, one variance for both. Its values are absolute. Folds that share training data
    are not independent, as the test takes them to be; p is then too small.

    Returns:
        The test; t and p are NaN if an experiment has fewer than two folds, or if all folds of both are alike.
    """
    freedom = one.folds + other.folds - 2
    if min(one.folds, other.folds) < 2 or (one.sd == 0 and other.sd == 0):
        return TTest(math.nan, math.nan, freedom)
    test = stats.ttest_ind_from_stats(one.mean, one.sd, one.folds, other.mean, other.sd, other.folds)
    return TTest(float(test.statistic), float(test.pvalue), freedom)


def paired_t_test(one: Sequence[float], other: Sequence[float]) -> TTest:
    """Student's t of the differences between two experiments' figures of the same folds.

    What is hard about a fold for both does not count, as it would in `t_test`.

    Args:
        one: A figure of each fold.
        other: The other experiment's, in the same order. Folds in which either is NaN are left out.

    Returns:
        The test; t and p are NaN for fewer than two folds, or if all differences are alike.
    """
    differences = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    known = differences[~np.isnan(differences)]
    freedom = max(0, len(known) - 1)
    if freedom < 1 or np.ptp(known) == 0:
        return TTest(math.nan, math.nan, freedom)
    test = stats.ttest_1samp(known, 0.0)
    return TTest(float(test.statistic), float(test.pvalue), freedom)


def published_t(one: Spread, other: Spread) -> float:
    """Student's t from deviations divided by n, as in Table A1 of Herrmann et al. (2023); NaN as by `t_test`.

    Sample variances divide by n - 1. Those by n are too small, so that this t is too large, by 1.118 for five folds
    each: it serves to stand beside the table's values and not as a test.
    """
    return t_test(replace(one, sd=one.sd_by_n), replace(other, sd=other.sd_by_n)).t
