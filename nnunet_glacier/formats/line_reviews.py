"""What a person says of delineated lines: accepted, rejected, or drawn anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import shapely
from shapely import LineString

from nnunet_glacier.formats.recorded_values import is_finite_number
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import read_text

Status = Literal["accepted", "rejected"]
REVIEWS_FORM = "nnunet-glacier reviews 1"
"""What a file of reviews says of itself."""

LONGEST_NAME = 100
"""Letters of a reviewer's name."""

MOST_VERTICES = 100_000
SUMMARY, NOTE = "The reviews cannot be taken over", "the lines were left as they are"
"""How the errors about reviews begin and end."""

SAVE_AGAIN = "Save it again with the page's button"


@dataclass(frozen=True)
class Review:
    """What somebody says of a scene's front, or of one of its grounding lines.

    Attributes:
        case: Name of the scene.
        status: ``accepted`` or ``rejected``.
        reviewed_by: Who says it.
        line: The line as it was drawn anew; None if it stays as it is.
        seen: `fingerprint` of the line that was looked at, or "" if that is not known; of several lines of a scene it
            tells the one that is meant.
    """

    case: str
    status: Status
    reviewed_by: str
    line: LineString | None = None
    seen: str = ""


def is_reviewer(name: str) -> bool:
    r"""Whether a name can stand in the column ``reviewed_by``.

    >>> [is_reviewer(name) for name in ("Ann", " ", "A\nB", 101 * "a")]
    [True, False, False, False]
    """
    return bool(name.strip()) and len(name) <= LONGEST_NAME and name.isprintable()


def fingerprint(lines: Iterable[Any]) -> str:
    """A short text that is another one when lines are others."""
    return hashlib.sha256(b"".join(sorted(shapely.to_wkb(line) for line in lines))).hexdigest()[:16]


def parse_reviews(content: Any, where: str | Path) -> tuple[list[Review], str]:
    """Reviews from JSON, as the page sends or saves them: ``{"form", "crs", "reviews": [{"case", "status", ...}]}``.

    Args:
        content: The JSON.
        where: Where it stands, for the errors.

    Returns:
        The reviews, of several for one line the last one, and the CRS of their lines.

    Raises:
        InputError: With everything that is wrong.
    """
    if not isinstance(content, dict) or content.get("form") != REVIEWS_FORM:
        what = f"it is no file of reviews: it has no form {REVIEWS_FORM!r}"
        raise InputError([Problem(where, what, "Give the file that the page saved")], SUMMARY)
    entries, crs = content.get("reviews"), content.get("crs")
    if not isinstance(entries, list) or not isinstance(crs, str):
        what = "it lacks the list of reviews or the CRS"
        raise InputError([Problem(where, what, SAVE_AGAIN)], SUMMARY)
    problems: list[Problem] = []
    reviews = {}
    for number, entry in enumerate(entries, start=1):
        wrong = _entry_faults(entry)
        problems += [Problem(f"{where}, review {number}", fault, SAVE_AGAIN) for fault in wrong]
        if not wrong:
            line = None if entry.get("line") is None else LineString(entry["line"])
            of = entry["case"]
            seen = entry.get("seen", "")
            reviews[of, seen] = Review(of, entry["status"], entry["reviewed_by"].strip(), line, seen)
    if problems:
        raise InputError(problems, SUMMARY, NOTE)
    return list(reviews.values()), crs


def read_reviews(path: Path) -> tuple[list[Review], str]:
    """Reviews from a file (`parse_reviews`).

    Raises:
        InputError: If it cannot be read or holds something else.
    """
    try:
        content = json.loads(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError([Problem(path, f"it cannot be read as JSON ({error})", "Correct the path")]) from None
    return parse_reviews(content, path)


def _entry_faults(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return ["it is no object"]
    name, line, faults = entry.get("reviewed_by"), entry.get("line"), []
    if not isinstance(entry.get("case"), str) or not isinstance(entry.get("seen", ""), str):
        faults.append("it does not name its scene")
    if entry.get("status") not in get_args(Status):
        faults.append(f"its status is {entry.get('status')!r}, neither accepted nor rejected")
    if not isinstance(name, str) or not is_reviewer(name):
        faults.append(f"its reviewed_by is no name of up to {LONGEST_NAME} letters")
    if line is not None and not _is_line(line):
        faults.append("its line is no list of two or more vertices x, y that differ")
    return faults


def _is_line(line: Any) -> bool:
    if not isinstance(line, list) or not 2 <= len(line) <= MOST_VERTICES:
        return False
    for vertex in line:
        if not isinstance(vertex, list) or len(vertex) != 2:
            return False
        if not all(map(is_finite_number, vertex)):
            return False
    return LineString(line).length > 0
