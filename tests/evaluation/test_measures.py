"""Every measure in the table and the summary of a run: columns by hand, order, units, intervals, what stays."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_scenes import predict_bands, predict_zones, write_dataset_json

from nnunet_glacier.formats.score_table import columns_markdown, columns_of
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.means import distribution
from nnunet_glacier.measures.registry import MEASURES, chosen_measures, measured
from nnunet_glacier.support.bootstrap import Bootstrap, pooled_mean_interval

BEFORE = """
case prediction route split glacier date season sensor pixel_size_m quality predicted_front_pixels
label_front_pixels front_found mean_distance_m mean_distance_px precision_macro precision_na precision_rock
precision_glacier precision_ocean recall_macro recall_na recall_rock recall_glacier recall_ocean f1_macro
f1_na f1_rock f1_glacier f1_ocean iou_macro iou_na iou_rock iou_glacier iou_ocean box remarks
""".split()  # noqa: SIM905


@pytest.fixture
def table(evaluate, dataset, tmp_path):
    """Run ``evaluate`` with every measure and read its table."""

    def run(*arguments: object) -> pd.DataFrame:
        result = evaluate(*arguments, tmp_path / "scores", "--measures", "all")
        assert result.exit_code == 0, result.output
        return pd.read_csv(tmp_path / "scores" / "scores.csv")

    return run


def test_new_columns_follow_those_that_were(dataset, table, tmp_path):
    """Readers of the old ones go on; every column is described with its unit."""
    scored = table(predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22)), dataset)
    assert list(scored.columns[: len(BEFORE)]) == BEFORE
    columns = columns_of(chosen_measures("all"))
    assert list(scored.columns) == [name for name, _, _ in columns]
    assert {unit for _, unit, _ in columns} == {"", "m", "px", "pixels", "0-1", "-1 to 1"}
    for name, unit, meaning in columns:
        assert meaning
        assert (unit == "m") == name.endswith("_m") and (unit == "px") == (name.endswith("_px") or name == "box")


def test_both_sets_of_published_tolerances_are_columns():
    """Davari et al. (2021), Tables I and II: Jakobshavn's and the Antarctic Peninsula's, three scores each."""
    columns = [measure.name for measure in MEASURES if measure.name.startswith("tolerance_")]
    expected = [f"tolerance_{score}_{m}m" for m in (60, 65, 105, 110, 150, 155) for score in ("iou", "dice", "mcc")]
    assert columns == expected


def test_columns_by_hand(dataset, table, tmp_path):
    """Straight fronts 2 columns of 20 m apart: every distance is 40 m; a front that was missed is covered to 0."""
    columns = table(predict_zones(tmp_path / "maps", {"a": 22, "b": 20, "c": 50}), dataset).set_index("case")
    shifted, exact, missed = columns.loc["a"], columns.loc["b"], columns.loc["c"]
    for name in ("median_distance", "hd95_pooled", "hd95_larger_direction", "polis", "predicted_to_label"):
        assert (shifted[f"{name}_m"], shifted[f"{name}_px"], exact[f"{name}_m"]) == (40.0, 2.0, 0.0), name
        assert math.isnan(missed[f"{name}_m"])
    assert shifted.mad_distance_m == 0.0
    assert (shifted.coverage_2px, shifted.coverage_100m, shifted.boundary_f_2px) == (1.0, 1.0, 1.0)
    assert (missed.coverage_500m, missed.boundary_f_5px) == (0.0, 0.0)
    # 60 m are 6 pixels at 20 m: two bars of 6 columns, 2 apart, share 4 of 8 and reach equally far up and down.
    assert shifted.tolerance_iou_60m == pytest.approx(4 / 8) and shifted.tolerance_dice_60m == pytest.approx(8 / 12)
    assert (exact.tolerance_mcc_150m, missed.tolerance_iou_60m) == (1.0, 0.0)
    # The Antarctic Peninsula's 65, 110 and 155 m are 6.5, 11 and 15.5 pixels, of which half a pixel counts as one.
    assert shifted.tolerance_iou_65m == pytest.approx(5 / 9) and shifted.tolerance_dice_110m == pytest.approx(9 / 11)
    assert shifted.tolerance_iou_155m == pytest.approx(14 / 18)
    assert exact.tolerance_mcc_155m == pytest.approx(1.0)
    assert columns.tolerance_iou_105m.equals(columns.tolerance_iou_110m)
    assert (exact.mcc_macro, exact.f1_weighted) == (1.0, 1.0) and 0.9 < shifted.mcc_ocean < 1.0
    assert columns.filter(like="band_").isna().all(axis=None)


def test_a_predicted_front_class_has_columns_of_its_own(dataset, table, tmp_path):
    """A band of five columns over a labelled line of one in its middle: a fifth of it is the line, all of it near."""
    maps = predict_bands(tmp_path / "maps", dict.fromkeys("abc", 20))
    write_dataset_json(maps, "front")
    columns = table(maps, dataset).set_index("case").loc["a"]
    assert (columns.band_recall, columns.band_precision, columns.band_iou) == (1.0, 0.2, 0.2)
    assert columns.band_iou_tolerant_2px == 1.0
    # The label of 55 rows grows by 2 rows upwards too, where there is room, and to 5 columns.
    assert columns.band_iou_label_dilated_2px == pytest.approx(55 * 5 / (57 * 5))
    assert columns.band_thickness_px == pytest.approx(5)
    assert columns.band_certainty_m == pytest.approx(columns.band_thickness_px * 10)
    assert columns.band_thickness_m == pytest.approx(columns.band_thickness_px * 20)


def test_the_summary_holds_each_measure_over_images(dataset, summary_of, tmp_path):
    """2, 4 and 9 columns of 20 m; a missed front has no distance but counts where it was missed."""
    summary = summary_of(predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29}), dataset, "--measures", "all")
    everything = summary["subsets"]["all"]
    assert everything["measures_over_images"]["polis_m"] == pytest.approx(
        {"mean": 100.0, "median": 80.0, "mad": 40.0, "images": 3}
    )
    assert everything["measures_over_images"]["coverage_2px"]["mean"] == pytest.approx(1 / 3)
    assert everything["front_length_normalised_mde_m"] == pytest.approx(100.0)
    assert everything["mad_of_image_means_m"] == pytest.approx(40.0)
    assert everything["p95_of_image_means_px"] == pytest.approx(4 + 0.9 * 5)
    assert everything["no_front_share"] == 0.0
    expected = {one.name for one in chosen_measures("all") if not one.published and not one.name.startswith("band_")}
    assert set(everything["measures_over_images"]) == expected


def test_missed_fronts_are_a_share_and_lower_the_coverage(dataset, summary_of, tmp_path):
    """One of three images without a front: its distance is in no mean, its coverage of 0 is."""
    summary = summary_of(predict_zones(tmp_path / "maps", {"a": 20, "b": 20, "c": 50}), dataset)
    everything = summary["subsets"]["all"]
    assert everything["no_front_share"] == pytest.approx(1 / 3)
    assert everything["measures_over_images"]["polis_m"]["images"] == 2
    coverage = everything["measures_over_images"]["coverage_100m"]
    assert (coverage["mean"], coverage["images"]) == (pytest.approx(2 / 3), 3)
    assert everything["mde_m_interval"] == {"low": 0.0, "high": 0.0, "scenes": 2}


def test_the_interval_is_that_of_the_pooled_mean_and_the_seed_is_written(dataset, summary_of, tmp_path):
    """Three scenes of equal length, 40, 80 and 180 m off."""
    maps = predict_zones(tmp_path / "maps", {"a": 22, "b": 16, "c": 29})
    summary = summary_of(maps, dataset, "--seed", 7)
    assert (summary["bootstrap"]["seed"], summary["bootstrap"]["confidence"]) == (7, 0.95)
    table = pd.read_csv(tmp_path / "scores" / "scores.csv")
    counts = (table.predicted_front_pixels + table.label_front_pixels).to_numpy()
    expected = pooled_mean_interval(table.mean_distance_m.to_numpy() * counts, counts, Bootstrap(seed=7))
    interval = summary["subsets"]["all"]["mde_m_interval"]
    assert (interval["low"], interval["high"]) == pytest.approx((expected.low, expected.high))
    assert interval["low"] == pytest.approx(40.0) and interval["high"] == pytest.approx(180.0)
    in_px = summary["subsets"]["all"]["mde_px_interval"]
    assert in_px["high"] == pytest.approx(9.0)


def test_repeated_trainings_draw_the_same_scenes(dataset, summary_of, tmp_path):
    """Models that err by 2 and 4 columns everywhere: 60 m whatever is drawn, and each measure with its SD."""
    folders = [
        predict_zones(tmp_path / f"fold_{fold}", dict.fromkeys("abc", 20 + shift)) for fold, shift in enumerate((2, 4))
    ]
    summary = summary_of(*folders, dataset)
    everything = summary["subsets"]["all"]
    assert everything["mde_m_interval"]["low"] == pytest.approx(60.0)
    assert everything["mde_m_interval"]["high"] == pytest.approx(60.0)
    assert everything["front_length_normalised_mde_m"] == pytest.approx(60.0)
    polis = everything["measures_over_images"]["polis_m"]
    assert polis == pytest.approx({"mean": 60.0, "sd": math.sqrt(800), "folds": 2, "minimum": 40.0, "maximum": 80.0})
    assert summary["over_folds"]["subsets"]["all"]["measures_over_images"]["polis_m"] == polis
    assert summary["folds"]["fold_0"]["subsets"]["all"]["measures_over_images"]["polis_m"]["mean"] == 40.0


def test_no_nan_in_the_summary(dataset, summary_of, tmp_path):
    """No front at all: null everywhere, and no measure of distance is listed."""
    summary_of(predict_zones(tmp_path / "maps", dict.fromkeys("abc", 50)), dataset)
    text = (tmp_path / "scores" / "summary.json").read_text()
    everything = json.loads(text, parse_constant=pytest.fail)["subsets"]["all"]
    assert everything["mde_m_interval"] == {"low": None, "high": None, "scenes": 0}
    assert everything["no_front_share"] == 1.0 and "polis_m" not in everything["measures_over_images"]


def test_an_unknown_pixel_size_leaves_pixels():
    """No metres, no tolerances in metres; everything in pixels as with any size."""
    predicted, label = np.zeros((2, 6, 6), dtype=bool)
    predicted[:, 1] = label[:, 3] = True
    known, unknown = (measured(Comparison(predicted, label, size_m)) for size_m in (20.0, math.nan))
    assert unknown["polis_px"] == known["polis_px"] == 2.0 and unknown["coverage_2px"] == known["coverage_2px"] == 1.0
    in_metres = [name for name in known if name.startswith(("coverage", "boundary")) and not name.endswith("px")]
    assert {known[name] for name in in_metres} == {1.0} and len(in_metres) == 6
    tolerances = [name for name in known if name.startswith("tolerance_")]
    assert all(math.isnan(unknown[name]) for name in (*in_metres, *tolerances, "polis_m"))


def test_a_band_without_a_label_has_no_thickness():
    """And scores 0: it was made up."""
    band, nothing = np.ones((6, 6), dtype=bool), np.zeros((6, 6), dtype=bool)
    values = measured(Comparison(nothing, nothing, 20.0, band))
    assert math.isnan(values["band_thickness_px"])
    assert values["band_iou"] == values["band_iou_tolerant_2px"] == 0.0


def test_the_weighted_dice_of_a_band_by_hand():
    """Six pixels on the label, six beside it that count 2 (sigmoid(1 / w) - 0.5) each (Holzmann et al. 2021, Eq. 2)."""
    band, label = np.zeros((2, 6, 6), dtype=bool)
    band[:, 2:4] = label[:, 2] = True
    values = measured(Comparison(label, label, 20.0, band))
    for w in (4, 8, 16):
        beside = 6 * 2 * (1 / (1 + math.exp(-1 / w)) - 0.5)
        assert values[f"band_weighted_dice_{w}px"] == pytest.approx(12 / (6 + beside + 6))


def test_a_measure_over_no_image_is_nothing():
    """NaN and a count of 0."""
    nothing = distribution([math.nan])
    assert math.isnan(nothing.mean) and math.isnan(nothing.mad) and nothing.images == 0
    assert nothing.to_json() == {"mean": None, "median": None, "mad": None, "images": 0}


def test_docs_describe_every_column():
    """docs/scores.md holds the default columns, the further ones and those of --cut-ends-m."""
    page = (Path(__file__).parents[2] / "docs" / "scores.md").read_text(encoding="utf-8")
    default = columns_of(chosen_measures("default"))
    further = [column for column in columns_of(chosen_measures("all")) if column not in default]
    without_ends = [column for column in columns_of(MEASURES) if column not in default + further]
    assert all(columns_markdown(columns) in page for columns in (default, further, without_ends))


def test_the_default_set_is_a_part_of_all(dataset, evaluate, tmp_path):
    """67 of 123 columns in the order of all; a tolerance that is a few metres from another one is not among them."""
    maps = predict_zones(tmp_path / "maps", dict.fromkeys("abc", 22))
    assert evaluate(maps, dataset, tmp_path / "scores").exit_code == 0
    columns = list(pd.read_csv(tmp_path / "scores" / "scores.csv").columns)
    every = [name for name, _, _ in columns_of(chosen_measures("all"))]
    assert (len(columns), len(every)) == (67, 123)
    assert columns == [name for name in every if name in columns]
    assert "tolerance_mcc_60m" in columns and "tolerance_mcc_65m" not in columns
    measures = json.loads((tmp_path / "scores" / "summary.json").read_text())["subsets"]["all"]["measures_over_images"]
    assert "tolerance_mcc_60m" in measures and "tolerance_mcc_65m" not in measures
