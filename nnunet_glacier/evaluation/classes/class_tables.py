"""Class scores as tables: ``scores.csv``, ``confusion.csv``, and the tables on the screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from nnunet_glacier.evaluation.results.class_results import (
    METRICS,
    SCENE_MEAN,
    ClassCounts,
    ClassPool,
    ClassResult,
    absent_classes,
    class_figures,
)
from nnunet_glacier.evaluation.results.tables import number_text, spread_text
from nnunet_glacier.measures.class_scores import ClassScores

CLASS_COLUMNS: dict[str, tuple[str, str]] = {
    "case": ("", "Name of the scene"),
    "prediction": ("", "Name of the set of predictions"),
    "split": ("", "Split of the scene"),
    "date": ("", "Day of acquisition, ISO 8601"),
    "sensor": ("", "Sensor"),
    "pixel_size_m": ("m", "Edge of a pixel"),
    "scored_pixels": ("pixels", "Pixels whose label is a class"),
    "ignored_pixels": ("pixels", "Pixels that the dataset ignores, which are in no figure"),
    "f1_weighted": ("0-1", "F1 of the classes weighted with their labelled pixels (Pires de Lima et al. 2023)"),
    "accuracy": ("0-1", "Share of the scored pixels whose class was predicted"),
    "mcc": ("-1 to 1", "Matthews correlation coefficient of all classes together"),
    **{
        f"{metric}_macro": ("0-1", f"{name} of the classes in label or prediction, plain mean")
        for metric, name in METRICS.items()
    },
    **{
        f"{metric}_<class>": ("0-1", f"{name} of a class, such as `{metric}_water`") for metric, name in METRICS.items()
    },
    "support_<class>": ("pixels", "Labelled pixels of a class"),
    "remarks": ("", "What a reader of the row must know"),
}
"""Columns of a class map's ``scores.csv`` in their order: unit and meaning. Unknown values are empty."""


def class_table(counts: Sequence[ClassCounts], classes: Sequence[str]) -> pd.DataFrame:
    """The table of ``scores.csv``: a row per scene and set of predictions, as `CLASS_COLUMNS` describes it."""
    return pd.DataFrame([_row(scene_counts, classes) for scene_counts in counts])


def _row(scene_counts: ClassCounts, classes: Sequence[str]) -> dict[str, Any]:
    scene, scores = scene_counts.scene, ClassScores.from_confusion(scene_counts.confusion)
    names = [re.sub(r"\W+", "_", name.lower()) for name in classes]
    by_class = {
        f"{metric}_{name}": value
        for metric in (*METRICS, "support")
        for name, value in zip(names, getattr(scores, metric), strict=True)
    }
    return {
        "case": scene.case,
        "prediction": scene_counts.prediction,
        "split": scene.split,
        "date": scene.date.isoformat() if scene.date else "",
        "sensor": scene.sensor,
        "pixel_size_m": scene.pixel_size_m,
        "scored_pixels": int(scene_counts.confusion.sum()),
        "ignored_pixels": scene_counts.ignored_pixels,
        **class_figures(scene_counts.confusion),
        **by_class,
        "remarks": _remark(scene_counts, classes),
    }


def _remark(scene_counts: ClassCounts, classes: Sequence[str]) -> str:
    if not scene_counts.confusion.any():
        return "no pixel is scored: all are ignored"
    absent = absent_classes(scene_counts.confusion, classes)
    return f"in neither label nor prediction: {', '.join(absent)}" if absent else ""


def confusion_table(result: ClassResult) -> pd.DataFrame:
    """The table of ``confusion.csv``: pixels of each labelled class (row) by predicted class (column).

    A block per set of predictions; that of a whole cross-validation comes first and is named ``all``.
    """
    pools = {**({"all": result.pooled} if result.scheme == "cross-validation" else {}), **result.sets}
    rows = [
        {"prediction": name, "labelled": label, **dict(zip(pool.classes, row, strict=True))}
        for name, pool in pools.items()
        if pool is not None
        for label, row in zip(pool.classes, pool.confusion.tolist(), strict=True)
    ]
    return pd.DataFrame(rows)


def class_screen_tables(result: ClassResult) -> str:
    """The tables on the screen: the scores of each class, and the figures over all of them."""
    tables = [_by_class(result), _overall(result)]
    return "\n\n".join(table.to_string(justify="right") for table in tables)


def _by_class(result: ClassResult) -> pd.DataFrame:
    """One row per class and one of the macro mean: of all scenes pooled, or mean ± SD over repeated sets."""
    rows: dict[str, list[str]] = {}
    if result.pooled is not None:
        scores, figures = result.pooled.scores, result.pooled.figures
        for index, name in enumerate(result.pooled.classes):
            values = [number_text(getattr(scores, metric)[index], 3) for metric in METRICS]
            rows[name] = [*values, str(scores.support[index])]
        macro = [number_text(figures[f"{metric}_macro"], 3) for metric in METRICS]
        rows["macro mean"] = [*macro, str(scores.support.sum())]
        return pd.DataFrame.from_dict(rows, orient="index", columns=[*METRICS.values(), "labelled pixels"])
    assert result.over_sets is not None and result.classes_over_sets is not None
    for name, spreads in result.classes_over_sets.items():
        rows[name] = [spread_text(spreads[metric], 3) for metric in METRICS]
    rows["macro mean"] = [spread_text(result.over_sets[f"{metric}_macro"], 3) for metric in METRICS]
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(METRICS.values()))


_OVERALL = {
    "f1_weighted": "weighted F1",
    SCENE_MEAN: "its scene mean",
    "accuracy": "accuracy",
    "mcc": "MCC",
    "f1_macro": "macro F1",
    "iou_macro": "macro IoU",
}


def _overall(result: ClassResult) -> pd.DataFrame:
    """A row for all scenes, each set, and mean ± SD over several sets."""
    rows = {}
    if result.pooled is not None:
        rows["all scenes"] = _figures(result.pooled)
    if result.over_sets is not None and len(result.sets) > 1:
        rows |= {name: _figures(pool) for name, pool in result.sets.items()}
        rows["mean ± SD"] = ["", *(spread_text(result.over_sets[name], 3) for name in _OVERALL)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["scenes", *_OVERALL.values()])


def _figures(pool: ClassPool) -> list[str]:
    return [str(len(pool.counts)), *(number_text(pool.figures[name], 3) for name in _OVERALL)]
