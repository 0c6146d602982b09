"""Each glacier's fronts judged beside one another, once all scenes are done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from shapely import LineString, get_coordinates

from nnunet_glacier.delineation.believability import judged
from nnunet_glacier.delineation.same_day import in_one_plane
from nnunet_glacier.delineation.series_believability import SeriesFront, series_flags
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.lines.front_shape import bends


def judged_by_series(lines: Sequence[DelineatedLine]) -> list[DelineatedLine]:
    """The lines of all scenes, each front with what the other fronts of its glacier say of it.

    Fronts that are rejected by themselves or by a person, without a date or without the name of a glacier are not
    judged, and judge no other; nor do those that a person gave several parts. Others that a person has reviewed judge,
    and stay as they are. The position of a front is that of its middle along the line through which the middles vary
    most.

    Args:
        lines: In any order and CRS.
    """
    glaciers: dict[str, list[int]] = defaultdict(list)
    parts = Counter(line.case for line in lines if line.layer == "fronts")
    for at, line in enumerate(lines):
        known = line.glacier and line.date and line.pixel_size_m
        if line.layer == "fronts" and known and parts[line.case] == 1:
            glaciers[line.glacier].append(at)
    told = list(lines)
    for places in glaciers.values():
        fronts = [lines[at] for at in places]
        for at, words in zip(places, series_flags(_series(fronts)), strict=True):
            if not lines[at].reviewed_by:
                told[at] = judged(lines[at], words)
    return told


def _series(fronts: Sequence[DelineatedLine]) -> list[SeriesFront]:
    """A glacier's fronts with shape and position."""
    placed = list(in_one_plane(fronts))
    middles = np.array([line.interpolate(0.5, normalized=True).coords[0] for line in placed])
    away = middles - middles.mean(axis=0)
    along = np.linalg.svd(away, full_matrices=False)[2][0]
    sizes_m = [front.pixel_size_m for front in fronts if front.pixel_size_m]
    return [
        SeriesFront(
            day=float(front.day.toordinal()) if front.day else float("nan"),
            length_m=front.length_m,
            bends=bends(_in_pixels(line, size_m)),
            position_m=float(position_m),
            uncertainty_m=front.uncertainty_m or 0.0,
        )
        for front, line, size_m, position_m in zip(fronts, placed, sizes_m, away @ along, strict=True)
    ]


def _in_pixels(line: LineString, pixel_size_m: float) -> LineString:
    return LineString(get_coordinates(line) / pixel_size_m)
