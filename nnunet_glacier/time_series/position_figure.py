"""Positions in time, one panel per method: error bars, flags, calving events, trend and seasonal fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from nnunet_glacier.support.diagrams import DIAGRAM_STYLE, figure_style, save_svg_and_png
from nnunet_glacier.support.wording import counted
from nnunet_glacier.time_series.references import Reference
from nnunet_glacier.time_series.series import CALVING, Series, decimal_years
from nnunet_glacier.time_series.upstream import azimuth_of

BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
"""From the palette of Okabe and Ito, which colour-blind readers can tell apart."""

_WIDTH_IN, _PANEL_IN = 7.2, 2.3
_DPI = 150
_FIT_POINTS = 400


def draw_positions(stem: Path, series: Sequence[Series], reference: Reference) -> tuple[Path, Path]:
    """Draw the positions of all methods that have any, as SVG and PNG.

    Args:
        stem: Path of the files without their ending.
        series: The series.
        reference: What they were measured against.
    """
    drawn = [one for one in series if len(one.table)]
    with figure_style(DIAGRAM_STYLE):
        figure = Figure(figsize=(_WIDTH_IN, 0.4 + _PANEL_IN * len(drawn)), layout="constrained")
        panels = figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
        for axes, one in zip(panels, drawn, strict=True):
            _draw_series(axes, one, reference)
        panels[-1].xaxis.set_major_locator(locator := AutoDateLocator())
        panels[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator))
        panels[-1].set_xlabel("date")
        return save_svg_and_png(figure, stem, _DPI)


def _draw_series(axes: Axes, series: Series, reference: Reference) -> None:
    table = series.table
    days = pd.to_datetime(table["date"])
    flagged = (table["flags"] != "").to_numpy()
    position_km = table["position_m"] / 1000
    errors = table["uncertainty_m"] / 1000
    axes.errorbar(days, position_km, yerr=errors.fillna(0), fmt="none", ecolor="0.6", elinewidth=0.8, zorder=1)
    axes.plot(days[~flagged], position_km[~flagged], "o", ms=3, color=BLUE, label="position", zorder=3)
    if flagged.any():
        label = f"flagged ({flagged.sum()})"
        axes.plot(days[flagged], position_km[flagged], "o", ms=4, mfc="white", mec=ORANGE, label=label, zorder=4)
    events = (table["event"] == CALVING).to_numpy()
    if events.any():
        label = f"after a calving event ({events.sum()})"
        for place in np.flatnonzero(events):
            both = slice(place - 1, place + 1)
            axes.plot(days[both], position_km[both], color=VERMILION, lw=0.8, zorder=2)
        axes.plot(days[events], position_km[events], "v", ms=5.5, mfc="none", mec=VERMILION, label=label, zorder=5)
    _draw_fits(axes, series, days)
    out = pd.to_datetime([one.day.isoformat() for one in series.left_out])
    if len(out):
        low = axes.get_ylim()[0]
        axes.plot(out, np.full(len(out), low), "|", ms=6, color="black", label=f"left out ({len(out)})", clip_on=False)
        axes.set_ylim(bottom=low)
    axes.set_title(f"{series.method} (n = {counted(len(table), 'day')})", loc="left")
    axes.set_ylabel(position_label(reference))
    axes.grid()
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _draw_fits(axes: Axes, series: Series, days: pd.Series) -> None:
    if series.trend is None:
        return
    fine = pd.date_range(days.min(), days.max(), periods=_FIT_POINTS)
    years = decimal_years([day.date() for day in fine])
    trend = series.trend
    middle_year = np.median(decimal_years([day.date() for day in days]))
    middle_m = trend.at_2000_m + trend.m_per_year * (middle_year - 2000)

    def line(slope: float) -> np.ndarray:
        return (middle_m + slope * (years - middle_year)) / 1000

    label = f"Theil-Sen {trend.m_per_year:+.0f} m/a"
    if not math.isnan(trend.low):
        label += f"\n({100 * trend.confidence:g} %: {trend.low:+.0f} to {trend.high:+.0f})"
        axes.fill_between(fine, line(trend.low), line(trend.high), color="0.85", lw=0, zorder=0)
    axes.plot(fine, line(trend.m_per_year), color="black", lw=1, ls="--", label=label, zorder=2)
    if series.season is not None and series.season.amplitude_m > 2 * series.season.amplitude_se_m:
        label = f"season: amplitude {series.season.amplitude_m:.0f} m\n(SE {series.season.amplitude_se_m:.0f} m)"
        axes.plot(fine, series.season.at(years) / 1000, color=GREEN, lw=1, label=label, zorder=2)


def position_label(reference: Reference) -> str:
    """What the axis of positions says: which way is up."""
    if reference.signed:
        return "position (km),\nadvance upwards"
    return f"position (km),\ntowards {azimuth_of(reference.flow):.0f}° from north"
