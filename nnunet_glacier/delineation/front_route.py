"""From what of a model's classes its fronts are drawn: what the user asks for, or what suits the model."""

from __future__ import annotations

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.support.errors import Problem


def front_route(model: Model, options: Options, problems: list[Problem]) -> Route:
    """The route of a model of zones or fronts; why it has none such is added to the problems."""
    if options.route == "zones" and model.draws_fronts_alone:
        problems.append(Problem("--route", f"{model.name} has no zones", "Leave it out"))
    if options.route == "front" and not model.has_front_class:
        problems.append(Problem("--route", f"{model.name} has no class for the front", "Leave it out"))
    if options.route != "auto":
        return options.route
    if model.packed is not None:
        return model.packed.description.route
    # With it come torch and nnU-Net.
    from nnunet_glacier.inference.front_route import best_route

    return best_route(model, model.trainer)
