"""Differences between experiments: Student's t as published, and bootstrap intervals worked by hand."""

import math

import numpy as np
import pytest
from made_evaluations import experiment, score, write_evaluation
from plain_bootstrap import plain_interval
from scipy import stats

from nnunet_glacier.report.evaluations import METRES, PIXELS, read_evaluations
from nnunet_glacier.report.significance import differences_table, mde_difference, significance_table
from nnunet_glacier.support.bootstrap import Bootstrap, Interval

NAN = math.nan


def read(*folders):
    return read_evaluations(folders)


def test_significance_is_students_t(tmp_path):
    """1, 2, 3 against 4, 5, 6: pooled variance 1, so t = -3 / sqrt(2 / 3); for five trainings each, 3.36 is 1 %."""
    evaluations = read(experiment(tmp_path / "first", [1, 2, 3]), experiment(tmp_path / "second", [4, 5, 6]))
    table = significance_table(evaluations, "zones", METRES)
    expected = stats.ttest_ind([1, 2, 3], [4, 5, 6])
    assert table.numbers["t"].iloc[0] == pytest.approx(-3 / math.sqrt(2 / 3))
    assert table.numbers["p"].iloc[0] == pytest.approx(expected.pvalue)
    assert list(table.shown.columns) == ["Experiment", "second"]
    assert table.shown["second"].iloc[0] == "3.67"
    five = read(experiment(tmp_path / "five", [1, 2, 3, 4, 5]), experiment(tmp_path / "more", [21, 22, 23, 24, 25]))
    table = significance_table(five, "zones", METRES)
    # Herrmann et al. (2023), Table A1: the threshold for five trainings against five.
    assert table.numbers["t_1_percent"].iloc[0] == pytest.approx(3.36, abs=0.005)
    assert table.shown["more"].iloc[0].endswith(" *")


def test_the_published_matrix_of_the_zone_route(tmp_path):
    """Table A1 (b) of Herrmann et al. (2023), to its rounding, from deviations divided by n as the paper's are.

    From five trainings each, with the means and deviations of Table A2; the zone model's deviation is the text's 225 m
    (see tests/support/test_fold_statistics.py).
    """
    published = {"STL": (1184, 225), "early": (509, 43), "late": (516, 40), "boundary": (509, 19), "fused": (541, 84)}
    steps = np.array([-2, -1, 0, 1, 2]) / math.sqrt(2)
    evaluations = read(*(experiment(tmp_path / name, m + s * steps) for name, (m, s) in published.items()))
    table = significance_table(evaluations, "zones", METRES)
    printed = [6.57, 6.51, 6.66, 5.96, 0.29, 0.03, 0.75, 0.35, 0.58, 0.81]
    assert table.numbers["t_by_n"].abs().tolist() == pytest.approx(printed, abs=0.05)
    # The test itself divides by n - 1, which makes t smaller by sqrt(4 / 5) for five trainings.
    assert table.numbers["t"].tolist() == pytest.approx((table.numbers["t_by_n"] * math.sqrt(0.8)).tolist())
    assert "divide by n" in table.caption
    marked = table.shown.set_index("Experiment").map(lambda text: text.endswith("*"))
    assert marked.to_numpy().tolist() == [[True] * 4, *[[False] * 4] * 3]


def test_no_significance_without_repetitions(tmp_path):
    """A single training has no variance: there is no table, and no test of one experiment against itself."""
    evaluations = read(experiment(tmp_path / "a", [1]), experiment(tmp_path / "b", [2, 3]))
    assert significance_table(evaluations, "zones", METRES) is None
    assert significance_table(evaluations, "front", METRES) is None
    assert significance_table(evaluations[1:], "zones", METRES) is None


def test_trainings_that_are_all_alike_have_no_t(tmp_path):
    """There is no error to measure the difference by."""
    evaluations = read(experiment(tmp_path / "a", [1, 1]), experiment(tmp_path / "b", [2, 2]))
    assert significance_table(evaluations, "zones", METRES).shown["b"].tolist() == ["–"]


def test_a_difference_is_over_common_scenes(tmp_path):
    """30 - 10 m and 50 - 40 m of 20 and of 20 distances; scenes of one alone or without a front are in neither.

    The pooled difference is 15 m; a resample of the two scenes is 10, 15 or 20 m, the extremes with 1/4 each.
    """
    one = [score("a", 30.0), score("b", 50.0), score("lost", NAN, predicted_front_pixels=0), score("mine", 900.0)]
    other = [score("lost", 5.0), score("b", 40.0), score("a", 10.0)]
    evaluations = read(write_evaluation(tmp_path / "one", one), write_evaluation(tmp_path / "other", other))
    table = differences_table(evaluations, "zones", METRES, Bootstrap(seed=3, resamples=500))
    (row,) = table.numbers.to_dict("records")
    assert (row["first"], row["second"], row["scenes"]) == ("one", "other", 2)
    assert (row["difference_m"], row["low_m"], row["high_m"]) == pytest.approx((15.0, 10.0, 20.0))
    assert math.isnan(row["t"]) and math.isnan(row["p"])
    assert (row["bootstrap_seed"], row["bootstrap_resamples"], row["bootstrap_confidence"]) == (3, 500, 0.95)
    assert "seed 3" in table.caption and "500 times" in table.caption
    assert table.shown.iloc[0].tolist() == ["one", "other", "+15.0", "10.0 to 20.0", "2", "–", "–"]
    assert mde_difference(*evaluations, "zones", PIXELS).value == pytest.approx(15.0 / 20)


