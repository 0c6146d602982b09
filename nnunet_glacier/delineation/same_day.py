"""Fronts of one place and day that do not agree: two forms of an image should give one front."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from pyproj import Transformer
from shapely import LineString

from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.lines.front_tracing import mean_distance
from nnunet_glacier.lines.pixel_sizes import fitting_crs
from nnunet_glacier.support.wording import counted

TOLERANCE_PX = 2.0
"""Mean distance in pixels of the network up to which two fronts of a day are one."""

SHOWN = 5
"""Pairs of fronts that are told one by one."""

_FAR_SHARE = 0.25
"""Two lines whose nearest points lie further apart than this share of the shorter one are of different glaciers."""


def disagreements(lines: Sequence[DelineatedLine]) -> list[str]:
    """Sentences on scenes whose fronts of one day and sensor in one place lie more than `TOLERANCE_PX` apart.

    The distance is the greater of the means from the points of one line to the other. Of two that were drawn by hand,
    in scenes of which nothing tells the size of the pixels, nothing is said.

    Returns:
        A sentence for each pair of fronts, those furthest apart first. Of many pairs the first `SHOWN` are told, and of
        the others their number.
    """
    days: dict[object, list[DelineatedLine]] = defaultdict(list)
    for line in lines:
        if line.layer == "fronts" and line.date:
            days[line.date, line.sensor].append(line)
    pairs = [pair for day in days.values() for pair in combinations(day, 2)]
    apart = [found for one, other in pairs if (found := _disagreement(one, other))]
    apart.sort(key=lambda found: found[0], reverse=True)
    told = [sentence for _, sentence in apart[:SHOWN]]
    more = len(apart) - len(told)
    if more:
        told.append(f"So do {counted(more, 'more pair')} of fronts, less far.")
    return told


def _disagreement(one: DelineatedLine, other: DelineatedLine) -> tuple[float, str] | None:
    """How many pixels two fronts lie apart and a sentence that says so, or None where they agree or cannot be told."""
    sizes_m = [line.pixel_size_m for line in (one, other) if line.pixel_size_m is not None]
    if one.case == other.case or not sizes_m:
        return None
    distance_m = _distance_m(one, other, sizes_m[0] / 2)
    if distance_m is None or distance_m <= TOLERANCE_PX * max(sizes_m):
        return None
    distance_px = distance_m / max(sizes_m)
    return distance_px, (
        f"Look at {one.case} and {other.case}: of the same day, their fronts lie {distance_m:.0f} m apart "
        f"({distance_px:.1f} pixels)."
    )


def _distance_m(one: DelineatedLine, other: DelineatedLine, step_m: float) -> float | None:
    """Mean distance of two lines from points with a step between them, or None where they are not of one place."""
    first, second = in_one_plane((one, other))
    if first.distance(second) > min(first.length, second.length) * _FAR_SHARE:
        return None
    return max(mean_distance(first, [second], step_m), mean_distance(second, [first], step_m))


def in_one_plane(lines: Sequence[DelineatedLine]) -> Iterator[LineString]:
    """Lines in metres on a plane that fits the place of the first."""
    to_degrees = Transformer.from_crs(lines[0].crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(*lines[0].xy[0])
    plane = fitting_crs(longitude, latitude)
    for line in lines:
        to_plane = Transformer.from_crs(line.crs, plane, always_xy=True)
        yield LineString(np.column_stack(to_plane.transform(*np.array(line.xy).T)))
