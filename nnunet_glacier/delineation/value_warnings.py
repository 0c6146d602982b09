"""What the values of scenes look like that nothing declares: linear power, and pixels without data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.domain.grey_values import PERCENTILES, Values

LARGEST_POWER = 1.5
"""Sigma nought of nearly all pixels of a glacier is lower."""

SHARE_OF_END = 0.03
"""Of the pixels, beyond which an end of the range is likely to stand for no data: a stretch to 8 bits cuts off 2 %."""

SHARE_OF_FILL = PERCENTILES[0] / 100
"""The same of a value that no image has: so many pixels of it, and the grey values begin there (`to_grey`)."""

_STANDS_FOR_NO_DATA = {
    0: SHARE_OF_END,
    65535: SHARE_OF_END,
    **dict.fromkeys((-9999, -32767, -32768, -99999), SHARE_OF_FILL),
}
_NO_VALUE = 1e20
"""Of an image; programs fill with the least or greatest 32-bit float, and netCDF with 1e20 or 9.97e36."""


@dataclass(frozen=True)
class ValueDoubts:
    """What a scene's values may mean beside what they were taken for.

    Attributes:
        like_power: Whether they look like linear power.
        undeclared: The value that perhaps stands for no data, with its share of the pixels, or "".
    """

    like_power: bool = False
    undeclared: str = ""


def doubts_of(values: np.ndarray, dtype: str, asked: Values) -> ValueDoubts:
    """The doubts about a scene's values.

    Args:
        values: A sample of its pixels, without those that hold no data, shape ``(n,)``; may be empty.
        dtype: Type of its pixels.
        asked: What the user says that the values are.

    >>> doubts_of(np.array([0, 0, 7, 90]), "uint8", "auto")
    ValueDoubts(like_power=False, undeclared='50% are 0')
    >>> doubts_of(np.array([-9999] + 49 * [90]), "int16", "auto")
    ValueDoubts(like_power=False, undeclared='2% are -9999')
    """
    if not len(values):
        return ValueDoubts()
    undeclared = ""
    value = _fill_of(values)
    if value is not None:
        undeclared = f"{(values == value).mean():.0%} are {value:g}"
        values = values[values != value]
    like_power = asked == "auto" and dtype.startswith("float") and len(values) > 0 and _like_power(values)
    return ValueDoubts(like_power, undeclared)


def value_warnings(doubts: Mapping[str, ValueDoubts]) -> list[str]:
    """A sentence for each kind of scene whose values may mean something else than they were taken for, by its case."""
    powers = [case for case, doubt in doubts.items() if doubt.like_power]
    undeclared = [f"{case} ({doubt.undeclared})" for case, doubt in doubts.items() if doubt.undeclared]
    told = []
    if powers:
        told.append(
            f"Values below {LARGEST_POWER}, as linear power has: {_some(powers)}; if so, give --values intensity."
        )
    if undeclared:
        told.append(
            f"Perhaps pixels without data that the file does not declare: {_some(undeclared)}; "
            "if so, gdal_edit -a_nodata VALUE IMAGE."
        )
    return told


def _fill_of(values: np.ndarray) -> float | None:
    """The value that perhaps stands for no data, or None."""
    for value, share in _STANDS_FOR_NO_DATA.items():
        if (values == value).mean() > share:
            return value
    huge = values[np.abs(values) >= _NO_VALUE]
    return float(huge[0]) if len(huge) > SHARE_OF_FILL * len(values) else None


def _like_power(values: np.ndarray) -> bool:
    return bool(values.min() >= 0 and np.percentile(values, 99) <= LARGEST_POWER)


def _some(told: Sequence[str]) -> str:
    return ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")
