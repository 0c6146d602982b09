"""Plans that train a model further on another dataset: a pure function from plans to plans, and where it starts."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.dataset_json import DatasetDescription
from nnunet_glacier.formats.dataset_mismatches import mismatches
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.plan_entries import START_KEY
from nnunet_glacier.planning.preset_plans import CONFIGURATION, SCHEDULE_ENTRIES, schedule_entries
from nnunet_glacier.planning.presets import Preset
from nnunet_glacier.support.errors import InputError, Problem

FURTHER = "further"
"""Name of the plans where the user gives none."""


@dataclass(frozen=True)
class Start:
    """Where trainings start from.

    Attributes:
        model: The model.
        fold: The fold whose weights every fold of the new dataset starts from.
    """

    model: Model
    fold: str

    def entry(self) -> dict[str, str]:
        """What stands in the plans, for the trainers of this package."""
        return {
            "model": self.model.place,
            "fold": self.fold,
            "sha256": self.model.checkpoint_sha256()[self.fold],
            "trainer": self.model.trainer,
        }


def open_start(path_or_name: Path | str, fold: str | None) -> Start:
    """Open a model to train further.

    Args:
        path_or_name: A model as `open_model` takes it.
        fold: Its fold; None for the only one.

    Raises:
        InputError: If it cannot be used, or has several folds and none was named.
    """
    model = open_model(path_or_name, None if fold is None else (fold,))
    if len(model.folds) > 1:
        remedy = "Say with --start-fold which one; a fold that has not seen the glacier tells how well the rest goes"
        raise InputError([Problem(model.folder, f"it has the folds {', '.join(model.folds)}", remedy)])
    if model.configuration != CONFIGURATION:
        what = f"its configuration is {model.configuration}"
        raise InputError([Problem(model.folder, what, f"Start from a model of {CONFIGURATION}")])
    return Start(model, model.folds[0])


def start_problems(start: Start, dataset: DatasetDescription) -> list[Problem]:
    """Why the model cannot be trained further on a dataset."""
    return mismatches(start.model.dataset_json, dataset.content, dataset.path.parent)


def further_plans(start: Start, schedule: Preset, dataset_name: str, plans_name: str) -> dict[str, Any]:
    """Plans with which this package's trainers train the model further on a dataset.

    Args:
        start: Model and fold.
        schedule: Epochs, iterations, learning rate, momentum and seed.
        dataset_name: nnU-Net's name of the dataset.
        plans_name: Name of the plans.
    """
    plans = moved_plans(start.model.plans, CONFIGURATION, schedule, dataset_name, plans_name)
    return {**plans, START_KEY: start.entry()}


def moved_plans(
    plans: Mapping[str, Any], configuration: str, schedule: Preset, dataset_name: str, plans_name: str
) -> dict[str, Any]:
    """The plans with another dataset, name and schedule; network, patch, spacing and normalisation are the model's.

    Args:
        plans: The model's plans.
        configuration: The configuration that it was trained with.
        schedule: Epochs, iterations, learning rate, momentum and seed; what it leaves open is nnU-Net's own choice.
        dataset_name: nnU-Net's name of the new dataset.
        plans_name: Name of the new plans.

    Returns:
        New plans; the input is unchanged.
    """
    left_out = (*SCHEDULE_ENTRIES, START_KEY)
    kept = {key: value for key, value in deepcopy(dict(plans)).items() if key not in left_out}
    kept["configurations"][configuration]["data_identifier"] = f"{plans_name}_{configuration}"
    return {**kept, "dataset_name": dataset_name, "plans_name": plans_name, **schedule_entries(schedule)}
