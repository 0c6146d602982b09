"""Grounding lines on disk, matched to scenes exactly: by a column that names the scene, or by file name.

A line file is a GeoPackage, shapefile or GeoJSON in any CRS, one for all scenes or one a scene. In the layout of
Mohajerani et al. 2021 lines are rasters (``delineation_*.tif``) on the pixels of their tiles. Features without
geometry occur in published files: they are counted and left out.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.geodata.vector_layers import read_layers
from nnunet_glacier.formats.interferograms import DELINEATION_PREFIX, TILE_PREFIX
from nnunet_glacier.formats.line_days import cell_text
from nnunet_glacier.formats.map_geometry import geometry_fault, metres_per_unit
from nnunet_glacier.formats.pass_times import days_of_row
from nnunet_glacier.formats.paths_below import paths_below
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES
from nnunet_glacier.formats.vector_tables import VECTOR_SUFFIXES, feature_rows
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.resume import key_of
from nnunet_glacier.support.wording import counted

SCENE_COLUMNS = ("source_file", "source_fil", "UUID", "scene")
"""Columns that are known to name the scene: the Getz study's, also as a shapefile cuts it; DLR's; and a plain one."""

SET_COLUMN = "dataset"
CATEGORY_COLUMN = "category"
"""ESA CCI's column of what a line is: the landward or the seaward limit of tidal flexure, kilometres apart."""

_LINES = ("LineString", "MultiLineString", "LinearRing")


@dataclass(frozen=True)
class SceneLines:
    """All that is drawn for one scene.

    Attributes:
        files: The files that it comes from.
        parts: Pairs of a CRS (WKT) and the lines in it (shapely, without empty ones).
        raster: A raster of the lines on the scene's own pixels, or None.
        group: Value of the group column, or "".
        sets: What the column `SET_COLUMN` says, in lower case, all different.
        date: Day of the first acquisition, or None.
        days: Days of all acquisitions, the first one first.
    """

    files: tuple[Path, ...] = ()
    parts: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    raster: Path | None = None
    group: str = ""
    sets: tuple[str, ...] = ()
    date: datetime.date | None = None
    days: tuple[datetime.date, ...] = ()

    def chosen(self) -> str:
        """What of the files belongs to the scene, as `key_of`."""
        return key_of([(crs, [line.wkb for line in lines]) for crs, lines in self.parts], ())

    @property
    def has_line(self) -> bool:
        """Whether anything is drawn; a raster counts, even an empty one, since it says that there is no line."""
        return bool(self.parts) or self.raster is not None

    def joined(self, other: SceneLines) -> SceneLines:
        """The lines of both; group and date of the first that has them."""
        return SceneLines(
            tuple(dict.fromkeys(self.files + other.files)),
            self.parts + other.parts,
            self.raster or other.raster,
            self.group or other.group,
            tuple(sorted({*self.sets, *other.sets})),
            self.date or other.date,
            self.days or other.days,
        )


@dataclass
class LineTable:
    """The lines of all scenes.

    Attributes:
        scenes: Lines by scene, under the stem of its file.
        n_features: Features that were read, of those that meet the condition ``where``.
        n_empty: Those without geometry, or with an empty one.
        categories: What the column `CATEGORY_COLUMN` says, and of how many lines.
        dated: Scene as it is named, and the lines, of every line that has days.
        problems: What is wrong with the files.
    """

    scenes: dict[str, SceneLines] = field(default_factory=dict)
    n_features: int = 0
    n_empty: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    dated: list[tuple[str, SceneLines]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, scene: str, lines: SceneLines) -> None:
        """Add lines to those of a scene."""
        self.scenes[scene] = self.scenes[scene].joined(lines) if scene in self.scenes else lines


def read_line_table(
    path: Path, *, line_column: str | None = None, group_column: str | None = None, where: str | None = None
) -> LineTable:
    """All lines of a file or of a folder of files.

    Args:
        path: A line file, or a folder with line files or delineation rasters, also in folders below it.
        line_column: The column that names the scene; None for one of `SCENE_COLUMNS` that a file has, or else the name
            of the file.
        group_column: A column whose scenes stay together in a split, or None.
        where: A condition in SQL's form that features must meet, or None. Without one that names `CATEGORY_COLUMN`,
            lines of several categories are a problem: they would be one class.
    """
    table = LineTable()
    files = paths_below(path) if path.is_dir() else [path]
    vectors = [file for file in files if file.suffix.lower() in VECTOR_SUFFIXES and file.is_file()]
    rasters = [file for file in files if file.suffix.lower() in TIFF_SUFFIXES]
    if path.is_dir():
        # Scenes and delineations may lie in one folder; then the prefix tells them apart.
        named = [file for file in rasters if file.stem.startswith(DELINEATION_PREFIX)]
        rasters = named or ([] if vectors else rasters)
    if not path.exists() or not (vectors or rasters):
        what = "there are no lines in it" if path.exists() else "there is no such file or folder"
        remedy = f"Give a file or a folder of {', '.join(VECTOR_SUFFIXES)}, or of delineation rasters"
        table.problems.append(Problem(path, what, remedy))
    for file in vectors:
        _add_vector(table, file, line_column, group_column, where)
    if where is not None and vectors and not (table.n_features or table.problems):
        remedy = "Compare it with the values of the column, and with how they are spelt"
        table.problems.append(Problem(path, f"no feature in it meets {where!r}", remedy))
    for file in rasters:
        stem = file.stem
        if stem.startswith(DELINEATION_PREFIX):
            stem = TILE_PREFIX + stem.removeprefix(DELINEATION_PREFIX)
        table.add(stem, SceneLines(files=(file,), raster=file))
    if len(table.categories) > 1 and CATEGORY_COLUMN not in (where or "").lower():
        table.problems.append(_several_categories(path, table.categories))
    return table


