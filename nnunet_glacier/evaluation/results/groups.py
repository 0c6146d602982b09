"""The subsets of scenes that are scored on their own: by glacier, season, sensor and resolution, as published."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnunet_glacier.evaluation.scene_scores import SceneScore

ALL = "all"


def _glacier(score: SceneScore) -> str:
    return score.scene.glacier


def _season(score: SceneScore) -> str:
    return score.season


def _sensor(score: SceneScore) -> str:
    return score.scene.sensor_group


def _resolution(score: SceneScore) -> str:
    return "" if math.isnan(score.scene.pixel_size_m) else f"{score.scene.pixel_size_m:g}"


_GROUPINGS = {"glacier": _glacier, "season": _season, "sensor": _sensor, "resolution_m": _resolution}


def subsets(scores: Sequence[SceneScore]) -> dict[str, list[SceneScore]]:
    """The scores by subset: ``all``, ``glacier=COL``, ``season=winter``, ..., ``glacier=COL,season=winter``, ...

    The sensors TSX and TDX are one group. A scene of which a property is not known is in no subset of that property.

    Args:
        scores: Scores of one set of predictions and one route.

    Returns:
        Non-empty subsets: all, then each grouping, then glacier crossed with each other grouping; sorted by value.
    """
    by_name = {ALL: list(scores)}
    for name in _GROUPINGS:
        by_name |= _grouped(scores, (name,))
    for name in _GROUPINGS:
        if name != "glacier":
            by_name |= _grouped(scores, ("glacier", name))
    return by_name


def is_crossed(name: str) -> bool:
    """Whether a subset's name tells two properties.

    >>> is_crossed("glacier=COL,season=winter"), is_crossed("glacier=Fox, Flask"), is_crossed("all")
    (True, False, False)
    """
    return any(f",{grouping}=" in name for grouping in _GROUPINGS)


def _grouped(scores: Sequence[SceneScore], names: tuple[str, ...]) -> dict[str, list[SceneScore]]:
    groups: dict[tuple[str, ...], list[SceneScore]] = {}
    for score in scores:
        values = tuple(_GROUPINGS[name](score) for name in names)
        if all(values):
            groups.setdefault(values, []).append(score)
    return {
        ",".join(f"{name}={value}" for name, value in zip(names, values, strict=True)): groups[values]
        for values in sorted(groups)
    }
