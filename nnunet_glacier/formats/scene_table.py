"""The table of scenes, ``scenes.csv``, that stands in every dataset which this package writes.

The stages after conversion take glacier, pixel size, bounding box and map coordinates from there and from nowhere else.
Read and written without pandas: every worker process imports this module, and pandas doubles the time that this takes.
"""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from nnunet_glacier.domain.scenes import NORTH, SOUTH, Box, Scene, imaged_day
from nnunet_glacier.formats.decimal_marks import has_commas, mark_problems, with_points
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_whole

SCENES_CSV = "scenes.csv"

_SUMMARY = "The scene table cannot be read"
_WRITE_TABLE = "Correct the path, or write one with nnunet-glacier scenes"

_COLUMNS = tuple(field.name for field in fields(Scene))

_DECIMALS = ("pixel_size_m", "affine")


def _to_row(scene: Scene) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(scene, name) for name in _COLUMNS}
    row["date"] = scene.date.isoformat() if scene.date else ""
    row["quality"] = "" if scene.quality is None else scene.quality
    row["pixel_size_m"] = "" if math.isnan(scene.pixel_size_m) else repr(scene.pixel_size_m)
    row["box"] = " ".join(str(getattr(scene.box, field.name)) for field in fields(Box)) if scene.box else ""
    row["affine"] = " ".join(repr(float(number)) for number in scene.affine) if scene.affine else ""
    return row


def _from_row(row: dict[str, str]) -> Scene:
    # Where a line has too many or too few values, csv puts them under None or None in their place.
    if None in row or None in row.values():
        decimals = "; a decimal comma needs semicolons between the cells" if None in row else ""
        raise ValueError(f"it has not as many values as there are columns{decimals}")
    if not row["case"].strip():
        raise ValueError("it names no case")
    box = [int(number) for number in row.get("box", "").split()]
    affine = tuple(_number("affine", number) for number in row.get("affine", "").split())
    if len(box) not in (0, 4) or len(affine) not in (0, 6):
        raise ValueError("'box' holds four whole numbers and 'affine' six numbers, or nothing")
    hemisphere = row.get("hemisphere", "")
    if hemisphere not in ("", NORTH, SOUTH):
        raise ValueError(f"hemisphere {hemisphere!r} is neither north nor south")
    pixel_size_m = _number("pixel_size_m", row.get("pixel_size_m", "") or "nan")
    if pixel_size_m <= 0 or math.isinf(pixel_size_m):
        raise ValueError(f"pixel_size_m {row['pixel_size_m']} is no positive number of metres")
    return Scene(
        case=row["case"],
        split=row.get("split", ""),
        glacier=row.get("glacier", ""),
        date=_date(row.get("date", "")),
        sensor=row.get("sensor", ""),
        pixel_size_m=pixel_size_m,
        quality=int(row["quality"]) if row.get("quality") else None,
        orbit=row.get("orbit", ""),
        hemisphere=hemisphere,
        box=Box(*box) if box else None,
        crs=row.get("crs", ""),
        affine=affine or None,
        source=row.get("source", ""),
    )


def _number(column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{column} {text!r} is no number") from None


def _date(text: str) -> datetime.date | None:
    try:
        return imaged_day(text) if text else None
    except ValueError:
        raise ValueError(
            f"date {text!r} is no day of the form YYYY-MM-DD of the years 1900 to 2099 (spreadsheets rewrite days, "
            "unless the column is set to text)"
        ) from None


def write_scenes(path: Path, scenes: Iterable[Scene]) -> None:
    """Write ``scenes.csv``, sorted by case: whole or not at all.

    Boxes are four whole numbers (`Box`), affines six floats, separated by blanks; unknown values are empty.
    """
    rows = [_to_row(scene) for scene in sorted(scenes, key=lambda scene: scene.case)]

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)

    write_whole(path, write)


SMALLEST_COLUMNS = ("case",)
"""What a table that stands alone must have; beside it, for instance, ``date``."""

DATASET_COLUMNS = ("case", "split", "glacier")
"""What the table of a dataset must have."""


def read_cells(path: Path) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]], str]:
    """The columns of a table, its rows with the numbers of their lines, and what separates the cells.

    Rows without any text, which spreadsheets write after the last one, are left out. What separates the cells a
    comma, or the semicolon or tab of a first line that has no comma, as spreadsheets write in many languages.

    Raises:
        InputError: If it is no table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            separator = next((mark for mark in ",;\t" if mark in header), ",")
            file.seek(0)
            table = csv.DictReader(file, delimiter=separator, strict=True)
            columns = tuple(table.fieldnames or ())
            return columns, [(table.line_num, row) for row in table if _holds_text(row)], separator
    except (UnicodeDecodeError, csv.Error) as error:
        problem = Problem(path, f"it is no table in UTF-8: {error}", "In a spreadsheet, save it as 'CSV UTF-8'")
        raise InputError([problem], _SUMMARY) from None


def _holds_text(row: Mapping[str | None, str | list[str] | None]) -> bool:
    """Whether a cell of a row has any text; those beyond the columns are a list."""
    return any("".join(cell).strip() for cell in row.values() if cell is not None)


def read_scenes(path: Path, required: Sequence[str] = DATASET_COLUMNS) -> dict[str, Scene]:
    """Read ``scenes.csv``: scenes by case, in the order of the file.

    Where semicolons separate the cells, numbers may have decimal commas.

    Args:
        path: The table; its columns are the attributes of `Scene`, others are ignored.
        required: Columns that it must have; what the others would tell is unknown without them.

    Raises:
        InputError: If the file is missing or no table, lacks a column, or a row cannot be read; all such rows at once.
    """
    if not path.is_file():
        converted = tuple(required) == tuple(DATASET_COLUMNS)
        remedy = "Convert the dataset with 'nnunet-glacier convert'" if converted else _WRITE_TABLE
        summary = "The dataset has no scene table" if converted else _SUMMARY
        raise InputError([Problem(path, "there is no such file", remedy)], summary)
    columns, rows, separator = read_cells(path)
    missing = [name for name in required if name not in columns]
    if missing:
        has = ", ".join(columns) or "none"
        what = f"columns missing: {', '.join(missing)}; it has {has}"
        raise InputError([Problem(path, what, "Add them, with names in small letters")])
    if problems := _to_decimal_points(path, rows, separator):
        raise InputError(problems, _SUMMARY)
    scenes: dict[str, Scene] = {}
    for number, row in rows:
        try:
            scene = _from_row(row)
        except ValueError as error:
            problems.append(Problem(f"{path}, line {number}", str(error), "Correct the line"))
            continue
        if scene.case in scenes:
            problems.append(Problem(f"{path}, line {number}", f"case {scene.case} a second time", "Keep one"))
        scenes[scene.case] = scene
    if problems:
        raise InputError(problems, _SUMMARY)
    return scenes


def _to_decimal_points(path: Path, rows: Sequence[tuple[int, dict[str, str]]], separator: str) -> list[Problem]:
    """Give the numbers of rows decimal points; or what forbids it."""
    problems = []
    for column in _DECIMALS:
        cells = {number: row[column] for number, row in rows if row.get(column)}
        problems += mark_problems(path, column, cells, separator)
        if has_commas(cells.values(), separator):
            for _, row in rows:
                row[column] = row[column] and with_points(row[column])
    return problems
