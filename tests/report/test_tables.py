"""The report's tables: raw numbers in the CSV files, the same rounded on the page."""

import math

import pytest
from made_evaluations import experiment, mde_intervals, score, write_evaluation

from nnunet_glacier.report.evaluations import METRES, PIXELS, read_evaluations
from nnunet_glacier.report.published import BASELINES, PUBLISHED, fits_published
from nnunet_glacier.report.scene_tables import sensor_season_table
from nnunet_glacier.report.tables import (
    experiments_table,
    published_table,
    zones_table,
)

NAN = math.nan


def test_the_experiments_table_rounds_what_the_csv_holds(tmp_path):
    """The page's '150 ± 71' is the CSV's 150.0 and 70.71, for each route a row."""
    folder = write_evaluation(
        tmp_path / "early",
        [
            score("a", 100.0, prediction="fold_0"),
            score("a", 200.0, prediction="fold_1"),
            score("a", NAN, prediction="fold_0", route="front", predicted_front_pixels=0),
            score("a", 80.0, prediction="fold_1", route="front"),
        ],
        "repeated",
    )
    table = experiments_table(read_evaluations([folder]), METRES)
    assert list(table.numbers["route"]) == ["zones", "front"]
    assert table.numbers["mde_m"].tolist() == pytest.approx([150.0, 80.0])
    assert table.numbers["mde_sd_m"].iloc[0] == pytest.approx(70.7106781)
    assert list(table.shown["MDE [m]"]) == ["150 ± 71", "80"]
    assert list(table.shown["Without front"]) == ["0 ± 0", "0.5 ± 0.7"]


def test_the_experiments_table_holds_the_intervals_of_the_summary(tmp_path):
    """Each route has its own; an evaluation of an earlier version has none."""
    rows = [score("a", 100.0), score("a", 80.0, route="front")]
    intervals = {
        **mde_intervals(m=(70.4, 130.6), px=(3.52, 6.53)),
        "other_routes": {"front": mde_intervals(m=(None, None), px=(None, None))},
    }
    folders = [
        write_evaluation(tmp_path / "new", rows, summary=intervals),
        write_evaluation(tmp_path / "old", rows[:1]),
    ]
    evaluations = read_evaluations(folders)
    table = experiments_table(evaluations, METRES)
    assert table.numbers["mde_low_m"].tolist() == pytest.approx([70.4, NAN, NAN], nan_ok=True)
    assert table.numbers["mde_high_m"].tolist() == pytest.approx([130.6, NAN, NAN], nan_ok=True)
    assert list(table.shown["95 % interval [m]"]) == ["70 to 131", "–", "–"]
    assert list(experiments_table(evaluations, PIXELS).shown["95 % interval [px]"]) == ["3.52 to 6.53", "–", "–"]


def test_sensors_by_season(tmp_path):
    """Mean and sample standard deviation over images with a front, with their number."""
    rows = [
        score("a", 100.0),
        score("b", 300.0),
        score("c", NAN, predicted_front_pixels=0),
        score("d", 50.0, season="summer", sensor="S1"),
    ]
    table = sensor_season_table(read_evaluations([write_evaluation(tmp_path / "e", rows)])[0], METRES)
    shown = table.shown.set_index("Mean distance [m]")
    assert shown.loc["winter", "TSX/TDX"] == "200 ± 141 (n = 2)"
    assert shown.loc["summer", "S1"] == "50 (n = 1)"
    assert shown.loc["summer", "TSX/TDX"] == "–"
    assert shown.loc["all", "all"] == "150 ± 132 (n = 3)"
    undated = [score("a", 1.0, season="", date="")]
    assert sensor_season_table(read_evaluations([write_evaluation(tmp_path / "u", undated)])[0], METRES) is None


def test_zone_scores_leave_out_images_with_an_absent_zone(tmp_path):
    """Zone scores are means over the images in which all zones are; without zone scores there is no table."""
    zones = {f"{metric}_{zone}": 0.5 for metric in ("precision", "recall", "f1", "iou") for zone in ("na", "rock")}
    zones |= {f"{m}_{z}": 0.5 for m in ("precision", "recall", "f1", "iou") for z in ("macro", "glacier", "ocean")}
    absent = {**zones, "iou_macro": NAN, "iou_ocean": 0.1}
    rows = [score("a", 1.0, **zones), score("b", 1.0, **{**zones, "iou_ocean": 0.7}), score("c", 1.0, **absent)]
    table = zones_table(read_evaluations([write_evaluation(tmp_path / "e", rows)]))
    assert table.numbers["iou_ocean"].iloc[0] == pytest.approx(0.6)
    assert table.shown["IoU of ocean [%]"].iloc[0] == "60.0"
    assert zones_table(read_evaluations([write_evaluation(tmp_path / "n", [score("a", 1.0)])])) is None


def test_published_results_are_marked_and_sorted(tmp_path):
    """One's own experiments stand among the published ones by MDE; only the latter are called published."""
    table = published_table(read_evaluations([experiment(tmp_path / "mine", [400.0, 420.0])]))
    mine = table.numbers[table.numbers["source"] == "this report"]
    assert mine["mde_m"].tolist() == pytest.approx([410.0])
    # 10 m to either side of the mean: divided by n as the published ones are, where by n - 1 it is 14.1 m.
    assert mine["mde_sd_m"].tolist() == pytest.approx([10.0])
    assert "divided by n as Herrmann et al. (2023) publish it" in table.caption
    others = table.numbers[table.numbers["source"] != "this report"]
    assert len(others) == len(PUBLISHED)
    assert others["source"].str.startswith("published: ").all()
    assert table.numbers["mde_m"].is_monotonic_increasing


def test_published_figures_are_those_of_the_papers():
    """Herrmann et al. (2023), Sect. 5.2 and Table A2: the baselines that figures draw."""
    drawn = {route: [(entry.method, entry.mde_m) for entry in entries] for route, entries in BASELINES.items()}
    assert drawn == {
        "front": [("CaFFe baseline, fronts", 887), ("nnU-Net, fused labels", 552)],
        "zones": [("CaFFe baseline, zones", 753), ("nnU-Net, fused labels", 541)],
    }


def test_published_results_stand_beside_caffes_test_glaciers_only(tmp_path):
    """A scene of any other glacier makes published results no comparison."""
    rows = [score("a", 1.0), score("b", 1.0, glacier="Mapple")]
    assert fits_published(read_evaluations([write_evaluation(tmp_path / "caffe", rows)])[0].table)
    other = [*rows, score("c", 1.0, glacier="Helheim")]
    assert not fits_published(read_evaluations([write_evaluation(tmp_path / "other", other)])[0].table)
