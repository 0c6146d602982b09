"""Class scores put together: of a scene, of all scenes pooled, of a cross-validation, and over repeated trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.score_summary import Scheme
from nnunet_glacier.measures.class_scores import ClassScores, accuracy, multiclass_mcc
from nnunet_glacier.measures.means import mean_of_known, null_if_nan
from nnunet_glacier.support.fold_statistics import Spread, spread

METRICS = {"precision": "precision", "recall": "recall", "f1": "F1", "iou": "IoU"}
"""Scores of each class, and how tables name them."""

SCENE_MEAN = "f1_weighted_mean_over_scenes"


def class_figures(confusion: np.ndarray) -> dict[str, float]:
    """The figures over all classes: weighted F1, accuracy, MCC, and the macro means of `METRICS`.

    Args:
        confusion: Counts by labelled (row) and predicted class (column).

    Returns:
        Figures by their names in ``scores.csv``; NaN without scored pixels.
    """
    scores = ClassScores.from_confusion(confusion)
    macro = {f"{metric}_macro": scores.macro(metric).value for metric in METRICS}
    return {
        "f1_weighted": scores.weighted_f1,
        "accuracy": accuracy(confusion),
        "mcc": multiclass_mcc(confusion),
        **macro,
    }


def absent_classes(confusion: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Names of the classes that are in neither the label nor the prediction."""
    there = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return [name for name, present in zip(classes, there, strict=True) if not present]


@dataclass(frozen=True)
class ClassCounts:
    """The pixels of one scene and one set of predictions.

    Attributes:
        prediction: Name of the set of predictions.
        scene: The scene.
        confusion: Counts by labelled (row) and predicted class (column), int64, shape ``(classes, classes)``.
        ignored_pixels: Pixels that are not scored.
    """

    prediction: str
    scene: Scene
    confusion: np.ndarray
    ignored_pixels: int


@dataclass(frozen=True)
class ClassPool:
    """The scores of several scenes whose pixels are put together.

    Attributes:
        classes: Names of the classes.
        counts: At least one scene.
    """

    classes: tuple[str, ...]
    counts: Sequence[ClassCounts]

    @cached_property
    def confusion(self) -> np.ndarray:
        """Counts over all scenes by labelled (row) and predicted class (column), int64."""
        return np.stack([scene.confusion for scene in self.counts]).sum(axis=0, dtype=np.int64)

    @cached_property
    def scores(self) -> ClassScores:
        """The scores of each class."""
        return ClassScores.from_confusion(self.confusion)

    @cached_property
    def figures(self) -> dict[str, float]:
        """The figures of `class_figures`, and the mean of the scenes' own weighted F1 (Pires de Lima et al. 2023)."""
        of_scenes = [ClassScores.from_confusion(scene.confusion).weighted_f1 for scene in self.counts]
        return {**class_figures(self.confusion), SCENE_MEAN: mean_of_known(of_scenes).value}

    def to_json(self) -> dict[str, Any]:
        """The entry in ``summary.json``; the confusion matrix has labelled classes in rows."""
        columns = {metric: getattr(self.scores, metric) for metric in (*METRICS, "support")}
        return {
            "scenes": len(self.counts),
            "scored_pixels": int(self.confusion.sum()),
            "ignored_pixels": sum(scene.ignored_pixels for scene in self.counts),
            **{name: null_if_nan(value) for name, value in self.figures.items()},
            "absent_classes": absent_classes(self.confusion, self.classes),
            "classes": {
                name: {metric: null_if_nan(values[index].item()) for metric, values in columns.items()}
                for index, name in enumerate(self.classes)
            },
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True)
class ClassResult:
    """All scores, and how the sets of predictions belong together.

    Attributes:
        scheme: How the sets belong together.
        sets: Name of each set of predictions to its scenes.
    """

    scheme: Scheme
    sets: Mapping[str, ClassPool]

    @cached_property
    def pooled(self) -> ClassPool | None:
        """All scenes of all sets, or None for repeated sets, which share their scenes."""
        pools = list(self.sets.values())
        if self.scheme == "repeated":
            return None
        return ClassPool(pools[0].classes, [scene for pool in pools for scene in pool.counts])

    @cached_property
    def over_sets(self) -> dict[str, Spread] | None:
        """Each figure's mean and standard deviation over the sets, or None for a single set."""
        if self.scheme == "single":
            return None
        pools = list(self.sets.values())
        return {name: spread([pool.figures[name] for pool in pools]) for name in pools[0].figures}

    @cached_property
    def classes_over_sets(self) -> dict[str, dict[str, Spread]] | None:
        """By class and metric: mean and standard deviation over the sets, or None for a single set."""
        if self.scheme == "single":
            return None
        pools = list(self.sets.values())
        return {
            name: {metric: spread([getattr(pool.scores, metric)[index] for pool in pools]) for metric in METRICS}
            for index, name in enumerate(pools[0].classes)
        }

    def to_json(self) -> dict[str, Any]:
        """The result in ``summary.json``: ``pooled``, ``over_folds`` and ``folds``, as far as there are such."""
        content: dict[str, Any] = {} if self.pooled is None else {"pooled": self.pooled.to_json()}
        if self.over_sets is None or self.classes_over_sets is None:
            return content
        return content | {
            "over_folds": {
                "standard_deviation": "sample (n - 1)",
                **{name: value.to_json() for name, value in self.over_sets.items()},
                "classes": {
                    name: {metric: value.to_json() for metric, value in metrics.items()}
                    for name, metrics in self.classes_over_sets.items()
                },
            },
            "folds": {name: pool.to_json() for name, pool in self.sets.items()},
        }
