"""What ``nnunet-glacier evaluate`` wrote, with a name: one evaluation is one experiment of the report."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nnunet_glacier.formats.scores import Scores, open_scores
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import given_twice
from nnunet_glacier.support.names import distinct_names, label_problems
from nnunet_glacier.support.wording import counted

CROSS_VALIDATION = "cross-validation"


@dataclass(frozen=True)
class Unit:
    """The unit of distances.

    Attributes:
        name: ``m`` or ``px``.
        column: Column of ``scores.csv`` that holds each image's mean distance in this unit.
    """

    name: str
    column: str


METRES = Unit("m", "mean_distance_m")
PIXELS = Unit("px", "mean_distance_px")


@dataclass(frozen=True, kw_only=True)
class Evaluation(Scores):
    """One evaluated experiment: scores with a name.

    Attributes:
        name: Name in figures and tables, unique in the report.
        key: The name as part of file names, unique in the report.
    """

    name: str
    key: str


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
    evaluations = []
    for folder, name, key in zip(folders, names, file_keys(names), strict=False):
        try:
            evaluations.append(Evaluation(**vars(open_scores(folder)), name=name, key=key))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems, "The evaluations cannot be reported")
    return evaluations


def name_problems(option: str, folders: Sequence[Path], names: Sequence[str]) -> list[Problem]:
    """What is wrong with folders that are given twice, and with names that are not one for each folder."""
    problems = given_twice(folders)
    if names and len(names) != len(folders):
        what = f"{counted(len(names), 'name')} for {counted(len(folders), 'folder')}"
        problems.append(Problem(option, what, "Give one name for each, in the same order"))
    if len(set(names)) < len(names):
        problems.append(Problem(option, f"a name occurs twice: {', '.join(names)}", "Give different names"))
    return problems + label_problems(option, names)


def file_keys(names: Sequence[str]) -> list[str]:
    """Names as parts of file names: letters, digits, ``-`` and ``_``, numbered where two would be the same.

    >>> file_keys(["early/scores (2)", "early scores 2", "späte"])
    ['early_scores_2', 'early_scores_2_2', 'sp_te']
    >>> file_keys(["x", "x_3", "x!", "x?"])
    ['x', 'x_3', 'x_2', 'x_4']
    """
    keys: list[str] = []
    for name in names:
        letters = (letter if letter.isascii() and (letter.isalnum() or letter in "-_") else " " for letter in name)
        key = "_".join("".join(letters).split()) or "experiment"
        numbered = itertools.chain([key], (f"{key}_{number}" for number in itertools.count(2)))
        keys.append(next(one for one in numbered if one not in keys))
    return keys
