"""A flowline made of the fronts alone: across their mean direction, where they move most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely import Geometry, LineString

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.time_series.flowline import Flowline
from nnunet_glacier.time_series.local_plane import STEP_M, LocalPlane

_FARTHEST_M = 60_000.0
"""Fronts of one glacier lie nearer to each other than this."""

_LEAST_CONCENTRATION = 0.5
"""Of the fronts' directions: 1 where all are parallel, 0 where they point everywhere."""

_MARGIN_M = 2_000.0
_LINES_TRIED = 41


def derived_flowline(fronts: Sequence[Geometry], plane: LocalPlane) -> Flowline:
    """The flowline across the mean direction of the fronts, from 2 km before the first to 2 km beyond the last.

    A front's direction is that of the line between its two ends; directions are averaged as axes, by length. The line
    runs where the fronts move most (`_offset_of_most_motion`): their middle may lie on rock. Which of its ends is
    upstream is not known: it points between azimuth 0 and 180.

    Args:
        fronts: At least one line or lines on the plane.
        plane: The plane.

    Raises:
        GlacierError: If the fronts have no common direction, or lie too far apart for one glacier.
    """
    chords = np.array([_chord(front) for front in fronts])
    middles = np.array([front.centroid.coords[0] for front in fronts])
    apart_m = np.hypot(*(middles - np.median(middles, axis=0)).T).max()
    if apart_m > _FARTHEST_M:
        raise GlacierError(f"the fronts lie up to {apart_m / 1000:.0f} km from their middle, too far for one glacier")
    double = 2 * np.arctan2(chords[:, 1], chords[:, 0])
    lengths = np.hypot(*chords.T)
    resultant = (lengths * np.exp(1j * double)).sum() / lengths.sum() if lengths.sum() else 0.0
    if abs(resultant) < _LEAST_CONCENTRATION:
        raise GlacierError("the fronts have no common direction, so that none can be made of them")
    along_front = np.angle(resultant) / 2
    flow = np.array([-math.sin(along_front), math.cos(along_front)])
    flow = flow if flow[0] >= 0 else -flow
    across = np.array([flow[1], -flow[0]])
    every = np.concatenate([shapely.get_coordinates(front) @ flow for front in fronts])
    ends = flow * np.array([[every.min() - _MARGIN_M], [every.max() + _MARGIN_M]])
    line = LineString(ends + across * _offset_of_most_motion(fronts, flow, across, ends))
    return Flowline(shapely.segmentize(line, STEP_M), plane)


def _chord(front: Geometry) -> np.ndarray:
    """From one end of a front to the other; of several pieces, between the two ends that lie farthest apart."""
    ends = np.concatenate([shapely.get_coordinates(part)[[0, -1]] for part in shapely.get_parts(front)])
    apart = ends[:, None] - ends[None]
    one, other = np.unravel_index(np.argmax(np.hypot(apart[..., 0], apart[..., 1])), apart.shape[:2])
    return ends[one] - ends[other]


def _offset_of_most_motion(fronts: Sequence[Geometry], flow: np.ndarray, across: np.ndarray, ends: np.ndarray) -> float:
    """How far across the flow the line lies: where the positions of fronts that it cuts once spread most.

    Lines at equal distances over the fronts' median reach are tried. The spread is the interquartile range, times the
    share of fronts that are cut once, averaged with that of the neighbouring lines; of equal ones the nearest to the
    middle is taken.

    Args:
        fronts: The fronts.
        flow: Unit vector of the flow.
        across: Unit vector across it.
        ends: The line's two ends at offset 0, shape ``(2, 2)``.
    """
    reaches = np.array([[(xy := shapely.get_coordinates(front) @ across).min(), xy.max()] for front in fronts])
    low, high = np.median(reaches, axis=0)
    offsets = low + (high - low) * (np.arange(_LINES_TRIED) + 0.5) / _LINES_TRIED
    spreads = np.array([_spread_m(fronts, LineString(ends + across * offset), flow) for offset in offsets])
    padded = np.pad(spreads, 1, mode="edge")
    smooth = np.round((padded[:-2] + padded[1:-1] + padded[2:]) / 3)
    best = np.flatnonzero(smooth == smooth.max())
    return float(offsets[best[np.argmin(np.abs(offsets[best] - (low + high) / 2))]])


def _spread_m(fronts: Sequence[Geometry], line: LineString, flow: np.ndarray) -> float:
    """Interquartile range of where a line is cut, over fronts that cut it once, times their share."""
    cuts = shapely.intersection(np.array(fronts, dtype=object), line)
    once = cuts[(shapely.get_type_id(cuts) == shapely.GeometryType.POINT) & ~shapely.is_empty(cuts)]
    if not len(once):
        return 0.0
    positions = shapely.get_coordinates(once) @ flow
    return float(np.subtract(*np.percentile(positions, [75, 25])) * len(once) / len(fronts))
