"""What of a model's plans decides, with its weights, what it predicts, and how two plans differ in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nnunet_glacier.formats.json_files import shortened
from nnunet_glacier.formats.model_plans import resolved_configuration

_DECIDING = ("image_reader_writer", "transpose_forward", "transpose_backward")
_DECIDING_2D = (
    "patch_size",
    "spacing",
    "preprocessor_name",
    "normalization_schemes",
    "use_mask_for_norm",
    "resampling_fn_data",
    "resampling_fn_data_kwargs",
    "resampling_fn_probabilities",
    "resampling_fn_probabilities_kwargs",
    "architecture",
)
_OF_PREDICTION = ("patch_size", "resampling_fn_probabilities", "resampling_fn_probabilities_kwargs")
"""Those that may be others at prediction than in training."""

_BY_DATASET = "CTNormalization"
"""The one of nnU-Net's normalisations that uses the dataset's values, which then have to be the same."""


def deciding_entries(plans: Mapping[str, Any], configuration: str) -> dict[str, Any]:
    """The entries of plans, by name, that decide with the weights what a model predicts; None for what is not there.

    Args:
        plans: Plans that have the configuration.
        configuration: Its name.

    Raises:
        KeyError: Without it, or without what it inherits from.
    """
    merged, _ = resolved_configuration(dict(plans), configuration)
    if merged is None:
        raise KeyError(configuration)
    entries = {key: plans.get(key) for key in _DECIDING} | {key: merged.get(key) for key in _DECIDING_2D}
    if _BY_DATASET in (merged.get("normalization_schemes") or ()):
        key = "foreground_intensity_properties_per_channel"
        entries[key] = plans.get(key)
    return entries


def difference_of_plans(trained: Mapping[str, Any], present: Mapping[str, Any], configuration: str) -> str:
    """How the plans that a network was trained with differ from others, where it would see scenes in another way.

    The size of the tiles may differ, and what is done with the network's output.

    Args:
        trained: Plans in a checkpoint, which may be anything.
        present: Plans that have the configuration.
        configuration: Its name.

    Returns:
        The first difference, as a clause; "" where there is none, or a checkpoint does not say.
    """
    try:
        # Through JSON, which makes lists of tuples.
        then, now = (
            json.loads(json.dumps(deciding_entries(plans, configuration)), object_hook=_without_none)
            for plans in (trained, present)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
    for key in (*now, *then):
        if key not in _OF_PREDICTION and then.get(key) != now.get(key):
            return _first_difference(key, then.get(key), now.get(key))
    return ""


def _without_none(entries: dict[str, Any]) -> dict[str, Any]:
    """Entries that say something: an option that a newer nnU-Net writes, and leaves open, is none."""
    return {key: value for key, value in entries.items() if value is not None}


def _first_difference(name: str, then: Any, now: Any) -> str:
    """The first of two values' entries that differ, by its dotted name.

    >>> _first_difference("network", {"stages": 5, "strides": {"rows": 1}}, {"stages": 5, "strides": {"rows": 2}})
    'network.strides.rows was 1, and is 2 now'
    """
    if isinstance(then, dict) and isinstance(now, dict):
        key = next(key for key in {**now, **then} if then.get(key) != now.get(key))
        return _first_difference(f"{name}.{key}", then.get(key), now.get(key))
    return f"{name} was {shortened(then)}, and is {shortened(now)} now"
