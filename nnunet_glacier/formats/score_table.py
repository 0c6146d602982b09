"""``scores.csv``: its columns, and a table read back and checked cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.domain.scenes import SENSOR_GROUPS
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.registry import known_measures
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import counted

EVALUATE_ANEW = "Run 'nnunet-glacier evaluate' anew"
NOT_AN_EVALUATION = "Give a folder that 'nnunet-glacier evaluate' wrote"
SKIPPED = "skipped: "
"""What the remark of a skipped scene begins with; its row holds no more than its name."""


@dataclass(frozen=True)
class Kind:
    """What the cells of a column hold.

    Attributes:
        wanted: What that is, in words.
        read: Texts to values, with a missing value for a cell that is empty or holds something else.
    """

    wanted: str
    read: Callable[[pd.Series], pd.Series]


def _numbers(cells: pd.Series) -> pd.Series:
    values = pd.to_numeric(cells, errors="coerce").astype(np.float64)
    return values.where(np.isfinite(values))


def _counts(cells: pd.Series) -> pd.Series:
    values = _numbers(cells)
    return values.where((values >= 0) & (values % 1 == 0))


TEXT = Kind("a text", lambda cells: cells.where(cells.ne("")))
ROUTE = Kind(" or ".join(sorted(get_args(Route))), lambda cells: cells.where(cells.isin(get_args(Route))))
NUMBER = Kind("a number", _numbers)
COUNT = Kind("a whole number", _counts)
DAY = Kind("a day such as 2014-01-31", lambda cells: pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce"))


@dataclass(frozen=True)
class Column:
    """A column of ``scores.csv`` that says what was scored.

    Attributes:
        name: Its name.
        unit: Unit, or "".
        meaning: What it is, in a sentence.
        kind: What its cells hold.
        needed: Whether a table without it cannot be read; those of earlier versions lack others.
        filled: Whether no cell of it may be empty.
    """

    name: str
    unit: str
    meaning: str
    kind: Kind = TEXT
    needed: bool = False
    filled: bool = False


SCENE_COLUMNS = (
    Column("case", "", "Name of the scene", needed=True, filled=True),
    Column("prediction", "", "Name of the set of predictions", needed=True, filled=True),
    Column("route", "", "What the line was taken from: zones or front", ROUTE, needed=True, filled=True),
    Column("split", "", "Split of the scene"),
    Column("glacier", "", "Glacier", needed=True),
    Column("date", "", "Day of acquisition, ISO 8601", DAY),
    Column("season", "", "winter or summer, by hemisphere and month"),
    Column("sensor", "", "Sensor"),
    Column("pixel_size_m", "m", "Edge of a pixel", NUMBER),
    Column("quality", "", "Quality from 1 (best) to 6"),
    Column("predicted_front_pixels", "pixels", "Pixels of the predicted line as it is scored", COUNT, True, True),
    Column("label_front_pixels", "pixels", "Pixels of the labelled line", COUNT, True, True),
    Column("front_found", "", "Whether both sides have a line"),
)
"""The columns before the published scores."""

REMARK_COLUMNS = (
    Column("box", "px", "First row, row after the last, first column, column after the last that are scored"),
    Column("remarks", "", "What a reader of the row must know"),
)
"""The columns between the published scores and the others."""

_NEEDED_MEASURES = ("mean_distance_m", "mean_distance_px")


def columns_of(measures: Sequence[Measure]) -> list[tuple[str, str, str]]:
    """Name, unit and meaning of the columns of ``scores.csv`` with these measures, in their order."""
    published = [(one.name, one.unit, one.meaning) for one in measures if one.published]
    others = [(one.name, one.unit, one.meaning) for one in measures if not one.published]
    about, remarks = ([(c.name, c.unit, c.meaning) for c in group] for group in (SCENE_COLUMNS, REMARK_COLUMNS))
    return [*about, *published, *remarks, *others]


def columns_markdown(columns: Iterable[tuple[str, str, str]]) -> str:
    """The table of columns in ``docs/scores.md``."""
    rows = [f"| `{name}` | {unit} | {meaning} |" for name, unit, meaning in columns]
    return "\n".join(["| column | unit | what |", "|---|---|---|", *rows])


def read_table(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """The rows of scores, and everything that is wrong with the file.

    Returns:
        A row an image, set of predictions and route, without skipped scenes: ``date`` as a time stamp or NaT,
        ``sensor_group`` with twin satellites as one, numbers and measures as floats, unknown ones NaN. Columns that the
        file lacks are empty; columns that nobody knows stay as text. The table is of use only without problems.
    """
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        return pd.DataFrame(), [Problem(path, f"it cannot be read as a table ({str(error).strip()})", EVALUATE_ANEW)]
    # Spreadsheets write rows without any text after the last one.
    cells = cells[cells.fillna("").ne("").any(axis=1)]
    if "accuracy" in cells and "route" not in cells:
        what = "it holds scores of classes, and those of fronts and lines are wanted"
        return cells, [Problem(path, what, "Leave it out; summary.json beside it holds its scores")]
    needed = [*(column.name for column in SCENE_COLUMNS if column.needed), *_NEEDED_MEASURES]
    missing = [name for name in needed if name not in cells]
    if missing:
        return cells, [Problem(path, f"columns missing: {', '.join(missing)}", NOT_AN_EVALUATION)]
    skipped = cells["remarks"].str.startswith(SKIPPED) if "remarks" in cells else pd.Series(False, cells.index)
    cells = cells[~(skipped & cells["route"].eq(""))].copy()
    if cells.empty:
        return cells, [Problem(path, "there is no score in it", "Evaluate at least one scene")]
    return _typed(cells, path)


def _typed(cells: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    measures = [Column(one.name, one.unit, one.meaning, NUMBER) for one in known_measures(cells.columns)]
    problems = []
    typed: dict[str, pd.Series] = {name: cells[name] for name in cells}
    for column in (*SCENE_COLUMNS, *REMARK_COLUMNS, *measures):
        texts = cells[column.name] if column.name in cells else pd.Series("", cells.index)
        values = column.kind.read(texts)
        wrong = values.isna() & (texts.ne("") | column.filled)
        if wrong.any():
            problems.append(_cell_problem(path, column, texts[wrong]))
        typed[column.name] = values.fillna("") if column.kind is TEXT else values
    problems += _repeated(path, cells)
    typed["sensor_group"] = typed["sensor"].replace(SENSOR_GROUPS)
    # Put together at once: pandas warns the user of a table that has got more than 100 columns one by one.
    return pd.DataFrame(typed, index=cells.index), problems


def _cell_problem(path: Path, column: Column, wrong: pd.Series) -> Problem:
    # Line 1 holds the names of the columns.
    line = int(wrong.index[0]) + 2
    others = f" and {counted(len(wrong) - 1, 'other line')}" if len(wrong) > 1 else ""
    empty = "" if column.filled else " or nothing"
    what = f"column {column.name!r} holds {wrong.iloc[0] or 'nothing'} in line {line}{others}"
    return Problem(path, f"{what}, where {column.kind.wanted}{empty} is wanted", EVALUATE_ANEW)


def _repeated(path: Path, cells: pd.DataFrame) -> list[Problem]:
    key = ["case", "prediction", "route"]
    again = cells[cells.duplicated(key)]
    if again.empty:
        return []
    case, prediction, route = again.iloc[0][key]
    what = f"scene {case!r} of {prediction!r} by route {route!r} stands in it more than once"
    return [Problem(path, what, EVALUATE_ANEW)]
