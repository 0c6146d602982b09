"""The package's errors: a user's mistakes, each with the file, the fault and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class GlacierError(Exception):
    """A mistake that the user can mend; the command line prints its text alone and exits with code 2."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    Attributes:
        where: The file or folder (or a stem, an option) that is wrong.
        what: What is wrong with it, with the value found.
        remedy: What to do about it.
    """

    where: str | Path
    what: str
    remedy: str

    def __str__(self) -> str:
        """One line: where, what, remedy."""
        return f"{self.where}: {self.what}. {self.remedy}"


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

    def __str__(self) -> str:
        """The heading and one line per problem."""
        count = len(self.problems)
        heading = f"{self.summary}: {count} problem{'s' if count != 1 else ''}; {self.outcome}."
        return "\n".join([heading, *(f"  {problem}" for problem in self.problems)])


def all_of(*reads: Callable[[], Any]) -> list[Any]:
    """What each function returns, all of them called even where one fails.

    Raises:
        InputError: With the problems of all that fail.
    """
    results, problems = [], []
    for read in reads:
        try:
            results.append(read())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return results
