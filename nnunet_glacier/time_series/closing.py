"""What ``retreat`` tells at the end: what was read and measured, what is doubtful, and what was written."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from nnunet_glacier.formats.dated_lines import DatedLines
from nnunet_glacier.formats.retreat_series import SERIES_CSV
from nnunet_glacier.support.wording import counted, some_of
from nnunet_glacier.time_series.references import Reference
from nnunet_glacier.time_series.result_files import GEOPACKAGE, LEFT_OUT_CSV, RETREAT_JSON
from nnunet_glacier.time_series.series import Series, SeriesSettings, advances_by_jumps
from nnunet_glacier.time_series.upstream import GRAMMAR, azimuth_of


def closing(
    out: Path,
    lines: DatedLines,
    reference: Reference,
    series: Sequence[Series],
    layers: Sequence[str],
    settings: SeriesSettings,
    animation: str,
) -> str:
    """The text for the screen."""
    text = [_read(lines, reference), *_against(reference)]
    if reference.derived and (several := several_glaciers(lines)) is not None:
        text.append(f"But {several[0]}: {several[1]} takes those of one.")
    text += [method_sentence(one, reference.signed) for one in series]
    if len(reference.fronts.days) == 1:
        text.append("One day tells a position, and no retreat: give the lines of several days.")
    if reference.signed and advances_by_jumps(series[0], settings.event_factor):
        text.append("Nearly all large steps are advances, but glaciers calve by jumps: is --upstream the right side?")
    animated = f", {animation}" if animation else ""
    files = f"{SERIES_CSV}, {LEFT_OUT_CSV}, {RETREAT_JSON}, {GEOPACKAGE} ({', '.join(layers)})"
    text.append(f"Written in {out}: {files}, positions.png, map.png (and .svg){animated}.")
    text.append(f"Next: look at positions.png and map.png, and open {GEOPACKAGE} in a GIS.")
    return "\n".join(text)


def several_glaciers(lines: DatedLines) -> tuple[str, str] | None:
    """That the lines are of several glaciers, and the option that chooses one; None where no column tells several."""
    for column, names in lines.glaciers.items():
        if len(names) > 1:
            first = sorted(names)
            what = f"the fronts are of {len(names)} glaciers (column {column}: {some_of(first)})"
            return what, f"--where {shlex.quote(f'{column}={first[0]}')}"
    return None


def _read(lines: DatedLines, reference: Reference) -> str:
    days = reference.fronts.days
    told = ", ".join(sorted(lines.told_by))
    counts = [
        f"{counted(len(lines.lines), 'line')} of {counted(len(days), 'day')}, {days[0].day} to {days[-1].day} "
        f"(told by: {told})"
    ]
    for count, words in (
        (len(lines.undated), "without a day left out"),
        (len(reference.fronts.misplaced), "without a place left out"),
        (lines.n_empty, "without geometry"),
        (lines.n_rejected, "rejected before"),
        (reference.fronts.n_same, "repeated"),
    ):
        if count:
            counts.append(f"{count} {words}")
    return "; ".join(counts) + "."


def _against(reference: Reference) -> list[str]:
    text = []
    azimuth = azimuth_of(reference.flow)
    if reference.flowline is not None and reference.derived:
        text.append(
            f"No centreline or box: a flowline across the fronts' main direction is used, towards {azimuth:.0f} degrees"
            " from north."
        )
    if reference.turned:
        text.append("The centreline was drawn from its downstream end; positions count from its upstream end.")
    if not reference.signed:
        text.append(
            f"Which side is upstream is not known: positions grow towards {azimuth:.0f} degrees from north, and "
            f"nothing is called advance or retreat. Give --upstream: {GRAMMAR}."
        )
    return text


def method_sentence(series: Series, signed: bool) -> str:
    """A method's result in one line."""
    table = series.table
    parts = [f"{series.method}: {counted(len(table), 'day')}"]
    flagged = int((table["flags"] != "").sum())
    if flagged:
        parts.append(f"{flagged} flagged")
    if series.left_out:
        parts.append(f"{counted(len(series.left_out), 'day')} left out ({series.left_out[0].reason}{_more(series)})")
    if len(table) > 1:
        change = table["position_m"].iloc[-1] - table["position_m"].iloc[0]
        parts.append(f"{_change(change, signed)} from {table['date'].iloc[0]} to {table['date'].iloc[-1]}")
    if series.trend is not None:
        trend = series.trend
        share = f"{100 * trend.confidence:g} %"
        interval = f"{share}: {trend.low:+.1f} to {trend.high:+.1f}"
        if math.isnan(trend.low):
            interval = f"{trend.days} days are too few for an interval of {share}"
        parts.append(f"trend {trend.m_per_year:+.1f} m per year ({interval})")
    if series.season is not None:
        parts.append(f"seasonal amplitude {series.season.amplitude_m:.0f} m (SE {series.season.amplitude_se_m:.0f} m)")
    if series.neighbours_are_alike:
        what = "interval and error are" if series.season is not None else "interval is"
        parts.append(f"neighbouring days are alike (r {series.neighbours_r:.2f}), so that {what} too narrow")
    if signed and series.is_judged:
        parts.append(_events(series))
    return "; ".join(parts) + "."


def _events(series: Series) -> str:
    """How many, and between which days: over a gap the day of an event is not known."""
    events = series.events
    days = [(date.fromisoformat(now) - date.fromisoformat(then)).days for then, now in events[["since", "date"]].values]
    if len(days) == 1:
        return f"1 calving event (between {events['since'].iloc[0]} and {events['date'].iloc[0]})"
    if days:
        return f"{len(days)} calving events (each between two dates, {counted(max(days), 'day')} apart at most)"
    return "no calving event"


def _more(series: Series) -> str:
    return f", ... see {LEFT_OUT_CSV}" if len(series.left_out) > 1 else ""


def _change(change_m: float, signed: bool) -> str:
    if not signed:
        return f"{change_m:+.0f} m"
    return f"{'advance' if change_m >= 0 else 'retreat'} of {abs(change_m):.0f} m"
