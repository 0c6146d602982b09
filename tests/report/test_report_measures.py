"""Numbers from scores.csv: worked by hand, and equal to what evaluate itself says."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from made_evaluations import score, write_evaluation
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.report.evaluations import METRES, PIXELS, read_evaluations
from nnunet_glacier.report.map_chapters import distance_text
from nnunet_glacier.report.measures import (
    by_set,
    common_unit,
    experiment_distances,
    nested_groups,
    per_image,
    pooled_distance,
    typical_set,
    without_front,
    worst_first,
)

NAN = math.nan


def read(folder, rows, scheme="single"):
    return read_evaluations([write_evaluation(folder, rows, scheme)])[0]


def test_the_pooled_distance_weighs_images_by_their_front_pixels(tmp_path):
    """20 distances of 5 m and 60 of 10 m have the mean 8.75 m; an image without a front is left out and counted."""
    rows = [
        score("a", 5.0),
        score("b", 10.0, predicted_front_pixels=20, label_front_pixels=40),
        score("c", NAN, predicted_front_pixels=0),
    ]
    main = read(tmp_path / "e", rows).main
    assert pooled_distance(main, METRES) == pytest.approx(8.75)
    assert pooled_distance(main, PIXELS) == pytest.approx(8.75 / 20)
    assert without_front(main) == 1


def test_pooled_distances_equal_those_of_evaluate(shared_data, tmp_path):
    """From scores.csv the report finds the MDE and the counts that evaluate wrote into summary.json, by subset."""
    source = shared_data / "caffe_reference_scores"
    arguments = [source / "predicted_zones", source / "data_raw", tmp_path / "scores", "--workers", 1]
    assert CliRunner().invoke(app, ["evaluate", *map(str, arguments)]).exit_code == 0
    subsets = json.loads((tmp_path / "scores" / "summary.json").read_text())["subsets"]
    rows = read_evaluations([tmp_path / "scores"])[0].main
    row_sets = {"all": rows} | {f"season={season}": part for season, part in rows.groupby("season")}
    row_sets |= {f"sensor={sensor}": part for sensor, part in rows.groupby("sensor_group")}
    for name, part in row_sets.items():
        assert pooled_distance(part, METRES) == pytest.approx(subsets[name]["mde_m"] or NAN, rel=1e-12, nan_ok=True)
        assert without_front(part) == subsets[name]["no_front"]
        assert len(part) == subsets[name]["images"]


def test_repeated_sets_give_mean_and_deviation(tmp_path):
    """Two trainings with MDE 100 m and 200 m: 150 m with a sample standard deviation of 70.7 m."""
    rows = [score("a", 100.0, prediction="fold_0"), score("a", 200.0, prediction="fold_1")]
    figures = experiment_distances(read(tmp_path / "e", rows, "repeated"), "zones", METRES)
    assert figures["mde"].mean == pytest.approx(150)
    assert figures["mde"].sd == pytest.approx(100 / math.sqrt(2))
    assert figures["mde"].text(0) == "150 ± 71"


def test_a_cross_validation_pools_its_folds(tmp_path):
    """Folds share no image: the MDE is over all distances together, 20 of 100 m and 60 of 200 m, so 175 m."""
    rows = [
        score("a", 100.0, prediction="fold_0"),
        score("b", 200.0, prediction="fold_1", predicted_front_pixels=30, label_front_pixels=30),
    ]
    figures = experiment_distances(read(tmp_path / "e", rows, "cross-validation"), "zones", METRES)
    assert figures["mde"].mean == pytest.approx(175)
    assert figures["mde"].sd == pytest.approx(100 / math.sqrt(2))


def test_an_image_counts_once_over_sets(tmp_path):
    """An image's distance is the mean over the sets that found its front; NaN only where none did."""
    rows = [
        score("a", 100.0, prediction="fold_0"),
        score("a", NAN, prediction="fold_1"),
        score("b", NAN, prediction="fold_0"),
        score("b", NAN, prediction="fold_1"),
    ]
    images = per_image(read(tmp_path / "e", rows, "repeated").main, METRES)
    assert images.loc["a", "distance"] == 100
    assert np.isnan(images.loc["b", "distance"])
    assert len(images) == 2


