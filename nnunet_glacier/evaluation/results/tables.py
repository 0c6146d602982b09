"""The scores as tables: the rows of ``scores.csv``, one for each image, and the tables on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import pandas as pd

from nnunet_glacier.evaluation.results.folds import zones_over_folds
from nnunet_glacier.evaluation.results.groups import is_crossed
from nnunet_glacier.evaluation.results.result import Result
from nnunet_glacier.evaluation.results.summary import ZONE_COLUMNS, SubsetScore
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.formats.score_table import columns_of
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.measures.zone_scores import METRICS
from nnunet_glacier.support.fold_statistics import Spread
from nnunet_glacier.support.wording import counted


def scores_table(scores: Sequence[SceneScore], measures: Sequence[Measure]) -> pd.DataFrame:
    """The table of ``scores.csv``: one row per image, with the columns of `columns_of`."""
    names = [name for name, _, _ in columns_of(measures)]
    return pd.DataFrame([_row(score) for score in scores], columns=names)


def _row(score: SceneScore) -> dict[str, Any]:
    scene = score.scene
    return {
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
        "front_found": score.front.has_both_lines,
        "box": " ".join(map(str, astuple(scene.box))) if scene.box else "",
        "remarks": "; ".join(score.remarks),
        **score.measures,
    }


def screen_tables(
    result: Result, cut_ends_m: float | None = None, line: str = "front", *, delivered: bool = False
) -> str:
    """The tables on the screen: the line's errors by subset, those without the label's ends, and zone scores if any.

    Args:
        result: The scores by one route.
        cut_ends_m: What is cut off at each end of the labels, or None.
        line: What the line is: ``front`` or ``grounding line``.
        delivered: Whether the lines were scored as they were delivered.
    """
    predicted = f"the predicted {'zones' if result.route == 'zones' else line}"
    title = f"{line.capitalize()} errors, {line} {'as delivered' if delivered else f'taken from {predicted}'}"
    text = [title, _front_table(result, line).to_string(justify="right")]
    if cut_ends_m is not None:
        text += ["", f"MDE without {cut_ends_m:g} m at each end of the labels", *_without_ends(result)]
    zones = _zone_table(result)
    if zones is not None:
        text += ["", zones.to_string(justify="right")]
    return "\n".join(text)


def _front_table(result: Result, line: str) -> pd.DataFrame:
    """One row per subset; glacier crossed with the other groupings is left to ``summary.json``."""
    rows: dict[str, list[str]] = {}
    if result.pooled is not None:
        rows |= {name: _front_row(subset) for name, subset in result.pooled.items() if not is_crossed(name)}
    if result.spreads is not None:
        rows |= {name: _front_row(subsets["all"]) for name, subsets in result.by_set.items()}
        shown = ["all"] if result.pooled is not None else [name for name in result.spreads if not is_crossed(name)]
        label = "mean ± SD of folds" if result.pooled is not None else "mean ± SD"
        rows |= {label if name == "all" else f"{label}, {name}": _spread_row(result.spreads[name]) for name in shown}
    columns = ["images", f"no {line}", "MDE [m]", "MDE [px]", "image mean [m]", "image median [m]", "image median [px]"]
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


def _without_ends(result: Result) -> list[str]:
    """A line for all images together and, with several sets, one per set."""
    rows = {"all": result.pooled["all"]} if result.pooled is not None else {}
    rows |= {name: subsets["all"] for name, subsets in result.by_set.items()} if result.scheme != "single" else {}
    lines = []
    for name, subset in rows.items():
        figures = subset.without_ends or {}
        distance = " m, ".join(number_text(figures[f"mde_without_ends_{unit}"], 2) for unit in ("m", "px"))
        lines.append(
            f"{name}: {distance} px; no line left in {counted(int(figures['no_front_without_ends']), 'image')}"
        )
    return lines


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
    if result.pooled is not None:
        subset = result.pooled["all"]
        if not subset.images_in_zone_mean:
            return None
        table = {title: [number_text(value, 3) for value in subset.zones[metric]] for metric, title in METRICS.items()}
    else:
        spreads = zones_over_folds({name: subsets["all"] for name, subsets in result.by_set.items()})
        if not spreads["iou"][0].folds:
            return None
        table = {title: [spread_text(value, 3) for value in spreads[metric]] for metric, title in METRICS.items()}
    return pd.DataFrame(table, index=[f"zone {name}" if name != "macro" else "macro mean" for name in ZONE_COLUMNS])


def number_text(value: float, digits: int) -> str:
    """A figure on the screen; a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def spread_text(value: Spread, digits: int) -> str:
    """Mean ± standard deviation on the screen; the mean alone where there is no deviation."""
    if math.isnan(value.mean) or math.isnan(value.sd):
        return number_text(value.mean, digits)
    return f"{value.mean:.{digits}f} ± {value.sd:.{digits}f}"
