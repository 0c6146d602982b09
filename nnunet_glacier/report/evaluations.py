"""What ``nnunet-glacier evaluate`` wrote, read back: one evaluation is one experiment of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.scenes import SENSOR_GROUPS
from nnunet_glacier.report.summaries import NOT_AN_EVALUATION, LeftOut, read_summary
from nnunet_glacier.support.bootstrap import Interval
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.wording import counted

SCORES_CSV = "scores.csv"
SUMMARY_JSON = "summary.json"

CROSS_VALIDATION = "cross-validation"

_TEXT_COLUMNS = ("case", "prediction", "route", "glacier")
_NUMBER_COLUMNS = ("predicted_front_pixels", "label_front_pixels", "mean_distance_m", "mean_distance_px")
_OPTIONAL_TEXT = ("date", "season", "sensor", "box")
_ROUTES = ("front", "zones")
_SKIPPED = "skipped: "


@dataclass(frozen=True)
class Unit:
    """What distances are given in.

    Attributes:
        name: ``m`` or ``px``.
        column: Column of ``scores.csv`` with the mean distance of an image in it.
    """

    name: str
    column: str


METRES = Unit("m", "mean_distance_m")
PIXELS = Unit("px", "mean_distance_px")


@dataclass(frozen=True)
class Evaluation:
    """One evaluated experiment.

    Attributes:
        name: Name in figures and tables, unique in the report.
        key: The name as part of file names, unique in the report.
        folder: Where ``evaluate`` wrote it.
        scores: ``scores.csv``: a row an image, set of predictions and route; ``date`` as a time stamp or NaT,
            ``sensor_group`` with twin satellites as one, numbers as floats, unknown ones NaN.
        scheme: ``single``, ``repeated`` (several trainings on the same images) or ``cross-validation``.
        route: The main route from a prediction to its front.
        rules: How fronts were found.
        threshold: Probability above which a pixel counted as front, or None where the predicted class did.
        predictions: The folders that were scored.
        dataset: The dataset that they were scored against.
        skipped: Scenes that are not in the scores because of bad input.
        missing: Scenes that are not in the scores because they were not predicted.
        mde_intervals: Bootstrap intervals of the MDE over scenes by route and name of the unit, as ``evaluate`` found
            them; without those that an earlier version did not write.
    """

    name: str
    key: str
    folder: Path
    scores: pd.DataFrame
    scheme: str
    route: str
    rules: FrontRules
    threshold: float | None
    predictions: tuple[Path, ...]
    dataset: Path
    skipped: tuple[LeftOut, ...] = ()
    missing: tuple[LeftOut, ...] = ()
    mde_intervals: Mapping[tuple[str, str], Interval] = field(default_factory=dict)

    @cached_property
    def routes(self) -> list[str]:
        """Every route that was scored, the main one first."""
        return sorted(self.scores["route"].unique(), key=lambda route: (route != self.route, route))

    def rows(self, route: str) -> pd.DataFrame:
        """The scores by one route."""
        return self.scores[self.scores["route"] == route]

    @property
    def main(self) -> pd.DataFrame:
        """The scores by the main route."""
        return self.rows(self.route)


def read_evaluations(folders: Sequence[Path], names: Sequence[str] = ()) -> list[Evaluation]:
    """Read the evaluations.

    Args:
        folders: What ``evaluate`` wrote, each once.
        names: What to call them, in the same order; by default the shortest path endings that tell them apart.

    Raises:
        InputError: With everything that is wrong with the folders and names.
    """
    problems = name_problems("--name", folders, names)
    names = names or distinct_names(folders)
    found = []
    for folder, name, key in zip(folders, names, file_keys(names), strict=False):
        try:
            found.append(_read(folder, name, key))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems, "The evaluations cannot be reported")
    return found


def name_problems(option: str, folders: Sequence[Path], names: Sequence[str]) -> list[Problem]:
    """What is wrong with folders that are given twice, and with names that are not one for each folder."""
    resolved = [folder.absolute() for folder in folders]
    twice = dict.fromkeys(folder for folder in resolved if resolved.count(folder) > 1)
    problems = [Problem(folder, "it is given more than once", "Give each folder once") for folder in twice]
    if names and len(names) != len(folders):
        what = f"{counted(len(names), 'name')} for {counted(len(folders), 'folder')}"
        problems.append(Problem(option, what, "Give one name for each, in the same order"))
    if len(set(names)) < len(names):
        problems.append(Problem(option, f"a name occurs twice: {', '.join(names)}", "Give different names"))
    return problems


def distinct_names(folders: Sequence[Path]) -> list[str]:
    """The shortest endings of the paths that tell the folders apart.

    >>> distinct_names([Path("/a/early/scores"), Path("/a/late/scores")])
    ['early/scores', 'late/scores']
    """
    parts = [folder.absolute().parts for folder in folders]
    names: list[str] = []
    for count in range(1, max(map(len, parts), default=0) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            break
    return names


def file_keys(names: Sequence[str]) -> list[str]:
    """Names as parts of file names: letters, digits, ``-`` and ``_``, numbered where two would be the same.

    >>> file_keys(["early/scores (2)", "early scores 2", "späte"])
    ['early_scores_2', 'early_scores_2_2', 'sp_te']
    """
    keys: list[str] = []
    for name in names:
        letters = (letter if letter.isascii() and (letter.isalnum() or letter in "-_") else " " for letter in name)
        key = "_".join("".join(letters).split()) or "experiment"
        taken = sum(other == key or other.startswith(f"{key}_") for other in keys)
        keys.append(f"{key}_{taken + 1}" if key in keys else key)
    return keys


def _read(folder: Path, name: str, key: str) -> Evaluation:
    scores, summary = _read_scores(folder / SCORES_CSV), read_summary(folder / SUMMARY_JSON)
    routes = set(scores["route"])
    return Evaluation(
        name=name,
        key=key,
        folder=folder.absolute(),
        scores=scores,
        scheme=summary.scheme,
        route=summary.route if summary.route in routes else sorted(routes)[-1],
        rules=summary.rules,
        threshold=summary.threshold,
        predictions=summary.predictions,
        dataset=summary.dataset,
        skipped=summary.skipped,
        missing=summary.missing,
        mde_intervals=summary.mde_intervals,
    )


def _read_scores(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise InputError([Problem(path, "there is no such file", NOT_AN_EVALUATION)]) from None
    except (OSError, ValueError) as error:
        what = f"it cannot be read as a table ({str(error).strip()})"
        raise InputError([Problem(path, what, "Run 'nnunet-glacier evaluate' anew")]) from None
    if "accuracy" in table.columns and "route" not in table.columns:
        what = "it holds scores of classes, and reports are drawn of fronts and lines alone"
        raise InputError([Problem(path, what, "Leave it out; summary.json beside it holds its scores")])
    missing = [name for name in (*_TEXT_COLUMNS, *_NUMBER_COLUMNS) if name not in table.columns]
    if missing:
        raise InputError([Problem(path, f"columns missing: {', '.join(missing)}", NOT_AN_EVALUATION)])
    return _typed(_scored(table, path), path)


def _scored(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows of scores, without those of skipped scenes, which hold a name and a remark alone."""
    remarks = table["remarks"].astype(str) if "remarks" in table else pd.Series("", table.index)
    table = table[~(table["route"].isna() & remarks.str.startswith(_SKIPPED))]
    if table.empty:
        raise InputError([Problem(path, "there is no score in it", "Evaluate at least one scene")])
    others = set(table["route"].fillna("nothing").astype(str)) - set(_ROUTES)
    if others:
        what = f"its column route holds {', '.join(sorted(others))} where {' or '.join(_ROUTES)} is expected"
        raise InputError([Problem(path, what, NOT_AN_EVALUATION)])
    return table


def _typed(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table with every column that the report uses, in its type; columns that are missing are unknown."""
    table = table.copy()
    for name in (*_TEXT_COLUMNS, *_OPTIONAL_TEXT):
        table[name] = table[name].fillna("").astype(str) if name in table else ""
    try:
        for name in (*_NUMBER_COLUMNS, "pixel_size_m"):
            table[name] = pd.to_numeric(table[name]).astype(np.float64) if name in table else np.nan
        table["date"] = pd.to_datetime(table["date"].replace("", None), format="%Y-%m-%d")
    except ValueError as error:
        raise InputError([Problem(path, f"a value is no number or date ({error})", "Evaluate anew")]) from None
    table["sensor_group"] = table["sensor"].replace(SENSOR_GROUPS)
    return table
