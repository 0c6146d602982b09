"""What prediction needs of a model's ``plans.json`` and ``dataset.json``, checked before any of it is used.

Both files may come from somebody else: their numbers are bounded, their names that become parts of paths are plain,
and the classes that nnU-Net imports by their dotted names come from packages that are known.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from nnunet_glacier.formats.dataset_json import DATASET_JSON, DatasetDescription
from nnunet_glacier.formats.json_files import schema_problems, shortened
from nnunet_glacier.support.errors import Problem

PLANS_JSON = "plans.json"

LARGEST_PATCH_PX = 8192
"""Rows or columns of a patch: twice a CaFFe scene; one patch more would not fit into memory."""

_PACKAGES = ("torch.nn.", "dynamic_network_architectures.", "nnunetv2.", "nnunet_glacier.")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_STOCK = "Use nnUNetv2_predict for it"
_OWN = "Use the {} that the model was trained with"
DATASET_REMEDY = _OWN.format(DATASET_JSON)
PLANS_REMEDY = _OWN.format(PLANS_JSON)
"""What to do about the ``dataset.json`` and the ``plans.json`` of a model."""

PlainName = Annotated[str, Field(pattern=r"^\w[\w.+ -]{0,99}$")]
"""A name that may become a part of a path."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,199}$")]
"""A name of a class or function of nnU-Net's."""

_Positive = Annotated[FiniteFloat, Field(gt=0)]
_Patch = Annotated[int, Field(ge=1, le=LARGEST_PATCH_PX)]


