"""Days and times of the passes that an interferogram is made of: from attributes of a product, or from its name."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.acquisition_dates import all_dates, first_date
from nnunet_glacier.formats.line_days import cell_text, day_of_cell, plain
from nnunet_glacier.formats.rasters import open_tiff

MAX_PASSES = 4
"""A double difference is made of two pairs."""

DAY_COLUMNS = ("date", "acqtime", "t")
"""Attributes of the passes' days with the numbers 1 to 4, as `plain`: NSIDC-0498's and Petermann's, ESA CCI's, and
DLR's, where other tables hold hours (``T050854``)."""

_TIME = re.compile(r"[ /T](\d{2}:\d{2}(?::\d{2})?)")


def days_of_row(row: Mapping[str, Any]) -> tuple[datetime.date, ...]:
    """The days of the passes, by the first of `DAY_COLUMNS` that tells any, or else by an attribute ``date``.

    >>> [str(day) for day in days_of_row({"Date1": "920207", "Date2": "920204", "Date3": float("nan")})]
    ['1992-02-07', '1992-02-04']
    >>> [str(day) for day in days_of_row({"acq_time_1": "2017-03-05 08:33:59", "acq_time_3": "None"})]
    ['2017-03-05']
    >>> days_of_row({"T1": "T050854", "T2": "050854"})
    ()
    """
    return tuple(day for day, _ in _passes(row))


def times_of_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The passes as `days_of_row` finds them, as ``YYYY-MM-DD``, with the time where it stands beside the day.

    >>> times_of_row({"acq_time_1": "2017/03/05/08:33:59", "acq_time_2": "2017-03-11"})
    ('2017-03-05 08:33:59', '2017-03-11')
    """
    return tuple(f"{day}{time}" for day, time in _passes(row))


def times_of_scene(path: Path) -> tuple[str, ...]:
    """The passes of an interferogram, as `times_of_row`: by the tags of its GeoTIFF, or else by its name; at most four.

    A name that repeats one day alone tells one pass: the start and the end of an acquisition.
    """
    with open_tiff(path) as source:
        told = times_of_row({**source.tags(ns="IMAGERY"), **source.tags()})
    days = all_dates(path.stem)
    named = days[:1] if len(set(days)) == 1 else days
    return (told or tuple(map(str, named)))[:MAX_PASSES]


def days_of_scene(path: Path) -> tuple[datetime.date, ...]:
    """The days of `times_of_scene`."""
    return tuple(day for time in times_of_scene(path) if (day := first_date(time)))


def _passes(row: Mapping[str, Any]) -> list[tuple[datetime.date, str]]:
    """Day, and a blank and the time or ""."""
    by_plain = {plain(name): row[name] for name in reversed(list(row))}
    for known in DAY_COLUMNS:
        texts = [_text(by_plain.get(f"{known}{number}")) for number in range(1, MAX_PASSES + 1)]
        read = first_date if known == "t" else partial(day_of_cell, short_years=True)
        if passes := [(day, _time_in(text)) for text in texts if (day := read(text))]:
            return passes
    text = _text(by_plain.get("date"))
    day = day_of_cell(text)
    return [(day, _time_in(text))] if day else []


def _text(value: Any) -> str:
    return re.sub(r"\.0+$", "", cell_text(value))


def _time_in(text: str) -> str:
    time = _TIME.search(text)
    return f" {time[1]}" if time else ""
