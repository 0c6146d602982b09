"""What ``retreat`` writes: ``series.csv``, ``left_out.csv``, ``retreat.gpkg`` and ``retreat.json``, each whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Geometry

from nnunet_glacier.formats.dated_lines import DatedLines
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.time_series.references import Reference
from nnunet_glacier.time_series.series import Series
from nnunet_glacier.time_series.upstream import azimuth_of

LEFT_OUT_CSV, GEOPACKAGE, RETREAT_JSON = "left_out.csv", "retreat.gpkg", "retreat.json"
_DECIMALS = {"area_km2": 6}


def write_series(path: Path, series: Iterable[Series]) -> None:
    """Write the rows of all methods; metres to the centimetre, square kilometres to the square metre."""
    table = pd.concat([one.table for one in series], ignore_index=True)
    numbers = table.select_dtypes("float").columns
    table = table.round({name: _DECIMALS.get(name, 2) for name in numbers})
    _write_csv(path, table)


def write_left_out(path: Path, lines: DatedLines, series: Iterable[Series], misplaced: Sequence[str]) -> None:
    """Write what has no position, and why: days by method, and lines that have no day or no place."""
    rows = [
        {"method": one.method, "date": out.day.isoformat(), "reason": out.reason, "source": _sources(out.fronts)}
        for one in series
        for out in one.left_out
    ]
    rows += [{"method": "all", "date": "", "reason": reason, "source": where} for where, reason in lines.undated]
    rows += [{"method": "all", "date": "", "reason": "its CRS cannot place it", "source": where} for where in misplaced]
    _write_csv(path, pd.DataFrame(rows, columns=["method", "date", "reason", "source"]))


def _sources(fronts: Iterable[Any]) -> str:
    return "; ".join(front.name or front.source for front in fronts)


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    write_whole(path, lambda temporary: table.to_csv(temporary, index=False, lineterminator="\n"))


def write_geopackage(path: Path, reference: Reference, series: Sequence[Series], crs: str) -> list[str]:
    """Write the fronts, a point on the flowline for every position, and the lines and boxes measured against.

    Args:
        path: The ``.gpkg`` file.
        reference: What was measured against.
        series: The series of its methods, in their order.
        crs: CRS of all layers.

    Returns:
        The names of the layers.
    """
    layers = {
        "fronts": _fronts(reference, crs),
        "positions": _positions(reference, series, crs),
        "flowlines": _shapes(reference, {one.name: one.flowline.line for one in reference.methods}, crs),
        "boxes": _shapes(
            reference, {one.name: one.polygon for one in reference.methods if hasattr(one, "polygon")}, crs
        ),
    }
    filled = {name: table for name, table in layers.items() if len(table)}

    def write(temporary: Path) -> None:
        for name, table in filled.items():
            mode = "a" if temporary.exists() else "w"
            table.to_file(temporary, driver="GPKG", layer=name, mode=mode, engine="pyogrio")

    write_whole(path, write)
    return list(filled)


def _fronts(reference: Reference, crs: str) -> gpd.GeoDataFrame:
    rows, shapes = [], []
    for day in reference.fronts.days:
        for front in day.fronts:
            lines = shapely.MultiLineString(list(shapely.get_parts(front.line)))
            shapes.append(reference.plane.to_crs(lines, crs))
            rows.append(
                {
                    "date": day.day.isoformat(),
                    "uncertainty_m": front.uncertainty_m,
                    "name": front.name,
                    "source": front.source,
                }
            )
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=crs)


def _positions(reference: Reference, series: Sequence[Series], crs: str) -> gpd.GeoDataFrame:
    tables, points = [], []
    for method, one in zip(reference.methods, series, strict=True):
        tables.append(one.table)
        points += [method.flowline.point_at(position) for position in one.table["position_m"]]
    placed = [reference.plane.to_crs(point, crs) for point in points]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), geometry=placed, crs=crs)


def _shapes(reference: Reference, shapes: Mapping[str, Geometry], crs: str) -> gpd.GeoDataFrame:
    placed = [reference.plane.to_crs(shape, crs) for shape in shapes.values()]
    return gpd.GeoDataFrame({"method": list(shapes)}, geometry=placed, crs=crs)


def series_json(series: Series, signed: bool) -> dict[str, Any]:
    """A method's entry in ``retreat.json``; null where a figure is not known."""
    table = series.table
    total = table["position_m"].iloc[-1] - table["position_m"].iloc[0] if len(table) else math.nan
    return {
        "days": len(table),
        "left_out": len(series.left_out),
        "first": table["date"].iloc[0] if len(table) else None,
        "last": table["date"].iloc[-1] if len(table) else None,
        "change_m": _number(total),
        "flagged": int((table["flags"] != "").sum()),
        "days_by_parts": {str(parts): int(days) for parts, days in table["parts"].value_counts().sort_index().items()},
        "trend": _plain(series.trend),
        "trend_without_season": _plain(series.trend_without_season),
        "season": _plain(series.season) or series.no_season,
        "correlation_of_neighbours": _number(series.neighbours_r),
        "noise_of_changes_m": _number(series.noise_m),
        "calving_events": _events(series) if signed and series.is_judged else None,
    }


def _events(series: Series) -> list[dict[str, Any]]:
    rows = series.events[["since", "date", "change_m"]].to_dict("records")
    return [{**row, "change_m": _number(row["change_m"])} for row in rows]


def _plain(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    return {name: _number(item) if isinstance(item, float) else item for name, item in asdict(value).items()}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def lines_json(lines: DatedLines, reference: Reference) -> dict[str, Any]:
    """What was read, as it stands in ``retreat.json``."""
    return {
        "features": lines.n_features,
        "dated": len(lines.lines),
        "without_a_day": len(lines.undated),
        "without_geometry": lines.n_empty,
        "rejected_before": lines.n_rejected,
        "of_other_value": lines.n_elsewhere,
        "repeated": reference.fronts.n_same,
        "without_a_place": len(reference.fronts.misplaced),
        "days": len(reference.fronts.days),
        "days_told_by": sorted(lines.told_by),
    }


def reference_json(reference: Reference) -> dict[str, Any]:
    """What the fronts were measured against, as it stands in ``retreat.json``."""
    return {
        "upstream_known": reference.signed,
        "positive_towards_degrees": round(azimuth_of(reference.flow), 1),
        "flowline": None if reference.flowline is None else ("made of the fronts" if reference.derived else "given"),
        "flowline_length_m": None if reference.flowline is None else round(reference.flowline.length_m, 2),
        "flowline_turned": reference.turned,
        "widths_m": {one.name: round(one.width_m, 2) for one in reference.methods if hasattr(one, "width_m")},
        "plane": reference.plane.definition,
    }