def test_the_difference_stands_beside_students_t(tmp_path):
    """1, 2, 3 against 4, 5, 6 on one image: 3 m less, without an interval, t = -3.67 and scipy's p of 0.021."""
    evaluations = read(experiment(tmp_path / "first", [1, 2, 3]), experiment(tmp_path / "second", [4, 5, 6]))
    table = differences_table(evaluations, "zones", METRES)
    assert table.numbers["t"].iloc[0] == pytest.approx(-3 / math.sqrt(2 / 3))
    assert table.shown.iloc[0].tolist() == ["first", "second", "-3.0", "–", "1", "-3.67", "0.021"]


def test_a_cross_validation_is_one_experiment(tmp_path):
    """Its folds share no scene: 20 distances 10 m and 60 distances 20 m longer pool to 17.5 m, between 10 and 20 m."""
    longer = {"predicted_front_pixels": 30, "label_front_pixels": 30}
    folds = [score("a", 110.0, prediction="fold_0"), score("b", 220.0, prediction="fold_1", **longer)]
    single = [score("a", 100.0), score("b", 200.0, **longer)]
    evaluations = read(
        write_evaluation(tmp_path / "folds", folds, "cross-validation"), write_evaluation(tmp_path / "single", single)
    )
    difference = mde_difference(*evaluations, "zones", METRES)
    assert difference.value == pytest.approx(17.5)
    assert difference.interval == Interval(pytest.approx(10.0), pytest.approx(20.0), 2)


def folds_of(folder, distances_m):
    """A cross-validation: a scene a fold."""
    rows = [score(f"s{fold}", distance, prediction=f"fold_{fold}") for fold, distance in enumerate(distances_m)]
    return write_evaluation(folder, rows, "cross-validation")


def test_cross_validations_are_compared_fold_by_fold(tmp_path):
    """100 to 900 m apart as the folds are, 9 to 12 m between the experiments: t of the differences alone."""
    first, second = [100, 300, 500, 900], [110, 309, 512, 911]
    evaluations = read(folds_of(tmp_path / "first", first), folds_of(tmp_path / "second", second))
    expected = stats.ttest_rel(first, second)
    for table in (differences_table(evaluations, "zones", METRES), significance_table(evaluations, "zones", METRES)):
        assert table.numbers[["t", "p"]].iloc[0].tolist() == pytest.approx([expected.statistic, expected.pvalue])
        assert "fold by fold" in table.caption
    assert math.isnan(table.numbers["t_by_n"].iloc[0])
    assert table.numbers["t_1_percent"].iloc[0] == pytest.approx(stats.t.ppf(0.995, 3))


def test_a_cross_validation_and_trainings_over_all_scenes_have_no_t(tmp_path):
    """Their sets are not of the same scenes."""
    evaluations = read(folds_of(tmp_path / "folds", [1, 2, 4]), experiment(tmp_path / "again", [1, 2, 3]))
    assert math.isnan(significance_table(evaluations, "zones", METRES).numbers["t"].iloc[0])


@pytest.mark.parametrize(("scenes", "marked"), [(9, False), (10, True)])
def test_an_interval_of_few_scenes_is_not_marked(scenes, marked, tmp_path):
    """However far apart they are: it is too narrow."""
    near, far = ([score(f"s{at}", base + at) for at in range(scenes)] for base in (100.0, 500.0))
    evaluations = read(write_evaluation(tmp_path / "near", near), write_evaluation(tmp_path / "far", far))
    shown = differences_table(evaluations, "zones", METRES).shown["95 % interval [m]"].iloc[0]
    assert shown.endswith("*") == marked


def test_the_interval_is_that_of_plain_resampling(tmp_path):
    """Of 30 scenes with two trainings against one: the mean of the trainings' pooled means, scenes drawn in pairs."""
    rng = np.random.default_rng(4)
    hard = rng.lognormal(4, 1, 30)
    factors = rng.lognormal(0, 0.3, (3, 30))
    pixels = rng.integers(20, 200, (3, 30))
    rows = [
        [
            score(f"s{n:02}", hard[n] * factors[s, n], prediction=f"f{s}", predicted_front_pixels=int(pixels[s, n]))
            for n in range(30)
        ]
        for s in range(3)
    ]
    evaluations = read(
        write_evaluation(tmp_path / "two", rows[0] + rows[1], "repeated"), write_evaluation(tmp_path / "one", rows[2])
    )
    counts = pixels + 10
    sums = hard * factors * counts

    def difference(drawn):
        means = sums[:, drawn].sum(axis=1) / counts[:, drawn].sum(axis=1)
        return (means[0] + means[1]) / 2 - means[2]

    estimate = mde_difference(*evaluations, "zones", METRES, Bootstrap(seed=2))
    assert estimate.value == pytest.approx(difference(np.arange(30)))
    expected = plain_interval(difference, 30, Bootstrap(seed=2))
    assert [estimate.interval.low, estimate.interval.high] == pytest.approx(expected, rel=1e-9)


def test_no_difference_without_a_common_scene(tmp_path):
    """Other scenes, or another route: nothing to compare."""
    evaluations = read(
        write_evaluation(tmp_path / "one", [score("a", 1.0)]),
        write_evaluation(tmp_path / "other", [score("b", 2.0), score("a", 3.0, route="front")]),
    )
    assert differences_table(evaluations, "zones", METRES) is None
    assert differences_table(evaluations, "front", METRES) is None
