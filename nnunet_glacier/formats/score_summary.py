"""The head of ``summary.json``: what was scored and how, written by `SummaryHead` and read back by `read_summary`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

from nnunet_glacier.domain.front_rules import FrontRules, FrontSide
from nnunet_glacier.formats.recorded_values import is_finite_number
from nnunet_glacier.formats.score_table import EVALUATE_ANEW, NOT_AN_EVALUATION
from nnunet_glacier.support.bootstrap import Interval
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import read_text

Scheme = Literal["single", "repeated", "cross-validation"]

DELIVERED = "delivered lines"
"""What ``scored`` says of lines that were scored as they were delivered."""


@dataclass(frozen=True)
class LeftOut:
    """A scene that was not scored.

    Attributes:
        prediction: The set of predictions by which it was not scored, or None where it was by none.
        case: The scene.
        problem: Which file was bad, what was wrong with it and what to do; None where the scene was not predicted.
    """

    prediction: str | None
    case: str
    problem: Problem | None = None

    @property
    def why(self) -> str:
        """Which file was bad and what was wrong with it; "" where the scene was not predicted."""
        return f"{self.problem.where}: {self.problem.what}" if self.problem else ""

    def to_json(self) -> dict[str, str | None]:
        """The entry in ``summary.json``."""
        entry = {"prediction": self.prediction, "case": self.case}
        if self.problem is None:
            return entry
        return {**entry, "where": str(self.problem.where), "what": self.problem.what, "remedy": self.problem.remedy}

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> LeftOut:
        """The inverse of `to_json`."""
        problem = Problem(entry["where"], entry.get("what", ""), entry.get("remedy", "")) if "where" in entry else None
        return cls(entry.get("prediction"), entry["case"], problem)


@dataclass(frozen=True)
class SummaryHead:
    """What was scored and how.

    Attributes:
        predictions: The folders that were scored, at least one.
        dataset: The dataset that they were scored against.
        scheme: How the folders belong together.
        split: The split that was scored.
        missing: Scenes left out because they were not predicted.
        skipped: Scenes left out because of bad input.
        route: The main route from a prediction to its line; "" of classes, which have none.
        threshold: Probability above which a pixel counted as line, or None where the predicted class did.
        rules: How lines were found.
        cut_ends_m: How much of the label was left out at each end in scores without ends, in metres; None for no such.
        delivered: Whether the lines were scored as they were delivered, so that `rules` made none of them.
        mde_intervals: Bootstrap intervals of the MDE over scenes by route and unit (``m``, ``px``), as they are read
            back; `Interval.to_json` writes them where the scores of a subset stand.
    """

    predictions: tuple[Path, ...]
    dataset: Path
    scheme: Scheme
    split: str = ""
    missing: tuple[LeftOut, ...] = ()
    skipped: tuple[LeftOut, ...] = ()
    route: str = ""
    threshold: float | None = None
    rules: FrontRules = field(default_factory=FrontRules)
    cut_ends_m: float | None = None
    delivered: bool = False
    mde_intervals: Mapping[tuple[str, str], Interval] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The first entries of ``summary.json``."""
        head = {
            "predictions": [str(folder.absolute()) for folder in self.predictions],
            "dataset": str(self.dataset.absolute()),
            "scheme": self.scheme,
            "split": self.split,
            "missing_predictions": [scene.to_json() for scene in self.missing],
            "skipped": [scene.to_json() for scene in self.skipped],
            "version": version("nnunet-glacier"),
        }
        if not self.route:
            return head
        cut = {} if self.cut_ends_m is None else {"cut_ends_m": self.cut_ends_m}
        if self.delivered:
            return {**head, "route": self.route, "scored": DELIVERED, **cut}
        rules: dict[str, Any] = {
            "min_front_length_m": self.rules.min_front_length_m,
            "front_side": self.rules.front_side,
        }
        if self.rules.published_decoding:
            rules["fused_decoding"] = "published"
        return {**head, "route": self.route, "threshold": self.threshold, **rules, **cut}


