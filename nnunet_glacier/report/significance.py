"""Whether experiments differ: Student's t between their trainings, and bootstrap intervals of their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations

import numpy as np
import pandas as pd

from nnunet_glacier.report.evaluations import CROSS_VALIDATION, Evaluation, Unit
from nnunet_glacier.report.measures import by_set
from nnunet_glacier.report.tables import ROUTE_NAMES, Table, interval_text
from nnunet_glacier.support.bootstrap import Bootstrap, Interval, PooledDifference, pooled_difference
from nnunet_glacier.support.fold_statistics import Spread, TTest, paired_t_test, published_t, spread, t_test

_RARE = 0.01
"""Probability below which Herrmann et al. (2023) call a difference significant."""

_FEWEST_MARKED = 10
"""Scenes from which on an interval without 0 is marked: of two equal experiments every fifth is so with three scenes,
every eighth with ten."""

_PAIRED = (
    " Folds of cross-validations are of other scenes each, so that two experiments are compared fold by fold, on the "
    "differences of their MDE in each."
)


def significance_table(evaluations: Sequence[Evaluation], route: str, unit: Unit) -> Table | None:
    """Student's t between the experiments' MDE over their sets, as Table A1; None for fewer than two with two sets."""
    having = [evaluation for evaluation in evaluations if route in evaluation.routes]
    spreads = {evaluation.name: _mde_of_sets(evaluation, route, unit) for evaluation in having}
    names = [name for name, mde in spreads.items() if mde.folds > 1]
    if len(names) < 2:
        return None
    numbers = []
    shown = pd.DataFrame("", index=names[:-1], columns=names[1:])
    by_name = {evaluation.name: evaluation for evaluation in having}
    for first, second in combinations(names, 2):
        test = _t_between(by_name[first], by_name[second], route, unit)
        paired = _has_folds(by_name[first], by_name[second])
        numbers.append(
            {
                "first": first,
                "second": second,
                "route": route,
                "t": test.t,
                "p": test.p,
                "t_1_percent": test.threshold(_RARE),
                "t_by_n": np.nan if paired else published_t(spreads[first], spreads[second]),
            }
        )
        shown.loc[first, second] = "–" if np.isnan(test.t) else f"{abs(test.t):.2f}{' *' if test.p < _RARE else ''}"
    caption = (
        f"Student's t between the experiments' MDE ({ROUTE_NAMES.get(route, route)}), two-sided, equal variances "
        "assumed; each trained set is one sample. * marks differences that chance makes in fewer than 1 % of cases; "
        "the tests are not corrected for their number. Variances are divided by n - 1; Herrmann et al. (2023) divide "
        "by n, which makes t larger, by 1.118 for five sets each: column t_by_n of this table's file."
    ) + (_PAIRED if _has_folds(*having) else "")
    shown.index.name = "Experiment"
    return Table(f"significance_{route}", caption, pd.DataFrame(numbers), shown.reset_index())


def differences_table(
    evaluations: Sequence[Evaluation], route: str, unit: Unit, bootstrap: Bootstrap | None = None
) -> Table | None:
    """Differences of MDE of every two experiments on their common scenes, with bootstrap intervals and Student's t.

    Args:
        evaluations: The experiments; those without the route are left out.
        route: From a prediction to its front.
        unit: Unit of the distances.
        bootstrap: How scenes are drawn; written beside the intervals.

    Returns:
        One row per pair, or None where no two experiments have a scene in common.
    """
    bootstrap = bootstrap or Bootstrap()
    having = [evaluation for evaluation in evaluations if route in evaluation.routes]
    numbers, shown = [], []
    for first, second in combinations(having, 2):
        difference = mde_difference(first, second, route, unit, bootstrap)
        if not difference.interval.scenes:
            continue
        test = _t_between(first, second, route, unit)
        interval = difference.interval
        head = {"first": first.name, "second": second.name, "route": route}
        ends = {f"low_{unit.name}": interval.low, f"high_{unit.name}": interval.high, "scenes": interval.scenes}
        drawing = {f"bootstrap_{name}": value for name, value in asdict(bootstrap).items()}
        figures = {f"difference_{unit.name}": difference.value, **ends, "t": test.t, "p": test.p}
        numbers.append({**head, **figures, **drawing})
        shown.append(_shown(head, difference, test, unit, bootstrap))
    if not numbers:
        return None
    caption = (
        f"Differences between the experiments' MDE ({ROUTE_NAMES.get(route, route)}), the first minus the second, over "
        f"the scenes in which both have a distance. {100 * bootstrap.confidence:g} % intervals are bootstrapped: "
        f"{bootstrap.resamples} times the common scenes are drawn with replacement (seed {bootstrap.seed}), the same "
        f"for both; * marks intervals of at least {_FEWEST_MARKED} scenes that do not contain 0. An interval says how "
        "far the difference depends on the scenes; of few scenes, or of scenes of one glacier, it is too narrow. "
        "Student's t, over all scenes, says how far it depends on the training, and needs two sets of each "
        "experiment. Neither is corrected for the number of pairs."
    ) + (_PAIRED if _has_folds(*having) else "")
    return Table(f"differences_{route}", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def mde_difference(
    first: Evaluation, second: Evaluation, route: str, unit: Unit, bootstrap: Bootstrap | None = None
) -> PooledDifference:
    """The first experiment's MDE minus the second's over the scenes in which both have a distance (by name).

    Repeated trainings count with the mean of their MDE, a cross-validation with that of all its images together.
    """
    tables = [_scene_sums(evaluation, route, unit) for evaluation in (first, second)]
    cases = tables[0][0].columns.intersection(tables[1][0].columns)
    (sums, counts), (other_sums, other_counts) = (
        (totals[cases].to_numpy(dtype=float), numbers[cases].to_numpy(dtype=float)) for totals, numbers in tables
    )
    return pooled_difference((sums, other_sums), (counts, other_counts), bootstrap)


def _scene_sums(evaluation: Evaluation, route: str, unit: Unit) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sums and numbers of distances, sets in rows and scenes in columns; 0 where a set lacks a scene or its front.

    The sets of a cross-validation share no scene: they are one row.
    """
    rows = evaluation.rows(route)
    together = evaluation.scheme == CROSS_VALIDATION
    counts = (rows["predicted_front_pixels"] + rows["label_front_pixels"]).where(rows[unit.column].notna(), 0)
    sums = (rows[unit.column] * counts).fillna(0)
    by_scene = [pd.Series("all", rows.index) if together else rows["prediction"], rows["case"]]
    return tuple(table.groupby(by_scene).sum().unstack(fill_value=0) for table in (sums, counts))


