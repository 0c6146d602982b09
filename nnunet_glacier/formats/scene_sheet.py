"""The table of scenes that a user completes: what is known of each image, and empty cells for the rest.

Its columns are some of ``scenes.csv`` (`scene_table`), so that every command that takes ``--scenes`` reads it, and the
share of nodata beside. A table that is there already is completed: filled cells, further columns and rows stay.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.decimal_marks import has_commas
from nnunet_glacier.formats.scene_table import SMALLEST_COLUMNS, read_cells, read_scenes
from nnunet_glacier.support.files import write_whole

COLUMNS = ("case", "glacier", "date", "sensor", "pixel_size_m", "crs", "nodata_share", "source")
"""Columns of a new table, in their order."""

_DECIMALS = ("pixel_size_m", "nodata_share")

Row = dict[str, str]


@dataclass(frozen=True)
class SceneSheet:
    """A table of scenes as text.

    Attributes:
        columns: Its columns.
        rows: Its rows by case, in the order of the file; a cell is "" where nothing is known.
        separator: What separates its cells.
    """

    columns: tuple[str, ...] = COLUMNS
    rows: Mapping[str, Row] = field(default_factory=dict)
    separator: str = ","

    def completed(self, told: Sequence[Row]) -> SceneSheet:
        """The sheet with what is told of scenes: new rows at the end, empty cells filled; nothing filled is changed.

        New numbers of a column with decimal commas have such too.
        """
        columns = (*self.columns, *(name for name in COLUMNS if name not in self.columns))
        rows = {case: dict(row) for case, row in self.rows.items()}
        commas = {
            name for name in _DECIMALS if has_commas((row.get(name, "") for row in rows.values()), self.separator)
        }
        for row in told:
            new = {name: cell.replace(".", ",") if name in commas else cell for name, cell in row.items()}
            kept = rows.setdefault(row["case"], {})
            rows[row["case"]] = {name: kept.get(name, "").strip() or new.get(name, "") for name in columns}
        return SceneSheet(columns, rows, self.separator)


def sheet_row(scene: Scene, nodata_share: float) -> Row:
    """The row of a scene; `nodata_share` in [0, 1], NaN where it is not known."""
    return {
        "case": scene.case,
        "glacier": scene.glacier,
        "date": scene.date.isoformat() if scene.date else "",
        "sensor": scene.sensor,
        "pixel_size_m": "" if math.isnan(scene.pixel_size_m) else f"{scene.pixel_size_m:.6g}",
        "crs": scene.crs,
        "nodata_share": "" if math.isnan(nodata_share) else f"{nodata_share:.4f}",
        "source": scene.source,
    }


def read_sheet(path: Path) -> SceneSheet:
    """The table of a file, or an empty one where there is no such file.

    Raises:
        InputError: If the file cannot be used as ``--scenes`` (`read_scenes`).
    """
    if not path.exists():
        return SceneSheet()
    read_scenes(path, required=SMALLEST_COLUMNS)
    columns, rows, separator = read_cells(path)
    return SceneSheet(columns, {row["case"]: row for _, row in rows}, separator)


def write_sheet(path: Path, sheet: SceneSheet) -> None:
    """Write the table, whole or not at all."""

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, sheet.columns, restval="", delimiter=sheet.separator, lineterminator="\n")
            table.writeheader()
            table.writerows(sheet.rows.values())

    write_whole(path, write)