def read_summary(path: Path) -> tuple[SummaryHead | None, list[Problem]]:
    """The head of a ``summary.json``, or everything that is wrong with it.

    Keys of later versions are passed over, and those that earlier versions did not write need not be there. A missing
    prediction that was skipped is among the skipped scenes alone.
    """
    try:
        content = json.loads(read_text(path))
    except FileNotFoundError:
        return None, [Problem(path, "there is no such file", NOT_AN_EVALUATION)]
    except (OSError, ValueError) as error:
        return None, [Problem(path, f"it cannot be read ({error})", EVALUATE_ANEW)]
    if not isinstance(content, dict):
        return None, [Problem(path, f"it holds {_shown(content)}, and an object of keys is wanted", NOT_AN_EVALUATION)]
    missing = [key for key in ("predictions", "dataset") if key not in content]
    problems = [Problem(path, f"there is no {key!r}, which is {_KEYS[key][1]}", NOT_AN_EVALUATION) for key in missing]
    problems += [
        Problem(path, f"{key!r} is {_shown(content[key])}, and {wanted} is wanted", EVALUATE_ANEW)
        for key, (fits, wanted) in _KEYS.items()
        if key in content and not fits(content[key])
    ]
    intervals, wrong = _mde_intervals(content, path)
    problems += wrong
    return (None, problems) if problems else (_head(content, intervals), [])


def _head(content: Mapping[str, Any], intervals: Mapping[tuple[str, str], Interval]) -> SummaryHead:
    """The head of a content without problems."""
    usual = FrontRules()
    skipped = tuple(map(LeftOut.from_json, content.get("skipped", [])))
    known = {(scene.prediction, scene.case) for scene in skipped}
    missing = map(LeftOut.from_json, content.get("missing_predictions", []))
    return SummaryHead(
        predictions=tuple(map(Path, content["predictions"])),
        dataset=Path(content["dataset"]),
        scheme=content.get("scheme", "single"),
        split=content.get("split", ""),
        missing=tuple(scene for scene in missing if (scene.prediction, scene.case) not in known),
        skipped=skipped,
        route=content.get("route", ""),
        threshold=content.get("threshold"),
        rules=FrontRules(
            content.get("min_front_length_m", usual.min_front_length_m),
            content.get("front_side", usual.front_side),
            published_decoding=content.get("fused_decoding") == "published",
        ),
        cut_ends_m=content.get("cut_ends_m"),
        delivered=content.get("scored") == DELIVERED,
        mde_intervals=intervals,
    )


def _mde_intervals(content: Mapping[str, Any], path: Path) -> tuple[dict[tuple[str, str], Interval], list[Problem]]:
    """The intervals over all images, of the main route at the top and of others under ``other_routes``.

    Those that are not there, as in summaries of earlier versions, are left out.
    """
    others = content.get("other_routes", {})
    places = [("", content.get("route", ""), content)]
    places += [(f"other_routes.{route}.", route, summary) for route, summary in _entries(others).items()]
    intervals, problems = {}, []
    for prefix, route, summary in places:
        scores = _entries(_entries(_entries(summary).get("subsets")).get("all"))
        for unit in ("m", "px"):
            entry = scores.get(key := f"mde_{unit}_interval")
            if entry is None:
                continue
            if _is_interval(entry):
                intervals[route, unit] = Interval.from_json(entry)
                continue
            wanted = "'low', 'high' (numbers or null) and 'scenes' (a whole number)"
            what = f"'{prefix}subsets.all.{key}' is {_shown(entry)}, and {wanted} are wanted"
            problems.append(Problem(path, what, EVALUATE_ANEW))
    return intervals, problems


def _entries(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_interval(entry: Any) -> bool:
    ends = [entry.get("low", ""), entry.get("high", "")] if isinstance(entry, dict) else [""]
    return all(end is None or is_finite_number(end) for end in ends) and _is_whole(entry.get("scenes"))


def _shown(value: Any) -> str:
    """A value as JSON has it, cut off where it is long."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_folders(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _are_scenes(value: object) -> bool:
    """Whether it is a list of scenes, each with its name and its set of predictions, or null for every set."""
    return isinstance(value, list) and all(
        isinstance(entry, dict)
        and _is_text(entry.get("case"))
        and isinstance(entry.get("prediction"), str | None)
        and all(_is_text(entry[key]) for key in ("where", "what", "remedy") if key in entry)
        for entry in value
    )


_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "predictions": (_are_folders, "a list of folders"),
    "dataset": (_is_text, "a folder"),
    "scheme": (lambda value: value in get_args(Scheme), f"one of {', '.join(get_args(Scheme))}"),
    "split": (_is_text, "a text"),
    "route": (_is_text, "a text"),
    "min_front_length_m": (is_finite_number, "a number"),
    "front_side": (lambda value: value in get_args(FrontSide), f"one of {', '.join(get_args(FrontSide))}"),
    "threshold": (lambda value: value is None or is_finite_number(value), "a number or null"),
    "cut_ends_m": (is_finite_number, "a number"),
    "skipped": (_are_scenes, "a list of scenes"),
    "missing_predictions": (_are_scenes, "a list of scenes"),
}
"""Keys: whether a value is what it must be, and what that is."""
