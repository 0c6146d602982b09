"""Scores of the front class (paper 004, Fig. 1) and scores at tolerances (papers 000 and 002) as bars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnunet_glacier.report.drawing import (
    COLOURS,
    HATCHES,
    colour,
    legend_columns,
    new_figure,
    outside_legend,
    shortened,
)
from nnunet_glacier.report.evaluations import Evaluation
from nnunet_glacier.report.measure_names import measure_names
from nnunet_glacier.report.measure_tables import (
    FRONT_CLASS_COLUMNS,
    experiment_measures,
    known_measures,
    with_front_class,
)
from nnunet_glacier.report.measures import Spread


@dataclass(frozen=True)
class Bars:
    """The bars of one experiment.

    Attributes:
        place: Its place among all experiments, which decides its colour.
        name: Its name in the legend.
        spreads: Height and whisker of each bar.
    """

    place: int
    name: str
    spreads: Sequence[Spread]


def draw_front_class(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Dice, precision, recall, boundary F-score and tolerant IoU of the front class; None where none was scored."""
    shown = [
        Bars(place, found.name, list(experiment_measures(found, "front", list(FRONT_CLASS_COLUMNS)).values()))
        for place, found in with_front_class(evaluations)
    ]
    if not shown:
        return None
    figure = new_figure(2.5 + _legend_height([bars.name for bars in shown]))
    axes = figure.subplots()
    handles = grouped_bars(axes, list(FRONT_CLASS_COLUMNS.values()), shown, 100)
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
    crowded = len(shown) * max(len(numbers) for _, numbers in panels) > _MOST_BARS_IN_A_ROW
    columns_of_panels = 2 if crowded else len(panels)
    rows_of_panels = -(-len(panels) // columns_of_panels)
    figure = new_figure(0.3 + 2.2 * rows_of_panels + _legend_height(names))
    grid = [figure.add_subplot(rows_of_panels, columns_of_panels, place + 1) for place in range(len(panels))]
    handles = []
    for axes, ((title, _, meaning, factor), numbers) in zip(grid, panels, strict=True):
        bars = [
            Bars(place, evaluations[place].name, [measured[place].get(name, _NOTHING) for name in numbers])
            for place in shown
        ]
        handles = grouped_bars(axes, list(numbers.values()), bars, factor)
        axes.set_title(title, loc="left")
        axes.set_xlabel(meaning)
        share = factor == 100
        axes.set_ylabel("score [%]" if share else "MCC [-1 to 1]")
        axes.set_ylim(0 if share else min(0, axes.get_ylim()[0]), factor)
    outside_legend(figure, handles, 4)
    return figure


_MOST_BARS_IN_A_ROW = 12
"""Bars of a panel that are wide enough where all panels stand in one row."""

_NOTHING = Spread(np.nan, np.nan)


def _numbered(pattern: str, columns: Sequence[str], measured: Sequence[Mapping[str, Spread]]) -> dict[str, str]:
    """The columns of a pattern that an experiment has: column to its number, smallest first."""
    matches = [match for name in columns if (match := re.fullmatch(pattern, name))]
    known = [match for match in matches if any(match.string in found for found in measured)]
    return {match.string: match[1] for match in sorted(known, key=lambda match: int(match[1]))}


def _legend_height(names: Sequence[str]) -> float:
    """Inches that a legend of the experiments needs."""
    labels = [shortened(name) for name in names]
    return 0.17 * -(-len(labels) // legend_columns(labels))


def grouped_bars(axes: Axes, labels: Sequence[str], experiments: Sequence[Bars], factor: float) -> list[object]:
    """Grouped bars with standard deviations as whiskers; their handles for a legend.

    Args:
        axes: Where to draw; its y axis holds the values.
        labels: Of the groups.
        experiments: A bar of each in every group.
        factor: What values are multiplied with.
    """
    width = 0.8 / len(experiments)
    handles = []
    for order, entry in enumerate(experiments):
        means, sds = (factor * np.array([getattr(s, name) for s in entry.spreads]) for name in ("mean", "sd"))
        bars = axes.bar(
            np.arange(len(labels)) + (order - (len(experiments) - 1) / 2) * width,
            means,
            width * 0.94,
            yerr=None if np.isnan(sds).all() else np.nan_to_num(sds),
            color=colour(entry.place),
            hatch=HATCHES[(entry.place + entry.place // len(COLOURS)) % len(HATCHES)],
            edgecolor="white",
            linewidth=0,
            error_kw={"elinewidth": 0.8, "capsize": 1.5},
            label=shortened(entry.name),
        )
        handles.append(bars)
    axes.set_xticks(range(len(labels)), list(labels))
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    return handles
