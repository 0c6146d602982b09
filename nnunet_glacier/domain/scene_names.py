"""Day and sensor of a scene from the name of its file, as agencies and people name them; never guessed.

A product's own grammar comes first, since many names hold further dates: of processing, of ingestion, of the end of the
acquisition. A name of no known product tells its day only if it holds one clear date.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from nnunet_glacier.domain.scenes import imaged_day

YEARS = range(1970, 2100)
"""Years in which a date in a name is believed; earlier ones are numbers that look like dates, except with dashes."""


@dataclass(frozen=True)
class SceneName:
    """What the name of a scene tells.

    Attributes:
        date: Day of acquisition (of its start), or None where the name holds none or several.
        sensor: ``S1``, ``S2``, ``L1`` to ``L9``, ``TSX``, ``TDX``, ``ENVISAT``, ``ERS``, ``RSAT``, ``PALSAR``,
            ``ICEYE``, or "" where the name does not tell.
    """

    date: datetime.date | None
    sensor: str


_DAY = r"(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
_PRODUCTS: tuple[tuple[str, str], ...] = (
    # Sentinel-1: S1A_IW_GRDH_1SDH_20150130T102345_20150130T102410_..., measurements in lower case with hyphens.
    ("S1", rf"S1[A-D][_-](?:S\d|IW\d?|EW\d?|WV\d?|EN|N\d)[_-].*?{_DAY}T\d{{6}}"),
    # Sentinel-2: S2A_MSIL1C_20180729T133221_..., tiles T22WEB_20180729T133221_B04.
    ("S2", rf"S2[A-D]_MSIL.*?{_DAY}T\d{{6}}"),
    # Before December 2016 the day of processing came first, that of sensing after V or S; tiles had the former alone:
    # S2A_OPER_PRD_MSIL1C_PDMC_20160608T203847_R066_V20150830T135052_..., S2A_OPER_MSI_L1C_TL_SGS__20151231T020102_...
    ("S2", rf"S2[A-D]_OPER_.*?_[VS]{_DAY}T\d{{6}}"),
    ("S2", r"S2[A-D]_OPER_"),
    ("S2", rf"(?:L[12][AC]_)?T\d{{2}}[A-Z]{{3}}_(?:A\d{{6}}_)?{_DAY}T\d{{6}}"),
    # Landsat Collections: LC08_L1TP_023006_20130819_20170502_01_T1, the second date is of processing.
    ("L", rf"L[COTEM]0?(?P<number>[1-9])_L\d[A-Z]{{2}}_\d{{6}}_{_DAY}"),
    # Their tiles on one grid for a country, LC08_CU_005009_20181206_20181210_C01_V01, and Earth Engine's names.
    ("L", rf"(?<![A-Z0-9])L[COTEM]0?(?P<number>[1-9])_(?:(?:CU|AK|HI)_)?\d{{6}}_{_DAY}(?!\d)"),
    # Landsat before: LC80090112013160LGN00, path, row, year, day of the year.
    ("L", r"L[COTEM](?P<number>[1-9])\d{6}(?P<year>\d{4})(?P<yearday>\d{3})[A-Z]{3}\d{2}"),
    # And before that, of path, first row and last row: L71009011_01120010707, L5009011_01119950701.
    ("L", rf"(?<![A-Z0-9])L(?P<number>[45]|7(?=[12]))\d{{6,7}}_\d{{3}}{_DAY}(?!\d)"),
    ("TSX", rf"TSX1_SAR_.*?{_DAY}T\d{{6}}"),
    ("TDX", rf"TDX1_SAR_.*?{_DAY}T\d{{6}}"),
    ("ENVISAT", rf"ASA_[A-Z]{{2}}\w_1P\w{{4}}{_DAY}_\d{{6}}"),
    ("ERS", rf"SAR_IM\w_1P\w{{4}}{_DAY}_\d{{6}}"),
    ("ERS", rf"(?:ER0[12]|E[12])_SAR_.*?{_DAY}T\d{{6}}"),
    ("RSAT", rf"(?:RS[12]|RCM[123])_.*?_{_DAY}_\d{{6}}"),
    ("PALSAR", r"ALOS2\d{9}-(?P<short>\d{6})"),
    ("PALSAR", r"ALPSR[PS]\d{9}"),
    ("ICEYE", rf"ICEYE_X\d+_.*?{_DAY}T\d{{6}}"),
)
_PRODUCT_PATTERNS = tuple((sensor, re.compile(pattern, re.IGNORECASE)) for sensor, pattern in _PRODUCTS)

_WORDS: tuple[tuple[str, str], ...] = (
    ("S1", r"sentinel[-_ ]?1[a-d]?|sentinel.*GRD|S1[a-d]?"),
    ("S2", r"sentinel[-_ ]?2[a-d]?|S2[a-d]?"),
    ("L", r"(?:landsat|LS)[-_ ]?(?P<number>[4-9])|L(?P<other>[4-9])"),
    ("TDX", r"TDX\d?|tandem-?x"),
    ("TSX", r"TSX\d?|terrasar-?x"),
    ("ENVISAT", r"envisat|ASAR"),
    ("ERS", r"ERS[-_ ]?[12]?"),
    ("RSAT", r"RSAT\d?|radarsat[-_ ]?[12]?|RS[12]"),
    ("PALSAR", r"PALSAR[-_ ]?[12]?|ALOS[-_ ]?[12]?"),
    ("ICEYE", r"ICEYE"),
)
_WORD_PATTERNS = tuple(
    (sensor, re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])", re.IGNORECASE)) for sensor, pattern in _WORDS
)

_ANY_DAY = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<separator>[-_./ ]?)(?P<month>\d{2})(?P=separator)(?P<day>\d{2})(?!\d)"
)


def read_scene_name(name: str) -> SceneName:
    """Day and sensor that a file name tells.

    Args:
        name: File name with or without its ending, or any other text, such as a tag of a TIFF.

    >>> read_scene_name("LC08_L1TP_023006_20130819_20170502_01_T1_B2")
    SceneName(date=datetime.date(2013, 8, 19), sensor='L8')
    >>> read_scene_name("20150130_hh_GEE_sentinel_GRD_IW_kanger").sensor
    'S1'
    >>> read_scene_name("coherence_20180101_20180107")
    SceneName(date=None, sensor='')
    """
    return read_product_name(name) or SceneName(_only_date(name), _sensor_word(name))


def read_product_name(name: str) -> SceneName | None:
    """Day and sensor of an agency's product by its own grammar; None for any other name."""
    for sensor, pattern in _PRODUCT_PATTERNS:
        if (match := pattern.search(name)) is not None:
            parts = match.groupdict()
            # Of the first PALSAR a product's name tells the orbit alone; people write the day beside it.
            day = _date(parts) if parts or sensor != "PALSAR" else _only_date(name)
            return SceneName(day, sensor + (parts.get("number") or ""))
    return None


