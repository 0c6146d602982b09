"""Tables of what ``evaluate`` measures beside the MDE: the front class as in paper 004, and every measure there is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nnunet_glacier.report.evaluations import Evaluation, Unit
from nnunet_glacier.report.measure_names import FRONT_CLASS, MeasureName, measure_names
from nnunet_glacier.report.measures import lines_by_set, over_sets
from nnunet_glacier.report.tables import Table
from nnunet_glacier.support.fold_statistics import Spread

FRONT_CLASS_COLUMNS = {
    "band_dice": "Dice",
    "band_precision": "Precision",
    "band_recall": "Recall",
    "boundary_f_2px": "Boundary F\n≤ 2 px",
    "band_iou_label_dilated_2px": "IoU, label\ndilated 2 px",
}
"""What paper 004 compares its networks by (Table 2, Fig. 1), as shares."""

_DIGITS = {"%": 1, "m": 1, "px": 2, "-1 to 1": 3}


def experiment_measures(evaluation: Evaluation, route: str, columns: Sequence[str]) -> dict[str, Spread]:
    """An experiment's measures by one route, means over the images that have them: column to mean and deviation.

    Of repeated trainings the mean over the sets; of a cross-validation that of all images together. The standard
    deviation is over the sets. NaN for a column that is not there or holds no number.
    """
    rows = evaluation.rows(route)
    known = [name for name in columns if name in rows and pd.api.types.is_numeric_dtype(rows[name])]
    numbers = rows[["prediction", *known]]
    return over_sets(evaluation, numbers, lambda found: lines_by_set(found, columns))


def with_front_class(evaluations: Sequence[Evaluation]) -> list[tuple[int, Evaluation]]:
    """The experiments whose front class was scored, with their places among all."""
    return [(place, found) for place, found in enumerate(evaluations) if _has_front_class(found)]


def _has_front_class(evaluation: Evaluation) -> bool:
    return "band_dice" in evaluation.scores and bool(evaluation.rows("front")["band_dice"].notna().any())


def front_class_table(evaluations: Sequence[Evaluation], unit: Unit) -> Table | None:
    """The front class of every experiment as in Table 2 of paper 004; None where none was scored."""
    numbers, shown = [], []
    hd95 = f"hd95_pooled_{unit.name}"
    for _, evaluation in with_front_class(evaluations):
        rows = evaluation.rows("front")
        found = experiment_measures(evaluation, "front", [*FRONT_CLASS_COLUMNS, hd95])
        head = {
            "experiment": evaluation.name,
            "sets": rows["prediction"].nunique(),
            "images": rows.loc[rows["band_dice"].notna(), "case"].nunique(),
        }
        values = {name: number for name, s in found.items() for name, number in ((name, s.mean), (f"{name}_sd", s.sd))}
        threshold = np.nan if evaluation.threshold is None else evaluation.threshold
        numbers.append({**head, **values, "threshold": threshold})
        texts = {
            f"{label.replace(chr(10), ' ')} [%]": found[column].text(1, 100)
            for column, label in FRONT_CLASS_COLUMNS.items()
        }
        shown.append(
            {
                "Experiment": evaluation.name,
                "Images": str(head["images"]),
                **texts,
                f"HD95 [{unit.name}]": found[hd95].text(_DIGITS[unit.name]),
                "Threshold": "–" if np.isnan(threshold) else f"{threshold:g}",
            }
        )
    if not numbers:
        return None
    caption = (
        "The front class (calving front or grounding line) as it was predicted, against the labelled line, means over "
        "images: overlap, boundary F-score and HD95 (both directions together) of the line that it is thinned to, and "
        "IoU with the label dilated by 2 px, as Table 2 of paper 004. ± is the standard deviation over trained sets. "
        "Threshold: the probability above which a pixel counted; – for the predicted class."
    )
    return Table("front_class", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def every_measure_table(evaluations: Sequence[Evaluation]) -> Table | None:
    """Every measure in rows, experiments in columns, means over images; None where there are none."""
    names = measure_names(dict.fromkeys(column for found in evaluations for column in found.scores))
    measured = [known_measures(evaluation, names) for evaluation in evaluations]
    numbers, shown = [], []
    for name in names:
        spreads = [found.get(name.column) for found in measured]
        if not any(spreads):
            continue
        for evaluation, found in zip(evaluations, spreads, strict=True):
            if found is not None:
                numbers.append(_numbers(evaluation, name, found))
        texts = ["–" if found is None else found.text(_DIGITS[name.unit], name.factor) for found in spreads]
        shown.append([f"{name.group}: {name.label} [{name.unit}]", *texts])
    if not numbers:
        return None
    caption = (
        "Every measure of scores.csv beside MDE and zone scores, means over the images that have it, by the main "
        f"route; those of the {FRONT_CLASS.lower()} by the front route. ± is the standard deviation over trained sets. "
        "Dilated lines: both lines widened to a tolerance (paper 000); distance-weighted Dice and thickness are those "
        "of paper 002."
    )
    columns = ["Measure", *(evaluation.name for evaluation in evaluations)]
    return Table("every_measure", caption, pd.DataFrame(numbers), pd.DataFrame(shown, columns=columns))


def _route(evaluation: Evaluation, name: MeasureName) -> str:
    return "front" if name.group == FRONT_CLASS else evaluation.route


def known_measures(evaluation: Evaluation, names: Sequence[MeasureName]) -> dict[str, Spread]:
    """The measures that an experiment has: column to mean and deviation.

    Those of the front class are by the front route, all others by the main one.
    """
    found: dict[str, Spread] = {}
    for route in {_route(evaluation, name) for name in names} & set(evaluation.routes):
        columns = [name.column for name in names if _route(evaluation, name) == route]
        found |= experiment_measures(evaluation, route, columns)
    return {column: value for column, value in found.items() if not np.isnan(value.mean)}


def _numbers(evaluation: Evaluation, name: MeasureName, found: Spread) -> dict[str, object]:
    rows = evaluation.rows(_route(evaluation, name))
    known = rows[rows[name.column].notna()]
    return {
        "experiment": evaluation.name,
        "route": _route(evaluation, name),
        "measure": name.column,
        "unit": "0-1" if name.factor != 1 else name.unit,
        "mean": found.mean,
        "sd": found.sd,
        "sets": known["prediction"].nunique(),
        "images": known["case"].nunique(),
    }
