"""A score per image: its column, unit, sentence, titles and function."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nnunet_glacier.domain.measures import MeasureUnit
from nnunet_glacier.measures.comparison import Comparison


@dataclass(frozen=True)
class Measure:
    """One score per image.

    Attributes:
        name: Column in ``scores.csv`` and key in ``summary.json``.
        unit: Unit of the column; ``0-1`` is a share, which the report shows in percent.
        meaning: What it is, in a sentence.
        group: What it is about: a heading for several measures.
        title: Its name within the group.
        of: Its value for a scene; NaN where there is none (`means`).
        label: Its name on the axis of a figure, which may have two lines.
        family: Name without the tolerance, of measures that differ in it alone.
        at: The tolerance, in the unit that the family's name ends in.
        published: Whether it is among the published scores, which ``summary.json`` averages under names of their own.
        further: Whether it is written only when all measures are asked for.
        cut_ends: Whether it is written only when the ends of labels are left out (``--cut-ends-m``).
    """

    name: str
    unit: MeasureUnit
    meaning: str
    group: str
    title: str
    of: Callable[[Comparison], float]
    label: str = ""
    family: str = ""
    at: float = math.nan
    published: bool = False
    further: bool = False
    cut_ends: bool = False

    @property
    def shown_unit(self) -> str:
        """The unit in the report."""
        return "%" if self.unit == "0-1" else self.unit

    @property
    def factor(self) -> float:
        """What turns a value of the column into the report's unit."""
        return 100.0 if self.unit == "0-1" else 1.0