def _only_date(name: str) -> datetime.date | None:
    days = {day for match in _ANY_DAY.finditer(name) if (day := _written_day(match)) is not None}
    return days.pop() if len(days) == 1 else None


def _written_day(match: re.Match[str]) -> datetime.date | None:
    """The day of a date in a name; with dashes, as no number has them, of any year from which there are images."""
    if match["separator"] != "-":
        return _date(match.groupdict())
    try:
        return imaged_day(match[0])
    except ValueError:
        return None


def _sensor_word(name: str) -> str:
    """The one sensor that a name's words tell; "" for none or several."""
    told = set()
    for sensor, pattern in _WORD_PATTERNS:
        for match in pattern.finditer(name):
            parts = match.groupdict()
            told.add(sensor + (parts.get("number") or parts.get("other") or ""))
    return told.pop() if len(told) == 1 else ""


def _date(parts: dict[str, str | None]) -> datetime.date | None:
    """The day of a match's parts; None without one, or if there is no such day."""
    if (short := parts.get("short")) is not None:
        parts = {"year": f"20{short[:2]}", "month": short[2:4], "day": short[4:]}
    year = int(parts.get("year") or 0)
    if year not in YEARS:
        return None
    try:
        if (yearday := parts.get("yearday")) is not None:
            # A day 366 would be the next year's first in a common year, and day 0 the last of the year before.
            day = datetime.date(year, 1, 1) + datetime.timedelta(int(yearday) - 1)
            return day if day.year == year else None
        return datetime.date(year, int(parts["month"] or 0), int(parts["day"] or 0))
    except ValueError:
        return None
