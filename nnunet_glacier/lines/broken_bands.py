"""Fronts in the probabilities of a front class that a network sees in pieces: joined by the most probable ways.

On a glacier that networks have not seen, their band of front is broken where ice mélange or shadow hides the front. The
pieces and the ways between them are a tree; a front is the path through it that holds most probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import ndimage
from scipy.cluster.hierarchy import DisjointSet
from skimage.graph import MCP_Connect

from nnunet_glacier.domain.front_rules import MIN_RING_PX
from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.lines.band_tracing import bridged_parts
from nnunet_glacier.lines.front_shape import mean_along
from nnunet_glacier.lines.front_tracing import TracedLine
from nnunet_glacier.lines.line_smoothing import smooth
from nnunet_glacier.lines.ridge_lines import middle_line
from nnunet_glacier.lines.skeleton_paths import bounding_slices, longest_paths, skeleton, without_small_holes

SEEN_FROM = 0.25
"""Probability of the front from which it counts as seen."""

HALF_COST_AT = 0.05
"""Probability of the front at which a pixel of a way costs half as much as one without any."""

COST_OF_A_PIXEL = 0.25
"""What a pixel of a way without any probability costs, in pixels of a certain front."""

LEAST_WEIGHT_PX = 2.0
"""Pieces that weigh no more, in pixels of a certain front, are chance."""

REACH_PX = 60
"""How far from the pieces a way may lead: two pieces may lie twice as far apart."""

_EIGHT = np.ones((3, 3), dtype=bool)


def trace_broken_bands(
    probability: np.ndarray,
    threshold: float = SEEN_FROM,
    valid: np.ndarray | None = None,
    inside: np.ndarray | None = None,
) -> list[TracedLine]:
    """The lines in the middle of bands of front, their pieces joined (`join_pieces`).

    Args:
        probability: Of the front, float32, ``(H, W)``, in [0, 1].
        threshold: Above which a front is seen, in (0, 1).
        valid: Where there is data, bool, ``(H, W)``; None for everywhere. Elsewhere no front is seen, but ways lead
            across, as between the gaps of a scan line corrector.
        inside: Where a front may lie, bool, likewise; None for everywhere. No way leads outside.

    Returns:
        A line for each tree of joined pieces, and for what branches off it, that which holds most probability first
        (`by_weight`), with what of it was not seen as `TracedLine.prolonged`. Every line is open: a ring is cut where
        it is least probable. Empty where nothing is above the threshold.
    """
    seen = above(probability, threshold)
    for kept in (valid, inside):
        if kept is not None:
            seen &= kept
    thin = _without_chance(skeleton(without_small_holes(seen, MIN_RING_PX)), probability)
    joined = skeleton(join_pieces(thin, probability, inside))
    paths = longest_paths(joined, probability)
    branches = _without_chance(joined & ~_near(paths, joined.shape), probability)
    paths += longest_paths(branches, probability)
    return by_weight([_traced(path, probability, threshold) for path in paths if len(path) > 1], probability)


def by_weight(lines: Sequence[TracedLine], probability: np.ndarray) -> list[TracedLine]:
    """Lines in the order of what they hold of a probability ``(H, W)``, the one that holds most first."""
    return sorted(lines, key=lambda one: -one.line.length * mean_along(one.line, probability))


def join_pieces(thin: np.ndarray, probability: np.ndarray, inside: np.ndarray | None = None) -> np.ndarray:
    """The pieces of a skeleton with the ways between them, the cheapest way first.

    A pixel of a way costs ``COST_OF_A_PIXEL * HALF_COST_AT / (p + HALF_COST_AT)``. Two pieces are joined where the way
    costs less than the lighter one weighs: the sum of the probability over its pixels, in what it was joined to before
    too. No way makes a ring.

    Args:
        thin: Skeleton, bool, ``(H, W)``.
        probability: Of the front, float32, likewise, in [0, 1].
        inside: Where a way may lead, bool, likewise; None for everywhere.

    Returns:
        Pieces and ways, bool, likewise; a new array.
    """
    joined = thin.copy()
    window = _window(thin)
    if window is not None:
        part = None if inside is None else inside[window]
        joined[window] = _joined(thin[window], probability[window], part)
    return joined


def _window(thin: np.ndarray) -> tuple[slice, slice] | None:
    """The window of all pieces and what is in reach of them; None without a pixel."""
    near = bounding_slices(thin)
    if near is None:
        return None
    rows, columns = (slice(max(0, at.start - REACH_PX), at.stop + REACH_PX) for at in near)
    return rows, columns


def _joined(thin: np.ndarray, probability: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    joined = thin.copy()
    piece, count = ndimage.label(thin, _EIGHT)
    if count < 2:
        return joined
    cost = COST_OF_A_PIXEL * HALF_COST_AT / (probability.astype(np.float64) + HALF_COST_AT)
    closed = ndimage.distance_transform_edt(~thin) > REACH_PX
    cost[closed if inside is None else closed | ~inside] = -1
    # A way is free along a piece, so that one start is enough for each.
    cost[thin] = 0
    pixels = np.argwhere(thin)
    of_pixel = piece[tuple(pixels.T)]
    owner, first = np.unique(of_pixel, return_index=True)
    ways = _Ways(cost, owner)
    ways.find_costs([tuple(pixel) for pixel in pixels[first].tolist()])
    weight = dict(enumerate(ndimage.sum_labels(probability, piece, np.arange(count + 1))))
    trees = DisjointSet(range(count + 1))
    for way_cost, one, other, middle in ways.cheapest():
        if trees.connected(one, other):
            continue
        lighter, total = min(weight[trees[one]], weight[trees[other]]), weight[trees[one]] + weight[trees[other]]
        if way_cost < lighter:
            for end in middle:
                joined[tuple(np.transpose(ways.traceback(end)))] = True
            trees.merge(one, other)
            weight[trees[one]] = total - way_cost
    return joined


class _Ways(MCP_Connect):
    """The cheapest way between every two pieces whose surroundings touch.

    Args:
        cost: What each pixel costs, float64, ``(H, W)``; negative where no way may lead.
        owner: Number of the piece to which each start belongs.
    """

    def __init__(self, cost: np.ndarray, owner: np.ndarray) -> None:
        super().__init__(cost)
        self._cost = cost
        self._owner = owner.tolist()
        self._best: dict[tuple[int, int], tuple[float, Any]] = {}

    def create_connection(self, id1: int, id2: int, pos1: Any, pos2: Any, cost1: float, cost2: float) -> None:
        """Keep a way if it is the cheapest between two pieces; called where the surroundings of two starts touch."""
        between = (min(id1, id2), max(id1, id2))
        step = math.dist(pos1, pos2) * (self._cost[tuple(pos1)] + self._cost[tuple(pos2)]) / 2
        cost = cost1 + cost2 + step
        if between not in self._best or cost < self._best[between][0]:
            self._best[between] = (cost, (pos1, pos2))

    def cheapest(self) -> list[tuple[float, int, int, Any]]:
        """Cost, the two pieces, and the two pixels at which the ways from them meet; the cheapest first."""
        found = ((cost, *(self._owner[start] for start in pair), middle) for pair, (cost, middle) in self._best.items())
        return sorted(found)


def _without_chance(thin: np.ndarray, probability: np.ndarray) -> np.ndarray:
    piece, count = ndimage.label(thin, _EIGHT)
    kept = ndimage.sum_labels(probability, piece, np.arange(count + 1)) > LEAST_WEIGHT_PX
    kept[0] = False
    without: np.ndarray = kept[piece]
    return without


def _near(paths: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Pixels of paths and their neighbours, bool."""
    near = np.zeros(shape, dtype=bool)
    for path in paths:
        near[tuple(path.T)] = True
    grown: np.ndarray = ndimage.binary_dilation(near, _EIGHT)
    return grown


def _traced(path: np.ndarray, probability: np.ndarray, threshold: float) -> TracedLine:
    draft = smooth(path[:, ::-1] + 0.5, np.zeros(len(path), dtype=bool))
    line = middle_line(draft, probability, threshold, (True, True))
    return TracedLine(line, bridged_parts(line, probability, threshold), main=True, closed=False)
