"""Frozen dataclasses to JSON and back, exactly: for tables that a run keeps of its own results."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np


def to_plain(value: Any) -> Any:
    """What ``json`` can write: dataclasses and mappings as dicts, arrays as dtype, shape and values.

    Floats keep every digit, NaN included; a date is its ISO form, a path its text.

    Raises:
        TypeError: If the value, or one in it, is of another type.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "shape": list(value.shape), "values": value.ravel().tolist()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} has no plain form: {value!r}")


def from_plain(kind: Any, plain: Any) -> Any:
    """The value of a type hint from its plain form, the inverse of `to_plain`.

    Args:
        kind: A dataclass, or a hint such as ``float``, ``np.ndarray``, ``tuple[int, ...]``, ``Mapping[str, float]``,
            ``str | None``.
        plain: What `to_plain` gave.

    Raises:
        TypeError, ValueError, KeyError: If the plain form is none of that type.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if plain is None else from_plain(_only(inner), plain)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: from_plain(hints[field.name], plain[field.name]) for field in fields(kind)})
    if kind is np.ndarray or origin is np.ndarray:
        return np.array(plain["values"], dtype=plain["dtype"]).reshape(plain["shape"])
    if origin is tuple:
        kinds = [inner[0]] * len(plain) if len(inner) == 2 and inner[1] is Ellipsis else inner
        return tuple(from_plain(item_kind, item) for item_kind, item in zip(kinds, plain, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {from_plain(inner[0], key): from_plain(inner[1], item) for key, item in plain.items()}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [from_plain(inner[0], item) for item in plain]
    if kind is datetime.date:
        return datetime.date.fromisoformat(plain)
    return plain if kind is Any or origin is Literal or plain is None else kind(plain)


def _only(kinds: tuple[Any, ...]) -> Any:
    """The one type of an optional one."""
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    return kind
