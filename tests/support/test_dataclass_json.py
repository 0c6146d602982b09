"""Dataclasses come back from JSON as they went in."""

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from nnunet_glacier.support.dataclass_json import from_plain, to_plain


@dataclass(frozen=True)
class Inner:
    number: int
    share: float


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"]
    day: datetime.date | None
    inner: Inner | None
    pair: tuple[int, str]
    row: tuple[float, ...]
    many: Sequence[Inner]
    table: Mapping[str, tuple[Inner, ...]]
    values: np.ndarray
    folder: Path
    flag: bool


@pytest.mark.parametrize("day", [None, datetime.date(2014, 6, 2)])
@pytest.mark.parametrize("inner", [None, Inner(1, 0.1 + 0.2)])
def test_everything_comes_back(day, inner):
    """Every digit, NaN and infinity, the dtype and shape of arrays, tuples as tuples."""
    values = np.array([[np.nan, np.inf, 1 / 3]], dtype=np.float32)
    table = {"x": (Inner(2, 1e-300), Inner(3, -0.0))}
    outer = Outer("é", "b", day, inner, (1, "x"), (1 / 3, 2.0), [Inner(4, 5.0)], table, values, Path("a/b"), True)
    back = from_plain(Outer, json.loads(json.dumps(to_plain(outer))))
    np.testing.assert_array_equal(back.values, values)
    assert back.values.dtype == np.float32 and back.values.shape == (1, 3)
    for name in ("name", "kind", "day", "inner", "pair", "row", "many", "table", "folder", "flag"):
        assert getattr(back, name) == getattr(outer, name), name
    assert math.copysign(1, back.table["x"][1].share) == -1


def test_numbers_of_numpy_are_numbers():
    """As they stand in scores."""
    assert from_plain(Inner, json.loads(json.dumps(to_plain(Inner(np.int64(3), np.float64(0.1)))))) == Inner(3, 0.1)


def test_what_has_no_plain_form_is_refused():
    """Instead of coming back as something else."""
    with pytest.raises(TypeError, match="set has no plain form"):
        to_plain(Inner({1}, 0.0))


def test_a_lost_field_is_an_error():
    """A row of other code is not taken for one of this code."""
    with pytest.raises(KeyError):
        from_plain(Inner, {"number": 1})
