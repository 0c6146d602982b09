"""From the mask of a line to the lines: skeleton, spurs pruned, gaps bridged, stairs smoothed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_glacier.lines.branch_network import BranchNetwork, Node, length_px
from nnunet_glacier.lines.gap_bridging import bridge_gaps
from nnunet_glacier.lines.junctions import join_straight, merge_junctions
from nnunet_glacier.lines.line_smoothing import smooth
from nnunet_glacier.lines.skeleton_branches import branches_of
from nnunet_glacier.lines.skeleton_paths import skeleton, without_small_holes
from nnunet_glacier.lines.spur_pruning import prune_spurs


@dataclass(frozen=True)
class LineRules:
    """How lines are found in a mask; lengths in pixels.

    Attributes:
        max_spur_px: Branches of up to this length are pruned.
        max_gap_px: Gaps of up to this length are bridged; 0 bridges none.
        max_short_px: Lines of up to this length, gaps included, are deleted.
        max_hole_px: Holes in the mask are filled whose outline would be a ring of up to this length; None for
            `max_short_px`, since such a ring would be deleted.
        median_px: Edge of the median filter over the mask, odd; 1 for none. It deletes lines of less than half of it.
    """

    max_spur_px: float = 5.0
    max_gap_px: float = 10.0
    max_short_px: float = 7.5
    median_px: int = 1
    max_hole_px: float | None = None

    @classmethod
    def on_ground(
        cls, pixel_size_m: float, *, max_spur_m: float, max_gap_m: float, min_length_m: float, median_px: int = 1
    ) -> LineRules:
        """The rules for pixels of a size, from lengths on the ground."""
        return cls(
            max_spur_px=max_spur_m / pixel_size_m,
            max_gap_px=max_gap_m / pixel_size_m,
            max_short_px=min_length_m / pixel_size_m,
            median_px=median_px,
        )


@dataclass(frozen=True)
class FoundLine:
    """One line.

    Attributes:
        xy: Vertices in pixel coordinates, x from the image's left edge to the right, y from its upper edge down, pixel
            centres at ``(column + 0.5, row + 0.5)``; float, shape ``(n, 2)``.
        pixels: ``(row, column)`` of the pixels that it runs through, those of bridged gaps too; integer, shape
            ``(m, 2)``. Each of them is within half a pixel of `xy`.
        length_px: Length from pixel centre to pixel centre, in pixels.
        bridged_px: Length of the bridged gaps, in pixels.
        closed: Whether it is a ring.
    """

    xy: np.ndarray
    pixels: np.ndarray
    length_px: float
    bridged_px: float
    closed: bool


def find_lines(mask: np.ndarray, rules: LineRules) -> list[FoundLine]:
    """The lines of a mask.

    Args:
        mask: Where the line is, as thick as it was predicted; bool, shape ``(H, W)``.
        rules: How they are found.

    Returns:
        Lines in the order of their first pixel, row by row; lines that branch off another one end on it. Empty for an
        empty mask.
    """
    network = BranchNetwork(branches_of(skeleton(_cleaned(mask, rules))))
    prune_spurs(network, rules.max_spur_px)
    seen = np.zeros(mask.shape, dtype=bool)
    for path in network.branches.values():
        seen[tuple(path.T)] = True
    bridge_gaps(network, rules.max_gap_px)
    _delete_short_pieces(network, rules.max_short_px)
    merge_junctions(network)
    meeting = _meeting_points(network)
    join_straight(network)
    # A branch between two junctions that is as short as a spur is no line of its own.
    shortest = min(rules.max_spur_px, rules.max_short_px)
    paths = [path for path in network.branches.values() if length_px(path) > shortest]
    paths.sort(key=lambda path: path[np.lexsort(path.T[::-1])[0]].tolist())
    return [_line(path, meeting, seen) for path in paths]


def _delete_short_pieces(network: BranchNetwork, max_short_px: float) -> None:
    length: dict[int, float] = {}
    pieces = network.pieces()
    for number, piece in pieces.items():
        length[piece] = length.get(piece, 0.0) + length_px(network.branches[number])
    for number, piece in pieces.items():
        if length[piece] <= max_short_px:
            network.remove(number)


def _meeting_points(network: BranchNetwork) -> set[Node]:
    """The pixels at which several branches end, where smoothing must leave the lines together."""
    nodes = {node for number in network.branches for node in network.ends(number)}
    return {node for node in nodes if len(network.ending_at(node)) > 2}


def _line(path: np.ndarray, meeting: set[Node], seen: np.ndarray) -> FoundLine:
    """The line of a path; what of it is not in `seen` bridges a gap."""
    held = np.array([node in meeting for node in map(tuple, path.tolist())])
    bridged = ~seen[tuple(path.T)]
    steps = np.hypot(*np.diff(path, axis=0).T)
    bridged_px = float(steps[bridged[1:] | bridged[:-1]].sum())
    closed = bool((path[0] == path[-1]).all())
    xy = smooth(path[:, ::-1] + 0.5, held)
    return FoundLine(xy, path[:-1] if closed else path, float(steps.sum()), bridged_px, closed)


def _cleaned(mask: np.ndarray, rules: LineRules) -> np.ndarray:
    """The mask after the median filter, without holes that are too small for a ring round them."""
    if rules.median_px > 1:
        mask = ndimage.median_filter(mask.astype(np.uint8), rules.median_px, mode="nearest") > 0
    return without_small_holes(mask, rules.max_short_px if rules.max_hole_px is None else rules.max_hole_px)
