"""Gaps in lines, bridged where one line points at another: along their headings and never across a line."""

from __future__ import annotations

import math

import numpy as np
from scipy.cluster.hierarchy import DisjointSet
from scipy.spatial import cKDTree
from shapely import LineString, STRtree
from skimage.draw import line as pixels_of_line

from nnunet_glacier.lines.branch_network import BranchNetwork, Node, heading, turn

MAX_TURN = math.radians(45)
"""How far a bridge may turn from the heading of either of its lines."""

CLEARANCE_PX = 1.5
"""Distance that a bridge keeps from lines but at its ends; smoothing moves lines towards each other by less."""


def bridge_gaps(network: BranchNetwork, max_gap_px: float) -> None:
    """Join free ends of different pieces that point at each other, the nearest first.

    Args:
        network: Changed in place: two joined branches become one, with the pixels of the gap between them.
        max_gap_px: Longest gap between the pixels at two ends, in pixels; 0 bridges nothing.
    """
    piece = network.pieces()
    ends = [(number, node) for number, node in network.free_ends() if len(network.branches[number]) > 1]
    if max_gap_px <= 0 or len(ends) < 2:
        return
    joined = DisjointSet(set(piece.values()))
    obstacles = STRtree([LineString(path) for path in network.branches.values()])
    owner, piece_of = {node: number for number, node in ends}, {node: piece[number] for number, node in ends}
    bridges: list[LineString] = []
    for first, second in _pointing_at_each_other(network, ends, max_gap_px):
        if joined.connected(piece_of[first], piece_of[second]) or not {first, second} <= owner.keys():
            continue
        bridge = LineString([first, second])
        if _is_blocked(bridge, obstacles, bridges):
            continue
        bridges.append(bridge)
        joined.merge(piece_of[first], piece_of[second])
        between = np.column_stack(pixels_of_line(*first, *second))[1:-1]
        number = network.join(owner.pop(first), first, owner.pop(second), second, between)
        owner |= {node: number for node in network.ends(number) if node in owner}


def _pointing_at_each_other(
    network: BranchNetwork, ends: list[tuple[int, Node]], max_gap_px: float
) -> list[tuple[Node, Node]]:
    """Pairs of ends of different branches within the gap and along both headings, the nearest first."""
    at = np.array([node for _, node in ends])
    headings = [heading(network.leaving(number, node)) for number, node in ends]
    pairs = []
    for first, second in sorted(cKDTree(at).query_pairs(max_gap_px)):
        if ends[first][0] == ends[second][0]:
            continue
        gap = at[second] - at[first]
        length = float(np.hypot(*gap))
        across = gap / length
        if max(turn(headings[first], across), turn(headings[second], -across)) <= MAX_TURN:
            pairs.append((length, ends[first][1], ends[second][1]))
    return [(first, second) for _, first, second in sorted(pairs)]


def _is_blocked(bridge: LineString, obstacles: STRtree, bridges: list[LineString]) -> bool:
    """Whether a bridge comes too near to a line, or to another bridge, elsewhere than at its ends."""
    if bridge.length <= 2 * CLEARANCE_PX:
        return any(bridge.crosses(other) for other in bridges)
    inner = LineString(bridge.interpolate([CLEARANCE_PX, bridge.length - CLEARANCE_PX]))
    near = CLEARANCE_PX * (1 - 1e-9)
    return bool(len(obstacles.query(inner, predicate="dwithin", distance=near))) or any(
        inner.dwithin(other, near) for other in bridges
    )
