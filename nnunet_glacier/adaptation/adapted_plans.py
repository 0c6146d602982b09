"""A model's plans moved onto a new dataset with a short schedule: a pure function from plans to plans."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from nnunet_glacier.planning.preset_plans import SCHEDULE_ENTRIES, schedule_entries
from nnunet_glacier.planning.presets import Preset

SUFFIX = "_adapted"


def adapted_plans(plans: Mapping[str, Any], configuration: str, schedule: Preset, dataset_name: str) -> dict[str, Any]:
    """The plans with another dataset, name and schedule; network, patch, spacing and normalisation are the model's.

    Args:
        plans: The model's plans.
        configuration: The configuration that it was trained with.
        schedule: Epochs, iterations, learning rate, momentum and seed; what it leaves open is nnU-Net's own choice.
        dataset_name: nnU-Net's name of the new dataset.

    Returns:
        New plans; the input is unchanged. A model adapted twice keeps the name that it got the first time.
    """
    kept = {key: value for key, value in deepcopy(dict(plans)).items() if key not in SCHEDULE_ENTRIES}
    name = str(plans["plans_name"])
    name = name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
    kept["configurations"][configuration]["data_identifier"] = f"{name}_{configuration}"
    return {**kept, "dataset_name": dataset_name, "plans_name": name, **schedule_entries(schedule)}
