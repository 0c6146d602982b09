"""The fronts of each day on the plane: pieces of one front together, traces of one day apart."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import Geometry

from nnunet_glacier.formats.dated_lines import DatedLine
from nnunet_glacier.time_series.local_plane import LocalPlane


@dataclass(frozen=True)
class Front:
    """A front, or a piece of one, on the plane.

    Attributes:
        line: Line or lines.
        uncertainty_m: Of its own, one standard deviation; NaN where it is not known.
        name: Scene or image that it was drawn in, or "".
        source: Where it stands.
    """

    line: Geometry
    uncertainty_m: float
    name: str
    source: str


@dataclass
class DayFronts:
    """All fronts of one day, features of one named scene together."""

    day: datetime.date
    fronts: list[Front] = field(default_factory=list)


@dataclass(frozen=True)
class FrontSeries:
    """The fronts by day.

    Attributes:
        days: In order.
        n_same: Features that repeat another one of their day exactly.
        misplaced: Features that their CRS cannot place.
    """

    days: tuple[DayFronts, ...]
    n_same: int
    misplaced: tuple[str, ...]

    @property
    def lines(self) -> list[Geometry]:
        """The fronts of all days."""
        return [front.line for day in self.days for front in day.fronts]


def front_series(lines: Sequence[DatedLine], plane: LocalPlane) -> FrontSeries:
    """Bring lines to the plane, and group them by day and scene."""
    days: dict[datetime.date, dict[tuple[str, ...], list[tuple[DatedLine, Geometry]]]] = {}
    seen: set[tuple[datetime.date, bytes]] = set()
    n_same, misplaced = 0, []
    # Of lines that repeat one another the first stays: one that tells an uncertainty.
    for line in sorted(lines, key=lambda line: math.isnan(line.uncertainty_m)):
        placed = plane.project(line.line, line.crs)
        where = f"{line.source}, feature {line.feature}"
        if placed.is_empty:
            misplaced.append(where)
            continue
        key = (line.day, shapely.normalize(placed).wkb)
        if key in seen:
            n_same += 1
            continue
        seen.add(key)
        group = (line.name, line.source) if line.name else ("", where)
        days.setdefault(line.day, {}).setdefault(group, []).append((line, placed))
    in_order = tuple(DayFronts(day, [_front(pieces) for pieces in days[day].values()]) for day in sorted(days))
    return FrontSeries(in_order, n_same, tuple(misplaced))


def joined(fronts: Sequence[Front]) -> Front:
    """Several pieces as one front, with the mean uncertainty of those that have one."""
    known = [front.uncertainty_m for front in fronts if not math.isnan(front.uncertainty_m)]
    return Front(
        shapely.union_all([front.line for front in fronts]) if len(fronts) > 1 else fronts[0].line,
        float(np.mean(known)) if known else math.nan,
        ", ".join(dict.fromkeys(front.name for front in fronts if front.name)),
        "; ".join(dict.fromkeys(front.source for front in fronts)),
    )


def _front(pieces: Sequence[tuple[DatedLine, Geometry]]) -> Front:
    fronts = [
        Front(placed, line.uncertainty_m, line.name, f"{line.source}, feature {line.feature}")
        for line, placed in pieces
    ]
    return joined(fronts)
