"""The day of each line in a table of lines: which column tells it, and in which form; never a guess.

Tables come with ``2019/02/17``, ``20190217``, ``17.02.2019``, ``920207`` or columns of year, month and day, and some
tell the day only in a scene's name, or in the name of the file. A cell that names no single day gives None and a
reason.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from nnunet_glacier.domain.acquisition_dates import all_dates, short_day
from nnunet_glacier.domain.scene_names import read_product_name

DATE_COLUMNS = (
    "date",
    "sourcedate",
    "acquisitiondate",
    "acqdate",
    "imagedate",
    "imgdate",
    "scenedate",
    "datetime",
    "timestamp",
    "acqtime",
    "acqtime1",
    "date1",
    "t1",
    "time",
    "dates",
)
"""Columns of days, the likeliest first, in small letters and digits alone (`plain`); days of processing are none."""

NAME_COLUMNS = (
    "case",
    "scene",
    "sceneid",
    "imageid",
    "image",
    "src",
    "source",
    "sourcefile",
    "file",
    "filename",
    "name",
)
"""Columns that name a scene, whose name may tell the day."""

_YEAR_FIRST = re.compile(r"((?:19|20)\d{2}|1[78]\d{2}(?=[-/._ ]))([-/._ ]?)(\d{1,2})\2(\d{1,2})(?:\d{4}|\d{6})?(?!\d)")
"""The first maps of fronts are of the 1850s; eight digits alone are hardly a day of theirs."""

_DAY_OF_YEAR = re.compile(r"((?:19|20)\d{2})-?(\d{3})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2((?:1[7-9]|20)\d{2})(?!\d)")
_MONTH_NAME = re.compile(r"(\d{1,2})[- .]?([A-Za-z]{3})[a-z]*[- .,]*((?:1[7-9]|20)\d{2})(?!\d)")
_NUMBER = re.compile(r"(?<!\d)\d")
_SIX_DIGITS = re.compile(r"\d{6}")
_YEAR_AND_MONTH = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])")
_PASS = re.compile(r"date[1-4]")
"""Columns of the passes of an interferogram, whose six digits are YYMMDD, as NSIDC-0498 has them."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ONE_SCENE_DAYS = 31
"""Days in one name or cell that lie within so many are of one scene, dated by the first: pairs, six-day mosaics."""


@dataclass(frozen=True)
class Days:
    """The day of each row of a table.

    Attributes:
        days: A day, or None.
        reasons: Why there is none; "" where there is one.
        told_by: Column or columns that told them, for the record; "" where none did.
    """

    days: tuple[datetime.date | None, ...]
    reasons: tuple[str, ...]
    told_by: str


def plain(column: object) -> str:
    """The name of a column in small letters and digits alone.

    >>> plain("Source_Date "), plain("acq_time_1")
    ('sourcedate', 'acqtime1')
    """
    return re.sub(r"[^a-z0-9]", "", str(column).lower())


def cell_text(value: Any) -> str:
    """A cell of a table as text without blanks round it; "" for a missing one.

    A whole number has no ``.0``, though tables hold the numbers of a column with an empty cell as floats.

    >>> cell_text(3.0), cell_text(" a "), cell_text(float("nan")), cell_text(0.5)
    ('3', 'a', '', '0.5')
    """
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value).strip()


def days_of_table(table: pd.DataFrame, date_column: str | None = None) -> Days:
    """The day of every row, by the first column that tells one for any row.

    Tried in this order: `DATE_COLUMNS`, columns of year, month and day, `NAME_COLUMNS`.

    Args:
        table: Attributes, a row a line.
        date_column: The column to take, or None.
    """
    if date_column is not None:
        return days_of_column(table[date_column].tolist(), date_column)
    by_plain = {plain(column): column for column in reversed(table.columns)}
    tried: list[Days] = []
    for known in DATE_COLUMNS:
        if known in by_plain:
            tried.append(days_of_column(table[by_plain[known]].tolist(), str(by_plain[known])))
    if all(part in by_plain for part in ("year", "month", "day")):
        parts = [table[by_plain[part]] for part in ("year", "month", "day")]
        tried.append(_days_of_parts(list(zip(*parts, strict=True))))
    for known in NAME_COLUMNS:
        if known in by_plain:
            tried.append(_days_of_names(table[by_plain[known]].tolist(), str(by_plain[known])))
    best = next((days for days in tried if any(days.days)), None)
    if best is not None:
        return best
    if tried and len(table):
        return Days(tried[0].days, tried[0].reasons, "")
    return Days((None,) * len(table), ("no column tells a day",) * len(table), "")


