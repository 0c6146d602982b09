"""Lines in masks: the skeleton of a band, the longest path through each piece of a skeleton, and its rings."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import csgraph
from skimage import morphology

# Half of the 8 neighbours: with both directions of each edge in the graph, the others follow.
_STEPS = ((0, 1, 1.0), (1, 0, 1.0), (1, 1, math.sqrt(2)), (1, -1, math.sqrt(2)))

_SHARE_ON_RINGS = 1e-6
"""Factor of the length of a step along a ring; not 0, which a sparse matrix takes for no edge."""

_LEAST_WEIGHT = 1e-6
"""Weight of a pixel; not 0, likewise."""


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


def longest_paths(thin: np.ndarray, weight: np.ndarray | None = None) -> list[np.ndarray]:
    """The longest path through each 8-connected piece of a skeleton, its pixels in order.

    A path's length counts 1 for a step along a row or column and the square root of 2 for a diagonal one. Two
    shortest-path searches find it: exactly where a piece is a tree; where it has loops the path found may be shorter
    than the longest. All pieces are searched at once.

    Args:
        thin: Skeleton, bool, shape ``(H, W)``.
        weight: What the length of a step counts, as the mean of its two pixels; float, ``(H, W)``, in [0, 1]. A loop is
            cut where that is least. None for 1 everywhere.

    Returns:
        One array of ``(row, column)`` a piece, integer, shape ``(n, 2)``; pieces in the order of their first pixel.
    """
    window = bounding_slices(thin)
    if window is None:
        return []
    pixels = np.argwhere(thin[window])
    graph = pixel_graph(thin[window], pixels)
    if weight is not None:
        graph = _heaviest_trees(graph, weight[window][thin[window]])
    _, piece = csgraph.connected_components(graph, directed=False)
    first = np.unique(piece, return_index=True)[1]
    starts = _farthest(graph, piece, first)[0]
    ends, predecessor = _farthest(graph, piece, starts)
    corner = (window[0].start, window[1].start)
    return [pixels[_walk_back(end, predecessor)] + corner for end in ends]


def without_small_holes(mask: np.ndarray, max_outline_px: float) -> np.ndarray:
    """The mask with its small holes filled: those up to the size of a circle of a given length.

    Args:
        mask: Bool, shape ``(H, W)``.
        max_outline_px: Length of the circle, in pixels; up to 3.5 fills nothing.

    Returns:
        Bool, shape ``(H, W)``. What the image's edge cuts off is no hole.

    >>> without_small_holes(np.array([[0, 1, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1]], dtype=bool), 4.0).astype(int)
    array([[0, 1, 1, 1],
           [1, 1, 1, 1],
           [0, 1, 1, 1]])
    """
    region, count = _regions(mask)
    small = np.bincount(region.ravel(), minlength=count + 1) <= math.floor(max_outline_px**2 / (4 * math.pi))
    small[[0, region[0, 0]]] = False
    return mask | small[region][1:-1, 1:-1]


def _regions(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Numbers of the 4-connected regions that are not in a mask, with an edge of one pixel round it, and how many.

    The edge makes all that the image cuts off one region, of which it is the first pixel.
    """
    return ndimage.label(np.pad(~mask, 1, constant_values=True))


def on_rings(thin: np.ndarray) -> np.ndarray:
    """Pixels of a skeleton that have the inside of a ring on one side and something else on the other; bool.

    Pixels that only touch each other, three at a corner or four in a block, enclose nothing. What lies outside the
    image is all one, so that a line from edge to edge is no ring.

    >>> on_rings(np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1]], dtype=bool)).astype(int)
    array([[0, 1, 0, 0],
           [1, 0, 1, 0],
           [0, 1, 1, 0]])
    """
    region, count = _regions(thin)
    highest = ndimage.maximum_filter(region, 3)
    lowest = ndimage.minimum_filter(np.where(region > 0, region, count + 1), 3)
    return thin & (lowest < highest)[1:-1, 1:-1]


