"""Names of files that no table and no message can hold, because they are not in UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nnunet_glacier.support.errors import Problem

_WHAT = "its name is not in UTF-8, so that no table can hold it"
_REMEDY = "Rename it, for instance with 'convmv -f latin1 -t utf8 --notest'"


def printable(text: object) -> str:
    r"""Text for the screen; bytes of a name that are no UTF-8 are written out.

    >>> printable("Gr\udcf6nland.png")
    'Gr\\udcf6nland.png'
    """
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")


def name_problems(paths: Iterable[Path]) -> list[Problem]:
    r"""The files whose names are not in UTF-8, as those of old disks and archives may be.

    >>> [problem.where for problem in name_problems([Path("a.png"), Path("Gr\udcf6nland.png")])]
    ['Gr\\udcf6nland.png']
    """
    return [Problem(printable(path), _WHAT, _REMEDY) for path in paths if printable(path) != str(path)]


def name_fault(error: UnicodeEncodeError) -> str:
    """The sentence about a name that could not be written, where no door named its file.

    Args:
        error: What was raised; its text holds the name.
    """
    start, stop = error.start, error.end
    before = re.split(r"[\s,;\"']", error.object[:start])[-1]
    after = re.split(r"[\s,;\"']", error.object[stop:])[0]
    return str(Problem(printable(before + error.object[start:stop] + after), _WHAT, _REMEDY))
