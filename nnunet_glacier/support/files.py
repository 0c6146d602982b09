"""Files that are written whole or not at all, the one way in which every stage writes; and their fingerprints."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnunet_glacier.support.errors import Problem


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name beside it and rename it when it is complete.

    Args:
        path: The file to make or replace; its folder is made.
        write: Gets the temporary path, which has the same suffixes, and writes it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON with two blanks of indent, whole or not at all."""
    text = json.dumps(content, indent=2) + "\n"
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def absent_folder(folder: Path, remedy: str) -> list[Problem]:
    """Why there is nothing to read in a folder: there is none, or a file in its place."""
    if folder.is_dir():
        return []
    what = "it is a file, and a folder is wanted" if folder.exists() else "there is no such folder"
    return [Problem(folder, what, remedy)]


def folder_problems(out: Path) -> list[Problem]:
    """Why nothing can be written to an output folder, which need not exist: it is a file, below one, or closed."""
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if os.path.lexists(folder))
    if not os.path.isdir(nearest):  # noqa: PTH112
        what = "it is a file" if nearest == out.absolute() else f"it lies below {nearest}, which is a file"
        return [Problem(out, what, "Give a folder as OUT")]
    if not os.access(nearest, os.W_OK):
        return [Problem(out, f"{nearest} cannot be written to", "Choose another OUT, or mend the permissions")]
    return []
