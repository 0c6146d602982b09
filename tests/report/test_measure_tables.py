"""The front class and every other measure in tables and bars: worked by hand, and none that evaluate writes is lost."""

import itertools
import math

import pytest
from made_evaluations import score, write_evaluation
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from nnunet_glacier.measures.registry import MEASURES
from nnunet_glacier.report.drawing import report_style
from nnunet_glacier.report.evaluations import METRES, PIXELS, read_evaluations
from nnunet_glacier.report.measure_plots import draw_line_class, draw_tolerance_scores
from nnunet_glacier.report.measure_tables import every_measure_table, line_class_table

NAN = math.nan
BAND = {"band_dice": 0.2, "band_precision": 0.1, "band_recall": 0.8, "band_iou_label_dilated_2px": 0.5}
LINE = {"boundary_f_2px": 0.6, "hd95_pooled_m": 100.0, "hd95_pooled_px": 5.0}
TOLERANT = {f"tolerance_{metric}_{t}m": t / 200 for metric in ("dice", "iou", "mcc") for t in (60, 105, 150)}
WEIGHTED = {f"band_weighted_dice_{w}px": w / 20 for w in (4, 8, 16)}


def front(case, **values):
    """A row of the front route, whose class was scored."""
    return score(case, 100.0, route="front", **{**BAND, **LINE, **values})


@pytest.fixture
def repeated(tmp_path):
    """Two trainings with Dice 0.2 and 0.4 on one image and on two, their main route the zones, a threshold of 0.45."""
    rows = [
        score("a", 50.0, **{**LINE, "boundary_f_2px": 0.9}),
        front("a", prediction="fold_0"),
        front("a", prediction="fold_1", band_dice=0.3),
        front("b", prediction="fold_1", band_dice=0.5),
        front("c", prediction="fold_1", band_dice=NAN),
    ]
    return write_evaluation(tmp_path / "early", rows, "repeated", {"threshold": 0.45})


def zones_alone(tmp_path):
    return write_evaluation(tmp_path / "zones", [score("a", 50.0, **LINE, band_dice=NAN)])


def test_titles_tell_measures_apart():
    """No two rows of the table of every measure are the same, nor two columns of scores.csv."""
    assert len({(one.group, one.title, one.unit) for one in MEASURES}) == len(MEASURES)
    assert len({one.name for one in MEASURES}) == len(MEASURES)


def test_the_front_class_by_hand(repeated, tmp_path):
    """Dice 0.2 and (0.3 + 0.5) / 2 = 0.4: 30 ± 14.1 %. An experiment without a front class is left out."""
    table = line_class_table(read_evaluations([zones_alone(tmp_path), repeated]), METRES)
    (row,) = table.numbers.to_dict("records")
    assert (row["experiment"], row["sets"], row["images"]) == ("early", 2, 2)
    assert (row["band_dice"], row["band_dice_sd"]) == (pytest.approx(0.3), pytest.approx(0.2 / math.sqrt(2)))
    # The line is that of the front route, though the main one is by zones.
    assert (row["boundary_f_2px"], row["hd95_pooled_m"], row["threshold"]) == (pytest.approx(0.6), 100.0, 0.45)
    assert table.shown.iloc[0].to_dict() == {
        "Experiment": "early",
        "Images": "2",
        "Dice [%]": "30.0 ± 14.1",
        "Precision [%]": "10.0 ± 0.0",
        "Recall [%]": "80.0 ± 0.0",
        "Boundary F ≤ 2 px [%]": "60.0 ± 0.0",
        "IoU, label dilated 2 px [%]": "50.0 ± 0.0",
        "HD95 [m]": "100.0 ± 0.0",
        "Threshold": "0.45",
    }
    assert line_class_table(read_evaluations([zones_alone(tmp_path / "alone")]), METRES) is None


def test_a_cross_validation_is_pooled(tmp_path):
    """Folds of one and of three images share none: Dice is the mean of all four, 0.5, and only the SD is of folds."""
    dice = {"a": 0.8, "b": 0.2, "c": 0.4, "d": 0.6}
    rows = [front(case, prediction=f"fold_{int(case > 'a')}", band_dice=value) for case, value in dice.items()]
    evaluations = read_evaluations([write_evaluation(tmp_path / "folds", rows, "cross-validation")])
    numbers = line_class_table(evaluations, PIXELS).numbers.iloc[0]
    assert (numbers["band_dice"], numbers["band_dice_sd"]) == (pytest.approx(0.5), pytest.approx(0.4 / math.sqrt(2)))
    assert (numbers["images"], numbers["hd95_pooled_px"]) == (4, 5.0)
    assert line_class_table(evaluations, PIXELS).shown["Threshold"].tolist() == ["–"]


