"""The scores as tables: ``scores.csv`` with a row an image, and the tables on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pandas as pd

from nnunet_glacier.evaluation.measures.measures import MEASURES
from nnunet_glacier.evaluation.measures.scene_scores import SceneScore
from nnunet_glacier.evaluation.results.folds import zones_over_folds
from nnunet_glacier.evaluation.results.result import Result
from nnunet_glacier.evaluation.results.summary import ZONE_COLUMNS, SubsetScore
from nnunet_glacier.measures.zone_scores import METRICS
from nnunet_glacier.support.fold_statistics import Spread

_ABOUT = {
    "case": ("", "Name of the scene"),
    "prediction": ("", "Name of the set of predictions"),
    "route": ("", "What the front was taken from: zones or front"),
    "split": ("", "Split of the scene"),
    "glacier": ("", "Glacier"),
    "date": ("", "Day of acquisition, ISO 8601"),
    "season": ("", "winter or summer, by hemisphere and month"),
    "sensor": ("", "Sensor"),
    "pixel_size_m": ("m", "Edge of a pixel"),
    "quality": ("", "Quality from 1 (best) to 6"),
    "predicted_front_pixels": ("pixels", "Pixels of the predicted front as it is scored"),
    "label_front_pixels": ("pixels", "Pixels of the labelled front"),
    "front_found": ("", "Whether both sides have a front"),
    "mean_distance_m": ("m", "Mean distance over the pixels of both fronts (paper 001, Eq. 1, of one image)"),
    "mean_distance_px": ("px", "The same in pixels"),
}

COLUMNS: dict[str, tuple[str, str]] = {
    **_ABOUT,
    **{
        f"{metric}_{zone.lower()}": ("0-1", f"{metric} of {'the four zones, plain mean' if zone == 'macro' else zone}")
        for metric in METRICS
        for zone in ZONE_COLUMNS
    },
    "box": ("px", "First row, row after the last, first column, column after the last that are scored"),
    "remarks": ("", "What a reader of the row must know"),
    **{measure.name: (measure.unit, measure.meaning) for measure in MEASURES},
}
"""Columns of ``scores.csv`` in their order: unit and meaning. Unknown values are empty."""


def score_row(score: SceneScore) -> dict[str, Any]:
    """An image's row in ``scores.csv``, as `COLUMNS` describes it."""
    scene = score.scene
    row: dict[str, Any] = {
        "case": scene.case,
        "prediction": score.prediction,
        "route": score.route,
        "split": scene.split,
        "glacier": scene.glacier,
        "date": scene.date.isoformat() if scene.date else "",
        "season": score.season,
        "sensor": scene.sensor,
        "pixel_size_m": scene.pixel_size_m,
        "quality": "" if scene.quality is None else scene.quality,
        "predicted_front_pixels": score.front.predicted_pixels,
        "label_front_pixels": score.front.label_pixels,
        "front_found": score.front.found,
        "mean_distance_m": score.mean_distance_m,
        "mean_distance_px": score.front.mean_distance_px,
    }
    for metric in METRICS:
        values = score.zones.with_macro(metric) if score.zones is not None else [math.nan] * len(ZONE_COLUMNS)
        row |= {f"{metric}_{zone.lower()}": value for zone, value in zip(ZONE_COLUMNS, values, strict=True)}
    row["box"] = " ".join(map(str, astuple(scene.box))) if scene.box else ""
    row["remarks"] = "; ".join(score.remarks)
    row |= {measure.name: measure.of(score) for measure in MEASURES}
    return row


def scores_table(scores: Sequence[SceneScore]) -> pd.DataFrame:
    """The table of ``scores.csv``."""
    return pd.DataFrame([score_row(score) for score in scores])


def screen_tables(result: Result) -> str:
    """The tables on the screen: front errors by subset, and zone scores where there are zones."""
    title = f"Front errors, front taken from the predicted {result.route}"
    text = [title, _front_table(result).to_string(justify="right")]
    zones = _zone_table(result)
    if zones is not None:
        text += ["", zones.to_string(justify="right")]
    return "\n".join(text)


def _front_table(result: Result) -> pd.DataFrame:
    """One row a subset; glacier crossed with the other groupings is left to ``summary.json``."""
    rows = {}
    if result.pooled is not None:
        rows |= {name: _front_row(subset) for name, subset in result.pooled.items() if "," not in name}
    if result.spreads is not None:
        rows |= {name: _front_row(subsets["all"]) for name, subsets in result.by_set.items()}
        shown = ["all"] if result.pooled is not None else [name for name in result.spreads if "," not in name]
        label = "mean ± SD of folds" if result.pooled is not None else "mean ± SD"
        rows |= {label if name == "all" else f"{label}, {name}": _spread_row(result.spreads[name]) for name in shown}
    columns = ["images", "no front", "MDE [m]", "MDE [px]", "image mean [m]", "image median [m]", "image median [px]"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _front_row(subset: SubsetScore) -> list[str]:
    return [
        str(subset.images),
        str(subset.no_front),
        number_text(subset.mde_m, 1),
        number_text(subset.mde_px, 2),
        number_text(subset.image_mean_m, 1),
        number_text(subset.image_median_m, 1),
        number_text(subset.image_median_px, 2),
    ]


def _spread_row(figures: dict[str, Spread]) -> list[str]:
    return [
        number_text(figures["images"].mean, 1).removesuffix(".0"),
        spread_text(figures["no_front"], 1),
        spread_text(figures["mde_m"], 1),
        spread_text(figures["mde_px"], 2),
        spread_text(figures["image_mean_m"], 1),
        spread_text(figures["image_median_m"], 1),
        spread_text(figures["image_median_px"], 2),
    ]


def _zone_table(result: Result) -> pd.DataFrame | None:
    """Precision, recall, F1 and IoU of each zone, means over images (and ± SD over folds); None without zones."""
    names = {"precision": "precision", "recall": "recall", "f1": "F1", "iou": "IoU"}
    if result.pooled is not None:
        subset = result.pooled["all"]
        if not subset.images_in_zone_mean:
            return None
        table = {names[metric]: [number_text(value, 3) for value in subset.zones[metric]] for metric in METRICS}
    else:
        spreads = zones_over_folds({name: subsets["all"] for name, subsets in result.by_set.items()})
        if not spreads["iou"][0].folds:
            return None
        table = {names[metric]: [spread_text(value, 3) for value in spreads[metric]] for metric in METRICS}
    return pd.DataFrame(table, index=[f"zone {name}" if name != "macro" else "macro mean" for name in ZONE_COLUMNS])


def number_text(value: float, digits: int) -> str:
    """A figure on the screen; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def spread_text(value: Spread, digits: int) -> str:
    """Mean ± standard deviation on the screen; the mean alone where there is no deviation."""
    if math.isnan(value.mean) or math.isnan(value.sd):
        return number_text(value.mean, digits)
    return f"{value.mean:.{digits}f} ± {value.sd:.{digits}f}"