def _several_categories(path: Path, categories: Counter[str]) -> Problem:
    said = ", ".join(f"{category or 'none'} ({count})" for category, count in sorted(categories.items()))
    first = min(filter(None, categories))
    remedy = (
        f'Choose with --where "{CATEGORY_COLUMN} = \'{first}\'", or ask for several with "{CATEGORY_COLUMN} IN (...)"'
    )
    return Problem(path, f"its lines are of several categories and would be one class: {said}", remedy)


def _add_vector(
    table: LineTable, file: Path, line_column: str | None, group_column: str | None, where_clause: str | None
) -> None:
    try:
        layers = read_layers(file, "lines", where_clause)
    except InputError as error:
        table.problems += error.problems
        return
    for name, frame in layers:
        where = f"{file}, layer {name}" if len(layers) > 1 else str(file)
        column = line_column or next((known for known in SCENE_COLUMNS if known in frame.columns), None)
        missing = [asked for asked in (line_column, group_column) if asked and asked not in frame.columns]
        for asked in missing:
            what = f"it has no column {asked!r}; it has {', '.join(map(str, frame.columns))}"
            table.problems.append(Problem(where, what, "Name one of them, or leave the option out"))
        if missing:
            continue
        if frame.crs is None and _has_lines(frame):
            table.problems.append(Problem(where, "it has no CRS", "Add it (for a shapefile the .prj beside it)"))
            continue
        _add_features(table, file, frame, column, group_column)


def _has_lines(frame: Any) -> bool:
    return bool(len(frame) and (~(frame.geometry.isna() | frame.geometry.is_empty)).any())


def _add_features(table: LineTable, file: Path, frame: Any, column: str | None, group_column: str | None) -> None:
    """Add the features of a layer; those without a scene's name belong to none."""
    crs = frame.crs.to_wkt() if frame.crs is not None else ""
    unit_m = metres_per_unit(frame.crs) if frame.crs is not None else 1.0
    wrong: dict[tuple[str, str], list[str]] = {}
    for row, geometry in zip(feature_rows(frame), frame.geometry, strict=True):
        table.n_features += 1
        scene = _stem(row[column]) if column else file.stem
        lines = SceneLines(files=(file,), group=cell_text(row.get(group_column)) if group_column else "")
        said = cell_text(row.get(SET_COLUMN)).lower()
        days = days_of_row(row)
        lines = replace(lines, sets=(said,) if said else (), date=next(iter(days), None), days=days)
        if geometry is None or geometry.is_empty:
            table.n_empty += 1
        elif fault := _fault_of(geometry, unit_m):
            wrong.setdefault(fault, []).append(scene)
        else:
            lines = replace(lines, parts=((crs, (geometry,)),))
            if CATEGORY_COLUMN in row:
                table.categories[cell_text(row[CATEGORY_COLUMN])] += 1
            if days:
                table.dated.append((scene or file.stem, lines))
        if scene:
            table.add(scene, lines)
    for (one, several), scenes in wrong.items():
        what = counted(len(scenes), f"feature {one}", f"features {several}")
        example = next(filter(None, scenes), "")
        table.problems.append(
            Problem(file, f"{what}, such as that of {example}" if example else what, "Give lines, or take them out")
        )


def _fault_of(geometry: Any, unit_m: float) -> tuple[str, str] | None:
    """Why a feature is no line that can be drawn, as in `geometry_fault`."""
    kind = geometry.geom_type
    return geometry_fault(geometry, unit_m) if kind in _LINES else (f"is of type {kind}", f"are of type {kind}")


def _stem(value: Any) -> str:
    """The scene that a column's value names: without folder, and without the ending of a raster or vector file."""
    name = cell_text(value).replace("\\", "/").rpartition("/")[2]
    for suffix in (*TIFF_SUFFIXES, *VECTOR_SUFFIXES):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
