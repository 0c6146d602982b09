"""What is known of a scene besides its pixels: file-name grammar, date, sensor, pixel size, season, box, CRS."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from nnunet_glacier.support.errors import GlacierError, InputError, Problem

NORTH, SOUTH = "north", "south"

CAFFE_HEMISPHERE = {
    "COL": NORTH,
    "JAC": NORTH,
    "Crane": SOUTH,
    "DBE": SOUTH,
    "Jorum": SOUTH,
    "Mapple": SOUTH,
    "SI": SOUTH,
}
"""Hemisphere of CaFFe's glaciers."""

EXTRA = "extra-"
"""Before the names of scenes that are for training alone, and of their glaciers."""

SENSOR_GROUPS = {"TSX": "TSX/TDX", "TDX": "TSX/TDX"}
"""Sensors that are one group in the published scores: twin satellites."""

_STEM = re.compile(
    r"(?P<glacier>[^_]+)_(?P<date>\d{4}-\d{2}-\d{2})_(?P<sensor>[^_]+)"
    r"_(?P<resolution>\d+)_(?P<quality>[1-6])_(?P<orbit>\d{3})"
)
STEM_GRAMMAR = "Glacier_YYYY-MM-DD_Sensor_Resolution_Quality_Orbit, e.g. Crane_2002-11-09_ERS_20_2_061"


_DAY = re.compile(r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d\d)(?P=dash)(?P<day>\d\d)", re.ASCII)
"""Of ISO's forms these alone: Python reads further ones from 3.11 on."""

_IMAGED_YEARS = range(1900, 2100)
"""As in tables of lines: from photographs to years to come."""


