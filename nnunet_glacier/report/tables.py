"""The report's tables: raw numbers for CSV files, and the same numbers rounded for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.registry import measure_named
from nnunet_glacier.report.evaluations import Evaluation, Unit
from nnunet_glacier.report.left_out import left_out_numbers, left_out_text
from nnunet_glacier.report.measures import (
    IOU_BY_ZONE,
    ZONE_MEANS,
    by_set,
    experiment_distances,
    line_measures,
    lines_by_set,
    means_and_deviations,
    over_sets,
    zones_by_set,
)
from nnunet_glacier.report.published import PUBLISHED
from nnunet_glacier.support.bootstrap import Interval
from nnunet_glacier.support.fold_statistics import figure_text
from nnunet_glacier.support.wording import counted

ROUTE_NAMES = {"front": "line from its own class", "zones": "line from the zones"}


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        name: Name of its CSV file, without the ending.
        caption: What it shows, with units.
        numbers: What the CSV file holds.
        shown: What the page shows: text, the same numbers rounded.
    """

    name: str
    caption: str
    numbers: pd.DataFrame
    shown: pd.DataFrame


_UNKNOWN = Interval(math.nan, math.nan, 0)


def interval_text(interval: Interval, digits: int) -> str:
    """``131 to 196``, or ``–`` where there is none."""
    return "–" if math.isnan(interval.low) else f"{interval.low:.{digits}f} to {interval.high:.{digits}f}"


