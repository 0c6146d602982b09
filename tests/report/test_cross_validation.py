"""A cross-validation's figures are means over all images, however many each fold has; worked by hand."""

import math

import pytest
from made_evaluations import score, write_dataset, write_evaluation, write_predictions
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.measures.zone_scores import METRICS, ZONE_TITLES
from nnunet_glacier.report.drawing import report_style
from nnunet_glacier.report.evaluations import METRES, read_evaluations
from nnunet_glacier.report.experiment_plots import draw_line_measures, draw_zone_scores
from nnunet_glacier.report.scene_maps import open_scenes
from nnunet_glacier.report.tables import line_measures_table, published_table, zones_table

SCORES = {"fold_0": (0.2,), "fold_1": (0.5, 0.6, 0.7)}
"""One image in the first fold, three in the second: 0.5 over all images, 0.4 over the folds' means of 0.2 and 0.6."""

OVER_IMAGES, OVER_FOLDS = 0.5, 0.4
DEVIATION = 0.4 / math.sqrt(2)


def evaluation(folder, scheme):
    """Zone and line scores that are all the same number of an image."""
    columns = [f"{metric}_{zone.lower()}" for metric in METRICS for zone in ("macro", *ZONE_TITLES.values())]
    columns += ["coverage_100m", "boundary_f_100m"]
    rows = [
        score(f"{fold}_{place}", 100.0, prediction=fold, polis_m=100 * value, **dict.fromkeys(columns, value))
        for fold, values in SCORES.items()
        for place, value in enumerate(values)
    ]
    return read_evaluations([write_evaluation(folder, rows, scheme)])


@pytest.mark.parametrize(("scheme", "mean"), [("cross-validation", OVER_IMAGES), ("repeated", OVER_FOLDS)])
def test_tables_hold_means_over_images(tmp_path, scheme, mean):
    """Zone scores, line measures and the IoU beside published results; deviations are over folds either way."""
    read = evaluation(tmp_path / "e", scheme)
    zones = zones_table(read)
    assert zones.numbers[["iou_macro", "f1_ocean"]].iloc[0].tolist() == pytest.approx([mean, mean])
    assert zones.numbers["iou_macro_sd"].iloc[0] == pytest.approx(DEVIATION)
    assert zones.shown["IoU [%]"].iloc[0] == f"{100 * mean:.1f} ± 28.3"
    assert zones.numbers["sets"].iloc[0] == 2
    lines = line_measures_table(read, METRES)
    assert lines.numbers[["coverage_100m", "polis_m"]].iloc[0].tolist() == pytest.approx([mean, 100 * mean])
    assert lines.numbers["polis_m_sd"].iloc[0] == pytest.approx(100 * DEVIATION)
    assert lines.numbers["sets"].iloc[0] == 2
    table = published_table(read).numbers
    assert table.loc[table["source"] == "this report", "iou"].tolist() == pytest.approx([mean])


@pytest.mark.parametrize(("scheme", "mean"), [("cross-validation", OVER_IMAGES), ("repeated", OVER_FOLDS)])
def test_bars_are_means_over_images(tmp_path, scheme, mean):
    """Every bar is as high as its table says, with whiskers of the folds' deviation."""
    read = evaluation(tmp_path / "e", scheme)
    with report_style():
        figures = [draw_zone_scores(read), draw_line_measures(read, METRES)]
    panels = [axes for figure in figures for axes in figure.axes]
    assert len(panels) == 4
    for axes in panels:
        bars, whiskers = axes.containers[-1], axes.containers[0]
        assert [bar.get_height() for bar in bars] == pytest.approx([100 * mean] * len(bars))
        low, high = whiskers.lines[2][0].get_segments()[0][:, 1]
        assert (high - low) / 2 == pytest.approx(100 * DEVIATION)


def test_a_fold_without_complete_zones_leaves_the_others(tmp_path):
    """The images of a fold in which a zone is always absent count nowhere; an experiment of such has no row."""
    columns = [f"{metric}_{zone.lower()}" for metric in METRICS for zone in ("macro", *ZONE_TITLES.values())]
    known, absent = dict.fromkeys(columns, 0.5), {**dict.fromkeys(columns, 0.5), "iou_macro": math.nan}
    one = [score("a", 1.0, prediction="fold_0", **known), score("b", 1.0, prediction="fold_1", **absent)]
    none = [score("a", 1.0, prediction="fold_0", **absent), score("b", 1.0, prediction="fold_1", **absent)]
    folders = [write_evaluation(tmp_path / name, rows, "cross-validation") for name, rows in (("o", one), ("n", none))]
    evaluations_read = read_evaluations(folders)
    table = zones_table(evaluations_read)
    assert table.shown[["Experiment", "IoU [%]"]].to_numpy().tolist() == [["o", "50.0"]]


def test_maps_of_glaciers_that_were_each_predicted_alone_are_found(tmp_path):
    """Several folders without a common scene are a cross-validation too: each scene is found in its own folder."""
    data = write_dataset(tmp_path / "Dataset001_Made", {"a": "2014-01-15", "b": "2015-01-15"})
    folders = [write_predictions(tmp_path / "predictions" / case, {case: 40}) for case in "ab"]
    result = CliRunner().invoke(app, ["evaluate", *map(str, (*folders, data, tmp_path / "scores")), "--workers", "1"])
    assert result.exit_code == 0, result.output
    (read,) = read_evaluations([tmp_path / "scores"])
    assert read.scheme == "cross-validation"
    finder = open_scenes(read)
    assert [finder.find(row).prediction.case for _, row in read.table.iterrows()] == ["a", "b"]
