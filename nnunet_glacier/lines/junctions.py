"""Branches joined to lines through their junctions."""

from __future__ import annotations

import math

import numpy as np
from shapely import LineString

from nnunet_glacier.lines.branch_network import BranchNetwork, Node, heading, length_px, turn

_SHARPEST_TURN = math.radians(90)
"""Two branches that turn by more at a junction are not one line."""

_LINK_PX = 3.0
"""Largest distance between junctions of one crossing: lines that cross at a small angle share some pixels."""


def merge_junctions(network: BranchNetwork) -> None:
    """Merge junctions that are joined by a branch of up to three pixels, so that lines can cross there.

    The branch goes, and what ended at its one end ends at the other; a path stays as it is where it would touch itself.

    Args:
        network: Changed in place.
    """
    for number in list(network.branches):
        if number not in network.branches or length_px(network.branches[number]) > _LINK_PX:
            continue
        kept, gone = network.ends(number)
        others = [other for other in network.ending_at(gone) if other != number]
        if kept == gone or not others or len(network.ending_at(kept)) == 1 or len(set(others)) < len(others):
            continue
        moved = {other: np.concatenate([network.leaving(other, gone)[:-1], [kept]]) for other in others}
        if not all(map(_is_line, moved.values())):
            continue
        network.remove(number)
        for other, path in moved.items():
            network.remove(other)
            network.add(path)


def _is_line(path: np.ndarray) -> bool:
    return len(path) > 1 and length_px(path) > 0 and bool(LineString(path).is_simple)


def join_straight(network: BranchNetwork) -> None:
    """Join the two branches that turn least at every junction, so that lines are few and long.

    A branch that both begins and ends there is a ring and stays one. Two branches are not joined if they meet elsewhere
    too, since a line must not touch itself.

    Args:
        network: Changed in place.
    """
    junctions = {node for number in network.branches for node in network.ends(number)}
    through = {number: set(network.ends(number)) for number in network.branches}
    for node in sorted(junctions):
        while (pair := _straightest_pair(network, node, through)) is not None:
            first, second = pair
            nodes = through.pop(first) | through.pop(second)
            through[network.join_at(node, first, second)] = nodes


def _straightest_pair(network: BranchNetwork, node: Node, through: dict[int, set[Node]]) -> tuple[int, int] | None:
    """The two branches at a junction that turn least into each other, if any may be joined."""
    meeting = network.ending_at(node)
    open_ended = [number for number in meeting if meeting.count(number) == 1]
    leaving = {number: heading(network.leaving(number, node)) for number in open_ended}
    turns = [
        (turn(leaving[first], -leaving[second]), first, second)
        for index, first in enumerate(open_ended)
        for second in open_ended[index + 1 :]
        if through[first] & through[second] == {node}
    ]
    if not turns or min(turns)[0] > _SHARPEST_TURN:
        return None
    return min(turns)[1:]
