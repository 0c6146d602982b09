"""Numbers from the rows of ``scores.csv``: pooled and per-image distances, by set of predictions and by group.

An image without a distance (no front predicted, or none labelled) is left out of every mean and counted, as it was
when it was scored; a mean of nothing is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.registry import family, measure_named
from nnunet_glacier.measures.zone_scores import METRICS, ZONE_TITLES
from nnunet_glacier.report.evaluations import CROSS_VALIDATION, METRES, PIXELS, Evaluation, Unit
from nnunet_glacier.support.fold_statistics import Spread, spread

ZONE_MEANS = tuple(f"{metric}_macro" for metric in METRICS)
"""Columns of the zone scores' means over the four zones."""

IOU_BY_ZONE = tuple(f"iou_{title.lower()}" for title in ZONE_TITLES.values())
"""Columns of the zones' IoU."""

_ZONE_COLUMNS = [f"{metric}_{zone.lower()}" for metric in METRICS for zone in ("macro", *ZONE_TITLES.values())]


def common_unit(evaluations: Sequence[Evaluation]) -> Unit:
    """Metres, or pixels where no image of any evaluation has a distance in metres."""
    in_metres = any(evaluation.table[METRES.column].notna().any() for evaluation in evaluations)
    return METRES if in_metres else PIXELS


def pooled_distance(rows: pd.DataFrame, unit: Unit) -> float:
    """Mean distance error of the rows, over all line pixels of all images (Herrmann et al. 2023, Eq. 1), or NaN."""
    known = rows[rows[unit.column].notna()]
    pixels = known["predicted_front_pixels"] + known["label_front_pixels"]
    return float((known[unit.column] * pixels).sum() / pixels.sum()) if len(known) else np.nan


def without_front(rows: pd.DataFrame) -> int:
    """Images without a distance, because a front is missing in the prediction or the label."""
    return int(rows[PIXELS.column].isna().sum())


