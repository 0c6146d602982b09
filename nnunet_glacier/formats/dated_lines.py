"""Lines with their days, as anybody has them: GeoPackage, shapefile or GeoJSON, one file or a folder of files.

Each line keeps its own CRS. A line without a day is counted with the reason and left out; no day is made up.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, get_args

import shapely
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.choices import Export
from nnunet_glacier.formats.layer_names import repeats_layer
from nnunet_glacier.formats.line_days import NAME_COLUMNS, Days, cell_text, day_of_name, days_of_table, plain
from nnunet_glacier.formats.paths_below import paths_below
from nnunet_glacier.formats.vector_tables import VECTOR_SUFFIXES, feature_rows, read_vector_tables
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.parallel import LOCAL, Backend, map_with_progress
from nnunet_glacier.support.wording import counted, no_file, some_of

UNCERTAINTY_COLUMNS = (
    "positionuncertaintym",
    "posuncm",
    "uncertaintym",
    "uncertaint",
    "uncertainty",
    "uncertm",
    "sigmam",
)
"""Columns of a line's uncertainty in metres, that of its position first; shapefiles cut names at ten letters."""

_METRES = re.compile(r"(?:±|\+/?-)?\s*(\d+(?:\.\d+|,\d{1,2})?(?:[eE][-+]?\d+)?)\s*(?:m|met(?:er|re)s?)?")
"""Metres in a column of numbers or of texts; three digits after a comma may be thousands."""

AUTHOR_COLUMNS = ("author", "analyst", "operator", "digitizer")
"""Columns of who drew a line: lines of two authors in one scene are two traces of a front, not pieces of it."""

GLACIER_COLUMNS = ("glacier", "glaciername", "glacname", "officialn", "officialname", "refname", "grnlndcn", "site")
"""Columns that name a glacier: plain ones, ESA CCI's, and CALFIN's."""

_GLACIER_NUMBER = "glacierid"

REJECTED = "rejected"
"""In the name of a layer, or the value of a column ``status``: lines that were taken out by hand or by a rule."""

_NO_FRONTS = (REJECTED, "other_pieces", "prolonged")
"""Layers that hold something else than the fronts beside them, as `delineate` writes them."""

_EXPORTS = get_args(Export)
"""Folders of shapefiles that repeat the GeoPackage beside the folder, as stages write them."""

_LINES = ("LineString", "MultiLineString", "LinearRing")


@dataclass(frozen=True)
class DatedLine:
    """One feature: a front, or a piece of one.

    Attributes:
        day: Day of the acquisition.
        line: Its geometry, in two dimensions.
        crs: CRS of the coordinates, WKT.
        name: Scene, image or case that the table names, with the line's author, or "": pieces of one front share it.
        uncertainty_m: One standard deviation in metres, or NaN where the table does not tell.
        source: File, and layer where the file has several.
        feature: Number of the feature in the layer, from 1.
    """

    day: datetime.date
    line: LineString | MultiLineString
    crs: str
    name: str
    uncertainty_m: float
    source: str
    feature: int


@dataclass
class DatedLines:
    """All lines of a file or folder.

    Attributes:
        lines: By day.
        n_features: Features that were read.
        n_empty: Those without geometry.
        n_rejected: Those that a layer or a column says are rejected.
        n_elsewhere: Those that the condition ``where`` does not hold for.
        elsewhere: What the column of ``where`` says of those, as text.
        undated: Where a line without a day stands, and why it has none.
        told_by: What told the days: columns, or the file's name.
        glaciers: Names or numbers of the lines' glaciers, by the column that tells them.
    """

    lines: list[DatedLine] = field(default_factory=list)
    n_features: int = 0
    n_empty: int = 0
    n_rejected: int = 0
    n_elsewhere: int = 0
    elsewhere: set[str] = field(default_factory=set)
    undated: list[tuple[str, str]] = field(default_factory=list)
    told_by: set[str] = field(default_factory=set)
    glaciers: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: DatedLines) -> None:
        """Take in the lines of another file."""
        self.lines += other.lines
        self.n_features += other.n_features
        self.n_empty += other.n_empty
        self.n_rejected += other.n_rejected
        self.n_elsewhere += other.n_elsewhere
        self.elsewhere |= other.elsewhere
        self.undated += other.undated
        self.told_by |= other.told_by
        for column, names in other.glaciers.items():
            self.glaciers.setdefault(column, set()).update(names)