def test_the_worst_come_first(tmp_path):
    """Missing fronts stand before the largest distance; a scene stands there once, by its worst set.

    Where there is no front and none was predicted, nothing is wrong.
    """
    rows = [
        score("good", 10.0, prediction="fold_0"),
        score("good", 20.0, prediction="fold_1"),
        score("bad", 900.0, prediction="fold_0"),
        score("bad", 30.0, prediction="fold_1"),
        score("lost", 15.0, prediction="fold_0"),
        score("lost", NAN, prediction="fold_1", predicted_front_pixels=0),
        score("empty", NAN, prediction="fold_0", predicted_front_pixels=0, label_front_pixels=0),
    ]
    ranked = worst_first(read(tmp_path / "e", rows, "repeated").main, METRES)
    assert list(zip(ranked["case"], ranked["prediction"], strict=True)) == [
        ("lost", "fold_1"),
        ("bad", "fold_0"),
        ("good", "fold_1"),
        ("empty", "fold_0"),
    ]
    assert distance_text(ranked.iloc[0], METRES, "front") == "no front predicted"
    assert distance_text(ranked.iloc[-1], METRES, "front") == "no front, and none labelled"


def test_the_typical_set_is_nearest_to_the_median(tmp_path):
    """Of sets with MDE 10, 60 and 100 m the one with 60 m is shown."""
    rows = [score("a", value, prediction=f"fold_{fold}") for fold, value in enumerate((10.0, 100.0, 60.0))]
    assert typical_set(read(tmp_path / "e", rows, "repeated"), METRES) == "fold_2"


def test_groups_are_nested_and_leave_out_what_is_unknown(tmp_path):
    """All, each glacier, each season in it; a scene without a season is in its glacier only."""
    rows = [
        score("a", 1.0),
        score("b", 2.0, season="summer"),
        score("c", 3.0, season="", date=""),
        score("d", 4.0, glacier="Mapple"),
    ]
    images = per_image(read(tmp_path / "e", rows).main, METRES)
    groups = {group.label: (group.level, len(group.images)) for group in nested_groups(images, "glacier", "season")}
    assert groups == {"all": (0, 4), "COL": (1, 3), "COL, summer": (2, 1), "COL, winter": (2, 1), "Mapple": (1, 1)}
    assert [group.label for group in nested_groups(images, "pixel_size_m")] == ["all", "20 m"]


def test_twin_satellites_are_one_group(tmp_path):
    """TSX and TDX stand together, as in the published scores."""
    rows = [score("a", 1.0), score("b", 2.0, sensor="TSX"), score("c", 3.0, sensor="S1")]
    images = per_image(read(tmp_path / "e", rows).main, METRES)
    assert {group.label: len(group.images) for group in nested_groups(images, "sensor_group")} == {
        "all": 3,
        "S1": 1,
        "TSX/TDX": 2,
    }


def test_without_a_pixel_size_everything_is_in_pixels(tmp_path):
    """Metres are used as soon as one image of one experiment has them."""
    unknown = score("a", NAN, pixel_size_m="", mean_distance_px=3.0)
    in_pixels = read(tmp_path / "pixels", [unknown])
    in_metres = read(tmp_path / "metres", [score("a", 5.0), score("b", NAN, mean_distance_px=NAN)])
    assert common_unit([in_pixels]) == PIXELS
    assert by_set(in_pixels.main, PIXELS).loc["only", "mde"] == 3.0
    assert common_unit([in_pixels, in_metres]) == METRES


def test_columns_of_later_versions_are_tolerated(tmp_path):
    """More columns and keys than are needed change nothing; names such as NA are text, not unknown."""
    evaluation = read(tmp_path / "e", [score("NA", 5.0, glacier="nan", hd95_m=7.0)])
    assert list(evaluation.main["case"]) == ["NA"]
    assert list(evaluation.main["glacier"]) == ["nan"]
    assert evaluation.main["date"].iloc[0] == pd.Timestamp("2014-01-15")
