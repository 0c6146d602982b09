"""The lines of a case as ``nnunet-glacier lines`` keeps them between runs: ``cases/<case>.json``."""

from __future__ import annotations

import json
from pathlib import Path

from nnunet_glacier.lines.measured_lines import MeasuredLine
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.files import read_text, write_json

CASES = "cases"


def case_file(out: Path, case: str) -> Path:
    """The file of a case in the output folder of ``lines``."""
    return out / CASES / f"{case}.json"


def write_lines(path: Path, lines: tuple[MeasuredLine, ...]) -> None:
    """Write the lines of a case as JSON, whole or not at all; floats keep every digit."""
    write_json(path, to_plain({"lines": lines}))


def read_lines(path: Path) -> tuple[MeasuredLine, ...] | None:
    """The inverse of `write_lines`; None if the file is not there or holds something else."""
    try:
        content = json.loads(read_text(path))
        return from_plain(tuple[MeasuredLine, ...], content["lines"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