def days_of_column(cells: Sequence[Any], column: str) -> Days:
    """The days of the cells of a column of days.

    Where day and month are both numbers before the year, a cell of the column whose one number is above 12 tells
    which is which; without such a cell none has a day. Where six digits may be a year and its month, a cell that can be
    YYMMDD alone tells that they are days, unless another can be YYYYMM alone.
    """
    texts = [_whole(cell_text(cell)) for cell in cells]
    order = _order_of(texts)
    short_years = _PASS.fullmatch(plain(column)) is not None or _have_short_years(texts)
    # In a column of times six digits are hours, minutes and seconds.
    hours = plain(column).startswith("t")
    days = [
        None if hours and _SIX_DIGITS.fullmatch(text) else day_of_cell(text, order, short_years=short_years)
        for text in texts
    ]
    reasons = [_reason(text, day, column, order) for text, day in zip(texts, days, strict=True)]
    return Days(tuple(days), tuple(reasons), column)


def day_of_cell(text: str, order: str = "", *, short_years: bool = False) -> datetime.date | None:
    """The one day that the text of a cell names, or None.

    Args:
        text: The cell.
        order: ``dmy`` or ``mdy`` for numbers before the year; "" where it is not known.
        short_years: Whether six digits are YYMMDD where they may be YYYYMM as well.

    >>> [str(day_of_cell(text)) for text in ("2019/02/17", "20190217.0", "2019-2-7 10:11:12", "920207", "2019048")]
    ['2019-02-17', '2019-02-17', '2019-02-07', '1992-02-07', '2019-02-17']
    >>> day_of_cell("17 Feb 2019"), day_of_cell("02/03/2019"), day_of_cell("2019-02"), day_of_cell("2019-02-30")
    (datetime.date(2019, 2, 17), None, None, None)
    >>> day_of_cell("201107"), day_of_cell("201107", short_years=True)
    (None, datetime.date(2020, 11, 7))
    >>> day_of_cell("2019-02-17/2019-02-23"), day_of_cell("2019-02-17 to 2019-09-30")
    (datetime.date(2019, 2, 17), None)
    """
    text = _whole(text.strip())
    if (begin := _beginning(text, order)) is not None:
        day, rest = begin
        return None if day is None or _names_far_day(rest, day, order) else day
    if match := _DAY_OF_YEAR.fullmatch(text):
        return _date_of_year(*map(int, match.groups()))
    if _SIX_DIGITS.fullmatch(text):
        return None if _is_unclear(text) and not short_years else short_day(text)
    return day_of_name(text)


def _beginning(text: str, order: str) -> tuple[datetime.date | None, str] | None:
    """The day that a text begins with, None if it is not in the calendar or unclear, and the rest; None without one."""
    if match := _YEAR_FIRST.match(text):
        year, separator, month, day = match.groups()
        if separator or len(month + day) == 4:
            return _date(year, month, day), text[match.end() :]
    if match := _YEAR_LAST.match(text):
        first, _, second, year = match.groups()
        own = _number_order(int(first), int(second)) or order
        by_order = {"dmy": _date(year, second, first), "mdy": _date(year, first, second)}
        return by_order.get(own), text[match.end() :]
    if match := _MONTH_NAME.match(text):
        day, month, year = match.groups()
        number = _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else 0
        return _date(year, str(number), day), text[match.end() :]
    return None


