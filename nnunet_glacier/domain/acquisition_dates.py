"""The days of the acquisitions, from the text of a table's cell or from a file name."""

from __future__ import annotations

import datetime
import re

_FULL = re.compile(r"(?<!\d)((?:19|20)\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_SHORT = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})-\d{6}(?!\d)")
"""Dates of six digits in a row, as in ``gl_007_180518-180524-180530-180605_...``: a lone one may be an orbit."""

_ROW = re.compile(r"(?<!\d)\d{6}(?:-\d{6})+(?!\d)")
_FIRST_SATELLITE = 57
"""A year of two digits from here on is of the 1900s."""


def first_date(text: str) -> datetime.date | None:
    """The first day that a text names as YYYYMMDD or YYYY-MM-DD, or in a row of YYMMDD; None without one.

    >>> first_date("gl_007_180518-180524-180530-180605_021954-011058")
    datetime.date(2018, 5, 18)
    >>> first_date("ers_920204-920207-920310")
    datetime.date(1992, 2, 4)
    >>> first_date("2013-04-02 09:12:33")
    datetime.date(2013, 4, 2)
    >>> first_date("T050854") is None
    True
    """
    full = [_date(*numbers) for numbers in _FULL.findall(text)]
    short = [short_day("".join(numbers)) for numbers in _SHORT.findall(text)]
    return next((date for date in (*full, *short) if date is not None), None)


def all_dates(text: str) -> tuple[datetime.date, ...]:
    """Every day that a text names, in its order: as YYYYMMDD or YYYY-MM-DD, or else its first row of YYMMDD.

    >>> [str(date) for date in all_dates("gl_007_180518-180524_021954-011058")]
    ['2018-05-18', '2018-05-24']
    >>> [str(date) for date in all_dates("getz_20160108_20160114_x10_y20_s128")]
    ['2016-01-08', '2016-01-14']
    """
    full = [_date(*numbers) for numbers in _FULL.findall(text)]
    rows = [[short_day(six) for six in row.split("-")] for row in map(str, _ROW.findall(text))]
    dates = full if any(full) else next((row for row in rows if None not in row), [])
    return tuple(date for date in dates if date is not None)


def short_day(digits: str) -> datetime.date | None:
    """The day of six digits YYMMDD, or None; years from 57, that of the first satellite, are of the 1900s.

    >>> str(short_day("920204")), str(short_day("180518")), short_day("021954")
    ('1992-02-04', '2018-05-18', None)
    """
    century = "19" if int(digits[:2]) >= _FIRST_SATELLITE else "20"
    return _date(century + digits[:2], digits[2:4], digits[4:])


def _date(year: str, month: str, day: str) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
