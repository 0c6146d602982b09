"""A stage's door to its output folder: what it did not write, it does not write over."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nnunet_glacier.support.errors import Problem


def foreign_problems(out: Path, written: Iterable[Path], record: Path, remedy: str) -> list[Problem]:
    """Why a stage cannot write to a folder: files to be written are there, and no record that it wrote them.

    Args:
        out: The folder, which need not exist.
        written: All that would be written, replaced or deleted, the record aside.
        record: The file or folder that the stage has written wherever it has written anything else.
        remedy: What to do about it.
    """
    if record.exists():
        return []
    there = [path for path in dict.fromkeys(written) if path.exists()]
    if not there:
        return []
    of = "1 of the files" if len(there) == 1 else f"{len(there)} of the files"
    what = f"it has {of} to write, such as {there[0].relative_to(out).as_posix()}, but no {record.name}"
    return [Problem(out, what, remedy)]
