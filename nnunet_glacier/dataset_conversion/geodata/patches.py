"""Square patches drawn from a scene as in Gattolin's report (Sect. 2.1): pure functions on arrays.

Patches with a line are drawn at random and kept while they show something new: a coverage map counts how often each
pixel has been taken. The figures are those of the published code (github dvdgtt/GL-IVU_project).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FRESH_COUNT = 3
"""A pixel that was taken fewer times than this is fresh."""

MIN_FRESH_SHARE = 0.4
"""A patch is kept if at least this share of its pixels is fresh, or its centre was hardly taken."""

CENTRE_RADIUS, MAX_CENTRE_COVERAGE = 15, 200
"""The box of 31x31 pixels round a patch's centre was hardly taken if its coverage sums to at most this."""

MAX_MISSES = 5000
"""Drawing ends after so many candidates in a row that show nothing new."""

MAX_LINE_PATCHES, MAX_PLAIN_PATCHES, MAX_PLAIN_PATCHES_IN_ALL = 15_000, 100, 1000
"""Patches with a line and without one from a scene, and those without one from all scenes."""


@dataclass(frozen=True)
class Patch:
    """A square window.

    Attributes:
        row: First row.
        column: First column.
        size: Edge in pixels.
        with_line: Whether a line runs through it.
    """

    row: int
    column: int
    size: int
    with_line: bool

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the window."""
        return slice(self.row, self.row + self.size), slice(self.column, self.column + self.size)


def counts_in_windows(mask: np.ndarray, size: int) -> np.ndarray:
    """How many pixels are set in the window of every origin.

    Args:
        mask: Bool, shape ``(H, W)``, neither smaller than `size`.
        size: Edge of the square windows.

    Returns:
        int32, shape ``(H - size + 1, W - size + 1)``.

    >>> counts_in_windows(np.eye(3, dtype=bool), 2)
    array([[2, 1],
           [1, 2]], dtype=int32)
    """
    total = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=np.int32)
    total[1:, 1:] = mask.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    return total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]


def sample_patches(
    line: np.ndarray,
    valid: np.ndarray,
    size: int,
    rng: np.random.Generator,
    *,
    max_line_patches: int = MAX_LINE_PATCHES,
    max_plain_patches: int = MAX_PLAIN_PATCHES,
) -> list[Patch]:
    """Patches of a scene.

    Args:
        line: Where the line is, bool, shape ``(H, W)``.
        valid: Where the signal holds data, bool, same shape; a patch without any is never taken.
        size: Edge of the patches in pixels; of a scene that is smaller nothing is taken.
        rng: Decides everything that is random.
        max_line_patches: Most patches with a line.
        max_plain_patches: Most patches without a line.

    Returns:
        First the patches with a line, then those without, each in the order in which they were drawn.
    """
    if min(line.shape) < size:
        return []
    lines = counts_in_windows(line & valid, size) > 0
    plain = ~lines & (counts_in_windows(valid, size) > 0)
    drawn = _draw(lines, line.shape, size, rng, max_line_patches, MIN_FRESH_SHARE)
    # Patches without a line need not cover the scene: as published, only their centres are kept apart.
    drawn_plain = _draw(plain, line.shape, size, rng, max_plain_patches, None)
    return [Patch(*origin, size, True) for origin in drawn] + [Patch(*origin, size, False) for origin in drawn_plain]


def _draw(
    origins: np.ndarray,
    shape: tuple[int, int],
    size: int,
    rng: np.random.Generator,
    limit: int,
    min_fresh_share: float | None,
) -> list[tuple[int, int]]:
    """Origins of at most `limit` windows, each of which shows something new."""
    coverage = np.zeros(shape, dtype=np.uint16)
    kept: list[tuple[int, int]] = []
    misses = 0
    for candidate in rng.permutation(np.flatnonzero(origins)):
        if len(kept) >= limit or misses >= MAX_MISSES:
            break
        row, column = (int(number) for number in np.unravel_index(candidate, origins.shape))
        window = coverage[row : row + size, column : column + size]
        if _centre_coverage(window) <= MAX_CENTRE_COVERAGE or (
            min_fresh_share is not None and np.mean(window < FRESH_COUNT) >= min_fresh_share
        ):
            window += 1
            kept.append((row, column))
            misses = 0
        else:
            misses += 1
    return kept


def _centre_coverage(window: np.ndarray) -> int:
    first = max(window.shape[0] // 2 - CENTRE_RADIUS, 0)
    last = window.shape[0] // 2 + CENTRE_RADIUS + 1
    return int(window[first:last, first:last].sum())
