"""Numbers of a table as spreadsheets write them in many languages: a comma before the decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from nnunet_glacier.support.errors import Problem

SEMICOLON = ";"
"""What separates the cells of tables whose numbers may have decimal commas."""


def has_commas(cells: Iterable[str], separator: str) -> bool:
    """Whether numbers of a column have decimal commas.

    >>> has_commas(["", "30,5", "76"], ";"), has_commas(["30.5"], ";")
    (True, False)
    """
    return separator == SEMICOLON and any("," in cell for cell in cells)


def with_points(cell: str) -> str:
    """The numbers of a cell, separated by blanks, with decimal points; what has several commas is no number and stays.

    >>> with_points("30,5 0 1,000,5")
    '30.5 0 1,000,5'
    """
    return " ".join(word.replace(",", ".") if word.count(",") == 1 else word for word in cell.split())


def mark_problems(path: Path, column: str, cells: Mapping[int, str], separator: str) -> list[Problem]:
    """Numbers of a column of which it cannot be told what their comma means.

    Args:
        path: The table.
        column: Its column.
        cells: The column's cells by the number of their line.
        separator: What separates the table's cells.
    """
    commas, points = ([cell for cell in cells.values() if mark in cell] for mark in ",.")
    if separator == SEMICOLON:
        if not (commas and points):
            return []
        numbers = " and ".join(dict.fromkeys((repr(commas[0]), repr(points[0]))))
        what = f"its {column} has {numbers}: which mark stands before the decimals cannot be told"
        return [Problem(path, what, "Write the same mark in all of them, and none between thousands")]
    what = f"{column} {{!r}} has a comma, which stands before decimals only where semicolons separate the cells"
    return [
        Problem(f"{path}, line {number}", what.format(cell), "Write it with a point")
        for number, cell in cells.items()
        if "," in cell
    ]
