"""What lies in a folder and in those below it, without hidden folders and without pages, whose downloads are copies."""

from __future__ import annotations

import os
from pathlib import Path

PAGE_RECORD = "quick_looks.jsonl"
"""The file that a folder with a page of ``view`` holds."""


def paths_below(folder: Path) -> list[Path]:
    """Files and folders below a folder, sorted; links to folders are not followed.

    What is hidden is left out, with all that lies in it, and so is a folder that holds `PAGE_RECORD`. The folder itself
    may be either: somebody named it.
    """
    found: list[Path] = []
    for inside, folders, files in os.walk(folder):
        here = Path(inside)
        folders[:] = [name for name in folders if not name.startswith(".") and not (here / name / PAGE_RECORD).exists()]
        found += [here / name for name in (*folders, *files) if not name.startswith(".")]
    return sorted(found)
