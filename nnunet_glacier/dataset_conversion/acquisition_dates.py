"""The day of the first acquisition, from the text of a table's cell or from a file name."""

from __future__ import annotations

import datetime
import re

_FULL = re.compile(r"(?<!\d)((?:19|20)\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_SHORT = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})-\d{6}(?!\d)")
"""Dates of six digits in a row, as in ``gl_007_180518-180524-180530-180605_...``: a lone one may be an orbit."""


def first_date(text: str) -> datetime.date | None:
    """The first day that a text names as YYYYMMDD or YYYY-MM-DD, or in a row of YYMMDD; None without one.

    >>> first_date("gl_007_180518-180524-180530-180605_021954-011058")
    datetime.date(2018, 5, 18)
    >>> first_date("2013-04-02 09:12:33")
    datetime.date(2013, 4, 2)
    >>> first_date("T050854") is None
    True
    """
    for pattern, century in ((_FULL, ""), (_SHORT, "20")):
        for year, month, day in pattern.findall(text):
            try:
                return datetime.date(int(century + year), int(month), int(day))
            except ValueError:
                continue
    return None
