"""Points at distances along a line."""

from __future__ import annotations

import numpy as np
from shapely import LineString, get_coordinates


def points_along(line: LineString, distances: np.ndarray) -> np.ndarray:
    """Points at distances from a line's start, as GEOS interpolates them, in one pass over its vertices.

    GEOS begins at the start again for every point, which takes seconds for a line of ten thousand pixels.

    Args:
        line: In any unit.
        distances: Along it, ``(n,)``, in the same unit; below 0 is its start, beyond its length its end.

    Returns:
        Coordinates, float64, ``(n, 2)``.

    >>> points_along(LineString([(0, 0), (10, 0), (10, 10)]), np.array([5.0, 12.0])).tolist()
    [[5.0, 0.0], [10.0, 2.0]]
    """
    vertices = get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(vertices, axis=0).T))])
    return np.column_stack([np.interp(distances, along, values) for values in vertices.T])


def even_points(line: LineString, step: float) -> np.ndarray:
    """The middles of equal pieces of a line, each about as long as a step; at least one.

    Args:
        line: In any unit.
        step: Length of a piece, in the same unit.

    Returns:
        Coordinates, float64, ``(n, 2)``.

    >>> even_points(LineString([(0, 0), (10, 0)]), 4.9).tolist()
    [[2.5, 0.0], [7.5, 0.0]]
    """
    count = max(1, round(line.length / step))
    return points_along(line, (np.arange(count) + 0.5) * (line.length / count))
