"""The real scenes that ship with the package, in CaFFe's layout."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_whole
from nnunet_glacier.support.partial_files import holds_anything, is_partial

SCENES = Path(__file__).parent / "crane"
"""Twelve scenes of one glacier; its ``README.md`` has their origin and licence."""

GLACIER = "Crane"

UNSEEN_BY = "3"
"""The fold of ``caffe-256`` that was trained without this glacier (`nnunet_glacier/models/caffe-256/README.md`)."""


def copy_scenes(out: Path) -> list[Path]:
    """Copy the scenes with their credit.

    Args:
        out: Folder for ``sar_images``, ``zones``, ``fronts``, ``bounding_boxes`` and ``README.md``.

    Returns:
        The files that were written; the credit last.

    Raises:
        InputError: If the folder cannot be written or holds other things.
    """
    files = sorted(path for path in SCENES.rglob("*") if path.is_file() and path.parent != SCENES)
    files.append(SCENES / "README.md")
    problems = folder_problems(out)
    if not problems and holds_anything(out) and not _holds_part_of(out, files):
        problems = [Problem(out, "the folder holds other things", "Give a new or empty folder")]
    if problems:
        raise InputError(problems, "The scenes cannot be copied")
    for path in files:
        write_whole(out / path.relative_to(SCENES), partial(shutil.copyfile, path))
    return [out / path.relative_to(SCENES) for path in files]


def _holds_part_of(out: Path, files: list[Path]) -> bool:
    """Whether a folder holds some of the files, whole or in part, and nothing else, as a copy that was stopped does."""
    names = {path.relative_to(SCENES) for path in files}
    return all(path.relative_to(out) in names for path in out.rglob("*") if path.is_file() and not is_partial(path))