@dataclass(frozen=True)
class LineChoice:
    """Which lines of the files are meant.

    Attributes:
        date_column: Column of the day, or None to look for it (`days_of_table`).
        layer: Layer to read, or None for all that hold lines.
        where: Column and value, as text, that a feature must have; None for all features.
    """

    date_column: str | None = None
    layer: str | None = None
    where: tuple[str, str] | None = None


def open_lines(
    path: Path, choice: LineChoice | None = None, *, workers: int = 1, backend: Backend = LOCAL
) -> DatedLines:
    """Every dated line of a file or folder, by day, and what was left out.

    A column tells the day, or else the name of the file or of its folder below `path`.

    Args:
        path: A vector file (`VECTOR_SUFFIXES`), or a folder with such files, also in folders below it that are
            neither hidden nor a page of ``view``; of one name in several formats the first is read.
        choice: Which lines are meant.
        workers: Processes that read the files.
        backend: What runs them.

    Raises:
        InputError: If nothing can be read, a file has no CRS, features are no lines, a column asked for is missing, or
            no line has a day.
    """
    choice = choice or LineChoice()
    dated = DatedLines()
    problems: list[Problem] = []
    files = vector_files(path)
    read = partial(_lines_of, root=path, choice=choice)
    if len(files) == 1:
        answers: Iterable[DatedLines | tuple[Problem, ...]] = map(read, files)
    else:
        answers = map_with_progress(
            read, files, description="reading lines", workers=workers, backend=backend, unit="file"
        )
    for answer in answers:
        if isinstance(answer, DatedLines):
            dated.add(answer)
        else:
            problems += answer
    if problems:
        raise InputError(problems, "The lines cannot be read")
    if not dated.lines:
        raise InputError([_nothing(path, dated, choice)], "The lines cannot be read")
    dated.lines.sort(key=lambda line: (line.day, line.source, line.feature))
    return dated


def is_rejected(layer: str) -> bool:
    """Whether a layer holds lines that were taken out."""
    return REJECTED in layer.lower()


def holds_no_fronts(layer: str) -> bool:
    """Whether a layer holds something else than the lines beside it: what is rejected, or not the glacier's front.

    >>> [holds_no_fronts(layer) for layer in ("fronts", "other_pieces", "Rejected in 2019")]
    [False, True, True]
    """
    return any(name in layer.lower() for name in _NO_FRONTS)


def vector_files(path: Path) -> list[Path]:
    """The vector files that a path stands for, in a folder as of `paths_below`.

    Of one name in several formats it is the first format's.

    Raises:
        InputError: If there is none.
    """
    endings = ", ".join(VECTOR_SUFFIXES)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError([Problem(path, no_file(path, "file or folder"), f"Give a file or a folder of {endings}")])
    files: dict[tuple[Path, str], Path] = {}
    for file in sorted(paths_below(path), key=lambda file: (_rank(file), file)):
        if file.is_file() and file.suffix.lower() in VECTOR_SUFFIXES and _holds_features(file):
            files.setdefault(_repeated_of(file), file)
    if not files:
        raise InputError([Problem(path, "there is no vector file in it", f"Give a folder of {endings}")])
    return sorted(files.values())


def _repeated_of(file: Path) -> tuple[Path, str]:
    """Folder and name, without its ending, of the file that a file repeats in another format; often its own.

    Beside ``fronts.gpkg`` this is ``fronts.geojson``, or one for each CRS as ``fronts_EPSG_3413.geojson``, and in the
    folder of an export also what has more words in its name, as ``calfin/fronts_calfin.shp``.
    """
    exported = file.parent.name in _EXPORTS
    folder = file.parent.parent if exported else file.parent
    for geopackage in sorted(folder.glob("[!.]*.gpkg")):
        if repeats_layer(file.stem, geopackage.stem) or (exported and file.stem.startswith(f"{geopackage.stem}_")):
            return folder, geopackage.stem
    return folder, file.stem


