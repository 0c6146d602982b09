"""GeoPackages as the databases that they are: whether another program has one open, and whole copies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nnunet_glacier.support.errors import InputError, Problem

DATABASE = ".gpkg"
"""Ending of the databases that are written."""

WRITE_AHEAD_LOG = "-wal"
"""End of the name of a log that holds what a program has written and not yet put into the database itself."""

JOURNALS = (WRITE_AHEAD_LOG, "-shm", "-journal")
"""Ends of the names of what SQLite makes beside a database."""


def beside(path: Path, ending: str) -> Path:
    """Where SQLite makes a file beside a database."""
    return path.with_name(f"{path.name}{ending}")


def in_use_problems(path: Path) -> list[Problem]:
    """Why a GeoPackage cannot be written over: another program, such as QGIS, has it open and would mix both."""
    logs = [beside(path, ending) for ending in (WRITE_AHEAD_LOG, "-journal")]
    there = [log.name for log in logs if log.exists()]
    if not there:
        return []
    what = f"it is open in another program, such as QGIS: {' and '.join(there)} beside it"
    remedy = f"Remove its layers from the program or close it; if none has it open, delete {there[0]}"
    return [Problem(path, what, remedy)]


def refuse_in_use(path: Path) -> None:
    """Raise what `in_use_problems` finds.

    Raises:
        InputError: If the file is open in another program.
    """
    if problems := in_use_problems(path):
        raise InputError(problems, "The lines cannot be written", "the file was left as it is")


def copy_database(source: Path, target: Path) -> None:
    """Copy a database with what stands in its log alone; the copy needs no file beside it.

    Args:
        source: The database, which other programs may read and write meanwhile.
        target: The copy, which must not exist.

    Raises:
        OSError: With what SQLite says, if the source is no database or the copy cannot be written.
    """
    # Opened to be read alone, SQLite would leave the files that it makes beside a database with a write-ahead log.
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise OSError(f"{source.name} cannot be copied: {error}") from None
