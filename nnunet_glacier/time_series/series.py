"""The positions of all days as a table: change, rate, and which steps are more than noise; trend and season."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnunet_glacier.time_series.day_positions import LeftOut, Positions
from nnunet_glacier.time_series.steps import large_steps, step_noise_m
from nnunet_glacier.time_series.trends import (
    DAYS_PER_YEAR,
    Season,
    Trend,
    chance_of_neighbours,
    correlation_of_neighbours,
    season_of,
    trend_beside,
    trend_of,
)

CALVING = "calving"
COLUMNS = (
    "method",
    "date",
    "position_m",
    "since",
    "change_m",
    "rate_m_per_year",
    "area_km2",
    "width_m",
    "uncertainty_m",
    "line_uncertainty_m",
    "method_uncertainty_m",
    "spread_m",
    "distance_along_line_m",
    "parts",
    "traces",
    "event",
    "flags",
    "source",
)
_TEXTS = ("method", "date", "since", "event", "flags", "source")
_COUNTS = ("parts", "traces")


@dataclass(frozen=True)
class SeriesSettings:
    """How a series is judged.

    Attributes:
        confidence: Share of the trend's interval.
        event_factor: A step is an event where it differs from what was to be expected by this many times the noise.
    """

    confidence: float = 0.95
    event_factor: float = 3.0


@dataclass(frozen=True)
class Series:
    """One method's series.

    Attributes:
        method: Its name.
        table: One row per day, columns `COLUMNS`; see `series_of`.
        left_out: Days without a position.
        trend: Of the positions; None for fewer than three days.
        trend_without_season: Of the positions less the seasonal harmonic; None without one.
        season: The harmonic, or None.
        no_season: Why there is none, or "".
        noise_m: Robust standard deviation of the changes less the trend (`step_noise_m`); NaN for fewer than five.
        neighbours_r: Correlation of neighbouring days (`correlation_of_neighbours`), or NaN.
    """

    method: str
    table: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    trend: Trend | None
    trend_without_season: Trend | None
    season: Season | None
    no_season: str
    noise_m: float
    neighbours_r: float

    @property
    def is_judged(self) -> bool:
        """Whether there are days enough to tell an event from noise."""
        return not math.isnan(self.noise_m)

    @property
    def neighbours_are_alike(self) -> bool:
        """Whether errors of neighbouring days are not independent, so that intervals for such errors are too narrow."""
        return not math.isnan(self.neighbours_r) and self.neighbours_r > chance_of_neighbours(len(self.table))

    @property
    def events(self) -> pd.DataFrame:
        """The rows of calving events."""
        return self.table[self.table["event"] == CALVING]


def decimal_years(days: Sequence[datetime.date]) -> np.ndarray:
    """Days as years of 365.25 days, 2000.0 at the start of 2000; a step of equal length for every day."""
    origin = datetime.date(2000, 1, 1).toordinal()
    return 2000 + (np.array([day.toordinal() for day in days], dtype=np.float64) - origin) / DAYS_PER_YEAR


def series_of(
    positions: Positions, settings: SeriesSettings, *, signed: bool, drawn_length_m: float | None, turned: bool
) -> Series:
    """The table of one method with its trend and season.

    Columns: ``position_m`` from the upstream end along the flow; ``since``, the day before in the table; ``change_m``
    since then, below zero for a retreat, and ``rate_m_per_year`` of it (365.25 days); ``area_km2`` of glacier in the
    box; ``width_m`` between the front's ends; ``uncertainty_m``, the root of the squares of ``line_uncertainty_m`` and
    ``method_uncertainty_m``; ``spread_m`` between parallel lines; ``distance_along_line_m`` from the first vertex of
    the centreline as it was drawn; ``parts`` of the box or cuts of the line; ``traces`` that were averaged; ``event``;
    ``flags``; ``source``. Cells that have no value are empty.

    Args:
        positions: The method's positions.
        settings: How the series is judged.
        signed: Whether it is known which side is upstream; if not, no step is called calving.
        drawn_length_m: Length of the centreline that was given, if the positions are along it, or None.
        turned: Whether that centreline was drawn from its downstream end.
    """
    days = [one.day for one in positions.days]
    years = decimal_years(days)
    positions_m = np.array([one.measured.position_m for one in positions.days])
    # Parallel lines differ by the front's shape, which lasts from day to day and is no noise of a step.
    step_uncertainty_m = np.array(
        [one.uncertainty_m if math.isnan(one.measured.spread_m) else one.line_uncertainty_m for one in positions.days]
    )
    changes = np.diff(positions_m)
    change_uncertainty_m = np.hypot(step_uncertainty_m[1:], step_uncertainty_m[:-1])
    steps = large_steps(years, positions_m, change_uncertainty_m, settings.event_factor)
    # Without a day to start from, the first day has neither change nor event.
    change = np.concatenate([[math.nan], changes]) if days else changes
    rate = np.concatenate([[math.nan], changes / np.diff(years)]) if days else changes
    drawn = np.full(len(days), math.nan)
    if drawn_length_m is not None:
        drawn = drawn_length_m - positions_m if turned else positions_m
    rows = [
        {
            "method": positions.method,
            "date": one.day.isoformat(),
            "position_m": one.measured.position_m,
            "since": days[number - 1].isoformat() if number else "",
            "change_m": change[number],
            "rate_m_per_year": rate[number],
            "area_km2": one.measured.area_km2,
            "width_m": one.measured.width_m,
            "uncertainty_m": one.uncertainty_m,
            "line_uncertainty_m": one.line_uncertainty_m,
            "method_uncertainty_m": one.measured.method_uncertainty_m,
            "spread_m": one.measured.spread_m,
            "distance_along_line_m": drawn[number],
            "parts": one.measured.parts,
            "traces": one.traces,
            "event": CALVING if signed and number and steps[number - 1] < 0 else "",
            "flags": "; ".join(one.measured.flags),
            "source": "; ".join(front.name or front.source for front in one.fronts),
        }
        for number, one in enumerate(positions.days)
    ]
    season, no_season = season_of(years, positions_m)
    seasonless = None if season is None else trend_beside(season, years, positions_m, settings.confidence)
    return Series(
        positions.method,
        _table(rows),
        positions.left_out,
        trend_of(years, positions_m, settings.confidence),
        seasonless,
        season,
        no_season,
        step_noise_m(years, positions_m),
        correlation_of_neighbours(years, positions_m, season),
    )


def _table(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Rows with `COLUMNS`, each of one type also where there is no row: such a table must not spoil those of others."""
    dtypes = {name: "str" if name in _TEXTS else "int64" if name in _COUNTS else "float64" for name in COLUMNS}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dtypes)


def advances_by_jumps(series: Series, factor: float) -> bool:
    """Whether nearly all large steps go downstream, though glaciers calve by jumps and advance by flow.

    At least five large steps, four in five of them ahead: then the upstream side may be the other one.
    """
    years = decimal_years([datetime.date.fromisoformat(day) for day in series.table["date"]])
    unknown = np.full(max(len(years) - 1, 0), math.nan)
    steps = large_steps(years, series.table["position_m"].to_numpy(), unknown, factor)
    return bool((steps != 0).sum() >= 5 and (steps > 0).sum() >= 0.8 * (steps != 0).sum())