def _rank(file: Path) -> int:
    """Of files with one name in several formats the first format is read."""
    suffix = file.suffix.lower()
    return VECTOR_SUFFIXES.index(suffix) if suffix in VECTOR_SUFFIXES else len(VECTOR_SUFFIXES)


def _holds_features(file: Path) -> bool:
    """Whether a file may hold lines: not JSON of other kinds, such as the record of a run beside its lines."""
    if file.suffix.lower() != ".json":
        return True
    with file.open(encoding="utf-8", errors="replace") as text:
        return '"Feature' in text.read(4096)


def _lines_of(file: Path, root: Path, choice: LineChoice) -> DatedLines | tuple[Problem, ...]:
    """The lines of one file, or what is wrong with it."""
    dated = DatedLines()
    try:
        _add_file(dated, file, root, choice)
    except InputError as error:
        return error.problems
    return dated


def _add_file(dated: DatedLines, file: Path, root: Path, choice: LineChoice) -> None:
    tables = read_vector_tables(file, "lines")
    if choice.layer is not None:
        if choice.layer not in tables:
            what = f"it has no layer {choice.layer!r}; it has {', '.join(tables)}"
            raise InputError([Problem(file, what, "Name one of them, or leave the option out")])
        tables = {choice.layer: tables[choice.layer]}
    for layer, table in tables.items():
        where = str(file) if len(tables) == 1 else f"{file}, layer {layer}"
        if choice.layer is None and holds_no_fronts(layer):
            if is_rejected(layer):
                dated.n_features += len(table)
                dated.n_rejected += len(table)
            continue
        _check(table, where, choice)
        _add_table(dated, table, where, file, root, choice)


def _check(table: Any, where: str, choice: LineChoice) -> None:
    """Refuse a layer whose lines cannot be placed, or that lacks a column that was asked for."""
    problems = []
    for column in (choice.date_column, choice.where[0] if choice.where else None):
        if column is not None and column not in table.columns:
            has = ", ".join(str(name) for name in table.columns if name != "geometry") or "none"
            problems.append(Problem(where, f"it has no column {column!r}; it has {has}", "Name one of them"))
    kinds = table.geometry[~(table.geometry.isna() | table.geometry.is_empty)].geom_type.value_counts()
    wrong = {kind: count for kind, count in kinds.items() if kind not in _LINES}
    for kind, count in wrong.items():
        what = f"{counted(int(count), 'feature is', 'features are')} of type {kind}"
        problems.append(Problem(where, what, "Give lines, or take them out"))
    if len(kinds) and table.crs is None:
        remedy = "Give it one (for a shapefile, the .prj beside it); lines in pixels need a scene with a CRS"
        problems.append(Problem(where, "it has no CRS, so the lines have no place", remedy))
    if problems:
        raise InputError(problems, "The lines cannot be read")


def _add_table(dated: DatedLines, table: Any, where: str, file: Path, root: Path, choice: LineChoice) -> None:
    attributes = table.drop(columns=table.geometry.name)
    days = days_of_file(attributes, file, root, choice.date_column)
    dated.n_features += len(table)
    if days.told_by:
        dated.told_by.add(days.told_by)
    crs = table.crs.to_wkt() if table.crs is not None else ""
    by_plain = {plain(column): column for column in reversed(attributes.columns)}
    rows = feature_rows(table)
    glacier = next((by_plain[known] for known in (*GLACIER_COLUMNS, _GLACIER_NUMBER) if known in by_plain), None)
    for number, (row, geometry, day, reason) in enumerate(_rows(rows, table.geometry, days), start=1):
        if choice.where is not None and not _says(row[choice.where[0]], choice.where[1]):
            dated.n_elsewhere += 1
            dated.elsewhere.add(cell_text(row[choice.where[0]]))
        elif geometry is None or geometry.is_empty:
            dated.n_empty += 1
        elif cell_text(row.get(by_plain.get("status"))).lower() == REJECTED:
            dated.n_rejected += 1
        elif day is None:
            dated.undated.append((f"{where}, feature {number}", reason))
        else:
            line = shapely.force_2d(geometry)
            uncertainty_m = _uncertainty_m(row, by_plain)
            if glacier is not None and (name := cell_text(row[glacier])):
                dated.glaciers.setdefault(str(glacier), set()).add(name)
            dated.lines.append(DatedLine(day, line, crs, _name(row, by_plain), uncertainty_m, where, number))


