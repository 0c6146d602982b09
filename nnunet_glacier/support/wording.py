"""Words that many messages to users share: numbers with their nouns, what is missing, colours."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

_GDAL_ADVICE = re.compile(r"[.;\s]*It might help to specify the correct driver.*", re.DOTALL)


def gdal_reason(error: Exception) -> str:
    """What GDAL says of a file that it cannot open, without its advice on drivers, which no command here takes.

    >>> gdal_reason(ValueError("'a.txt' not recognized. It might help to specify the correct driver explicitly by ..."))
    "'a.txt' not recognized"
    """
    return _GDAL_ADVICE.sub("", str(error)).strip()


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number and its noun, or its noun and verb, in the right number.

    Args:
        count: The number.
        singular: The words after a one.
        plural: The words after every other number; by default the singular with an s.

    >>> counted(1, "scene"), counted(0, "scene"), counted(2, "scene was", "scenes were")
    ('1 scene', '0 scenes', '2 scenes were')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


_SHOWN = 5


def some_of(names: Iterable[str]) -> str:
    """The first names of many.

    >>> some_of("abc"), some_of("abcdefg")
    ('a, b, c', 'a, b, c, d, e, ...')
    """
    listed = list(names)
    return ", ".join(listed[:_SHOWN]) + (", ..." if len(listed) > _SHOWN else "")


def quoted(path: Path) -> str:
    """A path as it is typed in a shell, for a command that is printed.

    >>> quoted(Path("scenes")), quoted(Path("my scenes"))
    ('scenes', "'my scenes'")
    """
    return shlex.quote(str(path))


def no_file(path: Path, sought: str = "file") -> str:
    """Why a path is none that can be read: there is nothing, or a folder, a pipe or a device, which is never opened.

    Args:
        path: A path that is no regular file.
        sought: What could have been there, such as "file or folder".

    >>> no_file(Path("nowhere.tif")), no_file(Path("/dev/null"))
    ('there is no such file', 'it is no regular file')
    """
    return "it is no regular file" if path.exists() else f"there is no such {sought}"


def hex_colour(rgb: Sequence[int]) -> str:
    """A colour of 8 bits a channel as pages and pictures name it; what follows red, green and blue is left out.

    >>> hex_colour((0, 84, 150, 255))
    '#005496'
    """
    return "#" + "".join(f"{part:02x}" for part in rgb[:3])
