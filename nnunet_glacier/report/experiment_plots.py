"""Experiments side by side: MDE as box plots (Herrmann et al. 2023, Fig. 9), scores as bars (Gattolin, Fig. 1, 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnunet_glacier.measures.registry import measure_named
from nnunet_glacier.report.drawing import (
    COLOURS,
    FEWEST_BOXED,
    HATCHES,
    box_and_dots,
    box_legend,
    colour,
    new_figure,
    outside_legend,
    shortened,
)
from nnunet_glacier.report.evaluations import METRES, Evaluation, Unit
from nnunet_glacier.report.measures import (
    IOU_BY_ZONE,
    ZONE_MEANS,
    Spread,
    by_set,
    line_measures,
    lines_by_set,
    over_sets,
    per_image,
    zones_by_set,
)
from nnunet_glacier.report.published import BASELINES, Published
from nnunet_glacier.report.tables import ROUTE_NAMES

_BASELINE_STYLES: tuple[Any, ...] = ("-", (0, (4, 1.5)))
_BASELINE_COLOURS = ("0.25", "0.55")


def draw_experiments(evaluations: Sequence[Evaluation], unit: Unit, *, published: bool) -> Figure:
    """MDE of every experiment's sets of predictions, one panel per route, with published baselines as lines.

    Args:
        evaluations: At least one.
        unit: Unit of the distances.
        published: Whether to draw the baselines, which are in metres.
    """
    routes = [route for route in ("front", "zones") if any(route in evaluation.routes for evaluation in evaluations)]
    counts = [sum(route in evaluation.routes for evaluation in evaluations) for route in routes]
    figure = new_figure(0.9 + 0.34 * sum(counts) + 0.75 * len(routes))
    grid = figure.subplots(len(routes), 1, sharex=True, squeeze=False, height_ratios=counts)
    for axes, route in zip(grid[:, 0], routes, strict=True):
        shown = [(place, evaluation) for place, evaluation in enumerate(evaluations) if route in evaluation.routes]
        for row, (place, evaluation) in enumerate(shown):
            values = by_set(evaluation.rows(route), unit)["mde"].dropna().to_numpy(dtype=float)
            box_and_dots(axes, values, row, colour(place), size=16)
            if not len(values):
                axes.text(0.01, row, "no distance", transform=axes.get_yaxis_transform(), va="center", color="0.4")
        _rows(axes, [shortened(evaluation.name) for _, evaluation in shown])
        axes.set_title(f"{ROUTE_NAMES[route][0].upper()}{ROUTE_NAMES[route][1:]}", loc="left")
        if published and unit == METRES:
            _draw_baselines(axes, BASELINES[route])
        axes.set_xlim(left=0, right=axes.get_xlim()[1] * 1.03)
    grid[-1, 0].set_xlabel(f"mean distance error [{unit.name}]")
    outside_legend(figure, box_legend("one set of predictions", boxes=has_boxes(evaluations, unit)))
    return figure


def has_boxes(evaluations: Sequence[Evaluation], unit: Unit) -> bool:
    """Whether any experiment has enough sets of predictions with a distance for a box."""
    counts = (by_set(one.rows(route), unit)["mde"].count() for one in evaluations for route in one.routes)
    return max(counts, default=0) >= FEWEST_BOXED


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")


def _draw_baselines(axes: Axes, baselines: Sequence[Published]) -> None:
    handles = []
    for entry, style, shade in zip(baselines, _BASELINE_STYLES, _BASELINE_COLOURS, strict=True):
        axes.axvline(entry.mde_m, color=shade, linestyle=style, linewidth=1.2, zorder=1)
        label = f"{entry.method}: {entry.mde_m:.0f} m\n(published, {entry.source})"
        handles.append(Line2D([], [], color=shade, linestyle=style, label=label))
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), borderaxespad=0)


def draw_image_distances(evaluations: Sequence[Evaluation], unit: Unit) -> Figure | None:
    """The images' mean distances of every experiment by its main route on a log axis; None where there are none."""
    figure = new_figure(1.15 + 0.42 * len(evaluations))
    axes = figure.subplots()
    everything = []
    for row, evaluation in enumerate(evaluations):
        values = per_image(evaluation.main, unit)["distance"].dropna().to_numpy(dtype=float)
        everything.append(values)
        box_and_dots(axes, above_zero(values, unit), row, colour(row))
    if not any(map(len, everything)):
        return None
    _rows(axes, [f"{shortened(evaluation.name)}, {evaluation.route}" for evaluation in evaluations])
    axes.set_xscale("log")
    plain_log_ticks(axes)
    axes.set_xlabel(f"mean distance per image [{unit.name}], log scale")
    outside_legend(figure, box_legend("one image"))
    return figure


def above_zero(values: np.ndarray, unit: Unit) -> np.ndarray:
    """Values for a log axis: the 0 of a perfect image is drawn at 0.1 px or 1 m."""
    return np.maximum(values, 1.0 if unit == METRES else 0.1)


