"""Branches that meet at their ends: which they are, and what changes when they are taken out or joined."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

Node = tuple[int, int]

_HEADING_PX = 8
"""Steps from the end of a branch over which its heading is taken; neighbouring pixels alone give eight headings."""


def length_px(path: np.ndarray) -> float:
    """Length of a path through pixel centres, in pixels."""
    return float(np.hypot(*np.diff(path, axis=0).T).sum())


def heading(path: np.ndarray) -> np.ndarray:
    """Unit vector ``(row, column)`` in which a path leaves its last pixel, taken over its last steps."""
    vector = path[-1] - path[max(len(path) - 1 - _HEADING_PX, 0)]
    return vector / np.hypot(*vector)


def turn(first: np.ndarray, second: np.ndarray) -> float:
    """Angle between two unit vectors, in radians."""
    return math.acos(min(1.0, max(-1.0, float(first @ second))))


class BranchNetwork:
    """Branches by number, and which of them end at a pixel.

    Args:
        branches: Paths of ``(row, column)``, shape ``(n, 2)``; those that meet share their last pixel.
    """

    def __init__(self, branches: Iterable[np.ndarray]) -> None:
        self.branches: dict[int, np.ndarray] = {}
        self._ending: dict[Node, list[int]] = {}
        self._next = 0
        for path in branches:
            self.add(path)

    def add(self, path: np.ndarray) -> int:
        """Add a branch; its number."""
        number, self._next = self._next, self._next + 1
        self.branches[number] = path
        for node in self.ends(number):
            self._ending.setdefault(node, []).append(number)
        return number

    def remove(self, number: int) -> np.ndarray:
        """Take a branch out."""
        for node in self.ends(number):
            self._ending[node].remove(number)
        return self.branches.pop(number)

    def ends(self, number: int) -> tuple[Node, Node]:
        """First and last pixel of a branch, the same of a ring."""
        path = self.branches[number]
        return _node(path[0]), _node(path[-1])

    def ending_at(self, node: Node) -> list[int]:
        """The branches that end at a pixel; a ring through it twice."""
        return list(self._ending.get(node, ()))

    def free_ends(self) -> list[tuple[int, Node]]:
        """Branches with their ends at which nothing else ends."""
        return [(number, node) for number in self.branches for node in self.ends(number) if self._is_free(node)]

    def is_spur(self, number: int) -> bool:
        """Whether one end of a branch is free and the other is not."""
        first, last = self.ends(number)
        return self._is_free(first) != self._is_free(last)

    def _is_free(self, node: Node) -> bool:
        return len(self._ending[node]) == 1

    def leaving(self, number: int, node: Node) -> np.ndarray:
        """The path of a branch, turned so that it ends at this end of it."""
        path = self.branches[number]
        return path if _node(path[-1]) == node else path[::-1]

    def join_at(self, node: Node, first: int, second: int) -> int:
        """Make two branches that end at a pixel one; its number."""
        return self.join(first, node, second, node, np.empty((0, 2), dtype=np.int64))

    def join(self, first: int, first_end: Node, second: int, second_end: Node, between: np.ndarray) -> int:
        """Make two branches one, over the pixels between these ends of them, if any; its number.

        Args:
            first: A branch.
            first_end: The end of it.
            second: Another branch.
            second_end: The end of it, which may be the same pixel.
            between: ``(row, column)`` of the pixels between them, shape ``(n, 2)``.
        """
        to, on = self.leaving(first, first_end), self.leaving(second, second_end)[::-1]
        self.remove(first)
        self.remove(second)
        return self.add(np.concatenate([to, between, on[1:] if first_end == second_end else on]))

    def pieces(self) -> dict[int, int]:
        """The number of the connected piece of every branch: that of its first branch."""
        piece: dict[int, int] = {}
        for first in self.branches:
            todo = [first] if first not in piece else []
            while todo:
                number = todo.pop()
                if number not in piece:
                    piece[number] = first
                    todo += [other for node in self.ends(number) for other in self._ending[node]]
        return piece


def _node(pixel: np.ndarray) -> Node:
    row, column = pixel.tolist()
    return row, column
