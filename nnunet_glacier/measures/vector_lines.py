"""PoLiS, coverage and the mean distance of vector lines, for lines that were never pixels; in units of the CRS.

Coordinates must be metres (a projected CRS): degrees have no one length.
"""

from __future__ import annotations

import math

import numpy as np
import shapely
from shapely import LineString, MultiLineString

Lines = LineString | MultiLineString


def polis_of_lines(predicted: Lines, true: Lines, max_step_m: float | None = None) -> float:
    """PoLiS of two lines: the average of the two means over one line's vertices of the distance to the other line.

    Distances are to the nearest point of the other line, not to its nearest vertex (Avbelj et al. 2015).

    Args:
        predicted: Predicted line, coordinates in metres.
        true: True line, coordinates in metres.
        max_step_m: Insert vertices so that none is farther from the next; None measures from the vertices as they
            are, which lets a densely drawn part of a line count more.

    Returns:
        Distance in metres; NaN if either line is empty.
    """
    if predicted.is_empty or true.is_empty:
        return math.nan
    return (_mean_from_vertices(predicted, true, max_step_m) + _mean_from_vertices(true, predicted, max_step_m)) / 2


def _mean_from_vertices(line: Lines, other: Lines, max_step_m: float | None) -> float:
    dense = line if max_step_m is None else shapely.segmentize(line, max_step_m)
    shapely.prepare(other)
    return float(np.mean(shapely.distance(shapely.points(shapely.get_coordinates(dense)), other)))


def coverage_of_lines(predicted: Lines, true: Lines, buffer_m: float) -> float:
    """Share of the true line's length within a buffer of the predicted line.

    Args:
        predicted: Predicted line, coordinates in metres.
        true: True line, coordinates in metres.
        buffer_m: Half-width of the buffer, round ends included; its arcs are drawn with 64 segments a quarter.

    Returns:
        Share in [0, 1]: 0 without a predicted line, NaN without a true line or for one of no length.
    """
    if true.is_empty or true.length == 0:
        return math.nan
    return true.intersection(predicted.buffer(buffer_m, quad_segs=64)).length / true.length