def _has_folds(*evaluations: Evaluation) -> bool:
    return any(evaluation.scheme == CROSS_VALIDATION for evaluation in evaluations)


def _t_between(first: Evaluation, second: Evaluation, route: str, unit: Unit) -> TTest:
    """Between trained sets as independent samples; between cross-validations over the folds that both have."""
    if not _has_folds(first, second):
        return t_test(_mde_of_sets(first, route, unit), _mde_of_sets(second, route, unit))
    one, other = (_mde_by_scenes(evaluation, route, unit) for evaluation in (first, second))
    common = [scenes for scenes in one if scenes in other]
    return paired_t_test([one[scenes] for scenes in common], [other[scenes] for scenes in common])


def _mde_by_scenes(evaluation: Evaluation, route: str, unit: Unit) -> dict[frozenset[str], float]:
    """The MDE of each set of predictions by the scenes that it is of."""
    rows = evaluation.rows(route)
    scenes = rows.groupby("prediction")["case"].agg(frozenset)
    return {scenes[name]: float(mde) for name, mde in by_set(rows, unit)["mde"].items()}


def _mde_of_sets(evaluation: Evaluation, route: str, unit: Unit) -> Spread:
    return spread(by_set(evaluation.rows(route), unit)["mde"].to_numpy(dtype=float))


def _shown(
    head: dict[str, str], difference: PooledDifference, test: TTest, unit: Unit, bootstrap: Bootstrap
) -> dict[str, str]:
    interval = difference.interval
    digits = 1 if unit.name == "m" else 2
    certain = " *" if _excludes_zero(interval) else ""
    return {
        "First": head["first"],
        "Second": head["second"],
        f"Difference [{unit.name}]": f"{difference.value:+.{digits}f}",
        f"{100 * bootstrap.confidence:g} % interval [{unit.name}]": f"{interval_text(interval, digits)}{certain}",
        "Common scenes": str(interval.scenes),
        "Student's t": "–" if np.isnan(test.t) else f"{test.t:.2f}",
        "p": "–" if np.isnan(test.p) else "< 0.001" if test.p < 0.001 else f"{test.p:.3f}",
    }


def _excludes_zero(interval: Interval) -> bool:
    return interval.scenes >= _FEWEST_MARKED and (interval.low > 0 or interval.high < 0)
