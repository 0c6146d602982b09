"""The connected pieces of a mask and of its background, from runs of equal pixels; the cost is finding the edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

_WORD = 8
"""Pixels in which edges are sought at a time."""


@dataclass(frozen=True)
class Runs:
    """A mask as runs of equal pixels within its rows, row by row.

    Attributes:
        start: Index of each run's first pixel in the flat mask, integer, shape ``(n,)``.
        inside: Whether the run lies in the mask, bool, shape ``(n,)``.
        shape: Rows and columns of the mask.
    """

    start: np.ndarray
    inside: np.ndarray
    shape: tuple[int, int]

    @property
    def stop(self) -> np.ndarray:
        """Index behind each run's last pixel."""
        return np.append(self.start[1:], self.shape[0] * self.shape[1])

    @property
    def length(self) -> np.ndarray:
        """Pixels of each run."""
        return self.stop - self.start


def runs_of(mask: np.ndarray) -> Runs:
    """The runs of a mask (bool, shape ``(H, W)``, at least one pixel)."""
    flat, (_, columns) = mask.ravel(), mask.shape
    begins = np.zeros(-(-flat.size // _WORD) * _WORD, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=begins[1 : flat.size])
    begins[: flat.size : columns] = True
    all_words = begins.view(np.uint64)
    words = np.flatnonzero(all_words)
    within = np.flatnonzero(all_words[words].view(bool))
    start = words[within // _WORD] * _WORD + within % _WORD
    return Runs(start, flat[start], mask.shape)


def merged(runs: Runs, inside: np.ndarray) -> tuple[Runs, np.ndarray]:
    """The runs of a mask that differs in whole runs, and which of them each old run is part of.

    Args:
        runs: Runs of the old mask.
        inside: Whether each of them lies in the new mask, bool, shape ``(n,)``.
    """
    begins = runs.start % runs.shape[1] == 0
    begins[1:] |= inside[1:] != inside[:-1]
    return Runs(runs.start[begins], inside[begins], runs.shape), np.cumsum(begins) - 1


def pieces_of(start: np.ndarray, stop: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The 8-connected piece of each run of a mask, int32, shape ``(n,)``.

    Args:
        start: Index of each run's first pixel in the flat mask, ascending, integer, shape ``(n,)``.
        stop: Index behind its last pixel, integer, shape ``(n,)``; runs do not touch each other within a row.
        shape: Rows and columns of the mask.

    >>> pieces_of(np.array([0, 3, 4, 11]), np.array([1, 4, 5, 12]), (3, 4))
    array([0, 1, 0, 2], dtype=int32)
    """
    rows, columns = shape
    first_of_row = np.append(_count_below(np.arange(rows) * columns, start), [len(start)] * 2)
    row = start // columns
    # The runs of the next row that touch a run, also by a corner.
    first = _count_below(start + columns, stop)
    behind = _count_below(stop + (columns + 1), start)
    first, behind = np.maximum(first, first_of_row[row + 1]), np.minimum(behind, first_of_row[row + 2])
    count = np.maximum(behind - first, 0)
    ends = np.append(0, np.cumsum(count))
    touched = np.repeat(first - ends[:-1], count) + np.arange(ends[-1])
    edges = sparse.csr_array((np.ones(len(touched), dtype=bool), touched, ends), shape=(len(row), len(row)))
    return csgraph.connected_components(edges, directed=False)[1]


def _count_below(bounds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How many of the values are below each bound, both ascending: `numpy.searchsorted` in half the time.

    The stable sort merges what is in order already, and puts a bound before the values that equal it.
    """
    merged_order = np.argsort(np.concatenate([bounds, values]), kind="stable")
    return np.flatnonzero(merged_order < len(bounds)) - np.arange(len(bounds))


def in_largest(runs: Runs, chosen: np.ndarray) -> np.ndarray:
    """Which of the chosen runs are of their largest 8-connected piece, bool, shape ``(n,)``; none if none is chosen.

    Of pieces of equal size the one whose first pixel comes first, row by row, counts as the largest.

    Args:
        runs: Runs of a mask.
        chosen: All runs inside of the mask, or all outside, bool, shape ``(n,)``.
    """
    largest = chosen.copy()
    if chosen.any():
        start, stop = runs.start[chosen], runs.stop[chosen]
        piece = pieces_of(start, stop, runs.shape)
        size = np.bincount(piece, weights=stop - start)
        largest[chosen] = piece == piece[size[piece].argmax()]
    return largest