def experiments_table(evaluations: Sequence[Evaluation], unit: Unit, line: str = "front") -> Table:
    """Errors of every experiment by every route, as in Table A2 of Herrmann et al. (2023).

    Args:
        evaluations: The experiments.
        unit: Unit of the distances.
        line: What the line is: ``front`` or ``grounding line``.
    """
    numbers, shown = [], []
    incomplete = any(evaluation.skipped or evaluation.missing for evaluation in evaluations)
    for evaluation in evaluations:
        left_out = {"Left out": left_out_text(evaluation)} if incomplete else {}
        for route in evaluation.routes:
            rows = evaluation.rows(route)
            figures = experiment_distances(evaluation, route, unit)
            sets = by_set(rows, unit)
            head = {"experiment": evaluation.name, "route": route, "sets": len(sets), "images": rows["case"].nunique()}
            units = {"mde": unit.name, "no_front": "images", "image_mean": unit.name, "image_median": unit.name}
            values = {f"{name}_{units[name]}": figure.mean for name, figure in figures.items()}
            sds = {f"{name}_sd_{units[name]}": figure.sd for name, figure in figures.items()}
            interval = evaluation.mde_intervals.get((route, unit.name), _UNKNOWN)
            ends = {f"mde_low_{unit.name}": interval.low, f"mde_high_{unit.name}": interval.high}
            numbers.append({**head, **left_out_numbers(evaluation), **values, **sds, **ends})
            shown.append(
                {
                    "Experiment": evaluation.name,
                    "Route": ROUTE_NAMES.get(route, route),
                    "Sets": str(head["sets"]),
                    "Images": str(head["images"]),
                    **left_out,
                    f"MDE [{unit.name}]": figures["mde"].text(0 if unit.name == "m" else 2),
                    f"95 % interval [{unit.name}]": interval_text(interval, 0 if unit.name == "m" else 2),
                    f"Without {line}": figures["no_front"].text(1).replace(".0", ""),
                    f"Image mean [{unit.name}]": figures["image_mean"].text(0 if unit.name == "m" else 2),
                    f"Image median [{unit.name}]": figures["image_median"].text(0 if unit.name == "m" else 2),
                }
            )
    caption = (
        f"Mean distance error (MDE, over all pixels of the {line} in all images) in {unit.name} and images without a "
        f"{line}; "
        "image mean and median are of the images' own mean distances. ± is the standard deviation over trained sets; "
        "the interval is the MDE's bootstrap interval over scenes, as summary.json has it; of few scenes it is too "
        "narrow."
    )
    return Table("experiments", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def zones_table(evaluations: Sequence[Evaluation]) -> Table | None:
    """Zone scores of every experiment (Herrmann et al. 2023, Table A3) and IoU by zone; None where none were scored."""
    numbers, shown = [], []
    for evaluation in evaluations:
        sets = zones_by_set(evaluation.main)
        if sets.empty:
            continue
        figures = over_sets(evaluation, evaluation.main, zones_by_set)
        values = means_and_deviations(figures)
        numbers.append({"experiment": evaluation.name, "sets": len(sets), **values})
        columns = {f"{measure_named(name).label} [%]": name for name in ZONE_MEANS}
        columns |= {f"{measure_named(name).title} [%]": name for name in IOU_BY_ZONE}
        texts = {label: figures[column].text(1, 100) for label, column in columns.items()}
        shown.append({"Experiment": evaluation.name, **texts})
    if not numbers:
        return None
    caption = (
        "Zone scores in percent, means over the images in which no zone is absent from both label and prediction; "
        "the first four are means of the four zones. ± is the standard deviation over trained sets."
    )
    return Table("zone_scores", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def line_measures_table(evaluations: Sequence[Evaluation], unit: Unit, line: str = "front") -> Table | None:
    """The measures of lines of every experiment by its main route, means over images; None where there are none.

    Args:
        evaluations: The experiments.
        unit: Unit of the distances.
        line: What the line is: ``front`` or ``grounding line``.
    """
    measures = line_measures(pd.concat([evaluation.main for evaluation in evaluations]), unit)
    if not measures:
        return None
    names = [measure.name for measure in measures]
    numbers, shown = [], []
    for evaluation in evaluations:
        figures = over_sets(evaluation, evaluation.main, lambda rows: lines_by_set(rows, names))
        sets = evaluation.main["prediction"].unique()
        values = means_and_deviations(figures)
        numbers.append({"experiment": evaluation.name, "route": evaluation.route, "sets": len(sets), **values})
        texts = {measure_heading(measure): figures[measure.name].text(1, measure.factor) for measure in measures}
        shown.append({"Experiment": evaluation.name, **texts})
    caption = (
        f"Further measures of the {line} by the main route, means over the images that have them: share of the "
        f"labelled {line} that a prediction covers, boundary F-score, median, average of both directions (PoLiS) and "
        "95th percentile (HD95, both directions together) of the distances. ± is the standard deviation over sets."
    )
    return Table("line_measures", caption, pd.DataFrame(numbers), pd.DataFrame(shown))


def measure_heading(measure: Measure) -> str:
    """A measure at the head of a table's column, with its unit."""
    return f"{measure.label.replace(chr(10), ' ')} [{measure.shown_unit}]"


def published_table(evaluations: Sequence[Evaluation]) -> Table:
    """Published results beside the experiments', marked as published, best first; distances in metres.

    Deviations of the experiments are divided by n (`Spread.sd_by_n`), the convention of the published ones.
    """
    numbers = [
        {
            "method": entry.method,
            "source": f"published: {entry.source}",
            "route": entry.route,
            "mde_m": entry.mde_m,
            "mde_sd_m": entry.mde_sd_m,
            "no_front_images": entry.no_front,
            "iou": entry.iou,
            "remark": entry.remark,
        }
        for entry in PUBLISHED
    ]
    for evaluation in evaluations:
        zones = over_sets(evaluation, evaluation.main, zones_by_set)
        iou = zones["iou_macro"].mean if zones else np.nan
        for route in evaluation.routes:
            figures = experiment_distances(evaluation, route, Unit("m", "mean_distance_m"))
            numbers.append(
                {
                    "method": evaluation.name,
                    "source": "this report",
                    "route": route,
                    "mde_m": figures["mde"].mean,
                    "mde_sd_m": figures["mde"].sd_by_n,
                    "no_front_images": figures["no_front"].mean,
                    "iou": iou,
                    "remark": counted(evaluation.rows(route)["case"].nunique(), "image"),
                }
            )
    table = pd.DataFrame(numbers).sort_values("mde_m", kind="stable", ignore_index=True)
    shown = pd.DataFrame(
        {
            "Method": table["method"],
            "Source": table["source"],
            "Route": table["route"].replace("", "–"),
            "MDE [m]": [figure_text(*pair, digits=0) for pair in zip(table["mde_m"], table["mde_sd_m"], strict=True)],
            "Without front": [figure_text(value, digits=1).removesuffix(".0") for value in table["no_front_images"]],
            "IoU [%]": [figure_text(value, digits=1, factor=100) for value in table["iou"]],
            "Remark": table["remark"],
        }
    )
    caption = (
        "Published results on CaFFe's 122 test images beside this report's experiments, sorted by mean distance error. "
        "± is the standard deviation over trainings, here divided by n as Herrmann et al. (2023) publish it; all other "
        "tables divide by n - 1, which makes it larger, by 1.118 for five trainings."
    )
    return Table("published", caption, table, shown)
