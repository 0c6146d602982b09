"""The first step of every converter: all that it was given is looked at before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
