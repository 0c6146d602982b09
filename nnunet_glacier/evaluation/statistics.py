"""Experiments beside each other: mean and deviation over their folds, and Student's t between them.

How far a figure depends on the scenes it was taken from is another question: see `bootstrap`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import pandas as pd
from scipy import stats

from nnunet_glacier.evaluation.folds import Spread, spread


@dataclass(frozen=True)
class TTest:
    """Student's t-test of two independent experiments with equal variances, two-sided.

    Attributes:
        t: Difference of the means in units of its standard error; negative if the first mean is the smaller one.
        p: Probability of a t at least as far from 0 if both had the same mean.
        degrees_of_freedom: Folds of both minus 2.
    """

    t: float
    p: float
    degrees_of_freedom: int


def t_test(one: Spread, other: Spread) -> TTest:
    """Student's t from two experiments' means and standard deviations over their folds (paper 001, Table A1).

    The paper's thresholds (3.36 for 1 %, 1 for 35 %) are those of 8 degrees of freedom, two-sided: five folds each, one
    variance for both. Its values are absolute. Folds that share training data are not independent, as the test takes
    them to be; p is then too small.

    Returns:
        The test; t and p are NaN if an experiment has fewer than two folds, or if all folds of both are alike.
    """
    freedom = one.folds + other.folds - 2
    if min(one.folds, other.folds) < 2 or (one.sd == 0 and other.sd == 0):
        return TTest(math.nan, math.nan, freedom)
    found = stats.ttest_ind_from_stats(one.mean, one.sd, one.folds, other.mean, other.sd, other.folds)
    return TTest(float(found.statistic), float(found.pvalue), freedom)


def side_by_side(experiments: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Experiments in rows: mean, sample standard deviation and number of folds of one figure.

    Args:
        experiments: Name to the figure of each fold; NaN for a fold without it.
    """
    rows = {name: asdict(spread(values)) for name, values in experiments.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "sd", "folds"])


def t_table(experiments: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Every pair of experiments in rows: names, difference of means, t, p and degrees of freedom.

    Args:
        experiments: Name to the figure of each fold; NaN for a fold without it.
    """
    spreads = {name: spread(values) for name, values in experiments.items()}
    rows = []
    for one, other in combinations(spreads, 2):
        difference = spreads[one].mean - spreads[other].mean
        rows.append(
            {"one": one, "other": other, "difference": difference, **asdict(t_test(spreads[one], spreads[other]))}
        )
    return pd.DataFrame(rows, columns=["one", "other", "difference", "t", "p", "degrees_of_freedom"])
