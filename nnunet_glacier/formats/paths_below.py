"""What lies in a folder and in those below it, without hidden folders and without what is made of its files.

That are pages of ``view``, whose downloads are copies, and what ``convert`` wrote.
"""

from __future__ import annotations

import os
from pathlib import Path

from nnunet_glacier.formats.raw_layout import CONVERSION_JSON

PAGE_RECORD = "quick_looks.jsonl"
"""The file that a folder with a page of ``view`` holds."""


def paths_below(folder: Path) -> list[Path]:
    """Files and folders below a folder, sorted; links to folders are not followed.

    What is hidden is left out, with all that lies in it, and so is a folder that holds `PAGE_RECORD` or
    `CONVERSION_JSON`. The folder itself may be either: somebody named it.
    """
    found: list[Path] = []
    for inside, folders, files in os.walk(folder):
        here = Path(inside)
        folders[:] = [name for name in folders if not (name.startswith(".") or _is_made(here / name))]
        found += [here / name for name in (*folders, *files) if not name.startswith(".")]
    return sorted(found)


def _is_made(folder: Path) -> bool:
    """Whether a folder holds what was made of others' files."""
    return any((folder / name).exists() for name in (PAGE_RECORD, CONVERSION_JSON))
