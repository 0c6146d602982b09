"""The grid of a sweep: which settings of a trainer are tried together; pure functions on text and numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from nnunet_glacier.support.errors import InputError, Problem

Settings = dict[str, Any]

GATTOLIN = (
    "tversky_alpha,tversky_beta,tversky_gamma=0.7,0.3,1.33;0.8,0.2,1.33;0.75,0.25,1.33;0.85,0.15,1.33",
    "bce_weight=0.20;0.25;0.30;0.35",
    "weighting=equal;rising;last",
)
"""The report's three grids (Sect. 2.2): Focal Tversky, the share of BCE, and for U-Net++ the weights of its outputs.

Its ``None`` for the weights is ``equal``."""


def parse_axis(text: str) -> list[Settings]:
    """An axis of the grid, as it is written on the command line.

    Args:
        text: ``NAME=VALUE;VALUE``, or ``NAME,NAME=VALUE,VALUE;VALUE,VALUE`` for settings that change together. Values
            are JSON, or plain words.

    Returns:
        One choice of settings after the other.

    Raises:
        InputError: If it cannot be read, a name or a choice stands twice, or a value is missing.

    >>> parse_axis("bce_weight=0.2;0.3")
    [{'bce_weight': 0.2}, {'bce_weight': 0.3}]
    >>> parse_axis("tversky_alpha,tversky_beta=0.7,0.3;0.8,0.2")[1]
    {'tversky_alpha': 0.8, 'tversky_beta': 0.2}
    """
    left, equals, right = text.partition("=")
    names = [name.strip() for name in left.split(",")]
    choices = [_values(choice, len(names)) for choice in right.split(";")]
    good = equals and all(name.isidentifier() for name in names) and len(set(names)) == len(names)
    if not good or not all(len(choice) == len(names) for choice in choices):
        what = "does not set anything: each choice needs a value for each name"
        remedy = "Write 'bce_weight=0.2;0.3', or 'tversky_alpha,tversky_beta=0.7,0.3;0.8,0.2'."
        raise InputError([Problem(text, what, remedy)])
    twice = next((choice for number, choice in enumerate(choices) if choice in choices[:number]), None)
    if twice is not None:
        what = f"has the choice {', '.join(map(json.dumps, twice))} twice"
        raise InputError([Problem(text, what, "Keep one of the two.")])
    return [dict(zip(names, choice, strict=True)) for choice in choices]


def _values(choice: str, count: int) -> list[Any]:
    """The values of one choice; a single name may take a list such as [1, 6, 12]."""
    try:
        return [json.loads(choice)] if count == 1 else json.loads(f"[{choice}]")
    except (ValueError, RecursionError):
        words = [word.strip() for word in choice.split(",")]
        return words if all(words) else []


def axes_for(grid: Sequence[str], known: Mapping[str, Any]) -> list[list[Settings]]:
    """The axes of a grid; the word ``gattolin`` stands for the report's three, of those that the trainer has.

    Args:
        grid: Axes as on the command line.
        known: The settings of the trainer.

    Raises:
        InputError: If an axis cannot be read, two set the same, or the trainer has none of the report's settings.
    """
    written = [axis for text in grid for axis in (GATTOLIN if text == "gattolin" else (text,))]
    published = set(GATTOLIN) if "gattolin" in grid else set()
    axes = [(text, parse_axis(text)) for text in written]
    had = [(text, axis) for text, axis in axes if text not in published or set(axis[0]) <= set(known)]
    if published and published.isdisjoint(text for text, _ in had):
        names = ", ".join(name for text in GATTOLIN for name in parse_axis(text)[0])
        remedy = f"Give settings that it has ({', '.join(known) or 'none'}), or another trainer."
        raise InputError([Problem("--grid gattolin", f"the trainer has no setting of it ({names})", remedy)])
    chosen = [axis for _, axis in had]
    _refuse_twice(chosen)
    return chosen


def _refuse_twice(axes: Sequence[Sequence[Settings]]) -> None:
    names = [name for axis in axes for name in axis[0]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError([Problem(", ".join(twice), "is set twice", "Keep one of the two.")])


def configurations(axes: Sequence[Sequence[Settings]]) -> list[Settings]:
    """Every combination of one choice of each axis; the last axis varies fastest.

    >>> configurations([[{"a": 1}, {"a": 2}], [{"b": 3}, {"b": 4}]])
    [{'a': 1, 'b': 3}, {'a': 1, 'b': 4}, {'a': 2, 'b': 3}, {'a': 2, 'b': 4}]
    """
    return [{name: value for choice in choices for name, value in choice.items()} for choices in product(*axes)]


def one_configuration(settings: Sequence[str]) -> Settings:
    """Settings given one by one as ``NAME=VALUE``.

    Raises:
        InputError: If one cannot be read, has several choices, or is set twice.

    >>> one_configuration(["bce_weight=0.3", "weighting=last"])
    {'bce_weight': 0.3, 'weighting': 'last'}
    """
    axes = [parse_axis(text) for text in settings]
    _refuse_twice(axes)
    several = [text for text, axis in zip(settings, axes, strict=True) if len(axis) > 1]
    if several:
        what = "has several choices, and one configuration is trained"
        raise InputError([Problem(f"--set {several[0]}", what, "Give one, or compare them with nnunet-glacier tune.")])
    (configuration,) = configurations(axes)
    return configuration
