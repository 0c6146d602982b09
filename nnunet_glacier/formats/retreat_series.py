"""``series.csv`` of ``retreat``: a row for each method and day."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import pandas as pd

from nnunet_glacier.formats.decimal_marks import SEMICOLON, mark_problems, with_points
from nnunet_glacier.formats.scene_table import read_cells
from nnunet_glacier.support.errors import InputError, Problem

SERIES_CSV = "series.csv"

_NUMBERS = ("position_m", "uncertainty_m")
_NEEDED = ("method", "date", *_NUMBERS, "flags")


def holds_series(folder: Path) -> bool:
    """Whether ``retreat`` has written to a folder: its table, the first of its files, is there with its columns."""
    path = folder / SERIES_CSV
    try:
        return path.is_file() and set(_NEEDED) <= set(read_cells(path)[0])
    except (InputError, OSError):
        return False


def read_series(folder: Path) -> pd.DataFrame:
    """Method, day, position, uncertainty and flags of the table of a folder that ``retreat`` wrote.

    Returns:
        ``method``, ``date`` (``YYYY-MM-DD``) and ``flags`` as texts; ``position_m`` and ``uncertainty_m`` as numbers,
        NaN where the cell is empty.

    Raises:
        InputError: If there is no table, or it cannot be read or lacks columns; or with all cells that hold something
            else than a method, a day or a finite number.
    """
    path = folder / SERIES_CSV
    remedy = "Give the OUT of nnunet-glacier retreat"
    if not path.is_file():
        raise InputError([Problem(folder, f"it holds no {SERIES_CSV}", remedy)])
    columns, rows, separator = read_cells(path)
    lacking = [name for name in _NEEDED if name not in columns]
    if lacking:
        raise InputError([Problem(path, f"it lacks the columns {', '.join(lacking)}", remedy)])
    cells = {name: {number: (row[name] or "").strip() for number, row in rows} for name in _NEEDED}
    problems = [problem for name in _NUMBERS for problem in mark_problems(path, name, cells[name], separator)]
    if problems:
        raise InputError(problems)
    if separator == SEMICOLON:
        cells |= {name: {number: with_points(cell) for number, cell in cells[name].items()} for name in _NUMBERS}
    read: dict[str, list[str | float]] = {name: [] for name in _NEEDED}
    for number, _ in rows:
        for name in _NEEDED:
            try:
                read[name].append(_value(name, cells[name][number]))
            except ValueError as error:
                problems.append(Problem(f"{path}, line {number}", str(error), "Correct the cell, or run retreat again"))
    if problems:
        raise InputError(problems)
    return pd.DataFrame(read)


def _value(name: str, cell: str) -> str | float:
    if name in _NUMBERS:
        return _number(name, cell)
    if name == "date":
        return _day(cell)
    if name == "method" and not cell:
        raise ValueError("it names no method")
    return cell


def _number(name: str, cell: str) -> float:
    """The number of a cell, NaN where it is empty."""
    try:
        number = float(cell or "nan")
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise ValueError(f"its {name} {cell!r} is no finite number")
    return number


def _day(cell: str) -> str:
    try:
        day = datetime.datetime.strptime(cell, "%Y-%m-%d").date().isoformat()
    except ValueError:
        day = ""
    if not day or day != cell:
        raise ValueError(f"its date {cell!r} is no day of the form YYYY-MM-DD")
    return day
