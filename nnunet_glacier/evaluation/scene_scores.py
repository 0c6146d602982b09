"""One scene's scores: its prediction and its labels read once, its front found by each route and measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules, Route
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.scene_files import SceneFiles
from nnunet_glacier.formats.scored_maps import read_scored_maps, scored_fronts
from nnunet_glacier.measures.comparison import Comparison
from nnunet_glacier.measures.deleted_pieces import NOTHING_DELETED, DeletedPieces, deleted_pieces
from nnunet_glacier.measures.front_distances import FrontScore, front_score
from nnunet_glacier.measures.registry import measured
from nnunet_glacier.measures.zone_scores import ZoneScores, zone_confusion, zone_scores
from nnunet_glacier.support.errors import InputError, Problem


@dataclass(frozen=True)
class SceneScore:
    """The scores of one scene, one set of predictions and one route.

    Attributes:
        prediction: Name of the set of predictions, such as ``fold_0``.
        route: ``zones`` (front from the predicted zones) or ``front`` (front from the predicted front class).
        scene: The scene, with its hemisphere where it has a date.
        front: Pixels and distances of the lines.
        zone_confusion: Pixels of the prediction as it came by labelled (row) and predicted zone (column), int64, shape
            ``(4, 4)``, or None where there are no zones.
        measures: Every measure of the registry by its name; NaN where there is none.
        deletion: What the rule that deletes short pieces cost and saved.
        without_ends: Pixels and distances of the lines without the label's ends; None where that is not asked for.
    """

    prediction: str
    route: Route
    scene: Scene
    front: FrontScore
    zone_confusion: np.ndarray | None
    measures: Mapping[str, float]
    deletion: DeletedPieces = NOTHING_DELETED
    without_ends: FrontScore | None = None

    @classmethod
    def of(
        cls,
        prediction: str,
        route: Route,
        scene: Scene,
        compared: Comparison,
        deletion: DeletedPieces = NOTHING_DELETED,
    ) -> SceneScore:
        """The score of two lines that were compared, with all that follows from them."""
        line, measures = front_score(compared.distances_px), measured(compared)
        middle = None if math.isnan(compared.cut_ends_m) else front_score(compared.distances_without_ends_px)
        return cls(prediction, route, scene, line, compared.zone_confusion, measures, deletion, middle)

    @cached_property
    def zones(self) -> ZoneScores | None:
        """Zone scores of the prediction as it came, or None where there are no zones."""
        return None if self.zone_confusion is None else zone_scores(self.zone_confusion)

    @property
    def season(self) -> str:
        """``winter`` or ``summer``, or "" for a scene without a date."""
        return self.scene.season if self.scene.date is not None else ""

    @property
    def mean_distance_m(self) -> float:
        """Mean distance in metres; NaN without a line on either side, or without a pixel size."""
        return self.measures["mean_distance_m"]

    @property
    def remarks(self) -> list[str]:
        """What a reader of this score must know: missing fronts, absent zones, an unknown pixel size."""
        remarks = []
        if not self.front.predicted_pixels:
            remarks.append("no front predicted")
        if not self.front.label_pixels:
            remarks.append("no front labelled")
        if math.isnan(self.scene.pixel_size_m):
            remarks.append("pixel size unknown: no metres, short fronts kept")
        if self.zones is not None and self.zones.absent:
            remarks.append(f"in neither label nor prediction: {', '.join(zone.name for zone in self.zones.absent)}")
        return remarks


@dataclass(frozen=True)
class ScoringTask:
    """One scene to score, whose maps are of one size (`header_problems`); small enough to travel to a worker."""

    set_name: str
    prediction: Prediction
    reference: SceneFiles
    routes: tuple[Route, ...]
    rules: FrontRules
    cut_ends_m: float | None = None


def score_scene(task: ScoringTask) -> list[SceneScore] | list[Problem]:
    """The scene's score by each route, or what is wrong with its files."""
    try:
        return _score(task)
    except InputError as error:
        return list(error.problems)


def _score(task: ScoringTask) -> list[SceneScore]:
    scene = task.reference.scene
    maps = read_scored_maps(task.reference, task.prediction, front="front" in task.routes)
    predicted, zones = maps.predicted, maps.zones_scored()
    confusion = None if zones is None else zone_confusion(*zones)
    scores = []
    fronts = scored_fronts(maps, task.routes, task.rules, task.reference)
    for route, scored in fronts.items():
        band = predicted.front if route == "front" else None
        label_band = maps.label_band if route == "front" else None
        cut_ends_m = math.nan if task.cut_ends_m is None else task.cut_ends_m
        compared = Comparison(
            scored.front,
            maps.label_front,
            scene.pixel_size_m,
            band,
            confusion,
            label_band,
            scored.uncleaned,
            cut_ends_m,
        )
        deletion = deleted_pieces(scored.deleted, scored.front, maps.label_front, scene.pixel_size_m)
        scores.append(SceneScore.of(task.set_name, route, scene, compared, deletion))
    return scores