def by_set(rows: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """One row per set of predictions: images, no_front, mde, image_mean and image_median in the unit."""
    return pd.DataFrame(
        {
            name: {
                "images": len(set_rows),
                "no_front": without_front(set_rows),
                "mde": pooled_distance(set_rows, unit),
                "image_mean": set_rows[unit.column].mean(),
                "image_median": set_rows[unit.column].median(),
            }
            for name, set_rows in rows.groupby("prediction", sort=False)
        }
    ).T


def zones_by_set(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per set of predictions: mean zone scores over the images in which no zone is absent.

    Columns are named as in the CSV file. Empty where zones were not scored.
    """
    if any(column not in rows for column in _ZONE_COLUMNS):
        return pd.DataFrame()
    complete = rows[rows["iou_macro"].notna()]
    return complete.groupby("prediction", sort=False)[_ZONE_COLUMNS].mean()


def lines_by_set(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """One row per set of predictions: means over its images of the line measures in these columns."""
    return rows.reindex(columns=["prediction", *columns]).groupby("prediction", sort=False).mean()


def line_measures(rows: pd.DataFrame, unit: Unit) -> list[Measure]:
    """The measures of lines that were scored and that figures show: shares within tolerances, then distances."""
    shown = [*family(f"coverage_{unit.name}"), *family(f"boundary_f_{unit.name}")]
    shown += [measure_named(f"{name}_{unit.name}") for name in ("median_distance", "polis", "hd95_pooled")]
    return [measure for measure in shown if measure.name in rows]


def over_sets(
    evaluation: Evaluation, rows: pd.DataFrame, measured: Callable[[pd.DataFrame], pd.DataFrame]
) -> dict[str, Spread]:
    """An experiment's figures over its sets of predictions.

    The sets of a cross-validation share no image: its mean is that of all images together, and only the standard
    deviation is over the folds.

    Args:
        evaluation: The experiment.
        rows: Its scores.
        measured: Makes one row per set of them, such as `by_set`.

    Returns:
        Column to figure; empty where nothing was measured.
    """
    sets = measured(rows)
    spreads = {name: spread(sets[name].astype(float)) for name in sets}
    if evaluation.scheme != CROSS_VALIDATION or sets.empty:
        return spreads
    together = measured(rows.assign(prediction="all")).loc["all"]
    return {name: replace(figure, mean=float(together[name])) for name, figure in spreads.items()}


def means_and_deviations(figures: dict[str, Spread]) -> dict[str, float]:
    """Every figure's mean under its own name and its standard deviation under ``NAME_sd``."""
    numbers: dict[str, float] = {}
    for name, figure in figures.items():
        numbers |= {name: figure.mean, f"{name}_sd": figure.sd}
    return numbers


def experiment_distances(evaluation: Evaluation, route: str, unit: Unit) -> dict[str, Spread]:
    """An experiment's figures by one route: mde, no_front, image_mean and image_median `over_sets`."""
    figures = over_sets(evaluation, evaluation.rows(route), lambda rows: by_set(rows, unit))
    return {name: figures[name] for name in ("mde", "no_front", "image_mean", "image_median")}


def per_image(rows: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """One row per scene with its ``distance``: the mean over the sets that have one, NaN where none has."""
    first = rows.drop_duplicates("case").set_index("case")
    return first.assign(distance=rows.groupby("case")[unit.column].mean())


def typical_set(evaluation: Evaluation, unit: Unit) -> str:
    """The set of predictions whose MDE is nearest to the sets' median, the first of equals: the one to show."""
    mde = by_set(evaluation.main, unit)["mde"]
    if mde.isna().all():
        return str(mde.index[0])
    return str((mde - mde.median()).abs().idxmin())


def typical_rows(evaluation: Evaluation, unit: Unit) -> pd.DataFrame:
    """One row per scene by the main route: that of the `typical_set`, or of another where it lacks the scene."""
    rows = evaluation.main
    order = rows["prediction"].ne(typical_set(evaluation, unit))
    return rows.assign(_other=order).sort_values(["_other", "case"], kind="stable").drop_duplicates("case")


def worst_first(rows: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """One row per scene, that of the set which did worst: missing fronts first, then the largest mean distance.

    Last are scenes in which nothing is labelled and nothing was predicted.
    """
    distance = rows[unit.column].where(rows[unit.column].notna(), rows[PIXELS.column])
    empty = (rows["predicted_front_pixels"] == 0) & (rows["label_front_pixels"] == 0)
    ranked = rows.assign(_distance=distance.fillna(np.inf).mask(empty, -np.inf))
    ranked = ranked.sort_values(["_distance", "case", "prediction"], ascending=[False, True, True], kind="stable")
    return ranked.drop_duplicates("case").drop(columns="_distance")


@dataclass(frozen=True)
class Group:
    """Scenes that belong together in a figure.

    Attributes:
        label: Its name, such as ``COL, winter``.
        level: 0 for all scenes, 1 for a group, 2 for a group within it.
        family: The group of level 1 that it belongs to; its colour.
        images: Rows of `per_image`.
    """

    label: str
    level: int
    family: str
    images: pd.DataFrame


def nested_groups(images: pd.DataFrame, outer: str, inner: str = "") -> list[Group]:
    """All scenes, each value of a column, and within it each value of another; unknown values are in no group.

    Args:
        images: Rows of `per_image`.
        outer: Column of the groups.
        inner: Column of the groups within, where they have more than one, or "".
    """
    groups = [Group("all", 0, "all", images)]
    for value, in_group in _known_groups(images, outer):
        family = _value_text(outer, value)
        groups.append(Group(family, 1, family, in_group))
        within = _known_groups(in_group, inner) if inner else []
        if len(within) > 1:
            groups += [Group(f"{family}, {_value_text(inner, key)}", 2, family, part) for key, part in within]
    return groups


def _known_groups(images: pd.DataFrame, column: str) -> list[tuple[object, pd.DataFrame]]:
    known = images[images[column].notna() & images[column].ne("")]
    return list(known.groupby(column, sort=True))


def _value_text(column: str, value: object) -> str:
    return f"{value:g} m" if column == "pixel_size_m" else str(value)