def _says(cell: Any, wanted: str) -> bool:
    """Whether a cell is what is wanted, as text; a float of a whole number with and without its ``.0``."""
    return wanted in (cell_text(cell), str(cell).strip())


def _rows(rows: list[dict[str, Any]], geometries: Any, days: Days) -> Iterator[tuple[Any, Any, Any, str]]:
    return zip(rows, geometries, days.days, days.reasons, strict=True)


def days_of_file(attributes: Any, file: Path, root: Path, date_column: str | None = None) -> Days:
    """The days of a table's rows; of a table that tells none, the day in the name of its file or folder.

    Args:
        attributes: The table without its geometries.
        file: Where it stands.
        root: The file, or the folder that it was looked for in.
        date_column: The column to take, or None.
    """
    days = days_of_table(attributes, date_column)
    if any(days.days) or date_column is not None:
        return days
    names = [file.stem, *(parent.name for parent in file.relative_to(root).parents)] if root.is_dir() else [file.stem]
    day = next((day for day in map(day_of_name, names) if day), None)
    if day is None:
        reasons = tuple(f"{reason}, and the file's name tells no day" for reason in days.reasons)
        return Days(days.days, reasons, "")
    return Days((day,) * len(attributes), ("",) * len(attributes), "file name")


def _name(row: dict[str, Any], by_plain: dict[str, str]) -> str:
    name, author = (first_text(row, by_plain, columns) for columns in (NAME_COLUMNS, AUTHOR_COLUMNS))
    return f"{name} ({author})" if name and author else name


def first_text(row: dict[str, Any], by_plain: dict[str, str], columns: Sequence[str]) -> str:
    """The text of the first of some columns that has any; "" without one."""
    return next(iter(all_texts(row, by_plain, columns)), "")


def all_texts(row: dict[str, Any], by_plain: dict[str, str], columns: Sequence[str]) -> list[str]:
    """The texts of those of some columns that have any."""
    cells = (cell_text(row[by_plain[known]]) for known in columns if known in by_plain)
    return [cell for cell in cells if cell]


def _uncertainty_m(row: dict[str, Any], by_plain: dict[str, str]) -> float:
    for text in all_texts(row, by_plain, UNCERTAINTY_COLUMNS):
        if match := _METRES.fullmatch(text):
            return float(match[1].replace(",", "."))
    return math.nan


def _numbers_first(text: str) -> tuple[bool, float, str]:
    """Order of the values of a column: whole numbers as such, then texts."""
    return (False, int(text), text) if text.isdecimal() else (True, 0, text)


def _nothing(path: Path, dated: DatedLines, choice: LineChoice) -> Problem:
    """Why no line is left."""
    if dated.undated:
        where, reason = dated.undated[0]
        what = f"{counted(len(dated.undated), 'line has', 'lines have')} no day, the first at {where}: {reason}"
        remedy = "Name the column of the days (--date-column), or put the day into the file's name"
        return Problem(path, what, f"{remedy}; 'delineate' takes days from a table (--scenes)")
    if choice.where and dated.n_elsewhere:
        what = f"none of its {counted(dated.n_elsewhere, 'feature')} has {'='.join(choice.where)}"
        found = some_of(sorted(dated.elsewhere - {""}, key=_numbers_first)) or "nothing"
        return Problem(path, f"{what}; {choice.where[0]} holds {found}", "Correct the value")
    return Problem(path, f"it holds no line ({counted(dated.n_empty, 'feature')} without geometry)", "Give lines")
