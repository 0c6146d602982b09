"""A model's plans moved onto a new dataset with a short schedule: a pure function from plans to plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnunet_glacier.planning.further_training import moved_plans
from nnunet_glacier.planning.presets import Preset

SUFFIX = "_adapted"


def adapted_plans(plans: Mapping[str, Any], configuration: str, schedule: Preset, dataset_name: str) -> dict[str, Any]:
    """The plans with another dataset, name and schedule (`moved_plans`).

    Args:
        plans: The model's plans.
        configuration: The configuration that it was trained with.
        schedule: Epochs, iterations, learning rate, momentum and seed.
        dataset_name: nnU-Net's name of the new dataset.

    Returns:
        New plans; the input is unchanged. A model adapted twice keeps the name that it got the first time.
    """
    name = str(plans["plans_name"])
    name = name if name.endswith(SUFFIX) else f"{name}{SUFFIX}"
    return moved_plans(plans, configuration, schedule, dataset_name, name)
