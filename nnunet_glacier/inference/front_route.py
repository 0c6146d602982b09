"""What a model's fronts are best drawn from: the edge of its zones, or its class of the front."""

from __future__ import annotations

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.domain.labels import FUSED
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.plan_entries import SETTINGS_KEY
from nnunet_glacier.inference.predictor import find_trainer
from nnunet_glacier.support.errors import GlacierError


def best_route(model: Model, trainer: str) -> Route:
    """The class where there is nothing else, or where the trainer counts its pixels several times; else the zones.

    A front class that counts as any other is missed on glaciers that the networks have not seen, and one with weight is
    nearer to the true front than the zones (docs/results/real_sar.md).

    Args:
        model: The model.
        trainer: Class name of its trainer. One that is not found gives the zones.
    """
    if model.draws_fronts_alone:
        return "front"
    if model.space is None or FUSED.name not in model.space.names:
        return "zones"
    try:
        # `FrontWeightMixin` has the weight; other trainers count a pixel of the front as any other.
        own = getattr(find_trainer(trainer), "front_weight", 1.0)
        return "front" if model.plans.get(SETTINGS_KEY, {}).get("front_weight", own) > 1 else "zones"
    except GlacierError:
        return "zones"
