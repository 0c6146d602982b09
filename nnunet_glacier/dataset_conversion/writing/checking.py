"""The first step of every converter: all that it was given is looked at before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.parallel import map_with_progress


@dataclass(frozen=True)
class SceneCheck:
    """What was seen in the files of a scene.

    Attributes:
        problems: What is wrong with them; empty for a good scene.
    """

    problems: tuple[Problem, ...] = ()


LISTED = 3
"""Up to so many files with one fault are listed one by one."""

Item = TypeVar("Item")
Check = TypeVar("Check", bound=SceneCheck)


def check_all(
    check: Callable[[Item], Check], items: Iterable[Item], *, workers: int | None = None
) -> tuple[list[Check], list[Problem]]:
    """Check every scene.

    Args:
        check: Looks at a scene; must be picklable.
        items: The scenes.
        workers: Processes; None for one a core.

    Returns:
        The check of every scene, in order, and the problems of all.
    """
    checks = list(map_with_progress(check, items, description="Checking", workers=workers))
    return checks, [problem for answer in checks for problem in answer.problems]


def one_line_a_cause(problems: Sequence[Problem]) -> list[Problem]:
    """The problems, those of one cause in many files as one line with the first file and the number of the others.

    >>> missing = [Problem(f"{name}.png", "there is no such file", "Restore it") for name in "abcde"]
    >>> [str(problem) for problem in one_line_a_cause([*missing, Problem("OUT", "it is a file", "Give a folder")])]
    ['a.png and 4 more: there is no such file. Restore it', 'OUT: it is a file. Give a folder']
    """
    of_cause: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        of_cause.setdefault((problem.what, problem.remedy), []).append(problem)
    lines = []
    for (what, remedy), alike in of_cause.items():
        if len(alike) > LISTED:
            alike = [Problem(f"{alike[0].where} and {len(alike) - 1} more", what, remedy)]
        lines += alike
    return lines
