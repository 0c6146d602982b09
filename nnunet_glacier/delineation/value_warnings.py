"""What the values of scenes look like that nothing declares: linear power, and pixels without data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.formats.scene_rasters import SceneRaster, sampled_values

LARGEST_POWER = 1.5
"""Sigma nought of nearly all pixels of a glacier is lower."""

SHARE_WITHOUT_DATA = 0.2
"""Of the pixels, from which on one value is likely to stand for no data."""

_STANDS_FOR_NO_DATA = (0, -9999, -32768)


def value_warnings(scenes: Sequence[SceneRaster], asked: Values) -> list[str]:
    """A sentence for each kind of scene whose values may mean something else than they were taken for.

    Args:
        scenes: Scenes that were delineated.
        asked: What the user says that the values are.
    """
    powers, undeclared = [], []
    for scene in scenes:
        values = sampled_values(scene)
        if not len(values):
            continue
        value = next((one for one in _STANDS_FOR_NO_DATA if (values == one).mean() > SHARE_WITHOUT_DATA), None)
        if value is not None:
            undeclared.append(f"{scene.case} ({(values == value).mean():.0%} are {value})")
            values = values[values != value]
        if asked == "auto" and scene.dtype.startswith("float") and len(values) and _like_power(values):
            powers.append(scene.case)
    told = []
    if powers:
        told.append(
            f"Values below {LARGEST_POWER}, as linear power has: {_some(powers)}; if so, give --values intensity."
        )
    if undeclared:
        told.append(
            f"Perhaps pixels without data that the file does not declare: {_some(undeclared)}; "
            "if so, gdal_edit -a_nodata VALUE IMAGE."
        )
    return told


def _like_power(values: np.ndarray) -> bool:
    return bool(values.min() >= 0 and np.percentile(values, 99) <= LARGEST_POWER)


def _some(told: Sequence[str]) -> str:
    return ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")
