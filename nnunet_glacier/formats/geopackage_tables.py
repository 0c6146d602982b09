"""The tables of a GeoPackage beside its layers, as the database holds them; GDAL changes them with a layer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

TableRows = tuple[list[str], list[tuple[Any, ...]]]
"""Names of the columns, and the rows."""


def rows_of(path: Path, table: str) -> TableRows:
    """A table of the database as it is; nothing where there is none."""
    with closing(sqlite3.connect(path)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return [], []
        rows = database.execute(f"SELECT * FROM {table}")
        return [column[0] for column in rows.description], rows.fetchall()


def replace_rows(path: Path, table: str, content: TableRows) -> None:
    """Give a table of the database other rows, in their order; nothing where there was no table."""
    names, rows = content
    if not names:
        return
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"DELETE FROM {table}")
        places = ", ".join("?" * len(names))
        columns = ", ".join(f'"{name}"' for name in names)
        database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def in_order_of(before: TableRows, now: TableRows) -> TableRows:
    """The rows of a list of layers in the order in which the layers stood before; new ones come last."""
    names, rows = now
    layer = names.index("table_name")
    order = [row[before[0].index("table_name")] for row in before[1]]
    return names, sorted(rows, key=lambda row: order.index(row[layer]) if row[layer] in order else len(order))
