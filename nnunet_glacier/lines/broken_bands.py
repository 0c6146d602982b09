"""Fronts in the probabilities of a front class that a network sees in pieces: joined by the most probable ways.

On a glacier that networks have not seen, their band of front is broken where ice mélange or shadow hides the front. The
pieces and the ways between them are a tree; a front is the path through it that holds most probability.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage
from scipy.cluster.hierarchy import DisjointSet
from shapely import LineString
from skimage.graph import MCP_Connect

from nnunet_glacier.domain.front_rules import MIN_RING_PX
from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.lines.band_tracing import bridged_parts
from nnunet_glacier.lines.front_contours import TOLERANCE_PX
from nnunet_glacier.lines.front_tracing import TracedLine
from nnunet_glacier.lines.line_smoothing import smooth
from nnunet_glacier.lines.ridge_lines import centred
from nnunet_glacier.lines.skeleton_paths import longest_paths, skeleton, without_small_holes

SEEN_FROM = 0.25
"""Probability of the front from which it counts as seen."""

HALF_COST_AT = 0.05
"""Probability of the front at which a pixel of a way costs half as much as one without any."""

COST_OF_A_PIXEL = 0.25
"""What a pixel of a way without any probability costs, in pixels of a certain front."""

LEAST_WEIGHT_PX = 2.0
"""Pieces that weigh no more, in pixels of a certain front, are chance."""

REACH_PX = 60.0
"""How far from the pieces a way may lead."""

_EIGHT = np.ones((3, 3), dtype=bool)


def trace_broken_bands(
    probability: np.ndarray, threshold: float = SEEN_FROM, open_to: np.ndarray | None = None
) -> list[TracedLine]:
    """The lines in the middle of bands of front, their pieces joined (`join_pieces`).

    Args:
        probability: Of the front, float32, ``(H, W)``, in [0, 1].
        threshold: Above which a front is seen, in (0, 1).
        open_to: Where a front may lie, bool, ``(H, W)``; None for everywhere.

    Returns:
        A line for each tree of joined pieces, the one that holds most probability first, with what of it was not seen
        as `TracedLine.prolonged`. Every line is open: a ring is cut where it is least probable. Empty where nothing is
        above the threshold.
    """
    seen = above(probability, threshold)
    if open_to is not None:
        seen &= open_to
    thin = skeleton(without_small_holes(seen, MIN_RING_PX))
    thin = join_pieces(_without_chance(thin, probability), probability, open_to)
    paths = longest_paths(skeleton(thin), probability)
    paths.sort(key=lambda path: -float(probability[tuple(path.T)].sum()))
    return [_traced(path, probability, threshold) for path in paths if len(path) > 1]


def join_pieces(thin: np.ndarray, probability: np.ndarray, open_to: np.ndarray | None = None) -> np.ndarray:
    """The pieces of a skeleton with the ways between them, the cheapest way first.

    A pixel of a way costs ``COST_OF_A_PIXEL * HALF_COST_AT / (p + HALF_COST_AT)``. Two pieces are joined where the way
    costs less than the lighter one weighs: the sum of the probability over its pixels, in what it was joined to before
    too. No way makes a ring.

    Args:
        thin: Skeleton, bool, ``(H, W)``.
        probability: Of the front, float32, likewise, in [0, 1].
        open_to: Where a way may lead, bool, likewise; None for everywhere.

    Returns:
        Pieces and ways, bool, likewise; a new array.
    """
    joined = thin.copy()
    piece, count = ndimage.label(thin, _EIGHT)
    if count < 2:
        return joined
    cost = COST_OF_A_PIXEL * HALF_COST_AT / (probability.astype(np.float64) + HALF_COST_AT)
    far = ndimage.distance_transform_edt(~thin) > REACH_PX
    cost[far if open_to is None else far | ~open_to] = -1
    pixels = np.argwhere(thin)
    ways = _Ways(cost, piece[tuple(pixels.T)])
    ways.find_costs([tuple(pixel) for pixel in pixels.tolist()])
    weight = dict(enumerate(ndimage.sum_labels(probability, piece, np.arange(count + 1))))
    trees = DisjointSet(range(count + 1))
    for way_cost, first, second, middle in ways.cheapest():
        if trees.connected(first, second):
            continue
        one, other = trees[first], trees[second]
        if way_cost < min(weight[one], weight[other]):
            for end in middle:
                joined[tuple(np.transpose(ways.traceback(end)))] = True
            trees.merge(first, second)
            weight[trees[first]] = weight[one] + weight[other] - way_cost
    return joined


class _Ways(MCP_Connect):
    """The cheapest way between every two pieces whose surroundings touch.

    Args:
        cost: What each pixel costs, float64, ``(H, W)``; negative where no way may lead.
        owner: Number of the piece to which each start belongs.
    """

    def __init__(self, cost: np.ndarray, owner: np.ndarray) -> None:
        super().__init__(cost)
        self._owner = owner.tolist()
        self._best: dict[tuple[int, int], tuple[float, Any]] = {}

    def create_connection(self, id1: int, id2: int, pos1: Any, pos2: Any, cost1: float, cost2: float) -> None:
        """Keep a way if it is the cheapest between two pieces; called where the surroundings of two starts touch."""
        first, second = self._owner[id1], self._owner[id2]
        if first != second:
            between = (min(first, second), max(first, second))
            if between not in self._best or cost1 + cost2 < self._best[between][0]:
                self._best[between] = (cost1 + cost2, (pos1, pos2))

    def cheapest(self) -> list[tuple[float, int, int, Any]]:
        """Cost, the two pieces, and the two pixels at which the ways from them meet; the cheapest first."""
        return sorted((cost, *between, middle) for between, (cost, middle) in self._best.items())


def _without_chance(thin: np.ndarray, probability: np.ndarray) -> np.ndarray:
    piece, count = ndimage.label(thin, _EIGHT)
    kept = ndimage.sum_labels(probability, piece, np.arange(count + 1)) > LEAST_WEIGHT_PX
    kept[0] = False
    without: np.ndarray = kept[piece]
    return without


def _traced(path: np.ndarray, probability: np.ndarray, threshold: float) -> TracedLine:
    draft = smooth(path[:, ::-1] + 0.5, np.zeros(len(path), dtype=bool))
    line = LineString(centred(draft, probability, threshold / 2)).simplify(TOLERANCE_PX, preserve_topology=False)
    if not line.is_simple:
        line = LineString(draft)
    return TracedLine(line, bridged_parts(line, probability, threshold), main=True, closed=False)
