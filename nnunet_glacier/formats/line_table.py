"""Lines on the map with their attributes: one table a CRS, as they are written for a GIS."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import numpy as np
import pandas as pd
from shapely import LineString

from nnunet_glacier.domain.acquisition_dates import all_dates
from nnunet_glacier.domain.scene_names import read_scene_name
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.lines.ground_lengths import map_crs, scene_length_m
from nnunet_glacier.lines.measured_lines import LineKind, MeasuredLine

LINES = "lines"
"""Name of the files and layers of lines."""

LINES_GEOPACKAGE = f"{LINES}.gpkg"

PINNING_POINT = "pinning point"
COLUMNS = (
    "case",
    "line",
    "class",
    "glacier",
    "date",
    "dates",
    "sensor",
    "length_m",
    "bridged_m",
    "mean_probability",
    "spread",
    "threshold",
    "source",
)


@dataclass(frozen=True)
class CaseLines:
    """The lines of one case and what they share.

    Attributes:
        scene: Its scene, with its pixel size.
        lines: Its lines.
        kind: What they are.
        threshold: Of the probability, or NaN where the predicted class was taken.
        source: File name of the predicted map.
    """

    scene: Scene
    lines: Sequence[MeasuredLine]
    kind: LineKind
    threshold: float
    source: str

    @property
    def crs(self) -> str:
        """CRS of the lines' coordinates, or "" for pixels."""
        return map_crs(self.scene)


def line_tables(cases: Iterable[CaseLines]) -> dict[str, geopandas.GeoDataFrame]:
    """One table of lines, one row each, for every CRS; those of cases without lines are empty.

    Columns: ``case``; ``line``, its number in the case from 1; ``class``, ``grounding line``, ``pinning point`` for a
    closed one, or ``calving front``; ``glacier``; ``date`` of the (first) acquisition and all ``dates`` that the name
    of the case tells; ``sensor``; ``length_m`` and, of it, ``bridged_m``; ``mean_probability`` and ``spread`` over
    folds along the line, empty where they are not known; ``threshold``, empty where the predicted class was taken;
    ``source``, the file.
    """
    by_crs: dict[str, list[CaseLines]] = {}
    for case in cases:
        by_crs.setdefault(case.crs, []).append(case)
    return {crs: _table(cases_of_crs, crs) for crs, cases_of_crs in by_crs.items()}


def _table(cases: Sequence[CaseLines], crs: str) -> geopandas.GeoDataFrame:
    rows, geometries = [], []
    for case in cases:
        for number, line in enumerate(case.lines, start=1):
            geometries.append(_on_map(case, line))
            rows.append(_row(case, number, line))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["length_m", "bridged_m", "mean_probability", "spread", "threshold"]
    frame = frame.astype({"line": np.int32, **dict.fromkeys(numbers, np.float64)})
    return geopandas.GeoDataFrame(frame, geometry=geometries, crs=crs or None)


def _on_map(case: CaseLines, line: MeasuredLine) -> LineString:
    on_map = to_map(LineString(line.xy), case.scene.affine if case.crs else None)
    assert on_map.is_valid and on_map.is_simple
    return on_map


def class_of(case: CaseLines, line: MeasuredLine) -> str:
    """``grounding line``, ``pinning point`` for a closed one, or ``calving front``."""
    return PINNING_POINT if line.closed and case.kind == "grounding line" else case.kind


def length_m_of(case: CaseLines, line: MeasuredLine) -> float:
    """Length of a line in metres on the ground (`scene_length_m`)."""
    return scene_length_m(LineString(line.xy), case.scene)


def dates_of(scene: Scene) -> tuple[datetime.date, ...]:
    """The days of a scene's acquisitions: those that its name or its source's tells, or else its date.

    A product's name may hold its day of processing too, which is none of them.
    """
    for name in (scene.case, scene.source):
        day = read_scene_name(name).date
        if days := (day,) if day is not None else all_dates(name):
            return days
    return (scene.date,) if scene.date else ()


def _row(case: CaseLines, number: int, line: MeasuredLine) -> dict[str, Any]:
    scene, length_m = case.scene, length_m_of(case, line)
    dates = dates_of(scene)
    date = scene.date or next(iter(dates), None)
    return {
        "case": scene.case,
        "line": number,
        "class": class_of(case, line),
        "glacier": scene.glacier,
        "date": date,
        "dates": " ".join(day.isoformat() for day in dates) or None,
        "sensor": scene.sensor,
        "length_m": length_m,
        "bridged_m": line.bridged * length_m,
        "mean_probability": math.nan if line.mean_probability is None else line.mean_probability,
        "spread": math.nan if line.spread is None else line.spread,
        "threshold": case.threshold,
        "source": case.source,
    }
