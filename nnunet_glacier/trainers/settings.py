"""Settings of a trainer that stand in the plans: another value of a class attribute without another class.

``nnunet-glacier tune`` writes them, so that every configuration is trained, continued and predicted by nnU-Net's own
commands with the trainer's own name.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, cast, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from nnunet_glacier.formats.json_files import shortened
from nnunet_glacier.support.errors import GlacierError

Trainer = TypeVar("Trainer", bound=type)

_DESCRIPTIVE = (
    "published",
    "takes_regions",
    "patch_divisor",
    "label_spaces",
    "deep_supervision",
    "phase_required",
    "n_outputs",
)
"""Class attributes that say what a trainer is or takes."""


def settable(trainer: type) -> dict[str, Any]:
    """The class attributes that may be set, with their values: the numbers and choices of a trainer and its mix-ins.

    >>> from nnunet_glacier.trainers.single_changes import nnUNetTrainerGlacierDistanceMapBCE
    >>> settable(nnUNetTrainerGlacierDistanceMapBCE)
    {'R': 1.0, 'k': 0.1, 'w': 3}
    """
    names = {
        name
        for base in trainer.__mro__
        if base.__module__.startswith("nnunet_glacier.") or base is trainer
        for name, value in vars(base).items()
        if not name.startswith("_") and (value is None or isinstance(value, (bool, int, float, str, tuple)))
    }
    chosen = (name for name in sorted(names) if name not in _DESCRIPTIVE and not name.endswith("_title"))
    return {name: getattr(trainer, name) for name in chosen}


def checked_settings(trainer: type, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a trainer takes them; lists, which JSON makes of tuples, are tuples again.

    Raises:
        GlacierError: If it has no such attribute, with those that it has, or a value is of another type.
    """
    known = settable(trainer)
    unknown = [name for name in settings if name not in known]
    if unknown:
        have = ", ".join(f"{name} ({value!r})" for name, value in known.items()) or "none"
        raise GlacierError(f"{trainer.__name__} has no setting {', '.join(unknown)}. It has: {have}.")
    taken = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    faults = [fault for name, value in taken.items() if (fault := _fault(trainer, name, value))]
    if faults:
        raise GlacierError(f"{trainer.__name__} cannot be set so: {'; '.join(faults)}.")
    return taken


def _fault(trainer: type, name: str, value: Any) -> str:
    """What is wrong with a value by the type that the attribute was given; "" where it is right or cannot be told."""
    types = {base: vars(base).get("__annotations__", {}) for base in trainer.__mro__}
    base = next((base for base in trainer.__mro__ if name in types[base]), None)
    if base is None:
        return ""
    alone = type(base.__name__, (), {"__module__": base.__module__, "__annotations__": {name: types[base][name]}})
    try:
        # nnU-Net imports a user's trainer without a name to find its module by; typing's names are what is usual there.
        kind = get_type_hints(alone, localns=vars(typing))[name]
    except NameError:
        return ""
    kind = get_args(kind)[0] if get_origin(kind) is ClassVar else kind
    try:
        TypeAdapter(kind, config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python(value)
    except ValidationError as error:
        wanted = error.errors(include_url=False)[0]["msg"].replace("Input should", "it should")
        return f"{name} is {shortened(value)}, but {wanted[:1].lower()}{wanted[1:]}"
    return ""


def with_settings(trainer: Trainer, settings: Mapping[str, Any]) -> Trainer:
    """The trainer with other values of its attributes, for its class methods; itself where there are none."""
    if not settings:
        return trainer
    return cast(Trainer, type(trainer.__name__, (trainer,), checked_settings(trainer, settings)))
