"""What fronts are measured against: a centreline, a box, or a line made of the fronts, and the methods they allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely import Geometry, LineString, Polygon

from nnunet_glacier.formats.dated_lines import DatedLine
from nnunet_glacier.formats.map_geometry import off_the_earth
from nnunet_glacier.formats.vector_tables import read_one_line, read_one_polygon
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.time_series.box_parts import divide
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.front_cuts import cuts_of
from nnunet_glacier.time_series.fronts import FrontSeries, front_series
from nnunet_glacier.time_series.local_plane import LocalPlane, latitudes
from nnunet_glacier.time_series.main_direction import derived_flowline
from nnunet_glacier.time_series.methods import (
    CURVILINEAR_BOX,
    RECTILINEAR_BOX,
    Box,
    Centreline,
    Method,
    MultiCentreline,
)
from nnunet_glacier.time_series.upstream import Upstream, box_sides, downstream_of, flow_through, from_upstream


@dataclass(frozen=True)
class MethodSettings:
    """Settings of the methods.

    Attributes:
        upstream: Which side is upstream, or None where it is not known.
        width_m: Width of the curvilinear box and of the parallel lines; None for one that the fronts reach across
            (`_width_m`).
        parallel_lines: Number of parallel lines, odd.
        max_gap_m: Longest gap of a front in a box that is closed by a straight line.
    """

    upstream: Upstream | None = None
    width_m: float | None = None
    parallel_lines: int = 5
    max_gap_m: float = 0.0


@dataclass(frozen=True)
class Reference:
    """What the fronts are measured against.

    Attributes:
        plane: The plane.
        fronts: The fronts on it.
        flowline: Centreline from upstream, given or made of the fronts; None where there is a box alone.
        derived: Whether `flowline` was made of the fronts; never where there is a box.
        turned: Whether a given centreline was drawn from its downstream end.
        width_m: Width across the flowline; NaN without one.
        box: The box that was given, or None.
        flow: Unit vector downstream, of the box or of the flowline's middle.
        signed: Whether it is known which side is upstream.
        methods: The methods.
    """

    plane: LocalPlane
    fronts: FrontSeries
    flowline: Flowline | None
    derived: bool
    turned: bool
    width_m: float
    box: Polygon | None
    flow: np.ndarray
    signed: bool
    methods: tuple[Method, ...]


def build_reference(
    lines: Sequence[DatedLine], where: Path, centreline: Path | None, box: Path | None, settings: MethodSettings
) -> Reference:
    """Bring everything to one plane and set up the methods.

    Args:
        lines: The fronts, at least one.
        where: Where they come from, for errors.
        centreline: File of the centreline, or None.
        box: File of the box, or None.
        settings: Settings of the methods.

    Raises:
        InputError: If a file cannot be used, or lies elsewhere than the fronts.
    """
    _check_upstream(settings.upstream, centreline)
    shapes = all_of(
        *([lambda: (centreline, *read_one_line(centreline, "centreline"))] if centreline else []),
        *([lambda: (box, *read_one_polygon(box, "box"))] if box else []),
    )
    _check_places(lines, where, shapes)
    given = [(shape, crs) for _, shape, crs in shapes]
    plane = LocalPlane.around(given or [(line.line, line.crs) for line in lines])
    fronts = front_series(lines, plane)
    if not fronts.days:
        raise InputError([Problem(where, "the CRS of its lines cannot place them", "Mend the CRS or the coordinates")])
    placed = {path: plane.project(shape, crs) for path, shape, crs in shapes}
    polygon = _one_part(placed[box], box, "box") if box else None
    drawn = Flowline(_one_part(placed[centreline], centreline, "centreline"), plane) if centreline else None
    flowline = drawn
    if drawn is None and box is None:
        flowline = _derived(fronts.lines, plane, where, _NO_FLOWLINE)
    elif drawn is None and box is not None and settings.upstream is None:
        flowline = _derived(_in_box(fronts, polygon, box), plane, where, _NO_DIRECTION)
    if flowline is not None:
        flowline = from_upstream(flowline, settings.upstream, fronts.lines)
    turned = drawn is not None and flowline is not drawn
    flow = _flow(settings, polygon, flowline, plane, fronts)
    on_line = flowline if drawn or polygon is None else None
    width_m = _width_m(settings, fronts, on_line)
    methods = _methods(on_line, width_m, polygon, flow, plane, settings)
    signed = settings.upstream is not None
    derived = drawn is None and polygon is None
    if methods[0].name == RECTILINEAR_BOX:
        flow = methods[0].flowline.direction_at(methods[0].flowline.length_m / 2)
    return Reference(plane, fronts, on_line, derived, turned, width_m, polygon, flow, signed, methods)


def _check_upstream(upstream: Upstream | None, centreline: Path | None) -> None:
    if upstream is not None and upstream.end and centreline is None:
        remedy = "Give a side, such as northeast, or LON,LAT of a place on the glacier"
        raise InputError([Problem("--upstream", f"{upstream.end} is of a centreline, and none is given", remedy)])


def _check_places(lines: Sequence[DatedLine], where: Path, shapes: Sequence[tuple[Path, Geometry, str]]) -> None:
    """Refuse a centreline or box on the other hemisphere than the fronts, and coordinates that are of another CRS."""
    of_lines = np.concatenate([latitudes(line.line, line.crs) for line in lines])
    problems = off_the_earth(where, of_lines) + [
        problem for path, shape, crs in shapes for problem in off_the_earth(path, latitudes(shape, crs))
    ]
    if problems:
        raise InputError(problems)
    north = np.nanmedian(of_lines) > 0
    names = {True: "northern", False: "southern"}
    problems = [
        Problem(
            path,
            f"it lies on the {names[not north]} hemisphere, and the fronts of {where} on the {names[bool(north)]}",
            "Give the one of this glacier, or mend its CRS",
        )
        for path, shape, crs in shapes
        if (np.nanmedian(latitudes(shape, crs)) > 0) != north
    ]
    if problems:
        raise InputError(problems)


def _one_part(shape: Geometry, path: Path, what: str) -> LineString | Polygon:
    if shape.is_empty:
        raise InputError([Problem(path, "its CRS cannot place it", "Mend its CRS or its coordinates")])
    parts = shapely.get_parts(shape)
    if what == "box" and not shapely.is_valid(parts).all():
        raise InputError([Problem(path, "its polygon crosses itself", "Draw it again, or mend it in a GIS")])
    if len(parts) > 1:
        raise InputError([Problem(path, f"it is in {len(parts)} parts that do not touch", f"Draw the {what} in one")])
    if parts[0].length == 0:
        raise InputError([Problem(path, "its length is 0", f"Draw the {what} again")])
    return shapely.remove_repeated_points(parts[0])


_NO_FLOWLINE = (
    "Give --centreline or --box, or choose one glacier's lines with --where COLUMN=VALUE ('delineate' "
    "fills the column glacier from the table of its --scenes)"
)
_NO_DIRECTION = "Give --upstream: the side of the box that lies on the glacier, or LON,LAT of a place above all fronts"


def _derived(fronts: Sequence[Geometry], plane: LocalPlane, where: Path, remedy: str) -> Flowline:
    try:
        return derived_flowline(fronts, plane)
    except GlacierError as error:
        raise InputError([Problem(where, str(error), remedy)]) from None


def _in_box(fronts: FrontSeries, polygon: Polygon, box: Path) -> list[Geometry]:
    """The fronts that reach into a box: those of other glaciers in the same file tell nothing of its flow."""
    within = [line for line in fronts.lines if line.intersects(polygon)]
    if not within:
        raise InputError([Problem(box, "no front reaches into it", "Give the box of this glacier, or mend its CRS")])
    return within


def _flow(
    settings: MethodSettings, box: Polygon | None, flowline: Flowline | None, plane: LocalPlane, fronts: FrontSeries
) -> np.ndarray:
    if box is not None and flowline is not None:
        return flow_through(flowline, box)
    if box is not None:
        assert settings.upstream is not None
        return downstream_of(settings.upstream, box, plane, fronts.lines)
    assert flowline is not None
    return flowline.direction_at(flowline.length_m / 2)


_WIDTHS = (0.5, 0.35, 0.25, 0.18, 0.12, 0.08)
"""Widths to try, as parts of the median width of the fronts."""

_REACH_ACROSS = 0.9


def _width_m(settings: MethodSettings, fronts: FrontSeries, flowline: Flowline | None) -> float:
    """The width that is asked for, or the widest to try that nine of ten fronts on the flowline reach across.

    Two digits; the narrowest if none is; NaN where no front cuts the flowline.
    """
    if flowline is None or settings.width_m is not None:
        return math.nan if settings.width_m is None else settings.width_m
    cut = [(line, cuts.width_m) for line in fronts.lines if (cuts := cuts_of(line, flowline)).positions_m]
    if not cut:
        return math.nan
    median_m = np.median([width_m for _, width_m in cut])
    widths = [float(f"{part * median_m:.2g}") for part in _WIDTHS]
    return next((width_m for width_m in widths if _share_across(flowline, width_m, cut) >= _REACH_ACROSS), widths[-1])


def _share_across(flowline: Flowline, width_m: float, cut: Sequence[tuple[Geometry, float]]) -> float:
    """Share of fronts that part a box along a flowline."""
    box, ends = flowline.box(width_m), flowline.box_ends(width_m)
    return float(np.mean([divide(box, line, *ends).parted for line, _ in cut]))


def _methods(
    flowline: Flowline | None,
    width_m: float,
    box: Polygon | None,
    flow: np.ndarray,
    plane: LocalPlane,
    settings: MethodSettings,
) -> tuple[Method, ...]:
    methods: list[Method] = []
    if flowline is not None and width_m > 0:
        ends = flowline.box_ends(width_m)
        methods.append(Box(CURVILINEAR_BOX, flowline.box(width_m), width_m, *ends, flowline, settings.max_gap_m))
    if box is not None:
        sides = box_sides(box, flow, strict=settings.upstream is not None)
        axis = Flowline(sides.axis, plane)
        edges = (sides.upstream_edge, sides.downstream_edge)
        methods.append(Box(RECTILINEAR_BOX, box, sides.width_m, *edges, axis, settings.max_gap_m))
    if flowline is not None and width_m > 0:
        methods.append(MultiCentreline(flowline, flowline.parallels(settings.parallel_lines, width_m)))
    if flowline is not None:
        methods.append(Centreline(flowline))
    return tuple(methods)
