"""Windows of a scene: its halves on both sides of a straight cut, and square crops of one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_glacier.dataset_conversion.geodata.patches import counts_in_windows


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels.

    Attributes:
        row: First row.
        column: First column.
        height: Number of rows.
        width: Number of columns.
    """

    row: int
    column: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the window."""
        return slice(self.row, self.row + self.height), slice(self.column, self.column + self.width)


def cut_in_halves(mapped: np.ndarray) -> tuple[Window, Window]:
    """Two halves of a scene that have no pixel in common, with about as many mapped pixels each.

    The cut runs along a row, or along a column where the mapped part is wider than high.

    Args:
        mapped: Bool, shape ``(H, W)``, with at least one pixel set and two pixels along the longer side.

    Returns:
        The lower or left half, and the upper or right one: south and west, north and east on a map that is north up.

    >>> cut_in_halves(np.ones((4, 2), dtype=bool))
    (Window(row=2, column=0, height=2, width=2), Window(row=0, column=0, height=2, width=2))
    """
    height, width = mapped.shape
    by_row, by_column = mapped.sum(axis=1), mapped.sum(axis=0)
    tall = np.ptp(np.flatnonzero(by_row)) >= np.ptp(np.flatnonzero(by_column))
    before = np.cumsum(by_row if tall else by_column)[:-1]
    cut = int(np.argmin(np.abs(before - mapped.sum() / 2))) + 1
    if tall:
        return Window(cut, 0, height - cut, width), Window(0, 0, cut, width)
    return Window(0, 0, height, cut), Window(0, cut, height, width - cut)


def sample_crops(
    mapped: np.ndarray, size: int, count: int, rng: np.random.Generator, *, min_mapped_share: float
) -> list[Window]:
    """Square crops at random places, which overlap.

    Args:
        mapped: Bool, shape ``(H, W)``.
        size: Edge of the crops in pixels; of a scene that is smaller nothing is taken.
        count: Most crops.
        rng: Decides the places.
        min_mapped_share: Share of a crop's pixels that must be mapped.

    Returns:
        Crops at different places, in the order in which they were drawn; fewer than `count` where there are fewer.
    """
    if min(mapped.shape) < size:
        return []
    enough = counts_in_windows(mapped, size) >= min_mapped_share * size**2
    origins = np.flatnonzero(enough)
    drawn = rng.choice(origins, min(count, len(origins)), replace=False)
    rows, columns = np.unravel_index(drawn, enough.shape)
    return [Window(int(row), int(column), size, size) for row, column in zip(rows, columns, strict=True)]
