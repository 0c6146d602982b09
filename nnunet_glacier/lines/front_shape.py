"""What can be said of a front line without knowing the true one: bends, sinuosity, and where its ends lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage
from shapely import LineString, get_coordinates

from nnunet_glacier.lines.points_along import even_points, points_along

BEND_PX = 2.0
"""How far a line must leave a straight one to have a bend: a front follows the ice within a pixel or two anyway."""

_STARTS_A_PIECE = 20
"""How many pieces begin within the length of one."""


def bends(line: LineString, tolerance: float = BEND_PX) -> int:
    """Number of inner vertices that a line keeps when it is simplified: its turning points.

    Args:
        line: In any unit.
        tolerance: How far the simplified line may leave it, in the same unit (Douglas and Peucker 1973).

    Returns:
        0 for a straight line.

    >>> bends(LineString([(0, 0), (10, 0), (10, 10), (11, 20)]))
    1
    """
    return len(get_coordinates(line.simplify(tolerance, preserve_topology=False))) - 2


def greatest_sinuosity(line: LineString, window: float) -> float:
    """How far a line doubles back on itself: the greatest sinuosity of its pieces of one length.

    Sinuosity is the length of a piece over the straight distance of its ends.

    Args:
        line: In any unit.
        window: Length of a piece, in the same unit; a shorter line is one piece.

    Returns:
        At least 1, that of a straight line; infinite where the ends of a piece are in one place, as those of a ring.

    >>> round(greatest_sinuosity(LineString([(0, 0), (10, 0), (10, 10)]), 20), 3)
    1.414
    """
    length = min(window, line.length)
    starts = np.linspace(0, line.length - length, 1 + math.ceil(_STARTS_A_PIECE * (line.length - length) / length))
    straight = np.linalg.norm(points_along(line, starts + length) - points_along(line, starts), axis=1)
    nearest = float(straight.min())
    return max(1.0, length / nearest) if nearest > 0 else math.inf


def ends(line: LineString) -> np.ndarray:
    """The two ends of a line, float, ``(2, 2)``; ``(0, 2)`` for a ring."""
    vertices = get_coordinates(line)
    return vertices[:0] if line.is_closed else vertices[[0, -1]]


def distance_of_ends(line: LineString, mask: np.ndarray) -> np.ndarray:
    """Distance of each end of a line from the nearest pixel of a mask.

    Args:
        line: In pixel coordinates, pixel centres at ``(column + 0.5, row + 0.5)``.
        mask: Bool, ``(H, W)``.

    Returns:
        Pixels from pixel centre to pixel centre, float, ``(2,)``, 0 inside the mask; infinite for an empty mask. Empty
        for a ring.
    """
    points = ends(line)
    if not mask.any():
        return np.full(len(points), np.inf)
    away = ndimage.distance_transform_edt(~mask)
    rows, columns = pixels_of(points, mask.shape)
    distances: np.ndarray = away[rows, columns]
    return distances


def ends_on_border(line: LineString, valid: np.ndarray, within_px: float) -> int:
    """How many ends of a line lie on the border of the data: the image's edge or that of a gap without data.

    Args:
        line: In pixel coordinates.
        valid: Where there is data, bool, ``(H, W)``.
        within_px: How near the border counts.

    Returns:
        0 to 2.
    """
    beyond = np.pad(~valid, 1, constant_values=True)
    shifted = LineString(get_coordinates(line) + 1)
    # The next pixel beyond the border is 1 away from one that touches it.
    return int(np.count_nonzero(distance_of_ends(shifted, beyond) <= within_px + 1))


def mean_along(line: LineString, values: np.ndarray) -> float:
    """Mean of a map along a line in pixel coordinates, float32 ``(H, W)``, at steps of half a pixel."""
    return float(_values_along(line, values).mean(dtype=np.float64))


def share_along(line: LineString, values: np.ndarray, threshold: float) -> float:
    """Share of a line in pixel coordinates on which a map, float32 ``(H, W)``, is not above a threshold."""
    return float(np.mean(_values_along(line, values) <= threshold))


def _values_along(line: LineString, values: np.ndarray) -> np.ndarray:
    xy = even_points(line, 0.5) - 0.5
    sampled: np.ndarray = ndimage.map_coordinates(values, (xy[:, 1], xy[:, 0]), order=1, mode="nearest")
    return sampled


def pixels_of(points: np.ndarray, shape: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels in which points ``(x, y)`` lie; those beyond the image are brought to its edge."""
    columns, rows = np.floor(points).astype(int).T
    return rows.clip(0, shape[0] - 1), columns.clip(0, shape[1] - 1)
