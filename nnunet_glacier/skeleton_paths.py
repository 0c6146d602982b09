"""Lines in masks: the skeleton of a band, and the longest path through each piece of a skeleton."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import csgraph
from skimage import morphology

# Half of the 8 neighbours: with both directions of each edge in the graph, the others follow.
_STEPS = ((0, 1, 1.0), (1, 0, 1.0), (1, 1, math.sqrt(2)), (1, -1, math.sqrt(2)))


def bounding_slices(mask: np.ndarray) -> tuple[slice, slice] | None:
    """The smallest window that holds every pixel of a mask, or None for an empty one."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def skeleton(mask: np.ndarray) -> np.ndarray:
    """The skeleton of a mask, bool, same shape; thinned inside the mask's window only, with the same result."""
    thin = np.zeros(mask.shape, dtype=bool)
    window = bounding_slices(mask)
    if window is not None:
        thin[window] = morphology.skeletonize(mask[window])
    return thin


def longest_paths(thin: np.ndarray) -> list[np.ndarray]:
    """The longest path through each 8-connected piece of a skeleton, its pixels in order.

    A path's length counts 1 for a step along a row or column and the square root of 2 for a diagonal one. Two
    shortest-path searches find it: exactly where a piece is a tree; where it has loops the path found may be shorter
    than the longest. All pieces are searched at once.

    Args:
        thin: Skeleton, bool, shape ``(H, W)``.

    Returns:
        One array of ``(row, column)`` a piece, integer, shape ``(n, 2)``; pieces in the order of their first pixel.
    """
    window = bounding_slices(thin)
    if window is None:
        return []
    pixels = np.argwhere(thin[window])
    graph = _pixel_graph(thin[window], pixels)
    _, piece = csgraph.connected_components(graph, directed=False)
    first = np.unique(piece, return_index=True)[1]
    starts = _farthest(graph, piece, first)[0]
    ends, predecessor = _farthest(graph, piece, starts)
    corner = (window[0].start, window[1].start)
    return [pixels[_walk_back(end, predecessor)] + corner for end in ends]


def _pixel_graph(thin: np.ndarray, pixels: np.ndarray) -> sparse.csr_array:
    """Symmetric graph of the pixels with an edge between 8-neighbours, weighted with their distance."""
    index = np.full(np.add(thin.shape, 2), -1, dtype=np.int64)
    index[1:-1, 1:-1][thin] = np.arange(len(pixels))
    rows, columns = pixels[:, 0] + 1, pixels[:, 1] + 1
    source, target, weight = [], [], []
    for row_step, column_step, length in _STEPS:
        neighbour = index[rows + row_step, columns + column_step]
        found = np.flatnonzero(neighbour >= 0)
        source.append(found)
        target.append(neighbour[found])
        weight.append(np.full(len(found), length))
    tails, heads, lengths = np.concatenate(source), np.concatenate(target), np.concatenate(weight)
    edges = (np.r_[lengths, lengths], (np.r_[tails, heads], np.r_[heads, tails]))
    return sparse.csr_array(edges, shape=(len(pixels), len(pixels)))


def _farthest(graph: sparse.csr_array, piece: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pixel farthest from each piece's start, and every pixel's predecessor on the way from its start.

    Pieces are not connected with each other, so one search from all starts is a search in each piece.
    """
    distance, predecessor, _ = csgraph.dijkstra(graph, indices=starts, min_only=True, return_predecessors=True)
    ends = ndimage.maximum_position(distance, piece, np.arange(len(starts)))
    return np.array([end[0] for end in ends]), predecessor


def _walk_back(end: int, predecessor: np.ndarray) -> list[int]:
    """Pixel numbers from `end` back to its search's start, whose predecessor is negative."""
    path = [int(end)]
    while predecessor[path[-1]] >= 0:
        path.append(int(predecessor[path[-1]]))
    return path
