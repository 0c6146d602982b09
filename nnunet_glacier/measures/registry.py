"""Every score per image, once, in `MEASURES`.

``scores.csv``, ``summary.json``, the report and ``docs/scores.md`` take names, units, sentences and titles from here. A
new score is a function of a `Comparison` and an entry in `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Collection

from nnunet_glacier.domain.measures import MeasureChoice
from nnunet_glacier.measures.class_measures import band_measures, further_zone_scores, zone_metrics
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.line_measures import (
    dilated_lines,
    distances_without_ends,
    further_distances,
    mean_distances,
    shares_within,
)
from nnunet_glacier.measures.measure import Measure

MEASURES: tuple[Measure, ...] = (
    *mean_distances(),
    *zone_metrics(),
    *further_distances(),
    *shares_within(),
    *dilated_lines(),
    *band_measures(),
    *further_zone_scores(),
    *distances_without_ends(),
)
"""In the order of their columns."""


def chosen_measures(choice: MeasureChoice, *, cut_ends: bool = False) -> tuple[Measure, ...]:
    """The measures that are written: the default set, or all; those without the label's ends only where asked for."""
    wanted = (measure for measure in MEASURES if choice == "all" or not measure.further)
    return tuple(measure for measure in wanted if cut_ends or not measure.cut_ends)


def measure_named(name: str) -> Measure:
    """The measure of a column.

    Raises:
        KeyError: If there is none.
    """
    return {measure.name: measure for measure in MEASURES}[name]


def known_measures(columns: Collection[str]) -> list[Measure]:
    """The measures among the columns of a table, in the order of `MEASURES`.

    >>> [measure.title for measure in known_measures(["case", "band_dice", "polis_px"])]
    ['PoLiS, average of both directions', 'Dice']
    """
    known = set(columns)
    return [measure for measure in MEASURES if measure.name in known]


def family(name: str) -> list[Measure]:
    """The measures of a family, by tolerance.

    >>> [measure.name for measure in family("boundary_f_px")]
    ['boundary_f_2px', 'boundary_f_3px', 'boundary_f_5px']
    """
    return sorted((measure for measure in MEASURES if measure.family == name), key=lambda measure: measure.at)


def measured(scene: Comparison) -> dict[str, float]:
    """The value of every measure by its name."""
    return {measure.name: float(measure.of(scene)) for measure in MEASURES}
