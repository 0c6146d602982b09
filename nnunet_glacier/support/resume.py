"""One notion of "done" for every command that goes on where it stopped.

A piece of work is done if its record says that it was made of files of the same content by the same settings, and all
that it wrote is there and whole. Names, places and times of files decide nothing: a copied or touched file is the same
file, and a setting that has gone is as much of a change as a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from nnunet_glacier.support.archives import archive_of
from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.files import sha256_of, write_text_whole


def content_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; read once per process as long as nothing wrote to it.

    Of a file in an archive it is that of the archive and its place there.

    Raises:
        OSError: If it cannot be read.
    """
    archive = archive_of(path)
    if archive is not None:
        place = f"{content_of(archive)} {path.relative_to(archive).as_posix()}"
        return hashlib.sha256(place.encode()).hexdigest()
    status = path.stat()
    return _content_of(path, status.st_size, status.st_mtime_ns, status.st_ino)


@cache
def _content_of(path: Path, *state: int) -> str:
    return sha256_of(path)


def contents_of(paths: Iterable[Path]) -> list[str]:
    """`content_of` each file, in their order."""
    return [content_of(path) for path in paths]


def key_of(settings: object, files: Iterable[Path]) -> str:
    """SHA-256 of all that decides a result: settings, by their ``repr``, and the content of files."""
    return hashlib.sha256(repr((settings, contents_of(files))).encode()).hexdigest()


def differences(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two settings, a sentence each, with both values.

    >>> differences({"folds": ["0"], "mirroring": True}, {"folds": ["0", "1"], "mirroring": True})
    ["folds was ['0'], now ['0', '1']"]
    >>> differences({"box": [0, 9]}, {})
    ['box was [0, 9], now None']
    """
    return [
        f"{name} was {earlier.get(name)!r}, now {now.get(name)!r}"
        for name in dict.fromkeys((*now, *earlier))
        if earlier.get(name) != now.get(name)
    ]


class LineRecord:
    """What is done, a line of JSON for each piece of work, added to as pieces are done.

    A line that was cut off by a crash is passed over. Of two lines with a key the later one holds.

    Args:
        path: The file; it and its folder are made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def read(self) -> dict[str, Any]:
        """What was kept, by key; nothing where there is no file."""
        kept = {}
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines() if self.path.is_file() else []
        for line in lines:
            try:
                row = json.loads(line)
                kept[row["key"]] = row["value"]
            except (ValueError, KeyError, TypeError):
                continue
        return kept

    def add(self, key: str, value: Any) -> None:
        """Keep one more piece of work; its value is JSON.

        Raises:
            DiskError: If it cannot be written.
        """
        with writing(self.path):
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8")
                # The file may end in half a line: the next one starts afresh.
                self._file.write("\n")
            self._file.write(_line(key, value))
            self._file.flush()

    def close(self) -> None:
        """Close the file; what was added stays.

        Raises:
            DiskError: If a line that could not be written before cannot be written now either.
        """
        file, self._file = self._file, None
        if file is not None:
            with writing(self.path):
                file.close()

    def finish(self, values: Mapping[str, Any]) -> None:
        """Replace the file by these lines alone, in their order."""
        self.close()
        text = "".join(_line(key, value) for key, value in values.items())
        write_text_whole(self.path, text)


def _line(key: str, value: Any) -> str:
    return json.dumps({"key": key, "value": value}) + "\n"
