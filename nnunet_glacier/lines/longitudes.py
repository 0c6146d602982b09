"""Longitudes that run on over the antimeridian, so that a line there is one line without a jump."""

from __future__ import annotations

import math

import numpy as np

TURN = 360.0


def running_on(longitudes: np.ndarray, near: float = 0.0) -> np.ndarray:
    """Longitudes of a line's vertices without jumps of a turn.

    Args:
        longitudes: In degrees, in the order of the vertices.
        near: The line is brought to the turn of the earth in which its middle is nearest to this longitude.

    >>> running_on(np.array([179.5, 180.0, -179.5])).tolist()
    [179.5, 180.0, 180.5]
    >>> running_on(np.array([-33.5, -33.0]), near=327).tolist()
    [326.5, 327.0]
    """
    run = np.unwrap(longitudes, period=TURN)
    return run + TURN * np.round((near - (run.min() + run.max()) / 2) / TURN)


def points_running_on(longitudes: np.ndarray) -> np.ndarray:
    """Longitudes of points in any order, all in the turn of the first.

    >>> points_running_on(np.array([179.5, -179.5, 179.8])).tolist()
    [179.5, 180.5, 179.8]
    """
    return longitudes + TURN * np.round((longitudes[0] - longitudes) / TURN)


def turns_to(least: float, greatest: float, west: float, east: float) -> np.ndarray:
    """What is to be added to longitudes from one to another so that they meet those from west to east: whole turns.

    >>> turns_to(-190, -170, 165, 195).tolist()
    [360.0]
    >>> turns_to(-180, 180, 165, 195).tolist()
    [0.0, 360.0]
    """
    return TURN * np.arange(math.ceil((west - greatest) / TURN), math.floor((east - least) / TURN) + 1)


def closed_round_the_pole(xy: np.ndarray) -> np.ndarray:
    """A ring in degrees whose longitudes run on (`running_on`), closed; one that runs round the earth over the pole.

    The pole is that of the ring's mean latitude.

    Args:
        xy: Longitudes and latitudes, shape ``(n, 2)``.

    >>> closed_round_the_pole(np.array([[-180.0, -80.0], [-60, -80], [60, -80], [180, -80]])).tolist()[3:]
    [[180.0, -80.0], [180.0, -90.0], [-180.0, -90.0], [-180.0, -80.0]]
    """
    first, last = xy[0], xy[-1]
    if abs(last[0] - first[0]) <= TURN / 2:
        return np.concatenate([xy[:-1], xy[:1]])
    pole = np.copysign(90.0, xy[:, 1].mean())
    return np.concatenate([xy, [(last[0], pole), (first[0], pole)], xy[:1]])
