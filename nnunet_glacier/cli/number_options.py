"""Numbers on the command line: finite, and within a range that belongs to the option.

    Annotated[float, number(0, 1e7, help="Delete lines of up to this length.")]

makes a typer option that refuses ``inf``, ``nan`` and whatever lies outside with exit code 2, before its stage starts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import typer

Number = TypeVar("Number", int, float)

MAX_WORKERS = 1024
MAX_LENGTH_M = 1e7
"""No line or distance on a glacier is longer: a quarter of the earth's meridian."""

MAX_EDGE_PX = 100_000
"""Largest number of rows or columns that an option asks for."""

MAX_SEED = 2**32 - 1
"""What numpy's and scikit-learn's generators of random numbers take."""


def number(minimum: float, maximum: float, *names: str, **settings: Any) -> Any:
    """A typer option for numbers in a closed range, or for a tuple or list of them.

    Args:
        minimum: The smallest number that is taken, finite.
        maximum: The largest, finite.
        names: Of the option, where typer is not to make it from the parameter's.
        settings: What else ``typer.Option`` takes.
    """
    return typer.Option(*names, min=minimum, max=maximum, callback=_refuse_nan, **settings)


def number_list(text: str, kind: Callable[[str], Number], option: str) -> tuple[Number, ...]:
    """The numbers of a text with commas or blanks between them; an empty text has none.

    Their ranges are for the stage to check, so that it says everything that is wrong with its options at once.

    Args:
        text: What the user gave.
        kind: ``int`` or ``float``.
        option: The option's name, for the error.

    Raises:
        typer.BadParameter: If a word is no such number.

    >>> number_list("4, 8 16", int, "--w")
    (4, 8, 16)
    """
    numbers = []
    for word in text.replace(",", " ").split():
        try:
            numbers.append(kind(word))
        except ValueError:
            what = "whole number" if kind is int else "number"
            raise typer.BadParameter(f"{word!r} is no {what}.", param_hint=option) from None
    return tuple(numbers)


def _refuse_nan(value: Any) -> Any:
    """Refuse NaN, which no comparison with a range finds; the range itself refuses infinite numbers."""
    values = value if isinstance(value, Iterable) else (value,)
    if any(isinstance(each, float) and math.isnan(each) for each in values):
        raise typer.BadParameter("nan is no number.")
    return value