LOG_DIGITS = ((1.0,), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0))
"""Leading digits of the numbers on a log axis that spans 2.5 decades or more, fewer, or less than one."""


def plain_log_ticks(axes: Axes) -> None:
    """Write numbers such as 20, 50, 100 in place of powers of ten, at least three unless the axis is very short."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

    low, high = axes.get_xlim()
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    # Not matplotlib's LogLocator, which goes over to even steps on short axes, in each version on others.
    ticks = [np.outer(powers, digits).ravel() for digits in LOG_DIGITS]
    wide, middle, narrow = (each[(each >= low) & (each <= high)] for each in ticks)
    candidates = [wide] if np.log10(high / low) >= 2.5 else [middle, narrow]
    enough = [each for each in candidates if len(each) >= 3]
    axes.xaxis.set_major_locator(FixedLocator(list(enough[0])) if enough else MaxNLocator(4))
    if not enough:
        # Drop the logarithmic minor ticks: they do not fit between evenly spaced numbers.
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def draw_zone_scores(evaluations: Sequence[Evaluation]) -> Figure | None:
    """Precision, recall, F1 and IoU of the experiments, and their IoU by zone, as bars; None without zone scores."""
    scored = [(place, one, over_sets(one, one.main, zones_by_set)) for place, one in enumerate(evaluations)]
    scored = [entry for entry in scored if entry[2]]
    if not scored:
        return None
    figure = new_figure(2.7 + 0.17 * ((len(scored) + 2) // 3))
    left, right = figure.subplots(1, 2, sharey=True)
    handles = grouped_bars(left, scored, {measure_named(name).label: name for name in ZONE_MEANS})
    grouped_bars(right, scored, {measure_named(name).label: name for name in IOU_BY_ZONE})
    left.set_title("Mean of the four zones", loc="left")
    right.set_title("IoU by zone", loc="left")
    left.set_ylabel("score [%]")
    left.set_ylim(0, 100)
    outside_legend(figure, handles, 4)
    return figure


def draw_line_measures(evaluations: Sequence[Evaluation], unit: Unit, line: str = "front") -> Figure | None:
    """Coverage, boundary F-score and distances of the experiments, as bars; None where none were scored.

    Args:
        evaluations: The experiments.
        unit: Unit of the distances.
        line: What the line is: ``front`` or ``grounding line``.
    """
    measures = line_measures(pd.concat([evaluation.main for evaluation in evaluations]), unit)
    groups = [[one for one in measures if (one.shown_unit == "%") == share] for share in (True, False)]
    groups = [group for group in groups if group]
    if not groups:
        return None
    names = [measure.name for measure in measures]
    scored = [
        (place, one, over_sets(one, one.main, lambda rows: lines_by_set(rows, names)))
        for place, one in enumerate(evaluations)
    ]
    figure = new_figure(2.9 + 0.17 * ((len(scored) + 3) // 4))
    grid = figure.subplots(1, len(groups), squeeze=False, width_ratios=[len(group) for group in groups])
    for axes, group in zip(grid[0], groups, strict=True):
        share = group[0].shown_unit == "%"
        handles = grouped_bars(axes, scored, {one.label: one.name for one in group}, group[0].factor)
        axes.set_ylabel(f"share of the {line}, F-score [%]" if share else f"mean over images [{unit.name}]")
        axes.set_title("Within a tolerance" if share else "Distances", loc="left")
        axes.set_ylim(0, 100 if share else None)
    outside_legend(figure, handles, 4)
    return figure


def grouped_bars(
    axes: Axes,
    experiments: Sequence[tuple[int, Evaluation, dict[str, Spread]]],
    columns: dict[str, str],
    factor: float = 100,
) -> list[object]:
    """Draw grouped bars with the standard deviation over sets as whiskers.

    Args:
        axes: Where to draw.
        experiments: Of each experiment its place among all, which decides its colour, itself and its figures.
        columns: Label of each group of bars to the figure that it shows.
        factor: What figures are multiplied by.

    Returns:
        The bars of each experiment, for a legend.
    """
    width = 0.8 / len(experiments)
    handles: list[object] = []
    for order, (place, evaluation, figures) in enumerate(experiments):
        spreads = [figures[column] for column in columns.values()]
        deviations = factor * np.array([one.sd for one in spreads])
        positions = np.arange(len(columns)) + (order - (len(experiments) - 1) / 2) * width
        bars = axes.bar(
            positions,
            [factor * one.mean for one in spreads],
            width * 0.94,
            yerr=None if np.isnan(deviations).all() else np.nan_to_num(deviations),
            color=colour(place),
            hatch=HATCHES[(place + place // len(COLOURS)) % len(HATCHES)],
            edgecolor="white",
            linewidth=0,
            error_kw={"elinewidth": 0.8, "capsize": 1.5},
            label=shortened(evaluation.name),
        )
        handles.append(bars)
    axes.set_xticks(range(len(columns)), list(columns))
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    return handles