def paths_and_rings(thin: np.ndarray, max_tail_px: float) -> np.ndarray:
    """The rings of a skeleton, what joins them, and the longest path through each piece.

    Rings stay whole, so that a path through them gains nothing on the way: of a piece with rings it is the longest in
    what is left if each ring were one point. Where there is no ring it is that of `longest_paths`.

    Args:
        thin: Skeleton, bool, shape ``(H, W)``.
        max_tail_px: Ends of a path that lead from a ring up to this far are spurs and left out, in pixels.

    Returns:
        Lines, bool, shape ``(H, W)``; 8-connected within each piece.
    """
    kept = np.zeros(thin.shape, dtype=bool)
    window = bounding_slices(thin)
    if window is None:
        return kept
    part = thin[window]
    pixels, is_on_ring = np.argwhere(part), on_rings(part)[part]
    graph = pixel_graph(part, pixels)
    tails = np.repeat(np.arange(len(pixels)), np.diff(graph.indptr))
    graph.data[is_on_ring[tails] & is_on_ring[graph.indices]] *= _SHARE_ON_RINGS
    _, piece = csgraph.connected_components(graph, directed=False)
    starts = _farthest(graph, piece, np.unique(piece, return_index=True)[1])[0]
    tips, rings = np.concatenate([starts, _farthest(graph, piece, starts)[0]]), np.flatnonzero(is_on_ring)
    if rings.size:
        tips = tips[csgraph.dijkstra(graph, indices=rings, min_only=True)[tips] > max_tail_px]
    wanted = np.concatenate([tips, rings])
    roots = wanted[np.unique(piece[wanted], return_index=True)[1]]
    joined = _joined(wanted, _farthest(graph, piece, roots)[1])
    kept[window][tuple(pixels[joined].T)] = True
    return kept


def _joined(wanted: np.ndarray, predecessor: np.ndarray) -> np.ndarray:
    """Which pixels lie between the wanted ones and their search's start, both included; bool, one per pixel."""
    joined = np.zeros(len(predecessor), dtype=bool)
    while wanted.size:
        joined[wanted] = True
        before = predecessor[wanted]
        before = before[before >= 0]
        wanted = before[~joined[before]]
    return joined


def pixel_graph(thin: np.ndarray, pixels: np.ndarray) -> sparse.csr_array:
    """Symmetric graph of the pixels with an edge between 8-neighbours, weighted with their distance."""
    index = np.full(np.add(thin.shape, 2), -1, dtype=np.int64)
    index[1:-1, 1:-1][thin] = np.arange(len(pixels))
    rows, columns = pixels[:, 0] + 1, pixels[:, 1] + 1
    source, target, weight = [], [], []
    for row_step, column_step, length in _STEPS:
        neighbour = index[rows + row_step, columns + column_step]
        linked = np.flatnonzero(neighbour >= 0)
        source.append(linked)
        target.append(neighbour[linked])
        weight.append(np.full(len(linked), length))
    tails, heads, lengths = np.concatenate(source), np.concatenate(target), np.concatenate(weight)
    edges = (np.r_[lengths, lengths], (np.r_[tails, heads], np.r_[heads, tails]))
    return sparse.csr_array(edges, shape=(len(pixels), len(pixels)))


def _heaviest_trees(graph: sparse.csr_array, weight: np.ndarray) -> sparse.csr_array:
    """The graph without the steps of least weight that close its loops, each step by length and weight.

    Args:
        graph: Of `pixel_graph`.
        weight: Of each pixel, in [0, 1].
    """
    of_pixel = np.maximum(weight, _LEAST_WEIGHT)
    along = (np.repeat(of_pixel, np.diff(graph.indptr)) + of_pixel[graph.indices]) / 2
    # The tree of the least sums of what is left to 2, which is more than any step.
    turned = sparse.csr_array((2 - graph.data * along, graph.indices, graph.indptr), shape=graph.shape)
    tree = csgraph.minimum_spanning_tree(turned).tocoo()
    both = (np.r_[tree.row, tree.col], np.r_[tree.col, tree.row])
    return sparse.csr_array((np.r_[2 - tree.data, 2 - tree.data], both), shape=graph.shape)


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
