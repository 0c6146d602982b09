"""One position a day: traces of the same front averaged, pieces of it put together, the rest left out by name."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nnunet_glacier.support.wording import counted
from nnunet_glacier.time_series.fronts import DayFronts, Front, joined
from nnunet_glacier.time_series.methods import Measured, Method, NotMeasuredError

_LEAST_M = 0.005
"""Metres: rounding of areas leaves less than this where a method adds no uncertainty."""


@dataclass(frozen=True)
class DayPosition:
    """The front of one day by one method.

    Attributes:
        day: The day.
        measured: What the method says, over all traces of the day.
        uncertainty_m: The line's own, at its worth in position, and the method's, as the root of their squares; NaN
            where neither is known.
        line_uncertainty_m: The line's own, at its worth in position; NaN where it is not known.
        traces: Lines of the day that were measured and averaged.
        fronts: The fronts that it comes from.
    """

    day: datetime.date
    measured: Measured
    uncertainty_m: float
    line_uncertainty_m: float
    traces: int
    fronts: tuple[Front, ...]


@dataclass(frozen=True)
class LeftOut:
    """A day that a method cannot tell the position of."""

    day: datetime.date
    reason: str
    fronts: tuple[Front, ...]


@dataclass(frozen=True)
class Positions:
    """The positions that one method gives for all days.

    Attributes:
        method: Its name.
        days: Days with a position, in order.
        left_out: Those without.
    """

    method: str
    days: tuple[DayPosition, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=())


def positions_of(method: Method, days: Sequence[DayFronts]) -> Positions:
    """Measure every day by one method."""
    results = [_day(method, day) for day in days]
    return Positions(
        method.name,
        tuple(one for one in results if isinstance(one, DayPosition)),
        tuple(one for one in results if isinstance(one, LeftOut)),
    )


def _day(method: Method, day: DayFronts) -> DayPosition | LeftOut:
    """Measure each front alone; fronts that give no position alone may be pieces of one, so try them together."""
    traces: list[tuple[Front, Measured]] = []
    pieces, reasons = [], []
    for front in day.fronts:
        try:
            traces.append((front, method.measure(front.line)))
        except NotMeasuredError as reason:
            pieces.append(front)
            reasons.append(str(reason))
    if not traces and len(pieces) > 1:
        whole = joined(pieces)
        try:
            traces.append((whole, method.measure(whole.line)))
        except NotMeasuredError as reason:
            reasons = [str(reason)]
    if not traces:
        return LeftOut(day.day, reasons[0], tuple(pieces))
    return _averaged(day.day, traces)


def _averaged(day: datetime.date, traces: Sequence[tuple[Front, Measured]]) -> DayPosition:
    """The mean of a day's traces; their standard error adds to the method's uncertainty."""
    all_measured = [measured for _, measured in traces]
    own = [front.uncertainty_m * measured.line_factor for front, measured in traces]
    known = [value for value in own if not math.isnan(value)]
    line_m = float(np.mean(known)) if known else math.nan
    positions = np.array([measured.position_m for measured in all_measured])
    scatter_m = float(positions.std(ddof=1) / math.sqrt(len(positions))) if len(positions) > 1 else 0.0
    method_m = math.hypot(scatter_m, float(np.mean([one.method_uncertainty_m for one in all_measured])))
    both = math.hypot(method_m, line_m) if known else method_m
    flags = dict.fromkeys(flag for one in all_measured for flag in one.flags)
    if len(traces) > 1:
        flags[f"mean of {counted(len(traces), 'trace')}, {np.ptp(positions):.0f} m apart"] = None
    mean = Measured(
        position_m=float(positions.mean()),
        area_km2=float(np.mean([one.area_km2 for one in all_measured])),
        width_m=float(np.mean([one.width_m for one in all_measured])),
        line_factor=float(np.mean([one.line_factor for one in all_measured])),
        method_uncertainty_m=method_m,
        spread_m=float(np.mean([one.spread_m for one in all_measured])),
        parts=max(one.parts for one in all_measured),
        flags=tuple(flags),
    )
    uncertainty_m = both if both >= _LEAST_M else math.nan
    return DayPosition(day, mean, uncertainty_m, line_m, len(traces), tuple(front for front, _ in traces))
