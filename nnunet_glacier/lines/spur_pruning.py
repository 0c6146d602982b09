"""Pruning of spurs: short branches with a free end, which thinning leaves on a line."""

from __future__ import annotations

import heapq

from nnunet_glacier.lines.branch_network import BranchNetwork, length_px


def prune_spurs(network: BranchNetwork, max_length_px: float) -> None:
    """Take out branches of up to a length that end freely, the shortest first.

    What is left at a junction of two becomes one branch before the next is looked at, so that of a fork at the end of a
    line its longer arm stays. Pieces of one branch stay, however short.

    Args:
        network: Changed in place.
        max_length_px: Length of the longest spur that is taken out, in pixels.
    """
    queue: list[tuple[float, int]] = []

    def consider(number: int) -> None:
        if network.is_spur(number) and (length := length_px(network.branches[number])) <= max_length_px:
            heapq.heappush(queue, (length, number))

    for number in network.branches:
        consider(number)
    while queue:
        _, number = heapq.heappop(queue)
        if number not in network.branches or not network.is_spur(number):
            continue
        ends = network.ends(number)
        network.remove(number)
        for node in ends:
            meeting = network.ending_at(node)
            if len(set(meeting)) == 2 == len(meeting):
                consider(network.join_at(node, *meeting))
