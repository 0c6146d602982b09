"""The package's errors: a user's mistakes, each with the file, the fault and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from nnunet_glacier.support.wording import counted


class GlacierError(Exception):
    """A mistake that the user can mend; the command line prints its text alone and exits with code 2."""


class MendableError(GlacierError):
    """A fault whose remedy is known where it is found.

    Attributes:
        remedy: What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.remedy = remedy

    def __str__(self) -> str:
        """The fault alone."""
        return str(self.args[0])


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    Attributes:
        where: The file or folder (or a stem, an option) that is wrong.
        what: What is wrong with it, with the value found.
        remedy: What to do about it.
        name: What `what` calls by name, such as a case; by default the stem of the file. Problems that differ in it
            alone are of one cause.
    """

    where: str | Path
    what: str
    remedy: str
    name: str = ""

    def __str__(self) -> str:
        """One line: where, what, remedy."""
        return f"{self.where}: {self.what}. {self.remedy}"

    @property
    def cause(self) -> tuple[str, str]:
        """What it has in common with the same mistake in other files: no name, no numbers."""
        name = self.name or PurePath(self.where).name.split(".")[0]
        unnamed = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "*", self.what) if name else self.what
        return _NUMBER.sub("0", unnamed), self.remedy


_NUMBER = re.compile(r"\d+(\.\d+)?")

LISTED = 3
"""Up to so many files with one fault are listed one by one."""

_NAMED = 5


def lines_by_cause(problems: Sequence[Problem]) -> list[str]:
    """A line per problem, and of one cause in many files a single line: the first of them, how many more, and which.

    >>> missing = [Problem(f"{name}.png", "there is no such file", "Restore it") for name in "abcde"]
    >>> for line in lines_by_cause([*missing, Problem("OUT", "it is a file", "Give a folder")]):
    ...     print(line)
    a.png and 4 more: there is no such file. Restore it (also b.png, c.png, d.png, e.png)
    OUT: it is a file. Give a folder
    >>> lines_by_cause([Problem("maps", f"no map of scene {name}", "Predict it", name=name) for name in "ABCD"])
    ['maps: no map of scene A. Predict it (also B, C, D)']
    """
    of_cause: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        of_cause.setdefault(problem.cause, []).append(problem)
    lines: list[str] = []
    for alike in of_cause.values():
        lines += map(str, alike) if len(alike) <= LISTED else [_of_one_cause(alike)]
    return lines


def _of_one_cause(alike: Sequence[Problem]) -> str:
    first, others = alike[0], alike[1:]
    one_place = all(problem.where == first.where for problem in others)
    where = first.where if one_place else f"{first.where} and {len(others)} more"
    names = [problem.name or PurePath(problem.where).name for problem in others]
    also = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        also += f", ... and {len(names) - _NAMED} more" if one_place else ", ..."
    return f"{where}: {first.what}. {first.remedy} (also {also})"


_SKIP_BAD = "give --skip-bad, which goes on without it"


def for_one_scene(*remedies: str, skip_bad: bool) -> str:
    """The remedy where a single scene is at fault and the others can be used.

    Args:
        remedies: What can be done about the scene.
        skip_bad: Whether ``--skip-bad`` was given; else it is one more remedy.

    >>> for_one_scene("Mend it", skip_bad=False)
    'Mend it, or give --skip-bad, which goes on without it'
    >>> for_one_scene("Mend it", "take it out", skip_bad=True)
    'Mend it, or take it out'
    """
    *others, last = remedies if skip_bad else (*remedies, _SKIP_BAD)
    return f"{', '.join(others)}, or {last}" if others else last


def skipped_lines(problems: Sequence[Problem], listed_in: str = "") -> list[str]:
    """The scenes that ``--skip-bad`` left out, counted, with their reasons; none if there is none.

    Args:
        problems: Why each was left out.
        listed_in: The file that lists all of them; without one each stands on a line of its own.
    """
    if not problems:
        return []
    counts = counted(len(problems), "scene")
    heading = f"SKIPPED {counts} with bad input (--skip-bad){f', listed in {listed_in}' if listed_in else ''}:"
    lines = lines_by_cause(problems) if listed_in else map(str, problems)
    return [heading, *(f"  {line}" for line in lines)]


class InputError(GlacierError):
    """Everything wrong with a stage's input, in one list, raised before anything is written.

    Args:
        problems: At least one problem.
        summary: What the input was, as a heading; the number of problems is added.
        outcome: What became of the output, where some of it stays.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        summary: str = "The input cannot be used",
        outcome: str = "nothing was written",
    ) -> None:
        self.problems = tuple(problems)
        self.summary = summary
        self.outcome = outcome
        super().__init__(summary)

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes back whole from another process."""
        return type(self), (self.problems, self.summary, self.outcome)

    def __str__(self) -> str:
        """The heading and one line per cause."""
        lines = lines_by_cause(self.problems)
        heading = f"{self.summary}: {counted(len(lines), 'problem')}; {self.outcome}."
        return "\n".join([heading, *(f"  {line}" for line in lines)])


def all_of(*reads: Callable[[], Any]) -> list[Any]:
    """What each function returns, all of them called even where one fails.

    Raises:
        InputError: With the problems of all that fail.
    """
    results: list[Any] = []
    problems: list[Problem] = []
    for read in reads:
        try:
            results.append(read())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return results
