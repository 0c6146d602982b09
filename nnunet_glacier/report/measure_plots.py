"""Scores of the line class and scores at tolerances as bars (Gattolin; Davari et al. 2021; Holzmann et al. 2021)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from nnunet_glacier.measures.registry import family, measure_named
from nnunet_glacier.report.drawing import (
    legend_columns,
    new_figure,
    outside_legend,
    shortened,
)
from nnunet_glacier.report.evaluations import Evaluation
from nnunet_glacier.report.experiment_plots import grouped_bars
from nnunet_glacier.report.measure_tables import (
    LINE_CLASS_SHARES,
    experiment_measures,
    experiment_values,
    scored_measures,
    with_line_class,
)
from nnunet_glacier.support.fold_statistics import spread


def draw_line_class(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Dice, precision, recall, boundary F-score and tolerant IoU of the line class; None where none was scored."""
    shown = [
        (place, evaluation, experiment_measures(evaluation, "front", LINE_CLASS_SHARES))
        for place, evaluation in with_line_class(evaluations)
    ]
    if not shown:
        return None
    figure = new_figure(2.5 + _legend_height([evaluation.name for _, evaluation, _ in shown]))
    axes = figure.subplots()
    handles = grouped_bars(axes, shown, {measure_named(name).label: name for name in LINE_CLASS_SHARES})
    axes.set_ylabel("score [%]")
    axes.set_ylim(0, 100)
    outside_legend(figure, handles, 4)
    return figure


_PANELS = (
    ("Dice", "tolerance_dice_m", "tolerance [m]"),
    ("IoU", "tolerance_iou_m", "tolerance [m]"),
    ("Weighted Dice", "band_weighted_dice_px", "weight w [px]"),
    ("MCC", "tolerance_mcc_m", "tolerance [m]"),
)
"""Title, family of measures, and what their tolerances are."""


def draw_tolerance_scores(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Dice, IoU and MCC of lines dilated to tolerances, and distance-weighted Dice; None where none were scored."""
    measured = [experiment_values(evaluation, scored_measures([evaluation])) for evaluation in evaluations]
    panels = [
        (title, meaning, [one for one in family(name) if any(one.name in known for known in measured)])
        for title, name, meaning in _PANELS
    ]
    panels = [panel for panel in panels if panel[2]]
    drawn = {measure.name for _, _, measures in panels for measure in measures}
    shown = [place for place, values in enumerate(measured) if drawn & set(values)]
    if not shown:
        return None
    names = [evaluations[place].name for place in shown]
    most = max(len(measures) for _, _, measures in panels)
    crowded = most > _MOST_GROUPS_IN_A_ROW or most * len(shown) > _MOST_BARS_IN_A_ROW
    columns_of_panels = 2 if crowded else len(panels)
    rows_of_panels = -(-len(panels) // columns_of_panels)
    figure = new_figure(0.3 + 2.2 * rows_of_panels + _legend_height(names))
    grid = [figure.add_subplot(rows_of_panels, columns_of_panels, place + 1) for place in range(len(panels))]
    handles = []
    for axes, (title, meaning, measures) in zip(grid, panels, strict=True):
        bars = [
            (place, evaluations[place], {one.name: measured[place].get(one.name, _NOTHING) for one in measures})
            for place in shown
        ]
        share, factor = measures[0].shown_unit == "%", measures[0].factor
        handles = grouped_bars(axes, bars, {f"{one.at:g}": one.name for one in measures}, factor)
        axes.set_title(title, loc="left")
        axes.set_xlabel(meaning)
        axes.set_ylabel(f"{'score' if share else title} [{measures[0].shown_unit}]")
        axes.set_ylim(0 if share else min(0, axes.get_ylim()[0]), factor)
    outside_legend(figure, handles, 4)
    return figure


_MOST_GROUPS_IN_A_ROW = 4
"""Groups per panel whose labels do not overlap where all panels stand in one row."""

_MOST_BARS_IN_A_ROW = 12
"""Bars per panel that are wide enough to be told apart there."""

_NOTHING = spread([])


def _legend_height(names: Sequence[str]) -> float:
    """Inches that a legend of the experiments needs."""
    labels = [shortened(name) for name in names]
    return 0.17 * -(-len(labels) // legend_columns(labels))
