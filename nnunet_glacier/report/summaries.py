"""``summary.json`` of an evaluation, read back and checked: what was scored and how, and which scenes were left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, FrontRules, FrontSide
from nnunet_glacier.report.mde_intervals import mde_intervals
from nnunet_glacier.support.bootstrap import Interval
from nnunet_glacier.support.errors import InputError, Problem

SCHEMES = ("single", "repeated", "cross-validation")

NOT_AN_EVALUATION = "Give a folder that 'nnunet-glacier evaluate' wrote"
"""The remedy where files are not what ``evaluate`` writes."""


@dataclass(frozen=True)
class LeftOut:
    """A scene that was not scored.

    Attributes:
        prediction: The set of predictions by which it was not scored, or None where it was by none.
        case: The scene.
        why: Which file was bad and what was wrong with it; "" where the scene was not predicted.
    """

    prediction: str | None
    case: str
    why: str = ""


@dataclass(frozen=True)
class Summary:
    """What was scored and how.

    Attributes:
        predictions: The folders that were scored, at least one.
        dataset: The dataset that they were scored against.
        scheme: One of `SCHEMES`.
        route: The main route from a prediction to its front, or "" where the file does not name it.
        rules: How fronts were found.
        threshold: Probability above which a pixel counted as front, or None where the predicted class did.
        skipped: Scenes left out because of bad input.
        missing: Scenes left out because they were not predicted, without those that are among `skipped`.
        mde_intervals: Bootstrap intervals of the MDE over scenes by route and name of the unit.
    """

    predictions: tuple[Path, ...]
    dataset: Path
    scheme: str
    route: str
    rules: FrontRules
    threshold: float | None
    skipped: tuple[LeftOut, ...]
    missing: tuple[LeftOut, ...]
    mde_intervals: Mapping[tuple[str, str], Interval]


def read_summary(path: Path) -> Summary:
    """Read a ``summary.json``; keys of later versions are passed over, and those of earlier ones need not be there.

    Raises:
        InputError: If the file is missing, is no summary, or holds values of another type; all of these at once.
    """
    content = {**_DEFAULTS, **_content(path)}
    remedy = "Run 'nnunet-glacier evaluate' anew"
    problems = [
        Problem(path, f"{name!r} is not {meaning}, but {json.dumps(content[name])[:60]}", remedy)
        for name, (fits, meaning) in _VALUES.items()
        if not fits(content[name])
    ]
    if problems:
        raise InputError(problems)
    skipped = tuple(_left_out(entry) for entry in content["skipped"])
    known = {(found.prediction, found.case) for found in skipped}
    missing = (_left_out(entry) for entry in content["missing_predictions"])
    return Summary(
        predictions=tuple(Path(folder) for folder in content["predictions"]),
        dataset=Path(content["dataset"]),
        scheme=content["scheme"],
        route=content["route"],
        rules=FrontRules(content["min_front_length_m"], content["front_side"]),
        threshold=content["threshold"],
        skipped=skipped,
        missing=tuple(found for found in missing if (found.prediction, found.case) not in known),
        mde_intervals=mde_intervals(content),
    )


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(path, "there is no such file", NOT_AN_EVALUATION)]) from None
    except (OSError, ValueError) as error:
        what = f"it cannot be read ({error})"
        raise InputError([Problem(path, what, "Run 'nnunet-glacier evaluate' anew")]) from None
    if not isinstance(content, dict) or "predictions" not in content or "dataset" not in content:
        what = "it does not name the predictions and the dataset that were scored"
        raise InputError([Problem(path, what, NOT_AN_EVALUATION)])
    return content


def _left_out(entry: dict[str, Any]) -> LeftOut:
    why = ": ".join(str(entry[name]) for name in ("where", "what") if name in entry)
    return LeftOut(entry.get("prediction"), entry["case"], why)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_folders(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _are_scenes(value: object) -> bool:
    """Whether it is a list of scenes, each with its name and its set of predictions, or null for every set."""
    return isinstance(value, list) and all(
        isinstance(entry, dict) and _is_text(entry.get("case")) and isinstance(entry.get("prediction"), str | None)
        for entry in value
    )


_DEFAULTS: dict[str, Any] = {
    "scheme": "single",
    "route": "",
    "min_front_length_m": MIN_FRONT_LENGTH_M,
    "front_side": "ocean",
    "threshold": None,
    "skipped": [],
    "missing_predictions": [],
}

_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "predictions": (_are_folders, "a list of folders"),
    "dataset": (_is_text, "a folder"),
    "scheme": (lambda value: value in SCHEMES, f"one of {', '.join(SCHEMES)}"),
    "route": (_is_text, "a text"),
    "min_front_length_m": (_is_number, "a number"),
    "front_side": (lambda value: value in get_args(FrontSide), f"one of {', '.join(get_args(FrontSide))}"),
    "threshold": (lambda value: value is None or _is_number(value), "a number or null"),
    "skipped": (_are_scenes, "a list of scenes"),
    "missing_predictions": (_are_scenes, "a list of scenes"),
}
"""Whether a value is what it must be, and what that is."""
