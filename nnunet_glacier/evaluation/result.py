"""All scores by one route, and how they are put together: one set, repeated trainings, or a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nnunet_glacier.evaluation.folds import FIGURES, Spread, over_folds, over_folds_json
from nnunet_glacier.evaluation.prediction_sets import Scheme
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.evaluation.summary import SubsetScore, result_json, score_subsets


@dataclass(frozen=True)
class Result:
    """The scores by one route.

    Attributes:
        route: ``zones`` or ``front``.
        scheme: How the sets belong together.
        sets: Name of each set of predictions to its scores.
    """

    route: str
    scheme: Scheme
    sets: Mapping[str, Sequence[SceneScore]]

    @property
    def scores(self) -> list[SceneScore]:
        """The scores of all sets."""
        return [score for scores in self.sets.values() for score in scores]

    @cached_property
    def by_set(self) -> dict[str, dict[str, SubsetScore]]:
        """The subsets' scores of each set."""
        return {name: score_subsets(scores) for name, scores in self.sets.items()}

    @cached_property
    def pooled(self) -> dict[str, SubsetScore] | None:
        """The subsets' scores of all sets together, or None for repeated sets, which share their images."""
        return None if self.scheme == "repeated" else score_subsets(self.scores)

    @cached_property
    def spreads(self) -> dict[str, dict[str, Spread]] | None:
        """Each subset's mean and standard deviation over the sets, or None for a single set."""
        return None if self.scheme == "single" else over_folds(self.by_set)

    def to_json(self) -> dict[str, Any]:
        """The result in ``summary.json``.

        A single set and a cross-validation stand there with all images pooled. Of repeated sets the top level holds
        the means over the sets, under the same names, and the standard deviations beside them; ``images`` and
        ``images_in_zone_mean`` differ from set to set and stand under ``folds`` alone, a set each.
        """
        if self.scheme == "single":
            return result_json(self.scores)
        folds = {name: result_json(scores) for name, scores in self.sets.items()}
        spread = over_folds_json(self.by_set)
        top = result_json(self.scores) if self.scheme == "cross-validation" else _means(spread)
        return {**top, "over_folds": spread, "folds": folds}


def _means(spread: Mapping[str, Any]) -> dict[str, Any]:
    subsets = {}
    for name, figures in spread["subsets"].items():
        means = {figure: figures[figure]["mean"] for figure in FIGURES.values()}
        sds = {f"{figure}_sd": figures[figure]["sd"] for figure in FIGURES.values() if figure != "images"}
        subsets[name] = {**means, **sds}
    zones = {
        metric: [value["mean"] for value in values]
        for metric, values in spread["zone_metrics_mean_over_images"].items()
    }
    return {"subsets": subsets, "zone_metrics_mean_over_images": zones}
