"""Words about measures: their units, what they are about, and which of them are written."""

from __future__ import annotations

from typing import Literal

MeasureUnit = Literal["m", "px", "0-1", "-1 to 1"]
"""``0-1`` is a share."""

MeasureChoice = Literal["default", "all"]
"""What ``evaluate`` writes: a set that a person can read, or every measure."""

LINES = "Distance of the lines"
WITHIN = "Lines within a tolerance"
DILATED = "Dilated lines"
LINE_CLASS = "Line class"
"""The group of measures of the predicted class of the line, which only the route ``front`` has."""
ZONES = "Zones"
