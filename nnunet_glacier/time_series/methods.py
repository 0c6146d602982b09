"""The ways to tell a front's position: on a centreline, on several, in a curvilinear and in a rectilinear box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, get_args

import numpy as np
from shapely import Geometry, LineString, MultiLineString, Polygon

from nnunet_glacier.domain.choices import RetreatMethod
from nnunet_glacier.support.wording import counted
from nnunet_glacier.time_series.box_parts import BoxParts, closed_gaps, divide, end_gap_m
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.front_cuts import Cuts, cuts_of

CENTRELINE: RetreatMethod = "centreline"
MULTI_CENTRELINE: RetreatMethod = "multi-centreline"
CURVILINEAR_BOX: RetreatMethod = "curvilinear box"
RECTILINEAR_BOX: RetreatMethod = "rectilinear box"
CUTS_UPSTREAM_EDGE = "cuts the box's upstream edge"
_ON_ONE_SIDE = 0.99
"""Least share of a box's upstream edge that lies on the glacier alone."""

METHODS: tuple[RetreatMethod, ...] = get_args(RetreatMethod)
"""All methods, that of the least scatter first."""


@dataclass(frozen=True)
class Measured:
    """What a method says of one front.

    Attributes:
        position_m: Distance from the upstream end, along the flow.
        area_km2: Area of glacier in the box; NaN without a box.
        width_m: Distance between the front's ends: of the line that is cut, or within the box.
        line_factor: What one metre of the front's own uncertainty is worth in position.
        method_uncertainty_m: Uncertainty in metres that the method adds.
        spread_m: Standard deviation between centrelines; NaN for other methods.
        parts: Cuts of a centreline, cut centrelines of several, or parts of a box.
        flags: What is unusual, in words.
    """

    position_m: float
    area_km2: float = math.nan
    width_m: float = math.nan
    line_factor: float = 1.0
    method_uncertainty_m: float = 0.0
    spread_m: float = math.nan
    parts: int = 1
    flags: tuple[str, ...] = ()


class NotMeasuredError(Exception):
    """Why a method cannot tell the position of a front, in words."""


class Method(Protocol):
    """One way to tell a front's position, as a distance along the line `flowline`."""

    @property
    def name(self) -> str:
        """The method's name."""

    @property
    def flowline(self) -> Flowline:
        """The line that positions are distances on, from upstream to downstream."""

    def measure(self, front: Geometry) -> Measured:
        """The position of a front on the plane.

        Raises:
            NotMeasuredError: If the front does not tell it.
        """


@dataclass(frozen=True)
class Centreline:
    """The place where the front cuts the flowline."""

    flowline: Flowline
    name: str = field(default=CENTRELINE, init=False)

    def measure(self, front: Geometry) -> Measured:
        """See `Method`; of several cuts as `Cuts` says, with half their range as uncertainty."""
        cuts = cuts_of(front, self.flowline)
        if math.isnan(cuts.position_m):
            raise NotMeasuredError(_uncut(cuts, front, self.flowline))
        count = len(cuts.positions_m)
        return Measured(
            cuts.position_m,
            width_m=cuts.width_m,
            line_factor=cuts.obliquity,
            method_uncertainty_m=cuts.ambiguity_m,
            parts=count,
            flags=(f"cuts the centreline {count} times",) if count > 1 else (),
        )


@dataclass(frozen=True)
class MultiCentreline:
    """The mean over parallel flowlines, told along the one in the middle."""

    flowline: Flowline
    parallels: Sequence[Flowline]
    name: str = field(default=MULTI_CENTRELINE, init=False)

    def measure(self, front: Geometry) -> Measured:
        """See `Method`; every line must be cut, for a mean over other lines on every date would wander."""
        cuts = [cuts_of(front, line) for line in self.parallels]
        uncut = sum(math.isnan(one.position_m) for one in cuts)
        if uncut:
            raise NotMeasuredError(
                f"{uncut} of {len(cuts)} parallel lines tell no position: cut not at all, or an even number of times"
            )
        positions = np.array([one.position_m for one in cuts])
        spread_m = float(positions.std(ddof=1)) if len(positions) > 1 else 0.0
        folded = sum(len(one.positions_m) > 1 for one in cuts)
        return Measured(
            float(positions.mean()),
            width_m=cuts[len(cuts) // 2].width_m,
            line_factor=float(np.mean([one.obliquity for one in cuts])),
            method_uncertainty_m=spread_m / math.sqrt(len(positions)),
            spread_m=spread_m,
            parts=len(cuts),
            flags=(f"cuts {counted(folded, 'parallel line')} several times",) if folded else (),
        )


@dataclass(frozen=True)
class Box:
    """The area of glacier in a box over the box's width: Lea et al. (2014) along a flowline, Moon and Joughin (2008).

    Attributes:
        name: `CURVILINEAR_BOX` or `RECTILINEAR_BOX`.
        polygon: The box.
        width_m: Its width across the flow.
        upstream_edge: Its edge on the glacier.
        downstream_edge: Its edge in the ocean.
        flowline: The line along the box's middle.
        max_gap_m: Longest gap in a front, or between its end and the box's edge, that is closed by a straight line.
    """

    name: str
    polygon: Polygon
    width_m: float
    upstream_edge: LineString | MultiLineString
    downstream_edge: LineString | MultiLineString
    flowline: Flowline
    max_gap_m: float = 0.0

    def measure(self, front: Geometry) -> Measured:
        """See `Method`; bays that the front cuts off at the box's edge are glacier or ocean by topology (`divide`)."""
        if not front.intersects(self.polygon):
            raise NotMeasuredError(f"it does not reach the box, {front.distance(self.polygon):.0f} m away")
        parts, gap_m = divide(self.polygon, front, self.upstream_edge, self.downstream_edge), 0.0
        if not parts.parted and self.max_gap_m > 0:
            closed, gap_m = closed_gaps(front, self.polygon, self.max_gap_m)
            parts = divide(self.polygon, closed, self.upstream_edge, self.downstream_edge)
        if not parts.parted:
            raise NotMeasuredError(self._undivided(front))
        # Each bay may be of either side, and so may a triangle as long as the gap.
        doubt_m2 = parts.folded_m2 / 2 + gap_m**2 / 2
        return Measured(
            parts.glacier_m2 / self.width_m,
            area_km2=parts.glacier_m2 / 1e6,
            width_m=parts.front_width_m,
            line_factor=parts.front_length_m / self.width_m,
            method_uncertainty_m=doubt_m2 / self.width_m,
            parts=parts.parts,
            flags=_box_flags(parts, gap_m),
        )

    def _undivided(self, front: Geometry) -> str:
        gap_m = end_gap_m(front, self.polygon)
        where = f": it ends {gap_m:.0f} m inside" if gap_m else ""
        return f"it does not part the box's upstream end from its downstream end{where}"


def _uncut(cuts: Cuts, front: Geometry, flowline: Flowline) -> str:
    if cuts.positions_m:
        return f"it cuts the centreline {len(cuts.positions_m)} times, so that both ends lie on one side of it"
    return f"it does not cut the centreline, {front.distance(flowline.line):.0f} m away"


def _box_flags(parts: BoxParts, gap_m: float) -> tuple[str, ...]:
    folded = f"divides the box into {parts.parts} parts" if parts.parts > 2 else ""
    closed = f"gaps of {gap_m:.0f} m closed" if gap_m else ""
    upstream = CUTS_UPSTREAM_EDGE if parts.upstream_share < _ON_ONE_SIDE else ""
    return tuple(flag for flag in (folded, closed, upstream) if flag)