def _names_far_day(rest: str, day: datetime.date, order: str) -> bool:
    """Whether the rest of a cell names a day that is of another scene: the cell is then of a span of time."""
    begins = [_beginning(rest[number.start() :], order) for number in _NUMBER.finditer(rest)]
    others = [begin[0] for begin in begins if begin is not None and begin[0] is not None]
    return any(abs((other - day).days) > _ONE_SCENE_DAYS for other in others)


def day_of_name(name: str) -> datetime.date | None:
    """The day that a name tells: by its product's grammar; else its one day, or the first of several within a month.

    >>> str(day_of_name("LC08_L1TP_036004_20190308_20200324_01_T1")), str(day_of_name("front_2019_03_08"))
    ('2019-03-08', '2019-03-08')
    >>> day_of_name("fronts_20180101_20201231") is None
    True
    """
    if (product := read_product_name(name)) is not None:
        return product.date
    days = all_dates(re.sub(r"(?<!\d)((?:19|20)\d{2})[_./](\d{2})[_./](\d{2})(?!\d)", r"\1-\2-\3", name))
    if not days or (max(days) - min(days)).days > _ONE_SCENE_DAYS:
        return None
    return days[0]


def _days_of_names(cells: Sequence[Any], column: str) -> Days:
    texts = [cell_text(cell) for cell in cells]
    days = [day_of_name(text) for text in texts]
    reasons = [_reason(text, day, column, "name") for text, day in zip(texts, days, strict=True)]
    return Days(tuple(days), tuple(reasons), column)


def _days_of_parts(rows: Sequence[tuple[Any, Any, Any]]) -> Days:
    days = []
    for row in rows:
        texts = [_whole(cell_text(cell)) for cell in row]
        days.append(_date(*texts) if all(text.isdigit() for text in texts) else None)
    reasons = ["" if day else f"year, month and day hold {row}, no day" for day, row in zip(days, rows, strict=True)]
    return Days(tuple(days), tuple(reasons), "year, month, day")


def _whole(text: str) -> str:
    """A whole number without the ``.0`` of a table that holds it as a float; other text as it is."""
    return re.sub(r"\.0+$", "", text)


def _is_unclear(digits: str) -> bool:
    """Whether six digits may be YYMMDD as well as YYYYMM since the first satellite: days of 2020, months up to 2012."""
    return digits.startswith("20") and _YEAR_AND_MONTH.fullmatch(digits) is not None and short_day(digits) is not None


def _have_short_years(texts: Sequence[str]) -> bool:
    """Whether the cells of six digits are YYMMDD: one of them can be nothing else, and none YYYYMM alone."""
    clear = [text for text in texts if _SIX_DIGITS.fullmatch(text) and not _is_unclear(text)]
    days = [text for text in clear if short_day(text)]
    return bool(days) and not any(_YEAR_AND_MONTH.fullmatch(text) for text in clear if text not in days)


def _order_of(texts: Sequence[str]) -> str:
    """``dmy`` or ``mdy`` if all cells that tell agree, else ""."""
    pairs = [(int(match[1]), int(match[3])) for match in map(_YEAR_LAST.match, texts) if match]
    orders = {order for first, second in pairs if (order := _number_order(first, second))}
    return orders.pop() if len(orders) == 1 else ""


def _number_order(first: int, second: int) -> str:
    if first > 12 >= second:
        return "dmy"
    return "mdy" if second > 12 >= first else ""


def _reason(text: str, day: datetime.date | None, column: str, order: str) -> str:
    if day is not None:
        return ""
    if not text:
        return f"column {column} is empty"
    if not order and _YEAR_LAST.match(text):
        return f"column {column} says {text!r}, where day and month cannot be told apart"
    if _SIX_DIGITS.fullmatch(text) and _is_unclear(text):
        return f"column {column} says {text!r}, which may be a month of {text[:4]} or a day of 20{text[:2]}"
    return f"column {column} says {text!r}, which names no one day"


def _date(year: str, month: str, day: str) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _date_of_year(year: int, day: int) -> datetime.date | None:
    date = datetime.date(year, 1, 1) + datetime.timedelta(days=day - 1)
    return date if day and date.year == year else None
