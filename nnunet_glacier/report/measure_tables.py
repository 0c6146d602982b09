"""Tables of what ``evaluate`` measures beside the MDE: the line class as in Gattolin's report, and every measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nnunet_glacier.domain.measures import LINE_CLASS
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.registry import known_measures, measure_named
from nnunet_glacier.report.evaluations import Evaluation, Unit
from nnunet_glacier.report.measures import lines_by_set, means_and_deviations, over_sets
from nnunet_glacier.report.tables import Table, measure_heading
from nnunet_glacier.support.fold_statistics import Spread

LINE_CLASS_SHARES = (
    "band_dice",
    "band_precision",
    "band_recall",
    "boundary_f_2px",
    "band_iou_label_dilated_2px",
)
"""What Gattolin compares networks by (Table 2, Fig. 1), as shares."""

_DIGITS = {"%": 1, "m": 1, "px": 2, "-1 to 1": 3}


def experiment_measures(evaluation: Evaluation, route: str, columns: Sequence[str]) -> dict[str, Spread]:
    """An experiment's measures by one route, means over the images that have them: column to mean and deviation.

    Of repeated trainings the mean over the sets; of a cross-validation that of all images together. The standard
    deviation is over the sets. NaN for a column that is not there or empty.
    """
    rows = evaluation.rows(route)
    known = [name for name in columns if name in rows]
    numbers = rows[["prediction", *known]]
    return over_sets(evaluation, numbers, lambda set_rows: lines_by_set(set_rows, columns))


def with_line_class(evaluations: Sequence[Evaluation]) -> list[tuple[int, Evaluation]]:
    """The experiments whose line class was scored, with their places among all."""
    return [(place, evaluation) for place, evaluation in enumerate(evaluations) if _has_line_class(evaluation)]


def _has_line_class(evaluation: Evaluation) -> bool:
    return "band_dice" in evaluation.table and bool(evaluation.rows("front")["band_dice"].notna().any())


def line_class_table(evaluations: Sequence[Evaluation], unit: Unit, line: str = "front") -> Table | None:
    """The line class of every experiment as in Gattolin's Table 2; None where none was scored.

    Args:
        evaluations: The experiments.
        unit: Unit of the distances.
        line: What the line is: ``front`` or ``grounding line``.
    """
    numbers, shown = [], []
    hd95 = measure_named(f"hd95_pooled_{unit.name}")
    for _, evaluation in with_line_class(evaluations):
        rows = evaluation.rows("front")
        figures = experiment_measures(evaluation, "front", [*LINE_CLASS_SHARES, hd95.name])
        head = {
            "experiment": evaluation.name,
            "sets": rows["prediction"].nunique(),
            "images": rows.loc[rows["band_dice"].notna(), "case"].nunique(),
        }
        values = means_and_deviations(figures)
        threshold = np.nan if evaluation.threshold is None else evaluation.threshold
        numbers.append({**head, **values, "threshold": threshold})
        shares = {measure_heading(measure_named(name)): figures[name].text(1, 100) for name in LINE_CLASS_SHARES}
        shown.append(
            {
                "Experiment": evaluation.name,
                "Images": str(head["images"]),
                **shares,
                measure_heading(hd95): figures[hd95.name].text(_DIGITS[unit.name]),
                "Threshold": "–" if np.isnan(threshold) else f"{threshold:g}",
            }
        )
    if not numbers:
        return None
    caption = (
        f"The predicted class of the {line} against the dataset's label of it, means over images: overlap, and IoU "
        "with the label dilated by 2 px; boundary F-score and HD95 (both directions together) of the line that the "
        "class is thinned to, as in Table 2 of Gattolin. ± is the standard deviation over trained sets. "
        "Threshold: the probability above which a pixel counted; – for the predicted class."
    )
    return Table("front_class", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def scored_measures(evaluations: Sequence[Evaluation]) -> list[Measure]:
    """The measures beside the published ones that stand in the scores of any experiment."""
    columns = {column for evaluation in evaluations for column in evaluation.table}
    return [measure for measure in known_measures(columns) if not measure.published]


def every_measure_table(evaluations: Sequence[Evaluation]) -> Table | None:
    """Every measure in rows, experiments in columns, means over images; None where there are none."""
    measures = scored_measures(evaluations)
    values = [experiment_values(evaluation, measures) for evaluation in evaluations]
    numbers, shown = [], []
    for measure in measures:
        spreads = [known.get(measure.name) for known in values]
        if not any(spreads):
            continue
        for evaluation, spread in zip(evaluations, spreads, strict=True):
            if spread is not None:
                numbers.append(_numbers(evaluation, measure, spread))
        digits = _DIGITS[measure.shown_unit]
        texts = ["–" if spread is None else spread.text(digits, measure.factor) for spread in spreads]
        shown.append([f"{measure.group}: {measure.title} [{measure.shown_unit}]", *texts])
    if not numbers:
        return None
    caption = (
        "Every measure of scores.csv beside MDE and zone scores, means over the images that have it, by the main "
        f"route; those of the {LINE_CLASS.lower()} by the front route. ± is the standard deviation over trained sets. "
        "Dilated lines: both lines widened to a tolerance (Davari et al. 2021); distance-weighted Dice and thickness "
        "are those of Holzmann et al. (2021). docs/scores.md says what each measure is."
    )
    columns = ["Measure", *(evaluation.name for evaluation in evaluations)]
    return Table("every_measure", caption, pd.DataFrame(numbers), pd.DataFrame(shown, columns=columns))


def _route(evaluation: Evaluation, measure: Measure) -> str:
    return "front" if measure.group == LINE_CLASS else evaluation.route


def experiment_values(evaluation: Evaluation, measures: Sequence[Measure]) -> dict[str, Spread]:
    """The measures that an experiment has: name to mean and deviation.

    Those of the line class are by the front route, all others by the main one.
    """
    values: dict[str, Spread] = {}
    for route in {_route(evaluation, measure) for measure in measures} & set(evaluation.routes):
        columns = [measure.name for measure in measures if _route(evaluation, measure) == route]
        values |= experiment_measures(evaluation, route, columns)
    return {column: value for column, value in values.items() if not np.isnan(value.mean)}


def _numbers(evaluation: Evaluation, measure: Measure, value: Spread) -> dict[str, object]:
    rows = evaluation.rows(_route(evaluation, measure))
    known = rows[rows[measure.name].notna()]
    return {
        "experiment": evaluation.name,
        "route": _route(evaluation, measure),
        "measure": measure.name,
        "unit": measure.unit,
        "mean": value.mean,
        "sd": value.sd,
        "sets": known["prediction"].nunique(),
        "images": known["case"].nunique(),
    }
