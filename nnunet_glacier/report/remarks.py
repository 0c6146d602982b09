"""Why single scenes are not shown, one line per reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nnunet_glacier.support.wording import counted


@dataclass(frozen=True)
class SceneRemark:
    """Why something is not shown of a scene; small enough to travel back from a worker process.

    Attributes:
        case: The scene.
        fate: What it is, such as ``not drawn``.
        reason: Why.
    """

    case: str
    fate: str
    reason: str

    def __str__(self) -> str:
        """One line: scene, fate, reason."""
        return f"{self.case} is {self.fate}: {self.reason}"


def grouped(remarks: Iterable[SceneRemark]) -> list[str]:
    """A line for each reason. Paths that differ by the scene's name alone are one, with a ``*`` in its place.

    >>> grouped([SceneRemark(case, "not drawn", f"/data/{case}.png: there is no such file") for case in ("a", "b")])
    ['2 scenes are not drawn: /data/*.png: there is no such file (a, b)']
    """
    groups: dict[tuple[str, str], list[SceneRemark]] = {}
    for remark in remarks:
        anywhere = re.sub(rf"(?<=[/\\]){re.escape(remark.case)}(?![A-Za-z0-9])", "*", remark.reason)
        groups.setdefault((remark.fate, anywhere), []).append(remark)
    return [
        str(alike[0])
        if len(alike) == 1
        else f"{counted(len(alike), 'scene')} are {fate}: {reason} ({listed([remark.case for remark in alike], 3)})"
        for (fate, reason), alike in groups.items()
    ]


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names one after the other, as many as are asked for, and how many more there are.

    >>> listed(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
