"""Lines and areas on the map that somebody drew for scenes, and which scene each belongs to.

A feature tells its scene by a name (a column such as ``case`` or ``image_id``, or the name of its file), or by its day
and where it lies. What belongs to no scene, or to several, is named with the reason; nothing is guessed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.dated_lines import (
    AUTHOR_COLUMNS,
    GLACIER_COLUMNS,
    REJECTED,
    all_texts,
    days_of_file,
    first_text,
    holds_no_fronts,
    is_rejected,
    vector_files,
)
from nnunet_glacier.formats.line_days import NAME_COLUMNS, cell_text, plain
from nnunet_glacier.formats.rasters import RASTER_SUFFIXES
from nnunet_glacier.formats.vector_tables import VECTOR_SUFFIXES, feature_rows, read_vector_tables
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted

CLASS_COLUMNS = ("class", "zone", "zones", "label", "landcover", "type")
"""Columns that say what an area is."""

REVIEWER_COLUMNS = ("reviewedby", "reviewer")
"""Columns that name who looked at a line, in the GeoPackage of ``delineate`` and in its shapefiles."""

LINE_KINDS = ("LineString", "MultiLineString", "LinearRing")
AREA_KINDS = ("Polygon", "MultiPolygon")

_ENDINGS = (*RASTER_SUFFIXES, *VECTOR_SUFFIXES)


@dataclass(frozen=True)
class MapFeature:
    """A line or an area.

    Attributes:
        geometry: Its geometry, in two dimensions, not empty.
        crs: CRS of the coordinates, WKT.
        day: Day of the acquisition, or None.
        names: What may name its scene, as `scene_key`.
        glaciers: Names of its glacier, as `plain`.
        author: Who drew it, or "".
        said: What it is by its class column, or "".
        file: The file it stands in.
        where: File, layer where there are several, and number of the feature, for messages.
        reason: Why it has no day; "" where it has one.
        reviewed: Whether somebody has reviewed it; None where its file has no such column.
    """

    geometry: Any
    crs: str
    day: datetime.date | None
    names: frozenset[str]
    glaciers: frozenset[str]
    author: str
    said: str
    file: Path
    where: str
    reason: str = ""
    reviewed: bool | None = None

    @property
    def is_area(self) -> bool:
        """Whether it is an area and not a line."""
        return self.geometry.geom_type in AREA_KINDS


@dataclass
class MapFeatures:
    """All features of a file or folder.

    Attributes:
        features: In the order of the files.
        n_empty: Those without geometry.
        n_rejected: Those that a layer or a column ``status`` says are rejected.
    """

    features: list[MapFeature] = field(default_factory=list)
    n_empty: int = 0
    n_rejected: int = 0


@dataclass(frozen=True)
class FeatureColumns:
    """Columns that the user names; None for those that are known.

    Attributes:
        date: Of the day.
        scene: Of the scene's name.
        said: Of the class.
    """

    date: str | None = None
    scene: str | None = None
    said: str | None = None


def scene_key(name: str) -> str:
    """A scene's name as it is compared: without folder and ending, in small letters.

    >>> scene_key("tiles/Helheim_2019.TIF")
    'helheim_2019'
    """
    key = name.strip().replace("\\", "/").rpartition("/")[2].lower()
    ending = next((ending for ending in _ENDINGS if key.endswith(ending)), "")
    return key[: len(key) - len(ending)] if ending else key


def open_features(path: Path, columns: FeatureColumns | None = None) -> MapFeatures:
    """Every line and area of a vector file, or of a folder of such files.

    Raises:
        InputError: If nothing can be read, a file has no CRS or a column that was asked for, or features are neither
            lines nor areas.
    """
    columns = columns or FeatureColumns()
    read = MapFeatures()
    problems: list[Problem] = []
    for file in vector_files(path):
        try:
            _add_file(read, file, path, columns)
        except InputError as error:
            problems += error.problems
    if not problems and not read.features:
        rejected = f", {read.n_rejected} rejected" if read.n_rejected else ""
        what = f"it holds no line or area ({counted(read.n_empty, 'feature')} without geometry{rejected})"
        problems.append(Problem(path, what, "Give lines or polygons"))
    if problems:
        raise InputError(problems, "The lines cannot be read")
    return read


def _add_file(read: MapFeatures, file: Path, root: Path, columns: FeatureColumns) -> None:
    tables = {name: table for name, table in read_vector_tables(file, "lines").items() if "geometry" in table}
    for layer, table in tables.items():
        where = str(file) if len(tables) == 1 else f"{file}, layer {layer}"
        if holds_no_fronts(layer):
            read.n_rejected += len(table) if is_rejected(layer) else 0
            continue
        _check(table, where, columns)
        _add_table(read, table, where, file, root, columns)


def _check(table: Any, where: str, columns: FeatureColumns) -> None:
    problems = []
    for column in (columns.date, columns.scene, columns.said):
        if column is not None and column not in table.columns:
            has = ", ".join(str(name) for name in table.columns if name != "geometry") or "none"
            problems.append(Problem(where, f"it has no column {column!r}; it has {has}", "Name one of them"))
    drawn = table.geometry[~(table.geometry.isna() | table.geometry.is_empty)]
    for kind, count in drawn.geom_type.value_counts().items():
        if kind not in (*LINE_KINDS, *AREA_KINDS):
            what = f"{counted(int(count), 'feature is', 'features are')} of type {kind}"
            problems.append(Problem(where, what, "Give lines or polygons, or take them out"))
    if len(drawn) and table.crs is None:
        problems.append(Problem(where, "it has no CRS", "Give it one (for a shapefile, the .prj beside it)"))
    if problems:
        raise InputError(problems, "The lines cannot be read")


def _add_table(read: MapFeatures, table: Any, where: str, file: Path, root: Path, columns: FeatureColumns) -> None:
    attributes = table.drop(columns=table.geometry.name)
    days = days_of_file(attributes, file, root, columns.date)
    crs = table.crs.to_wkt() if table.crs is not None else ""
    by_plain = {plain(column): column for column in reversed(attributes.columns)}
    rows = zip(feature_rows(table), table.geometry, days.days, days.reasons, strict=True)
    for number, (row, geometry, day, reason) in enumerate(rows, start=1):
        if geometry is None or geometry.is_empty:
            read.n_empty += 1
        elif cell_text(row.get(by_plain.get("status"))).lower() == REJECTED:
            read.n_rejected += 1
        else:
            read.features.append(
                MapFeature(
                    shapely.force_2d(geometry),
                    crs,
                    day,
                    _names(row, by_plain, file, columns.scene),
                    frozenset(map(plain, all_texts(row, by_plain, GLACIER_COLUMNS))),
                    first_text(row, by_plain, AUTHOR_COLUMNS),
                    cell_text(row[columns.said]) if columns.said else first_text(row, by_plain, CLASS_COLUMNS),
                    file,
                    f"{where}, feature {number}",
                    reason,
                    _reviewed(row, by_plain),
                )
            )


def _reviewed(row: dict[str, Any], by_plain: dict[str, str]) -> bool | None:
    if not any(column in by_plain for column in REVIEWER_COLUMNS):
        return None
    return bool(first_text(row, by_plain, REVIEWER_COLUMNS))


def _names(row: dict[str, Any], by_plain: dict[str, str], file: Path, column: str | None) -> frozenset[str]:
    if column is not None:
        return frozenset({scene_key(cell_text(row[column]))})
    return frozenset(map(scene_key, [file.name, *all_texts(row, by_plain, NAME_COLUMNS)]))


@dataclass(frozen=True)
class Matched:
    """Which features belong to which scenes.

    Attributes:
        of_scene: Features by case; no entry for a scene without any.
        left_out: Where a feature of no scene, or of several, stands, and why; a day on which there is no scene is no
            mistake and counts in `n_other_days`.
        n_other_days: Features of days without a scene there.
    """

    of_scene: Mapping[str, list[MapFeature]]
    left_out: list[tuple[str, str]]
    n_other_days: int


def match_features(
    features: Sequence[MapFeature],
    scenes: Mapping[str, Scene],
    lies_in: Callable[[MapFeature, str], bool],
    *,
    max_days: int = 0,
) -> Matched:
    """The scene of every feature: the one that it names, or else the one of its day that it lies in.

    Where both know the glacier, it must be the same.

    Args:
        features: Lines and areas.
        scenes: Scenes by case, with their days where these are known.
        lies_in: Whether a feature lies, in part, in the scene of a case.
        max_days: Most days between a feature's and a scene's day.
    """
    named: dict[str, set[str]] = {}
    for case, scene in scenes.items():
        for name in {scene_key(case), scene_key(scene.source)} - {""}:
            named.setdefault(name, set()).add(case)
    of_scene: dict[str, list[MapFeature]] = {}
    left_out: list[tuple[str, str]] = []
    n_other_days = 0
    for feature in features:
        by_name = {case for name in feature.names for case in named.get(name, ())}
        by_day = [] if by_name else _of_its_day(feature, scenes, max_days)
        if not (by_name or by_day) and feature.day is not None:
            n_other_days += 1
            continue
        candidates = [case for case in by_name or by_day if lies_in(feature, case)]
        if len(candidates) == 1:
            of_scene.setdefault(candidates[0], []).append(feature)
        elif candidates or by_name or feature.day is None:
            left_out.append((feature.where, _why(feature, sorted(candidates), sorted(by_name))))
        else:
            n_other_days += 1
    return Matched(of_scene, left_out, n_other_days)


def _of_its_day(feature: MapFeature, scenes: Mapping[str, Scene], max_days: int) -> list[str]:
    if feature.day is None:
        return []
    return [
        case
        for case, scene in scenes.items()
        if scene.date is not None
        and abs((scene.date - feature.day).days) <= max_days
        and same_glacier(feature.glaciers, scene.glacier)
    ]


def same_glacier(names: frozenset[str], glacier: str) -> bool:
    """Whether a glacier may be the one that is named: nothing is known of one, or a name begins with the other.

    >>> same_glacier(frozenset({"helheimgletsjer"}), "Helheim"), same_glacier(frozenset({"jakobshavn"}), "Helheim")
    (True, False)
    """
    own = re.sub(r"[^a-z0-9]", "", glacier.lower())
    return not (own and names) or any(name.startswith(own) or own.startswith(name) for name in names if name)


def _why(feature: MapFeature, candidates: Sequence[str], by_name: Sequence[str]) -> str:
    if candidates:
        return f"it belongs to {len(candidates)} scenes, {', '.join(candidates[:3])}"
    if by_name:
        return f"it names {', '.join(by_name[:3])}, and lies outside"
    return f"it names no scene, and has no day: {feature.reason}"
