"""The later columns of ``scores.csv`` as a reader knows them: every measure that ``evaluate`` writes beside the MDE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SHARE = "%"
CORRELATION = "-1 to 1"

FRONT_CLASS = "Front class"
"""The group of measures of the front class as it was predicted, which the route ``front`` alone has."""


@dataclass(frozen=True)
class MeasureName:
    """A measure of ``scores.csv`` in words.

    Attributes:
        column: Its column.
        group: What it measures.
        label: Its name within the group.
        unit: ``%`` for a share in [0, 1], ``-1 to 1``, ``m`` or ``px``.
    """

    column: str
    group: str
    label: str
    unit: str

    @property
    def factor(self) -> float:
        """What a value of the column is multiplied with to be in the unit."""
        return 100.0 if self.unit == SHARE else 1.0


_OVERLAPS = {
    "dice": ("Dice", SHARE),
    "precision": ("Precision", SHARE),
    "recall": ("Recall", SHARE),
    "iou": ("IoU", SHARE),
    "mcc": ("MCC", CORRELATION),
}

_LINES = "Distance of the lines"
_WITHIN = "Lines within a tolerance"
_DILATED = "Dilated lines"
_ZONES = "Zones"
_LENGTH = r"(?P<length>\d+)(?P<unit>m|px)"

_PATTERNS: tuple[tuple[str, str, str, str], ...] = (
    (r"median_distance_(?P<unit>m|px)", _LINES, "Median", ""),
    (r"mad_distance_(?P<unit>m|px)", _LINES, "Median absolute deviation", ""),
    (r"polis_(?P<unit>m|px)", _LINES, "PoLiS, average of both directions", ""),
    (r"predicted_to_label_(?P<unit>m|px)", _LINES, "Predicted line to label", ""),
    (r"label_to_predicted_(?P<unit>m|px)", _LINES, "Label to predicted line", ""),
    (r"hd95_pooled_(?P<unit>m|px)", _LINES, "HD95, both directions together", ""),
    (r"hd95_larger_direction_(?P<unit>m|px)", _LINES, "HD95, larger of both directions", ""),
    (rf"coverage_{_LENGTH}", _WITHIN, "Label covered within {length} {unit}", SHARE),
    (rf"boundary_f_{_LENGTH}", _WITHIN, "Boundary F-score at {length} {unit}", SHARE),
    *(
        (rf"tolerance_{name}_{_LENGTH}", _DILATED, f"{title} at {{length}} {{unit}}", unit)
        for name, (title, unit) in _OVERLAPS.items()
    ),
    *((f"band_{name}", FRONT_CLASS, title, unit) for name, (title, unit) in _OVERLAPS.items()),
    (rf"band_iou_label_dilated_{_LENGTH}", FRONT_CLASS, "IoU, label dilated by {length} {unit}", SHARE),
    (rf"band_iou_tolerant_{_LENGTH}", FRONT_CLASS, "Within {length} {unit} of the label, over plain union", SHARE),
    (rf"band_weighted_dice_{_LENGTH}", FRONT_CLASS, "Distance-weighted Dice, w = {length} {unit}", SHARE),
    (r"band_thickness_(?P<unit>m|px)", FRONT_CLASS, "Mean thickness", ""),
    (r"band_certainty_(?P<unit>m|px)", FRONT_CLASS, "Certainty, half the thickness", ""),
    (r"f1_weighted", _ZONES, "F1 weighted with labelled pixels", SHARE),
    (r"mcc_macro", _ZONES, "MCC, mean of the four zones", CORRELATION),
    *((f"mcc_{zone.lower()}", _ZONES, f"MCC of {zone}", CORRELATION) for zone in ("NA", "rock", "glacier", "ocean")),
)
"""Columns as regular expressions, in the order of a table: group, label, and unit where the column does not name it."""


def measure_names(columns: Iterable[str]) -> list[MeasureName]:
    """The measures among the columns, in the order in which a table lists them; other columns are left out.

    >>> [(found.label, found.unit) for found in measure_names(["case", "band_dice", "polis_px"])]
    [('PoLiS, average of both directions', 'px'), ('Dice', '%')]
    """
    columns = list(columns)
    found = []
    for pattern, group, label, unit in _PATTERNS:
        for column in columns:
            if match := re.fullmatch(pattern, column):
                parts = match.groupdict()
                found.append(MeasureName(column, group, label.format(**parts), unit or parts["unit"]))
    return found
