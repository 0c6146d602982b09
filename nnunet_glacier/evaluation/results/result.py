"""All scores by one route, and how they are put together: one set, repeated trainings, or a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.evaluation.results.class_results import ClassCounts, ClassPool, ClassResult
from nnunet_glacier.evaluation.results.folds import FIGURES, over_folds, over_folds_json
from nnunet_glacier.evaluation.results.groups import subsets
from nnunet_glacier.evaluation.results.summary import (
    WITHOUT_ENDS,
    SubsetScore,
    distance_sums,
    result_json,
    score_subsets,
)
from nnunet_glacier.evaluation.scene_scores import SceneScore
from nnunet_glacier.formats.score_summary import Scheme
from nnunet_glacier.measures.measure import Measure
from nnunet_glacier.support.bootstrap import Bootstrap, pooled_mean_interval
from nnunet_glacier.support.fold_statistics import Spread


@dataclass(frozen=True)
class Result:
    """The scores by one route.

    Attributes:
        route: ``zones`` or ``front``.
        scheme: How the sets belong together.
        sets: Name of each set of predictions to its scores.
        measures: The measures that are put together.
        bootstrap: How scenes are drawn for intervals.
    """

    route: str
    scheme: Scheme
    sets: Mapping[str, Sequence[SceneScore]]
    measures: Sequence[Measure] = ()
    bootstrap: Bootstrap = field(default_factory=Bootstrap)

    @property
    def scores(self) -> list[SceneScore]:
        """The scores of all sets."""
        return [score for scores in self.sets.values() for score in scores]

    @cached_property
    def by_set(self) -> dict[str, dict[str, SubsetScore]]:
        """The subsets' scores of each set."""
        return {name: score_subsets(scores, self.measures, self.bootstrap) for name, scores in self.sets.items()}

    @cached_property
    def pooled(self) -> dict[str, SubsetScore] | None:
        """The subsets' scores of all sets together, or None for repeated sets, which share their images."""
        if self.scheme == "repeated":
            return None
        if self.scheme == "single":
            (subsets_of_one,) = self.by_set.values()
            return subsets_of_one
        return score_subsets(self.scores, self.measures, self.bootstrap)

    @cached_property
    def spreads(self) -> dict[str, dict[str, Spread]] | None:
        """Each subset's mean and standard deviation over the sets, or None for a single set."""
        return None if self.scheme == "single" else over_folds(self.by_set)

    def to_json(self) -> dict[str, Any]:
        """The result in ``summary.json``.

        A single set and a cross-validation stand there with all images pooled. Of repeated sets the top level holds
        the means over the sets, under the same names, and the standard deviations beside them; ``images`` and
        ``images_in_zone_mean`` differ from set to set and stand under ``folds`` alone, a set each. Intervals there are
        those of the mean over the sets, with the same scenes drawn for each.
        """
        drawing = {"bootstrap": self.bootstrap.to_json()}
        if self.pooled is not None:
            drawing |= result_json(self.scores, self.pooled)
        if self.scheme == "single":
            return drawing
        folds = {name: result_json(scores, self.by_set[name]) for name, scores in self.sets.items()}
        spread = over_folds_json(self.by_set)
        if self.pooled is None:
            drawing |= _means(spread, self._intervals())
        return {**drawing, "over_folds": spread, "folds": folds}

    def _intervals(self) -> dict[str, dict[str, Any]]:
        """Intervals of the mean over repeated sets, by subset and name in ``summary.json``."""
        members = [subsets(scores) for scores in self.sets.values()]
        intervals = {}
        for name in dict.fromkeys(name for by_subset in members for name in by_subset):
            counts, sums_m, sums_px = _stacked([by_subset.get(name, []) for by_subset in members])
            known_m = np.where(np.isnan(sums_m), 0, counts)
            intervals[name] = {
                "mde_m_interval": pooled_mean_interval(sums_m, known_m, self.bootstrap).to_json(),
                "mde_px_interval": pooled_mean_interval(sums_px, counts, self.bootstrap).to_json(),
            }
        return intervals


def _stacked(sets: Sequence[Sequence[SceneScore]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`distance_sums` of each set, every scene in the same column; a scene that a set lacks has a count of 0."""
    column = {case: place for place, case in enumerate(dict.fromkeys(s.scene.case for scores in sets for s in scores))}
    shape = (len(sets), len(column))
    counts, sums_m, sums_px = np.zeros(shape, dtype=np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
    for row, scores in enumerate(sets):
        places = [column[score.scene.case] for score in scores]
        counts[row, places], sums_m[row, places], sums_px[row, places] = distance_sums(scores)
    return counts, sums_m, sums_px


def _means(spread: Mapping[str, Any], intervals: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    by_subset = {}
    for name, figures in spread["subsets"].items():
        means = {figure: figures[figure]["mean"] for figure in FIGURES.values()}
        sds = {f"{figure}_sd": figures[figure]["sd"] for figure in FIGURES.values() if figure != "images"}
        measures = {"measures_over_images": figures["measures_over_images"]}
        without_ends = {key: figures[key]["mean"] for key in WITHOUT_ENDS if key in figures}
        by_subset[name] = {**means, **sds, **intervals[name], **measures, **without_ends}
    zones = {
        metric: [value["mean"] for value in values]
        for metric, values in spread["zone_metrics_mean_over_images"].items()
    }
    return {"subsets": by_subset, "zone_metrics_mean_over_images": zones}


# In small letters, as in the columns of scores.csv: pandas and R take a cell with NA for an empty one.
ZONE_CLASSES = tuple(zone.name.lower() for zone in Zone)
"""Names of the zones in ``confusion.csv`` and under ``zones`` in ``summary.json``."""


def pooled_zones(scheme: Scheme, sets: Mapping[str, Sequence[SceneScore]]) -> ClassResult | None:
    """The zones' pixels of each set of predictions, whose scenes are pooled; None where no scene has zones.

    Args:
        scheme: How the sets belong together.
        sets: Name of each set of predictions to its scores by one route; they are the same by every route.
    """
    counts = {
        name: [
            ClassCounts(name, score.scene, score.zone_confusion, ignored_pixels=0)
            for score in scores
            if score.zone_confusion is not None
        ]
        for name, scores in sets.items()
    }
    pools = {name: ClassPool(ZONE_CLASSES, scenes) for name, scenes in counts.items() if scenes}
    return ClassResult(scheme, pools) if pools else None
