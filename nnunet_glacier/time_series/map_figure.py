"""The fronts on a map in true kilometres, coloured by date, with what they were measured against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.time_series.background import Background
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.fronts import DayFronts
from nnunet_glacier.time_series.references import Reference
from nnunet_glacier.time_series.series import Series

_DPI = 150
_HEIGHT_IN = 5.0
_MARGIN = 0.15
"""Ground round the fronts, as a part of their longer side."""

_SHORTEST_DAYS = 60
"""Shortest span of the colours, so that they mark days and not hours."""

DATE_MAP = mpl.colormaps["plasma"].resampled(256)
_DARKEST, _YELLOWEST = 0.08, 0.92
"""Part of the colours that is used: the first is lost on dark water, the last on white."""


def draw_map(
    stem: Path, reference: Reference, series: Sequence[Series], background: Background | None = None
) -> tuple[Path, Path]:
    """Draw all fronts, as SVG and PNG; dashed those of days that no method could tell the position of.

    Args:
        stem: Path of the files without their ending.
        reference: The fronts, and what they were measured against.
        series: The series of its methods.
        background: An image to draw them on, or None.
    """
    days = reference.fronts.days
    window = window_of(reference)
    measured = {date for one in series for date in one.table["date"]}
    with figure_style(DIAGRAM_STYLE):
        figure, axes = map_axes(window)
        if background is not None:
            background.draw(axes, reference.plane, window)
        scale = date_scale(days)
        for dashed in (False, True):
            chosen = [day for day in days if (day.day.isoformat() not in measured) == dashed]
            draw_fronts(axes, chosen, scale, window, dashed=dashed)
        draw_reference(axes, reference, window, on_image=background is not None)
        bar = figure.colorbar(ScalarMappable(scale, _colours()), ax=axes, fraction=0.05, pad=0.02)
        bar.ax.yaxis.set_major_locator(locator := AutoDateLocator())
        bar.ax.yaxis.set_major_formatter(ConciseDateFormatter(locator))
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False)
        return save_svg_and_png(figure, stem, _DPI)


def window_of(reference: Reference) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the ground to show: the fronts, or the given box and the fronts within it."""
    fronts = reference.fronts.lines
    near = _near(reference)
    shown = [line for line in fronts if line.intersects(near)] if near is not None else fronts
    bounds = np.array([line.bounds for line in (shown or fronts)] + ([reference.box.bounds] if reference.box else []))
    left, bottom = bounds[:, :2].min(axis=0)
    right, top = bounds[:, 2:].max(axis=0)
    margin = _MARGIN * max(right - left, top - bottom)
    return left - margin, right + margin, bottom - margin, top + margin


def _near(reference: Reference) -> shapely.Geometry | None:
    """Where fronts must be to belong to this glacier; None if all do."""
    if reference.box is not None:
        return reference.box
    return None if reference.flowline is None else reference.flowline.line


def map_axes(window: tuple[float, float, float, float]) -> tuple[Figure, Axes]:
    """A figure of a map whose axes tell kilometres from the window's lower left corner."""
    left, right, bottom, top = window
    width = min(max(_HEIGHT_IN * (right - left) / (top - bottom), 3.5), 7.5)
    figure = Figure(figsize=(width + 1.6, _HEIGHT_IN + 0.6), layout="constrained")
    axes = figure.subplots()
    set_map_axes(axes, window)
    return figure, axes


def set_map_axes(axes: Axes, window: tuple[float, float, float, float]) -> None:
    """Give axes the window, and labels in kilometres from its lower left corner."""
    left, right, bottom, top = window
    axes.set_aspect("equal")
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.xaxis.set_major_formatter(lambda value, _: f"{(value - left) / 1000:g}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{(value - bottom) / 1000:g}")
    for axis, start, end in ((axes.xaxis, left, right), (axes.yaxis, bottom, top)):
        axis.set_ticks(start + np.arange(0, (end - start) / 1000, _step((end - start) / 1000)) * 1000)
    axes.set_xlabel("km to the east")
    axes.set_ylabel("km to the north")


def _step(span_km: float) -> float:
    """A round distance between ticks: some five to a side."""
    steps = np.array([1, 2, 5]) * 10.0 ** np.arange(-3, 4)[:, None]
    return float(steps.ravel()[np.argmin(np.abs(np.log(steps.ravel() * 5 / span_km)))])


def date_scale(days: Sequence[DayFronts]) -> Normalize:
    """Days to [0, 1]."""
    first, last = date2num(days[0].day), date2num(days[-1].day)
    return Normalize(first, max(last, first + _SHORTEST_DAYS))


def _colours() -> mpl.colors.ListedColormap:
    return mpl.colors.ListedColormap(DATE_MAP(np.linspace(_DARKEST, _YELLOWEST, 256)))


def draw_fronts(
    axes: Axes,
    days: Sequence[DayFronts],
    scale: Normalize,
    window: tuple[float, float, float, float],
    *,
    dashed: bool = False,
    width: float = 0.9,
    alpha: float = 1.0,
) -> None:
    """Draw fronts coloured by date."""
    lines, colours, colour_of = [], [], _colours()
    for day in days:
        for front in day.fronts:
            for part in shapely.get_parts(shapely.clip_by_rect(front.line, window[0], window[2], window[1], window[3])):
                if part.geom_type == "LineString":
                    lines.append(shapely.get_coordinates(part))
                    colours.append(colour_of(scale(date2num(day.day))))
    if lines:
        label = "no position" if dashed else "front"
        style = (0, (2, 1.5)) if dashed else "solid"
        axes.add_collection(
            LineCollection(lines, colors=colours, linewidths=width, linestyles=style, alpha=alpha, label=label)
        )


def draw_reference(
    axes: Axes, reference: Reference, window: tuple[float, float, float, float], *, on_image: bool
) -> None:
    """Draw the flowline with an arrow of the flow, and the boxes."""
    colour = "#56B4E9" if on_image else "black"
    for method in reference.methods:
        polygon = getattr(method, "polygon", None)
        if polygon is not None:
            xy = shapely.get_coordinates(polygon.exterior)
            style = "-" if polygon is reference.box else ":"
            axes.plot(*xy.T, color=colour, lw=1, ls=style, label=method.name, scalex=False, scaley=False)
    if reference.flowline is not None:
        xy = shapely.get_coordinates(reference.flowline.line)
        name = "flowline, made of the fronts" if reference.derived else "centreline"
        axes.plot(*xy.T, color=colour, lw=1, ls="--", label=name, scalex=False, scaley=False)
    if reference.signed:
        _draw_arrow(axes, reference.flowline or reference.methods[0].flowline, window, colour)
        axes.plot([], [], color=colour, lw=0, marker=r"$\rightarrow$", ms=14, label="flow")


def _draw_arrow(axes: Axes, flowline: Flowline, window: tuple[float, float, float, float], colour: str) -> None:
    """Draw an arrow of the flow near the downstream end of what the window shows of a flowline."""
    shown = shapely.clip_by_rect(flowline.line, window[0], window[2], window[1], window[3])
    if shown.is_empty:
        return
    middle_m = flowline.position_m(shown.interpolate(0.85, normalized=True))
    reach_m = 0.04 * (window[1] - window[0])
    ends = [flowline.point_at(middle_m + step) for step in (-reach_m, reach_m)]
    (x0, y0), (x1, y1) = (end.coords[0] for end in ends)
    arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.4, "mutation_scale": 14}
    axes.annotate("", (x1, y1), (x0, y0), arrowprops=arrow)
