"""The zones of all scenes together, pixel by pixel: their confusion matrices summed and scored as those of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.evaluation.classes.class_plan import ClassCounts
from nnunet_glacier.evaluation.classes.class_results import ClassPool, ClassResult
from nnunet_glacier.evaluation.inputs.prediction_sets import Scheme
from nnunet_glacier.evaluation.measures.scene_scores import SceneScore

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
