"""The stretches of a line near its ends, by distance along the line."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csgraph

from nnunet_glacier.lines.skeleton_paths import bounding_slices, longest_paths, on_rings, pixel_graph

_ROUNDING = 1 + 1e-9
"""A pixel exactly at the reach lies within it, whatever the pixel size did to its last digit."""


def near_ends(line: np.ndarray, reach_px: float) -> np.ndarray:
    """Pixels of a line within a distance of its ends, measured along the line.

    Every 8-connected piece has two ends, those of the longest path through it (`longest_paths`); an end that lies on a
    ring is none, so that a closed ring has no end. A step along a row or column counts 1, a diagonal one the square
    root of 2. The end itself is at distance 0 and always within reach.

    Args:
        line: Line of one pixel, bool, shape ``(H, W)``.
        reach_px: Distance along the line, in pixels.

    Returns:
        Bool, same shape; all False for an empty line.

    >>> near_ends(np.array([[0, 1, 1, 1, 1, 1, 0]], dtype=bool), 1.0).astype(int)
    array([[0, 1, 1, 0, 1, 1, 0]])
    """
    near = np.zeros(line.shape, dtype=bool)
    window = bounding_slices(line)
    if window is None:
        return near
    part = line[window]
    ring = on_rings(part)
    ends = {tuple(path[place]) for path in longest_paths(part) for place in (0, -1)}
    ends = {end for end in ends if not ring[end]}
    if not ends:
        return near
    pixels = np.argwhere(part)
    number = np.zeros(part.shape, dtype=np.int64)
    number[part] = np.arange(len(pixels))
    along_px = csgraph.dijkstra(
        pixel_graph(part, pixels), directed=False, indices=[number[end] for end in sorted(ends)], min_only=True
    )
    near[window][part] = along_px <= reach_px * _ROUNDING
    return near
