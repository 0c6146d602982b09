"""From what of a model's classes its fronts are drawn: the edge of zones, or the class of the front."""

from __future__ import annotations

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.domain.labels import FUSED
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.support.errors import GlacierError, Problem


def front_route(model: Model, options: Options, problems: list[Problem]) -> Route:
    """The route of a model of zones or fronts; why it has none such is added to the problems.

    Without a choice it is the class of the front where the model's trainer counts that class's pixels several times
    (`FrontWeightMixin`), or where there is no other; else the zones, since a front class that counts as any other is
    missed on glaciers that the networks have not seen.
    """
    if options.route == "zones" and model.draws_fronts_alone:
        problems.append(Problem("--route", f"{model.name} has no zones", "Leave it out"))
    if options.route == "front" and not model.has_front_class:
        problems.append(Problem("--route", f"{model.name} has no class for the front", "Leave it out"))
    if options.route != "auto":
        return options.route
    return "front" if model.draws_fronts_alone or _weighs_front(model) else "zones"


def _weighs_front(model: Model) -> bool:
    """Whether a model's trainer gives its front class weight; False where none is found, which is said later."""
    from nnunet_glacier.inference.predictor import find_trainer
    from nnunet_glacier.trainers.class_losses import FrontWeightMixin

    if model.space is None or FUSED.name not in model.space.names:
        return False
    try:
        return issubclass(find_trainer(model.trainer), FrontWeightMixin)
    except GlacierError:
        return False
