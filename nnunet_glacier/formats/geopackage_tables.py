"""Rows of the layers of a GeoPackage, changed in its database, where all that is not named stays to the bit.

GDAL would write a layer anew, and with it the types, empty cells and keys of columns that are not ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiLineString

# A geometry is "GP", version, flags, srs_id, a box by the flags, and its WKB (OGC 12-128r18, 2.1.3).
_HEAD_BYTES = 8
_BOX_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_LITTLE_ENDIAN, _EMPTY = 0x01, 0x10
_Z_IS_MANDATORY = 1

_CELLS = {
    "DATE": "substr({0}, 1, 10)",
    "DATETIME": "CASE length({0}) WHEN 10 THEN {0} || 'T00:00:00Z' ELSE {0} END",
}
"""How a cell is copied into a column of a type; into another as it is."""


@dataclass(frozen=True)
class LayerTable:
    """A layer as a table of the database.

    Attributes:
        name: Its name.
        key: Its column of keys.
        geometry: Its column of geometries.
        columns: The declared type of each other column.
        srs_id: Its CRS in the list of the file.
        is_multi: Whether it holds lines of several parts.
        has_z: Whether each of its vertices has a height.
    """

    name: str
    key: str
    geometry: str
    columns: Mapping[str, str]
    srs_id: int
    is_multi: bool
    has_z: bool

    def has(self, column: str) -> bool:
        """Whether it has a column; to the database a capital is no other letter."""
        return column.casefold() in map(str.casefold, self.columns)


@contextmanager
def open_rows(path: Path) -> Iterator[sqlite3.Connection]:
    """The database of a GeoPackage to be changed, with what its spatial index asks of geometries."""
    with closing(sqlite3.connect(path)) as database, database:
        # With a write-ahead log, as QGIS may leave it set, whoever reads the file makes files beside it.
        database.execute("PRAGMA journal_mode = DELETE")
        for name, measure in _MEASURES.items():
            database.create_function(name, 1, measure, deterministic=True)
        yield database


def layer_table(database: sqlite3.Connection, name: str) -> LayerTable:
    """A layer that is there."""
    geometry, kind, srs_id, z = database.execute(
        "SELECT column_name, geometry_type_name, srs_id, z FROM gpkg_geometry_columns WHERE lower(table_name) = ?",
        (name.lower(),),
    ).fetchone()
    rows = database.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    keys = [column for _, column, _, _, _, is_key in rows if is_key]
    key = keys[0] if keys else "rowid"
    columns = {column: declared for _, column, declared, *_ in rows if column not in (key, geometry)}
    return LayerTable(name, key, geometry, columns, srs_id, kind.upper() == "MULTILINESTRING", z == _Z_IS_MANDATORY)


def add_columns(database: sqlite3.Connection, layer: LayerTable, columns: Mapping[str, str]) -> LayerTable:
    """The layer with columns (declared types) that it lacked, which are empty."""
    lacking = {name: declared for name, declared in columns.items() if not layer.has(name)}
    for name, declared in lacking.items():
        database.execute(f"ALTER TABLE {_quoted(layer.name)} ADD COLUMN {_quoted(name)} {declared}")
    return layer_table(database, layer.name) if lacking else layer


def move_row(database: sqlite3.Connection, source: LayerTable, target: LayerTable, key: int) -> int:
    """Move a row to another layer, which has all its columns (`add_columns`); gives its key there.

    A column of days there and of times here, or the other way round, holds what its type says.
    """
    (new,) = database.execute(
        f"SELECT coalesce(max({_quoted(target.key)}), 0) + 1 FROM {_quoted(target.name)}"
    ).fetchone()
    types = {name.casefold(): declared.upper() for name, declared in target.columns.items()}
    cells = [_CELLS.get(types[name.casefold()], "{0}").format(_quoted(name)) for name in source.columns]
    own = ", ".join([_quoted(source.geometry), *cells])
    theirs = ", ".join(map(_quoted, (target.key, target.geometry, *source.columns)))
    database.execute(
        f"INSERT INTO {_quoted(target.name)} ({theirs}) SELECT ?, {own} FROM {_quoted(source.name)} "
        f"WHERE {_quoted(source.key)} = ?",
        (new, key),
    )
    database.execute(f"DELETE FROM {_quoted(source.name)} WHERE {_quoted(source.key)} = ?", (key,))
    return int(new)


def update_row(database: sqlite3.Connection, layer: LayerTable, key: int, values: Mapping[str, Any]) -> None:
    """Set cells of a row."""
    cells = ", ".join(f"{_quoted(name)} = ?" for name in values)
    database.execute(
        f"UPDATE {_quoted(layer.name)} SET {cells} WHERE {_quoted(layer.key)} = ?", (*values.values(), key)
    )


def delete_rows(database: sqlite3.Connection, layer: LayerTable, column: str, values: Collection[str]) -> None:
    """Delete the rows that have one of some values in a column."""
    database.executemany(
        f"DELETE FROM {_quoted(layer.name)} WHERE {_quoted(column)} = ?", [(value,) for value in values]
    )


def note_change(database: sqlite3.Connection, layer: LayerTable) -> None:
    """Write into the list of layers that one was changed now, and where its lines lie."""
    shape = _quoted(layer.geometry)
    box = f"min(ST_MinX({shape})), min(ST_MinY({shape})), max(ST_MaxX({shape})), max(ST_MaxY({shape}))"
    database.execute(
        f"UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), "
        f"(min_x, min_y, max_x, max_y) = (SELECT {box} FROM {_quoted(layer.name)}) WHERE lower(table_name) = ?",
        (layer.name.lower(),),
    )


def in_type_of(layer: LayerTable, shape: Any) -> Any:
    """A line as its layer holds it: of one part or several, with heights (0 where there is none) or as it is."""
    if layer.has_z and not shape.has_z:
        shape = shapely.force_3d(shape)
    if layer.is_multi and shape.geom_type == "LineString":
        return MultiLineString([shape])
    if not layer.is_multi and shape.geom_type == "MultiLineString" and len(shape.geoms) == 1:
        return shape.geoms[0]
    return shape


def geometry_cell(layer: LayerTable, shape: Any) -> bytes:
    """A geometry as the cell of a layer."""
    flags = _LITTLE_ENDIAN | (_EMPTY if shape.is_empty else 0)
    head = b"GP" + bytes([0, flags]) + layer.srs_id.to_bytes(4, "little", signed=True)
    return head + shapely.to_wkb(shape, byte_order=1, flavor="iso")


@lru_cache(maxsize=4)
def _shape_of(cell: bytes | None) -> Any:
    """The geometry of a cell, None where it is none or empty."""
    if cell is None:
        return None
    shape = shapely.from_wkb(cell[_HEAD_BYTES + _BOX_BYTES[cell[3] >> 1 & 7] :])
    return None if shape.is_empty else shape


def _bound(number: int) -> Callable[[bytes | None], float | None]:
    def bound(cell: bytes | None) -> float | None:
        shape = _shape_of(cell)
        return None if shape is None else float(shape.bounds[number])

    return bound


_MEASURES: dict[str, Callable[[bytes | None], Any]] = {
    "ST_IsEmpty": lambda cell: _shape_of(cell) is None,
    "ST_MinX": _bound(0),
    "ST_MinY": _bound(1),
    "ST_MaxX": _bound(2),
    "ST_MaxY": _bound(3),
}


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