class _Schema(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Plans(_Schema):
    plans_name: PlainName
    dataset_name: PlainName | None = None
    image_reader_writer: Identifier
    label_manager: Identifier | None = None
    transpose_forward: list[int]
    transpose_backward: list[int]
    foreground_intensity_properties_per_channel: dict[str, dict[str, FiniteFloat]] = {}
    configurations: dict[PlainName, dict[str, Any]]

    @field_validator("transpose_forward", "transpose_backward")
    @classmethod
    def _permutes(cls, axes: list[int]) -> list[int]:
        if sorted(axes) != [0, 1, 2]:
            raise ValueError(f"{shortened(axes)} is no order of the axes 0, 1 and 2")
        return axes


_Count = Annotated[int, Field(ge=1)]


class _Entries(_Schema):
    """The entries that trainings obey (`nnunet_glacier.formats.plan_entries`)."""

    num_epochs: _Count | None = None
    num_iterations_per_epoch: _Count | None = None
    num_val_iterations_per_epoch: _Count | None = None
    initial_lr: _Positive | None = None
    adam_lr: _Positive | None = None
    adam_lr_share: _Positive | None = None
    momentum: Annotated[FiniteFloat, Field(ge=0, lt=1)] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    trainer_settings: dict[str, Any] = {}


class _Architecture(_Schema):
    network_class_name: str
    arch_kwargs: dict[str, Any]
    requires_import: list[str] = Field(alias="_kw_requires_import")

    @field_validator("network_class_name")
    @classmethod
    def _known(cls, name: str) -> str:
        return _importable(name)


class _Configuration(_Schema):
    patch_size: list[_Patch]
    spacing: list[_Positive]
    normalization_schemes: list[Identifier] = Field(min_length=1)
    use_mask_for_norm: list[bool]
    preprocessor_name: Identifier
    resampling_fn_data: Identifier
    resampling_fn_data_kwargs: dict[str, Any]
    resampling_fn_probabilities: Identifier
    resampling_fn_probabilities_kwargs: dict[str, Any]
    architecture: _Architecture | None = None


def _importable(name: str) -> str:
    if not name.startswith(_PACKAGES) or not _DOTTED.fullmatch(name):
        packages = ", ".join(package.rstrip(".") for package in _PACKAGES)
        raise ValueError(
            f"{shortened(name)} is no class of {packages}; a network of your own is built by its trainer's "
            "build_network_architecture"
        )
    return name


def plans_problems(
    path: str | Path, plans: Any, configuration: str, n_channels: int | None, remedy: str = PLANS_REMEDY
) -> list[Problem]:
    """What is wrong with plans, by default those of a model.

    Args:
        path: The ``plans.json``.
        plans: Its content.
        configuration: The configuration that the checkpoints were trained with; "" if they do not say.
        n_channels: Number of the dataset's channels; None if it does not say.
        remedy: What to do about them.
    """
    problems = schema_problems(path, plans, _Plans, remedy)
    if problems or not configuration:
        return problems
    merged, chain = resolved_configuration(plans, configuration)
    key = f"configurations.{configuration}"
    if merged is None:
        what = f"{key}.inherits_from leads to {' > '.join(chain)}, which ends in no configuration"
        if len(chain) == 1:
            what = f"there is no configuration {configuration!r}, which the checkpoints were trained with"
        return [Problem(path, what, remedy)]
    if isinstance(merged.get("patch_size"), list) and len(merged["patch_size"]) != 2:
        what = f"{key}.patch_size is {shortened(merged['patch_size'])}: the configuration is not two-dimensional"
        problems.append(Problem(path, what, _STOCK))
    if merged.get("previous_stage"):
        what = f"{key}.previous_stage is {merged['previous_stage']!r}: it is the second stage of a cascade"
        problems.append(Problem(path, what, _STOCK))
    return problems or _configuration_problems(path, merged, key, n_channels, remedy)


def entry_problems(path: str | Path, plans: Any, remedy: str) -> list[Problem]:
    """What is wrong with the entries of plans that a training obeys.

    Args:
        path: The plans.
        plans: Their content.
        remedy: What to do about them.
    """
    return schema_problems(path, plans, _Entries, remedy)


def _configuration_problems(
    path: str | Path, merged: dict[str, Any], key: str, n_channels: int | None, remedy: str
) -> list[Problem]:
    problems = schema_problems(path, merged, _Configuration, remedy, key)
    if problems:
        return problems
    if len(merged["spacing"]) != 2:
        problems.append(Problem(path, f"{key}.spacing is {merged['spacing']}, but two numbers are wanted", remedy))
    for name in ("normalization_schemes", "use_mask_for_norm"):
        if n_channels is not None and len(merged[name]) != n_channels:
            what = f"{key}.{name} has {len(merged[name])} entries, but dataset.json has {n_channels} channels"
            problems.append(Problem(path, what, remedy))
    architecture = merged.get("architecture")
    if architecture is None:
        if "UNet_class_name" not in merged:
            problems.append(Problem(path, f"{key}.architecture is missing", remedy))
        return problems
    for name in architecture["_kw_requires_import"]:
        value = architecture["arch_kwargs"].get(name)
        try:
            _importable(value) if isinstance(value, str) else None
        except ValueError as error:
            problems.append(Problem(path, f"{key}.architecture.arch_kwargs.{name}: {error}", remedy))
    return problems


def resolved_configuration(plans: dict[str, Any], name: str) -> tuple[dict[str, Any] | None, list[str]]:
    """A configuration with what it inherits, and the names on the way.

    Returns:
        None in place of the configuration where the way leads in a circle or to a configuration that is not there.

    >>> resolved_configuration({"configurations": {"a": {"x": 1}, "b": {"inherits_from": "a", "y": 2}}}, "b")
    ({'x': 1, 'inherits_from': 'a', 'y': 2}, ['b', 'a'])
    >>> resolved_configuration({"configurations": {"a": {"inherits_from": "a"}}}, "a")
    (None, ['a', 'a'])
    """
    known, chain = plans["configurations"], [name]
    merged: dict[str, Any] = {}
    while chain[-1] in known and chain[-1] not in chain[:-1]:
        merged = {**known[chain[-1]], **merged}
        parent = known[chain[-1]].get("inherits_from")
        if parent is None:
            return merged, chain
        chain.append(str(parent))
    return None, chain


def dataset_problems(dataset: DatasetDescription) -> list[Problem]:
    """What prediction needs of the ``dataset.json`` of a model, beyond the form of every dataset's."""
    labels = dataset.content["labels"]
    regions = any(isinstance(label, list) for label in labels.values())
    ids = [i for label in labels.values() for i in (label if isinstance(label, list) else [label])]
    whats = []
    if labels.get("background") != 0 or (not regions and sorted(ids) != list(range(len(ids)))) or len(labels) < 2:
        shown = shortened(dict(labels))
        whats.append(f"labels is {shown}, but it should number the labels from background, which is 0, without a gap")
    if dataset.n_channels is None:
        whats.append("channel_names is missing")
    order = dataset.content.get("regions_class_order")
    if regions and not order:
        whats.append("regions_class_order is missing, though labels are regions")
    elif order is not None and not (isinstance(order, list) and all(type(label) is int for label in order)):
        whats.append(f"regions_class_order is {shortened(order)}, but it should be a list of whole numbers")
    return [Problem(dataset.path, what, DATASET_REMEDY) for what in whats]
