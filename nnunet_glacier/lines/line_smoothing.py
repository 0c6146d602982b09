"""Lines without the stairs of their pixels: smoothed, but never farther from the pixel centres than half a pixel."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from shapely import LineString, get_coordinates

_SMOOTHING_PX, _SIMPLIFICATION_PX = 0.4, 0.1
"""How far averaging and simplification may move a line; together half a pixel."""

_ROUNDS = 50
"""Rounds of averaging with both neighbours: a Gaussian of five pixels where nothing holds the line."""


def smooth(path: np.ndarray, held: np.ndarray) -> np.ndarray:
    """A smooth line within half a pixel of a path, with no more vertices than it needs.

    Each vertex is averaged with its neighbours again and again, and drawn back to within 0.4 pixels of its place; what
    lies within 0.1 pixels of the result goes. A line that would touch itself by that stays as it is.

    Args:
        path: Line through pixel centres, float, shape ``(n, 2)``, ``n >= 2``; a ring ends where it begins.
        held: Vertices that stay where they are, bool, shape ``(n,)``, such as those where other lines end; the ends of
            an open line always do.

    Returns:
        Float, shape ``(m, 2)``, ``m <= n``; a ring again for a ring.
    """
    ring = bool((path[0] == path[-1]).all())
    held = held.copy()
    if ring:
        held[[0, -1]] = held[0] or held[-1]
    else:
        held[[0, -1]] = True
    smoothed = _simplified(_averaged(path, held, ring), held)
    return smoothed if LineString(smoothed).is_simple else path.astype(float)


def _averaged(path: np.ndarray, held: np.ndarray, ring: bool) -> np.ndarray:
    line = path.astype(float)
    for _ in range(_ROUNDS):
        # A ring's last vertex is its first: its neighbours stand one further in.
        before, after = np.roll(line, 1, axis=0), np.roll(line, -1, axis=0)
        if ring:
            before[0], after[-1] = line[-2], line[1]
        shift = (before + 2 * line + after) / 4 - path
        distance = np.hypot(*shift.T)
        shift *= np.minimum(1, _SMOOTHING_PX / np.maximum(distance, _SMOOTHING_PX))[:, None]
        shift[held] = 0
        line = path + shift
    if ring:
        line[-1] = line[0]
    return line


def _simplified(line: np.ndarray, held: np.ndarray) -> np.ndarray:
    """The line from held vertex to held vertex, each part simplified by itself."""
    stops = np.unique(np.concatenate([[0], np.flatnonzero(held), [len(line) - 1]]))
    parts = [
        get_coordinates(LineString(line[start : stop + 1]).simplify(_SIMPLIFICATION_PX))
        for start, stop in pairwise(stops)
    ]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
