"""A skeleton as its branches: the paths between its ends and junctions, and its rings."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.lines.skeleton_paths import bounding_slices

# One of each pair of opposite neighbours; a diagonal one with the two pixels that both share as neighbours.
_ALONG = ((0, 1), (1, 0))
_ACROSS = (((1, 1), (0, 1), (1, 0)), ((1, -1), (0, -1), (1, 0)))


def branches_of(thin: np.ndarray) -> list[np.ndarray]:
    """The branches of a skeleton; together they cover all of it but single pixels.

    Pixels are neighbours along a row or column, and along a diagonal where no pixel of the skeleton stands beside both
    of them, so that a corner is no junction. A pixel with one neighbour is an end, one with more than two a junction.

    Args:
        thin: Skeleton, bool, shape ``(H, W)``.

    Returns:
        Paths of ``(row, column)``, integer, shape ``(n, 2)``, ``n >= 2``, with the ends or junctions that they run
        between; a ring, with or without a junction on it, begins and ends with the same pixel. Empty for an empty
        skeleton.
    """
    window = bounding_slices(thin)
    if window is None:
        return []
    corner = np.array([window[0].start, window[1].start])
    pixels = np.argwhere(thin[window])
    neighbours = _neighbours(thin[window], pixels)
    return [pixels[path] + corner for path in _walk_all(neighbours)]


def _neighbours(thin: np.ndarray, pixels: np.ndarray) -> list[list[int]]:
    """The numbers of every pixel's neighbours, in the order of their numbers."""
    index = np.full(np.add(thin.shape, 2), -1, dtype=np.int64)
    index[1:-1, 1:-1][thin] = np.arange(len(pixels))
    at = pixels + 1
    pairs = []
    for step, *shared in (*((step,) for step in _ALONG), *_ACROSS):
        other = index[tuple((at + step).T)]
        linked = other >= 0
        for between in shared:
            linked &= index[tuple((at + between).T)] < 0
        pairs.append(np.column_stack([np.flatnonzero(linked), other[linked]]))
    neighbours: list[list[int]] = [[] for _ in range(len(pixels))]
    for first, second in np.concatenate(pairs).tolist():
        neighbours[first].append(second)
        neighbours[second].append(first)
    return [sorted(numbers) for numbers in neighbours]


def _walk_all(neighbours: list[list[int]]) -> list[list[int]]:
    """Every branch once: first those from ends and junctions, then the rings that are left."""
    paths: list[list[int]] = []
    walked: set[tuple[int, int]] = set()
    passed: set[int] = set()
    for start, others in enumerate(neighbours):
        if len(others) == 2:
            continue
        for other in others:
            if (start, other) not in walked:
                path = _walk(start, other, neighbours)
                walked |= {(start, other), (path[-1], path[-2])}
                passed.update(path)
                paths.append(path)
    for start, others in enumerate(neighbours):
        if len(others) == 2 and start not in passed:
            path = _walk(start, others[0], neighbours)
            passed.update(path)
            paths.append(path)
    return paths


def _walk(start: int, second: int, neighbours: list[list[int]]) -> list[int]:
    """From a pixel on to the next end or junction, or back to the pixel itself."""
    path = [start, second]
    while path[-1] != start and len(neighbours[path[-1]]) == 2:
        first, other = neighbours[path[-1]]
        path.append(other if first == path[-2] else first)
    return path
