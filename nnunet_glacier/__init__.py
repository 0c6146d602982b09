"""Calving fronts with nnU-Net v2: datasets, trainers, ensembles, fronts and scores.

    from nnunet_glacier import delineate, load_model

    model = load_model("caffe-256")
    summary = delineate("scenes", "out", model)
    fronts = summary.table()

Names are imported when they are first used: torch by `load_model`, or by `delineate` where a network is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnunet_glacier.delineation.stage import delineate
    from nnunet_glacier.evaluation.evaluate import evaluate as score
    from nnunet_glacier.formats.dataset import open_dataset
    from nnunet_glacier.formats.predictions import open_predictions
    from nnunet_glacier.inference.scene_model import load_scene_model as load_model

__all__ = ["delineate", "load_model", "open_dataset", "open_predictions", "score"]

_PLACES = {
    "delineate": ("nnunet_glacier.delineation.stage", "delineate"),
    "load_model": ("nnunet_glacier.inference.scene_model", "load_scene_model"),
    "open_dataset": ("nnunet_glacier.formats.dataset", "open_dataset"),
    "open_predictions": ("nnunet_glacier.formats.predictions", "open_predictions"),
    "score": ("nnunet_glacier.evaluation.evaluate", "evaluate"),
}
"""Where each public name is defined."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, defined_as = _PLACES[name]
    return getattr(import_module(module), defined_as)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
