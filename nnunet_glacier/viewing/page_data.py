"""What the page knows: scenes with their pictures, lines and flags, and the curve of retreat, as plain JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from nnunet_glacier.formats.delineated_folder import KnownOfScene
from nnunet_glacier.formats.delineated_lines import TIME_COLUMNS, Layer
from nnunet_glacier.formats.line_reviews import fingerprint
from nnunet_glacier.formats.vector_tables import feature_rows
from nnunet_glacier.viewing.display_plane import ground_scale, north_degrees
from nnunet_glacier.viewing.page_kind import PageKind
from nnunet_glacier.viewing.quick_looks import QuickLook

_DECIMALS = 2
_NUMBERS = ("length_m", "prolonged_m", "mean_probability", "uncertainty_m", "pixel_size_m")
_TEXTS = ("status", "reviewed_by", "model")
_OF_SCENE = ("date", "glacier", "sensor", "image_id")

Tables = Mapping[Layer, geopandas.GeoDataFrame]


def line_entries(tables: Tables, kind: PageKind, crs: str) -> dict[str, list[dict[str, Any]]]:
    """The lines of each scene that has one, with what is said of each: those that are believed first.

    Args:
        tables: The layers of the GeoPackage.
        kind: The kind of page. Where a scene has one line, several rows of it are its parts.
        crs: CRS of the page.
    """
    entries: dict[str, list[dict[str, Any]]] = {}
    for layer in kind.file.judged:
        for row, geometry, parts in _rows(_by_rank(tables[layer]), crs):
            of_case = entries.setdefault(row["case"], [])
            if kind.file.several or not of_case:
                of_case.append({**_said(row, layer), "parts": [], "seen": []})
            of_case[-1]["parts"] += parts
            of_case[-1]["seen"].append(geometry)
    return {
        case: [{**entry, "seen": fingerprint(entry["seen"])} for entry in of_case] for case, of_case in entries.items()
    }


def _by_rank(table: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return table.sort_values("rank", kind="stable") if "rank" in table else table


def _said(row: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
    numbers = {name: _number(row.get(name)) for name in _NUMBERS}
    flags = [flag.strip() for flag in re.split("[;,]", text_of(row.get("flags"))) if flag.strip()]
    return {"layer": layer, "flags": flags, **numbers, **{name: text_of(row.get(name)) for name in _TEXTS}}


def _rows(table: geopandas.GeoDataFrame, crs: str) -> list[tuple[dict[str, Any], Any, list[Any]]]:
    """The rows of a layer that have lines: columns, the geometry as it is in the file, and its parts on the plane."""
    if not len(table):
        return []
    placed = table.geometry if table.crs == crs else table.geometry.to_crs(crs)
    rows = zip(feature_rows(table), table.geometry, placed, strict=True)
    return [(row, own, _coordinates(shape)) for row, own, shape in rows if shape is not None and not shape.is_empty]


def _coordinates(shape: Any) -> list[list[list[float]]]:
    parts = shapely.get_parts(shapely.force_2d(shape))
    return [np.round(shapely.get_coordinates(part), _DECIMALS).tolist() for part in parts]


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(f"{float(value):.6g}")


def text_of(value: Any) -> str:
    """A cell as text, "" where it is empty; a day as ``YYYY-MM-DD``."""
    if value is None or pd.isna(value):
        return ""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def scene_entries(
    tables: Tables,
    kind: PageKind,
    looks: Mapping[str, QuickLook],
    known: Mapping[str, KnownOfScene | None],
    crs: str,
) -> list[dict[str, Any]]:
    """All scenes by glacier and day, those without a day last.

    Args:
        tables: The layers of the GeoPackage.
        kind: The kind of page.
        looks: The pictures of each scene.
        known: What the records know of each scene, or None; the GeoPackage, where it has a line, comes first.
        crs: CRS of the page.
    """
    lines = line_entries(tables, kind, crs)
    beside = {layer: _parts_by_case(tables[layer], crs) for layer in kind.beside}
    told = _told(tables, known)
    entries = []
    for case in {**looks, **lines}:
        look = looks.get(case, QuickLook((), "", "", "", ("It has no record: its maps are not known.",)))
        others = {layer: parts.get(case, []) for layer, parts in beside.items()}
        of_case = lines.get(case, [])
        bounds = list(look.bounds) or _bounds([part for line in of_case for part in line["parts"]], others)
        middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2) if bounds else (0.0, 0.0)
        entries.append(
            {
                "case": case,
                **told.get(case, {**dict.fromkeys(_OF_SCENE, ""), "passes": []}),
                "bounds": bounds,
                "ground_scale": round(ground_scale(crs, *middle), 5) if bounds else 1.0,
                "north_degrees": round(north_degrees(crs, *middle), 1) if bounds else 0.0,
                "pictures": {"scene": look.scene, "zones": look.zones, "probability": look.probability},
                "notes": list(look.notes),
                "lines": of_case,
                "prolonged": others.get("prolonged", []),
                "other_pieces": others.get("other_pieces", []),
            }
        )
    return sorted(entries, key=lambda entry: (entry["glacier"], entry["date"] or "9999", entry["case"]))


def _parts_by_case(table: geopandas.GeoDataFrame, crs: str) -> dict[str, list[Any]]:
    lines: dict[str, list[Any]] = {}
    for row, _, parts in _rows(table, crs):
        lines.setdefault(row["case"], []).extend(parts)
    return lines


def _told(tables: Tables, known: Mapping[str, KnownOfScene | None]) -> dict[str, dict[str, Any]]:
    """Glacier, day, passes, sensor and image of the scenes: of their first lines, or else as their records know."""
    told: dict[str, dict[str, Any]] = {}
    for table in tables.values():
        for row in feature_rows(table):
            passes = [text for name in TIME_COLUMNS if (text := text_of(row.get(name)))]
            told.setdefault(row["case"], {**{name: text_of(row.get(name)) for name in _OF_SCENE}, "passes": passes})
    for case, of_scene in known.items():
        if of_scene is not None:
            of_lines = {name: value for name, value in told.get(case, {}).items() if value}
            told[case] = {**of_scene.model_dump(), "passes": list(of_scene.passes), **of_lines}
    return told


def _bounds(lines: Sequence[Any], others: Mapping[Layer, list[Any]]) -> list[float]:
    """Where a scene without pictures lies, by its lines."""
    lines = [*lines, *(line for of_layer in others.values() for line in of_layer)]
    if not lines:
        return []
    xy = np.concatenate([np.array(line) for line in lines])
    margin = 0.2 * float(np.ptp(xy, axis=0).max())
    return [*(xy.min(axis=0) - margin).tolist(), *(xy.max(axis=0) + margin).tolist()]


def curve_entries(series: pd.DataFrame) -> list[dict[str, Any]]:
    """The curves of retreat, one a method: days, positions and uncertainties in metres, and flags.

    Args:
        series: The table as `read_series` gives it.
    """
    curves = []
    for method, table in series.groupby("method", sort=False):
        points = [
            {
                "date": row["date"],
                "position_m": _number(row["position_m"]),
                "uncertainty_m": _number(row["uncertainty_m"]),
                "flags": row["flags"],
            }
            for row in table.to_dict("records")
        ]
        known = [point for point in points if point["position_m"] is not None]
        curves.append({"method": str(method), "points": known})
    return curves
