"""Scores of the front class (paper 004, Fig. 1) and scores at tolerances (papers 000 and 002) as bars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from nnunet_glacier.report.drawing import (
    legend_columns,
    new_figure,
    outside_legend,
    shortened,
)
from nnunet_glacier.report.evaluations import Evaluation
from nnunet_glacier.report.experiment_plots import grouped_bars
from nnunet_glacier.report.measure_names import measure_names
from nnunet_glacier.report.measure_tables import (
    FRONT_CLASS_COLUMNS,
    experiment_measures,
    known_measures,
    with_front_class,
)
from nnunet_glacier.support.fold_statistics import Spread, spread


def draw_front_class(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Dice, precision, recall, boundary F-score and tolerant IoU of the front class; None where none was scored."""
    shown = [
        (place, found, experiment_measures(found, "front", list(FRONT_CLASS_COLUMNS)))
        for place, found in with_front_class(evaluations)
    ]
    if not shown:
        return None
    figure = new_figure(2.5 + _legend_height([found.name for _, found, _ in shown]))
    axes = figure.subplots()
    handles = grouped_bars(axes, shown, {label: column for column, label in FRONT_CLASS_COLUMNS.items()})
    axes.set_ylabel("score [%]")
    axes.set_ylim(0, 100)
    outside_legend(figure, handles, 4)
    return figure


_PANELS = (
    ("Dice", r"tolerance_dice_(\d+)m", "tolerance [m]", 100),
    ("IoU", r"tolerance_iou_(\d+)m", "tolerance [m]", 100),
    ("Weighted Dice", r"band_weighted_dice_(\d+)px", "weight w [px]", 100),
    ("MCC", r"tolerance_mcc_(\d+)m", "tolerance [m]", 1),
)
"""Title, columns, what their numbers are, and what values are multiplied with."""


def draw_tolerance_scores(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Dice, IoU and MCC of lines dilated to tolerances, and distance-weighted Dice; None where none were scored."""
    columns = list(dict.fromkeys(column for found in evaluations for column in found.scores))
    measured = [known_measures(evaluation, measure_names(columns)) for evaluation in evaluations]
    panels = [(panel, _numbered(panel[1], columns, measured)) for panel in _PANELS]
    panels = [(panel, numbers) for panel, numbers in panels if numbers]
    drawn = {name for _, numbers in panels for name in numbers}
    shown = [place for place, found in enumerate(measured) if drawn & set(found)]
    if not shown:
        return None
    names = [evaluations[place].name for place in shown]
    most = max(len(numbers) for _, numbers in panels)
    crowded = most > _MOST_GROUPS_IN_A_ROW or most * len(shown) > _MOST_BARS_IN_A_ROW
    columns_of_panels = 2 if crowded else len(panels)
    rows_of_panels = -(-len(panels) // columns_of_panels)
    figure = new_figure(0.3 + 2.2 * rows_of_panels + _legend_height(names))
    grid = [figure.add_subplot(rows_of_panels, columns_of_panels, place + 1) for place in range(len(panels))]
    handles = []
    for axes, ((title, _, meaning, factor), numbers) in zip(grid, panels, strict=True):
        bars = [
            (place, evaluations[place], {name: measured[place].get(name, _NOTHING) for name in numbers})
            for place in shown
        ]
        handles = grouped_bars(axes, bars, {number: column for column, number in numbers.items()}, factor)
        axes.set_title(title, loc="left")
        axes.set_xlabel(meaning)
        share = factor == 100
        axes.set_ylabel("score [%]" if share else "MCC [-1 to 1]")
        axes.set_ylim(0 if share else min(0, axes.get_ylim()[0]), factor)
    outside_legend(figure, handles, 4)
    return figure


_MOST_GROUPS_IN_A_ROW = 4
"""Groups of a panel whose labels stand apart where all panels stand in one row."""

_MOST_BARS_IN_A_ROW = 12
"""Bars of a panel that are wide enough there."""

_NOTHING = spread([])


def _numbered(pattern: str, columns: Sequence[str], measured: Sequence[Mapping[str, Spread]]) -> dict[str, str]:
    """The columns of a pattern that an experiment has: column to its number, smallest first."""
    matches = [match for name in columns if (match := re.fullmatch(pattern, name))]
    known = [match for match in matches if any(match.string in found for found in measured)]
    return {match.string: match[1] for match in sorted(known, key=lambda match: int(match[1]))}


def _legend_height(names: Sequence[str]) -> float:
    """Inches that a legend of the experiments needs."""
    labels = [shortened(name) for name in names]
    return 0.17 * -(-len(labels) // legend_columns(labels))