@dataclass(frozen=True)
class Box:
    """A window of pixels: rows ``[row_start, row_stop)``, columns ``[column_start, column_stop)``.

    Kept as published: it may reach beyond the image on any side.
    """

    row_start: int
    row_stop: int
    column_start: int
    column_stop: int

    def slices(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Row and column slices of the window in an image, as the published scoring code cuts it.

        A start before the image becomes 0. A stop beyond the image becomes its size minus one, so that such a box
        loses the image's last row or column: a quirk of the published code that its scores depend on.

        Args:
            shape: Rows and columns of the image.
        """
        rows, columns = shape
        return (
            slice(max(self.row_start, 0), rows - 1 if self.row_stop > rows else self.row_stop),
            slice(max(self.column_start, 0), columns - 1 if self.column_stop > columns else self.column_stop),
        )


@dataclass(frozen=True)
class Scene:
    """One scene: a row of ``scenes.csv``.

    Attributes:
        case: nnU-Net's case name, unique in the dataset; for CaFFe the stem.
        split: ``train`` or ``test``.
        glacier: Name of the glacier or site; folds by glacier group by it.
        date: Day of acquisition, or None.
        sensor: Satellite or instrument, or "".
        pixel_size_m: Edge of a pixel in metres, positive, or NaN where it is not known.
        quality: CaFFe's grade, 1 (best) to 6, or None.
        orbit: Relative orbit as written in the stem, or "".
        hemisphere: ``north``, ``south`` or "" where it is not known.
        box: Window that predictions are cut to before scoring, or None.
        crs: CRS as ``EPSG:nnnn`` or WKT, or "".
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``, or None.
        source: Path of the image it was made from, relative to the published dataset's root.
    """

    case: str
    split: str
    glacier: str
    date: datetime.date | None = None
    sensor: str = ""
    pixel_size_m: float = math.nan
    quality: int | None = None
    orbit: str = ""
    hemisphere: str = ""
    box: Box | None = None
    crs: str = ""
    affine: tuple[float, ...] | None = None
    source: str = ""

    @property
    def season(self) -> str:
        """``winter`` or ``summer``, as published: northern winter when month < 4 or > 8, southern the reverse.

        Raises:
            GlacierError: If the date or the hemisphere is not known.
        """
        if self.date is None or self.hemisphere not in (NORTH, SOUTH):
            missing = "date" if self.date is None else "hemisphere"
            raise GlacierError(
                f"{self.case}: the season needs the {missing}, which is not known; write it into scenes.csv"
            )
        northern_winter = self.date.month < 4 or self.date.month > 8
        return "winter" if northern_winter == (self.hemisphere == NORTH) else "summer"

    @property
    def sensor_group(self) -> str:
        """The sensor as the published scores group it: TSX and TDX are one."""
        return SENSOR_GROUPS.get(self.sensor, self.sensor)


def told_first(told: Scene | None, scene: Scene) -> dict[str, Any]:
    """Glacier, date and sensor as a table tells them, or else as the scene itself does, for `replace`."""
    names = ("glacier", "date", "sensor")
    return {name: (told and getattr(told, name)) or getattr(scene, name) for name in names}


def completed(told: Scene | None, scene: Scene) -> Scene:
    """All that a table tells of a scene, and of the rest what the scene itself tells.

    >>> completed(Scene("a", "test", "Crane"), Scene("a", "train", "", sensor="S1", pixel_size_m=10.0))
    ... # doctest: +ELLIPSIS
    Scene(case='a', split='test', glacier='Crane', date=None, sensor='S1', pixel_size_m=10.0, ...)
    """
    names = [one.name for one in fields(Scene)]
    cells = {} if told is None else {name: getattr(told, name) for name in names}
    return replace(scene, **{name: cell for name, cell in cells.items() if cell not in (None, "") and cell == cell})


def imaged_day(text: str) -> datetime.date:
    """The day of an image, ``YYYY-MM-DD`` or ``YYYYMMDD``.

    Raises:
        ValueError: If it is no day, or of a year from which there are no images of glaciers.

    >>> imaged_day("2013-09-14") == imaged_day("20130914")
    True
    """
    match = _DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no day")
    day = datetime.date(*(int(match[part]) for part in ("year", "month", "day")))
    if day.year not in _IMAGED_YEARS:
        raise ValueError(f"no image is of the year {day.year}")
    return day


def parse_caffe_stem(stem: str, *, split: str = "") -> Scene:
    """The scene that a CaFFe file stem describes; the hemisphere is filled in for CaFFe's own glaciers only.

    Args:
        stem: File name without suffix, in the grammar `STEM_GRAMMAR`.
        split: ``train`` or ``test``.

    Raises:
        GlacierError: If the stem does not follow the grammar or its date is no date.

    >>> parse_caffe_stem("Crane_2002-11-09_ERS_20_2_061").season
    'summer'
    """
    match = _STEM.fullmatch(stem)
    if match is None:
        raise GlacierError(f"the stem {stem!r} does not follow {STEM_GRAMMAR}")
    try:
        date = imaged_day(match["date"])
    except ValueError as error:
        raise GlacierError(f"the stem {stem!r} has an impossible date: {error}") from None
    pixel_size_m = float(match["resolution"])
    if pixel_size_m == 0:
        raise GlacierError(f"the stem {stem!r} has resolution 0; it is the pixel size in metres")
    return Scene(
        case=stem,
        split=split,
        glacier=match["glacier"],
        date=date,
        sensor=match["sensor"],
        pixel_size_m=pixel_size_m,
        quality=int(match["quality"]),
        orbit=match["orbit"],
        hemisphere=CAFFE_HEMISPHERE.get(match["glacier"], ""),
    )


def hemisphere_from_crs(crs: str, x: float, y: float) -> str:
    """``north`` or ``south`` from the latitude of the point ``(x, y)`` in the CRS.

    Raises:
        GlacierError: If the CRS cannot be read or the point has no latitude in it.
    """
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        transformer = Transformer.from_crs(CRS.from_user_input(crs), "EPSG:4326", always_xy=True)
        latitude = transformer.transform(x, y, errcheck=True)[1]
    except ProjError as error:
        raise GlacierError(f"no latitude of ({x}, {y}) in CRS {crs!r}: {error}") from None
    return NORTH if latitude >= 0 else SOUTH


def with_hemisphere(scene: Scene, given: dict[str, str] | None = None) -> Scene:
    """The scene with its hemisphere known: from `given` (glacier to hemisphere), CaFFe's table, or the CRS.

    Raises:
        GlacierError: If none of the three knows it; the message says how to supply it.
    """
    known = (given or {}).get(scene.glacier) or scene.hemisphere or CAFFE_HEMISPHERE.get(scene.glacier, "")
    if not known and scene.crs and scene.affine is not None:
        known = hemisphere_from_crs(scene.crs, scene.affine[2], scene.affine[5])
    if known not in (NORTH, SOUTH):
        raise GlacierError(
            f"the hemisphere of glacier {scene.glacier!r} is not known, so seasons cannot be told; "
            f"give --hemisphere {scene.glacier}=north or {scene.glacier}=south, or a CRS"
        )
    return replace(scene, hemisphere=known)


def parse_hemispheres(given: Iterable[str]) -> dict[str, str]:
    """Glacier to hemisphere from the command line's ``GLACIER=north`` and ``GLACIER=south``.

    Raises:
        InputError: If one is not of this form, or a glacier is given twice; all such at once.

    >>> parse_hemispheres(["Helheim=north"])
    {'Helheim': 'north'}
    """
    pairs = [(text, *text.rpartition("=")[::2]) for text in given]
    problems = [
        Problem(f"--hemisphere {text}", "it is not GLACIER=north or GLACIER=south", "Write it so")
        for text, glacier, side in pairs
        if not glacier or side not in (NORTH, SOUTH)
    ]
    glaciers = [glacier for _, glacier, _ in pairs]
    problems += [
        Problem(f"--hemisphere {glacier}", "it is given more than once", "Give each glacier once")
        for glacier in dict.fromkeys(glaciers)
        if glacier and glaciers.count(glacier) > 1
    ]
    if problems:
        raise InputError(problems, "The options cannot be used")
    return {glacier: side for _, glacier, side in pairs}
