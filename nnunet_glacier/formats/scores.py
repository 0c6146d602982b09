"""The folder that ``evaluate`` writes: scores of every image, their summary, and confusion matrices of classes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from nnunet_glacier.formats.score_summary import SummaryHead, read_summary
from nnunet_glacier.formats.score_table import NOT_AN_EVALUATION, read_table
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_json, write_whole

SCORES_CSV = "scores.csv"
SUMMARY_JSON = "summary.json"
CONFUSION_CSV = "confusion.csv"


@dataclass(frozen=True, kw_only=True)
class Scores(SummaryHead):
    """A folder of scores of fronts or grounding lines, checked whole: what was scored, and the scores of every image.

    Attributes:
        folder: Where they lie.
        table: ``scores.csv`` in its types (`read_table`), at least one row.
    """

    folder: Path
    table: pd.DataFrame

    @cached_property
    def routes(self) -> list[str]:
        """Every route that was scored, the main one first."""
        return sorted(self.table["route"].unique(), key=lambda route: (route != self.route, route))

    def rows(self, route: str) -> pd.DataFrame:
        """The scores by one route."""
        return self.table[self.table["route"] == route]

    @property
    def main(self) -> pd.DataFrame:
        """The scores by the main route."""
        return self.rows(self.route)


def open_scores(folder: Path) -> Scores:
    """Read a folder of scores.

    Raises:
        InputError: With everything that is wrong with its files: missing columns and keys, and values of another type.
    """
    if not holds_scores(folder):
        raise InputError([Problem(folder / SCORES_CSV, "there is no such file", NOT_AN_EVALUATION)])
    table, problems = read_table(folder / SCORES_CSV)
    head, more = read_summary(folder / SUMMARY_JSON)
    if problems or more or head is None:
        raise InputError([*problems, *more], "The scores cannot be read")
    routes = set(table["route"])
    main = head.route if head.route in routes else max(routes)
    return Scores(**{**vars(head), "route": main}, folder=folder.absolute(), table=table)


def holds_scores(folder: Path) -> bool:
    """Whether there are scores in a folder."""
    return (folder / SCORES_CSV).is_file()


def write_scores(
    folder: Path, table: pd.DataFrame, summary: Mapping[str, Any], confusion: pd.DataFrame | None = None
) -> list[Path]:
    """Write a folder of scores, the summary last.

    Args:
        folder: Where they go.
        table: The rows of ``scores.csv``.
        summary: ``summary.json``, which begins with `SummaryHead.to_json`.
        confusion: The rows of ``confusion.csv``; None where no classes were scored.

    Returns:
        The files that were written.
    """
    write_whole(folder / SCORES_CSV, lambda temporary: table.to_csv(temporary, index=False))
    files = [folder / SCORES_CSV, folder / SUMMARY_JSON]
    if confusion is None:
        # One of an earlier run would seem to be of this one.
        (folder / CONFUSION_CSV).unlink(missing_ok=True)
    else:
        write_whole(folder / CONFUSION_CSV, lambda temporary: confusion.to_csv(temporary, index=False))
        files.append(folder / CONFUSION_CSV)
    write_json(folder / SUMMARY_JSON, summary)
    return files


def other_scores(folder: Path, predictions: Sequence[Path]) -> list[Problem]:
    """What writing scores to a folder would replace or delete: scores of other predictions, and tables of others."""
    remedy = "Give another folder, or --overwrite"
    summary = folder / SUMMARY_JSON
    if not summary.is_file():
        # Without its summary the table is that of a run that was stopped, if it is of this form.
        what = "it is none that 'nnunet-glacier evaluate' wrote, and would be written over or deleted"
        tables = {SCORES_CSV: {"case", "prediction"}, CONFUSION_CSV: {"prediction", "labelled"}}
        return [
            Problem(folder / name, what, remedy)
            for name, needed in tables.items()
            if (folder / name).is_file() and not needed <= _columns(folder / name)
        ]
    try:
        content = json.loads(summary.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    before = content.get("predictions") if isinstance(content, dict) else None
    if before == [str(predicted.absolute()) for predicted in predictions]:
        return []
    return [Problem(summary, f"it holds the scores of other predictions: {before}", remedy)]


def _columns(path: Path) -> set[str]:
    """The columns of a table; none where it cannot be read."""
    try:
        return set(pd.read_csv(path, nrows=0))
    except (OSError, ValueError):
        return set()
