"""Names that no table, no message and no picture can hold: not in UTF-8, with hidden characters, or too long."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import counted

LONGEST_NAME = 255
"""Bytes of a file name that usual file systems take."""

_WHAT = "its name is not in UTF-8, so that no table can hold it"
_REMEDY = "Rename it, for instance with 'convmv -f latin1 -t utf8 --notest'"


LONGEST_LABEL = 60
"""Characters of a name beside a picture or in a legend, above which it leaves no room for them."""


def is_hidden(text: str) -> bool:
    r"""Whether a text has characters that cannot be seen: control and format characters, separators of lines.

    >>> [is_hidden(text) for text in ("/data/Gr\u00f6nland 1", "a\nb", "a\u200bb", "a\u2028b")]
    [False, True, True, True]
    """
    return any(unicodedata.category(character)[0] == "C" or character in "\u2028\u2029" for character in text)


def label_problems(option: str, names: Iterable[str]) -> list[Problem]:
    """The names that a user gives and no figure can show.

    >>> [str(problem) for problem in label_problems("--name", ["BCE", "", "a" * 61])]  # doctest: +NORMALIZE_WHITESPACE
    ["--name '': it is empty. Give 1 to 60 visible characters",
     "--name 'aaaaaaaaaaaa...': it has 61 characters. Give 1 to 60 visible characters"]
    """
    problems = []
    for name in names:
        shown = name if len(name) <= LONGEST_LABEL else f"{name[:12]}..."
        what = ""
        if not name.strip():
            what = "it is empty"
        elif len(name) > LONGEST_LABEL:
            what = f"it has {len(name)} characters"
        elif is_hidden(name):
            what = "it has characters that cannot be seen"
        if what:
            problems.append(Problem(f"{option} {shown!a}", what, f"Give 1 to {LONGEST_LABEL} visible characters"))
    return problems


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """The shortest endings of paths that tell them apart, each as long as the others; of a path given twice the whole.

    >>> distinct_names([Path("/a/early/scores"), Path("/a/late/scores")])
    ['early/scores', 'late/scores']
    """
    parts = [path.absolute().parts for path in paths]
    names: list[str] = []
    for count in range(1, max(map(len, parts), default=0) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            break
    return names


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


def long_name_problems(made_of: Iterable[tuple[Path, Path]]) -> list[Problem]:
    """Files of the input of whose names a file would be made that usual file systems do not take.

    Args:
        made_of: The file of the input, and the one with the longest name that is made of it.
    """
    problems = []
    for read, made in made_of:
        beyond = len(os.fsencode(made.name)) - LONGEST_NAME
        if beyond > 0:
            what = f"a file would be made of its name that is {counted(beyond, 'byte')} too long for the disk"
            problems.append(Problem(read, what, "Give it a shorter name"))
    return problems


def name_fault(error: UnicodeEncodeError) -> str:
    r"""The sentence about a name that could not be written, where no door named its file.

    Args:
        error: What was raised; its text holds the name.

    >>> for text, encoding in (("a Gr\udcf6nland.png", "utf-8"), ("a \u2192 b", "latin-1")):
    ...     try:
    ...         _ = text.encode(encoding)
    ...     except UnicodeEncodeError as error:
    ...         print(name_fault(error))  # doctest: +ELLIPSIS
    Gr\udcf6nland.png: its name is not in UTF-8, so that no table can hold it. Rename it...
    '\u2192': it cannot be written in latin-1. Set PYTHONIOENCODING=utf-8 in the environment
    """
    start, stop = error.start, error.end
    if printable(error.object) == error.object:
        # All files are written in UTF-8, which has a place for every character of a good name.
        what = f"it cannot be written in {error.encoding}"
        return str(Problem(ascii(error.object[start:stop]), what, "Set PYTHONIOENCODING=utf-8 in the environment"))
    before = re.split(r"[\s,;\"']", error.object[:start])[-1]
    after = re.split(r"[\s,;\"']", error.object[stop:])[0]
    return str(Problem(printable(before + error.object[start:stop] + after), _WHAT, _REMEDY))