def test_every_measure_stands_in_a_row(repeated, tmp_path):
    """Lines by the main route, the class by the front route; shares in percent on the page and in [0, 1] in the CSV."""
    table = every_measure_table(read_evaluations([repeated, zones_alone(tmp_path)]))
    assert list(table.shown.columns) == ["Measure", "early", "zones"]
    shown = {row[0]: row[1:] for row in table.shown.to_numpy().tolist()}
    assert shown["Line class: Dice [%]"] == ["30.0 ± 14.1", "–"]
    assert shown["Lines within a tolerance: Boundary F-score at 2 px [%]"] == ["90.0", "60.0"]
    assert shown["Distance of the lines: HD95, both directions together [px]"] == ["5.00", "5.00"]
    numbers = table.numbers.set_index(["experiment", "measure"])
    dice = numbers.loc[("early", "band_dice")]
    assert (dice["route"], dice["unit"], dice["sets"], dice["images"]) == (
        "front",
        "0-1",
        2,
        2,
    )
    assert (dice["mean"], dice["sd"]) == (pytest.approx(0.3), pytest.approx(0.2 / math.sqrt(2)))
    assert numbers.loc[("early", "boundary_f_2px"), ["route", "mean"]].tolist() == ["zones", 0.9]
    assert ("zones", "band_dice") not in numbers.index
    assert every_measure_table(read_evaluations([write_evaluation(tmp_path / "n", [score("a", 1.0)])])) is None


def bars_of(axes):
    """Heights of the bars and half lengths of their whiskers, an experiment a row."""
    heights, whiskers = [], []
    for container in axes.containers:
        if hasattr(container, "patches"):
            heights.append([bar.get_height() for bar in container.patches])
            lines = container.errorbar.lines[2][0].get_segments() if container.errorbar else []
            whiskers.append([(line[1, 1] - line[0, 1]) / 2 for line in lines])
    return heights, whiskers


def test_the_front_class_as_bars(repeated, tmp_path):
    """Heights are the means in percent, whiskers the deviations; the colour is that of the experiment's place."""
    evaluations = read_evaluations([zones_alone(tmp_path), repeated])
    with report_style():
        (axes,) = draw_line_class(evaluations).axes
        (both,) = draw_line_class([evaluations[1], evaluations[0]]).axes
        assert draw_line_class(evaluations[:1]) is None
    heights, whiskers = bars_of(axes)
    assert heights == [pytest.approx([30, 10, 80, 60, 50])]
    assert whiskers == [pytest.approx([20 / math.sqrt(2), 0, 0, 0, 0])]
    assert axes.get_ylim() == (0, 100)
    assert axes.get_ylabel() == "score [%]"
    labels = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    assert labels == ["Dice", "Precision", "Recall", "Boundary F ≤ 2 px", "IoU, label dilated 2 px"]
    assert axes.patches[0].get_facecolor() != both.patches[0].get_facecolor()


def test_tolerance_scores_as_bars(tmp_path):
    """Tolerances in their order, MCC as it is; weighted Dice is drawn where one experiment has it."""
    class_too = write_evaluation(tmp_path / "class", [front("a", **TOLERANT, **WEIGHTED)])
    lines = write_evaluation(tmp_path / "lines", [score("a", 1.0, **{**TOLERANT, "tolerance_mcc_60m": -0.1})])
    evaluations = read_evaluations([class_too, lines])
    with report_style():
        dice, iou, weighted, mcc = draw_tolerance_scores(evaluations).axes
        without = draw_tolerance_scores(evaluations[1:]).axes
        assert draw_tolerance_scores(read_evaluations([zones_alone(tmp_path)])) is None
    assert bars_of(dice)[0] == bars_of(iou)[0] == [pytest.approx([30, 52.5, 75])] * 2
    assert bars_of(weighted)[0] == [pytest.approx([20, 40, 80]), pytest.approx([NAN] * 3, nan_ok=True)]
    assert bars_of(mcc)[0] == [pytest.approx([0.3, 0.525, 0.75]), pytest.approx([-0.1, 0.525, 0.75])]
    assert [label.get_text() for label in dice.get_xticklabels()] == ["60", "105", "150"]
    assert (dice.get_xlabel(), weighted.get_xlabel()) == ("tolerance [m]", "weight w [px]")
    assert dice.get_ylim() == (0, 100)
    assert mcc.get_ylim()[0] < -0.1 and mcc.get_ylim()[1] == 1
    assert [axes.get_title(loc="left") for axes in without] == ["Dice", "IoU", "MCC"]


@pytest.mark.parametrize("tolerances", [(60, 105, 150), (60, 65, 105, 110, 150, 155)])
@pytest.mark.parametrize("count", [1, 3, 9])
def test_nothing_overlaps_or_leaves_the_figure(tmp_path, count, tolerances):
    """Nor with nine experiments whose names are long: labels, titles and legend stand apart and inside."""
    tolerant = {f"tolerance_{metric}_{t}m": 0.5 for metric in ("dice", "iou", "mcc") for t in tolerances}
    rows = [front("a", **tolerant, **WEIGHTED)]
    folders = [write_evaluation(tmp_path / f"nnUNetTrainerOfALongName__paper__2d_{n}", rows) for n in range(count)]
    for draw in (draw_line_class, draw_tolerance_scores):
        with report_style():
            figure = draw(read_evaluations(folders))
            FigureCanvasAgg(figure).draw()
        texts = [text for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())]
        texts += [text for axes in figure.axes for text in (axes.xaxis.label, axes.yaxis.label)]
        # Titles are among the axes' own children.
        texts += [text for axes in figure.axes for text in axes.get_children() if isinstance(text, Text)]
        boxes = [text.get_window_extent() for text in texts if text.get_text()]
        boxes.append(figure.legends[0].get_window_extent())
        for one, other in itertools.combinations(boxes, 2):
            assert not one.overlaps(other)
        inside = figure.bbox.padded(1)
        assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
        assert all(inside.y0 <= box.y0 and box.y1 <= inside.y1 for box in boxes)
