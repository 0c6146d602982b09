"""Values of JSON files, above all of a ``dataset.json``, that are computed with, checked before they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from nnunet_glacier.support.errors import GlacierError


def is_finite_number(value: object) -> bool:
    """Whether a value of a JSON file is a number that a float can hold: JSON's whole numbers have any size.

    >>> [is_finite_number(value) for value in (3, 0.5, 10**400, float("nan"), True, "3")]
    [True, True, False, False, False, False]
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def positive_number(key: str, value: Any) -> float:
    """A number of a ``dataset.json`` that is finite and above zero.

    Raises:
        GlacierError: If it is anything else; the text names key and value.

    >>> positive_number("scale", 3)
    3.0
    """
    number = finite_number(key, value)
    if number <= 0:
        raise GlacierError(f"its {key} is {value!r}; wanted is a number above 0")
    return number


def finite_number(key: str, value: Any) -> float:
    """A finite number of a ``dataset.json``.

    Raises:
        GlacierError: If it is anything else; the text names key and value.
    """
    if not is_finite_number(value):
        raise GlacierError(f"its {key} is {value!r}; wanted is a finite number")
    return float(value)


def one_of(key: str, value: Any, choices: Iterable[Any]) -> Any:
    """A value of a ``dataset.json`` that is one of the known ones.

    Raises:
        GlacierError: If it is anything else; the text names key, value and what is known.
    """
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        raise GlacierError(f"its {key} is {value!r}; wanted is one of {', '.join(known)}")
    return value
