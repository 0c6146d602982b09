"""What the page knows: scenes with their pictures, fronts and flags, and the curve of retreat, as plain JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.delineated_lines import FRONT_LAYERS, Layer
from nnunet_glacier.formats.line_reviews import fingerprint
from nnunet_glacier.formats.scene_maps import PALETTE
from nnunet_glacier.support.wording import hex_colour
from nnunet_glacier.viewing.display_plane import ground_scale, north_degrees
from nnunet_glacier.viewing.quick_looks import PROBABILITY_COLOURS, QuickLook

_DECIMALS = 2
_NUMBERS = ("length_m", "prolonged_m", "mean_probability", "uncertainty_m", "pixel_size_m")
_TEXTS = ("status", "reviewed_by", "model")
_OF_SCENE = ("glacier", "sensor", "image_id")

_ZONE_NAMES = {Zone.GLACIER: "glacier", Zone.OCEAN: "ocean, mélange", Zone.ROCK: "rock", Zone.NA: "NA, such as shadow"}

Tables = Mapping[Layer, geopandas.GeoDataFrame]


def front_entries(tables: Tables, crs: str) -> dict[str, dict[str, Any]]:
    """The front of each scene that has one, with what is said of it.

    Args:
        tables: The layers of the GeoPackage.
        crs: CRS of the page.
    """
    entries: dict[str, dict[str, Any]] = {}
    for layer in FRONT_LAYERS:
        table = tables[layer]
        for row, geometry, lines in _rows(table, crs):
            entry = entries.setdefault(row["case"], {**_said(row, layer), "lines": [], "seen": []})
            entry["lines"] += lines
            entry["seen"].append(geometry)
    return {case: {**entry, "seen": fingerprint(entry["seen"])} for case, entry in entries.items()}


def _said(row: Mapping[str, Any], layer: Layer) -> dict[str, Any]:
    numbers = {name: _number(row.get(name)) for name in _NUMBERS}
    flags = [flag.strip() for flag in re.split("[;,]", text_of(row.get("flags"))) if flag.strip()]
    return {"layer": layer, "flags": flags, **numbers, **{name: text_of(row.get(name)) for name in _TEXTS}}


def _rows(table: geopandas.GeoDataFrame, crs: str) -> list[tuple[dict[str, Any], Any, list[Any]]]:
    """The rows of a layer that have lines: columns, the geometry as it is in the file, and its parts on the plane."""
    if not len(table):
        return []
    placed = table.geometry if table.crs == crs else table.geometry.to_crs(crs)
    columns = table.drop(columns=table.geometry.name).to_dict("records")
    rows = zip(columns, table.geometry, placed, strict=True)
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


def scene_entries(tables: Tables, looks: Mapping[str, QuickLook], crs: str) -> list[dict[str, Any]]:
    """All scenes by glacier and day, those without a day last.

    Args:
        tables: The layers of the GeoPackage.
        looks: The pictures of each scene.
        crs: CRS of the page.
    """
    fronts = front_entries(tables, crs)
    beside = {layer: _lines_by_case(tables[layer], crs) for layer in ("other_pieces", "prolonged")}
    told = _told(tables)
    entries = []
    for case in {**looks, **fronts}:
        look = looks.get(case, QuickLook((), "", "", "", ("It has no record: its maps are not known.",)))
        others = {layer: lines.get(case, []) for layer, lines in beside.items()}
        bounds = list(look.bounds) or _bounds(fronts.get(case), others)
        middle = ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2) if bounds else (0.0, 0.0)
        entries.append(
            {
                "case": case,
                **told.get(case, dict.fromkeys(("date", *_OF_SCENE), "")),
                "bounds": bounds,
                "ground_scale": round(ground_scale(crs, *middle), 5) if bounds else 1.0,
                "north_degrees": round(north_degrees(crs, *middle), 1) if bounds else 0.0,
                "pictures": {"scene": look.scene, "zones": look.zones, "probability": look.probability},
                "notes": list(look.notes),
                "front": fronts.get(case),
                **others,
            }
        )
    return sorted(entries, key=lambda entry: (entry["glacier"], entry["date"] or "9999", entry["case"]))


def _lines_by_case(table: geopandas.GeoDataFrame, crs: str) -> dict[str, list[Any]]:
    lines: dict[str, list[Any]] = {}
    for row, _, parts in _rows(table, crs):
        lines.setdefault(row["case"], []).extend(parts)
    return lines


def _told(tables: Tables) -> dict[str, dict[str, str]]:
    """Glacier, day, sensor and image of the scenes, of any line of theirs."""
    told: dict[str, dict[str, str]] = {}
    for table in tables.values():
        for row in table.drop(columns=table.geometry.name).to_dict("records"):
            told.setdefault(row["case"], {name: text_of(row.get(name)) for name in ("date", *_OF_SCENE)})
    return told


def _bounds(front: dict[str, Any] | None, others: Mapping[str, list[Any]]) -> list[float]:
    """Where a scene without pictures lies, by its lines."""
    lines = [*(front["lines"] if front else []), *(line for of_layer in others.values() for line in of_layer)]
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


def legend_entries() -> dict[str, Any]:
    """Colours of the zones by their names, and those of a low and a high probability, as ``#rrggbb``."""
    zones = {name: hex_colour(PALETTE[zone]) for zone, name in _ZONE_NAMES.items()}
    return {"zones": zones, "probability": [hex_colour(colour) for colour in PROBABILITY_COLOURS]}
