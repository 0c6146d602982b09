"""What can be chosen when anybody's scenes and lines are converted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.writing.label_maps import FRONT_WIDTH
from nnunet_glacier.dataset_conversion.writing.splits import AUTO_FOLDS
from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.formats.map_features import FeatureColumns
from nnunet_glacier.support.errors import Problem

AUTO = "auto"


@dataclass(frozen=True)
class LinesOptions:
    """What can be chosen.

    Attributes:
        labels: Label variant, or ``auto``: ``fused`` where there are areas or `upstream`, else ``front``.
        channel: Name of the channel, which a model that is trained further must share.
        file_ending: ``.png`` or ``.nii.gz``.
        front_width: Edge of the kernel that lines are dilated with, in pixels, odd.
        area: File of polygons outside of which nothing is learnt, or None.
        upstream: File of points on the glaciers: with `area`, lines cut it into glacier and ocean; or None.
        columns: Columns that the user names.
        author: The one whose lines are taken, or None.
        max_days: Most days between a line and its scene.
        band: The band of images that have several, from 1, or None.
        values: What a pixel's value is.
        pixel_size_m: Edge of the square pixels that scenes are brought to, or None for each scene's own.
        crs: CRS of a common grid of these, or None for the grid of each scene as ``delineate`` takes it.
        folds: ``auto``, ``glacier``, ``date`` or ``random``.
        test_glaciers: Glaciers whose scenes test.
        test_from: First day of the scenes that test, or None.
        allow_shared_glaciers: Whether a glacier may train and test.
    """

    labels: str = AUTO
    channel: str = "SAR"
    file_ending: str = ".png"
    front_width: int = FRONT_WIDTH
    area: Path | None = None
    upstream: Path | None = None
    columns: FeatureColumns = field(default_factory=FeatureColumns)
    author: str | None = None
    max_days: int = 0
    band: int | None = None
    values: Values = "auto"
    pixel_size_m: float | None = None
    crs: str | None = None
    folds: str = AUTO_FOLDS
    test_glaciers: tuple[str, ...] = ()
    test_from: datetime.date | None = None
    allow_shared_glaciers: bool = False

    def record(self) -> dict[str, Any]:
        """Everything that decides what is written, beside labels, folds and file ending."""
        return {
            "channel": self.channel,
            "front_width": self.front_width,
            "area": self.area.name if self.area else None,
            "upstream": self.upstream.name if self.upstream else None,
            "columns": {"date": self.columns.date, "scene": self.columns.scene, "class": self.columns.said},
            "author": self.author,
            "max_days": self.max_days,
            "band": self.band,
            "values": self.values,
            "pixel_size_m": self.pixel_size_m,
            "crs": self.crs,
            "test_glaciers": list(self.test_glaciers),
            "test_from": self.test_from.isoformat() if self.test_from else None,
        }


def option_problems(options: LinesOptions) -> list[Problem]:
    """What is wrong with the options themselves, before any file is read."""
    problems = []
    if options.upstream is not None and options.area is None:
        what = "a line has no end: it cuts nothing into glacier and ocean without an area"
        problems.append(Problem("--upstream", what, "Give --area with the polygon that the line cuts"))
    if options.upstream is not None and options.labels == "front":
        problems.append(Problem("--upstream", "labels of the front alone have no sides", "Leave one of the two out"))
    if options.crs is not None:
        problems += _crs_problems(options.crs, options.pixel_size_m)
    return problems


def _crs_problems(crs: str, pixel_size_m: float | None) -> list[Problem]:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        projected = CRS.from_user_input(crs).is_projected
    except CRSError:
        return [Problem(f"--crs {crs}", "there is no such CRS", "Give one such as EPSG:3413")]
    if not projected:
        return [Problem(f"--crs {crs}", "it is not measured in metres", "Give a projected one such as EPSG:3413")]
    if pixel_size_m is None:
        return [Problem(f"--crs {crs}", "warping needs a pixel size", "Give --pixel-size-m, such as 30")]
    return []
