"""Lines widened by rectangles, window by window where they reach.

The cost follows the length of the lines and the tiles that they cross, not the size of the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_TILE_PX = 256
"""Smallest edge of a tile: short against a front, long against the widths of the published tolerances."""


def reached_windows(
    pixels: np.ndarray, shape: tuple[int, int], width_px: tuple[int, int]
) -> Iterator[tuple[slice, slice]]:
    """The parts of an image that some pixels reach when they are dilated.

    Args:
        pixels: Flat indices of the pixels.
        shape: Rows and columns of the image.
        width_px: Rows and columns of the dilating rectangle.

    Yields:
        Rows and columns of a window, cut to what is reached in its tile; every pixel of the dilated mask is in one of
        them.
    """
    edge = max(_TILE_PX, *width_px)
    rows, columns = np.divmod(pixels, shape[1])
    reach = (width_px[0] // 2, width_px[1] // 2)
    per_row = shape[1] // edge + 1
    # With half a width shorter than a tile, a pixel reaches two tiles an axis at most.
    reached = set()
    for row_step in (-reach[0], reach[0]):
        row_tiles = np.clip(rows + row_step, 0, shape[0] - 1) // edge
        for column_step in (-reach[1], reach[1]):
            column_tiles = np.clip(columns + column_step, 0, shape[1] - 1) // edge
            reached |= set(np.unique(row_tiles * per_row + column_tiles).tolist())
    for tile in sorted(reached):
        starts = [number * edge for number in divmod(tile, per_row)]
        near = np.ones(len(pixels), dtype=bool)
        for places, start, far in zip((rows, columns), starts, reach, strict=True):
            near &= (places >= start - far) & (places < start + edge + far)
        yield (
            _cut(rows[near], starts[0], edge, reach[0], shape[0]),
            _cut(columns[near], starts[1], edge, reach[1], shape[1]),
        )


def _cut(places: np.ndarray, start: int, edge: int, reach: int, size: int) -> slice:
    """What some places reach of a tile along one axis."""
    return slice(
        max(start, int(places.min()) - reach),
        min(start + edge, size, int(places.max()) + reach + 1),
    )


def dilated_window(
    masks: Sequence[np.ndarray], window: tuple[slice, slice], widths_px: Sequence[tuple[int, int]]
) -> Iterator[np.ndarray]:
    """A window of some masks, dilated by a rectangle that grows from width to width.

    Args:
        masks: Masks of one image, bool, shape ``(H, W)`` each.
        window: Rows and columns of the window.
        widths_px: Rows and columns of the rectangles, from the smallest to the largest.

    Yields:
        The window of all masks for each width, bool, shape ``(masks, rows, columns)``: valid until the
            next is asked for.

    Raises:
        ValueError: If a width is smaller than the one before.
    """
    sources, places, sizes = [], [], []
    for extent, size, widest in zip(window, masks[0].shape, widths_px[-1], strict=True):
        first, stop = extent.start - widest // 2, extent.stop + (widest - 1) // 2
        sources.append(slice(max(first, 0), min(stop, size)))
        places.append(slice(max(-first, 0), min(stop, size) - first))
        sizes.append(stop - first)
    grown = np.zeros((len(masks), *sizes), dtype=bool)
    for surroundings, mask in zip(grown, masks, strict=True):
        surroundings[tuple(places)] = mask[tuple(sources)]
    reached = (1, 1)
    for width in widths_px:
        if width[0] < reached[0] or width[1] < reached[1]:
            raise ValueError(f"widths must grow, but {width} follows {reached}")
        for axis in (0, 1):
            _smear(np.moveaxis(grown, axis + 1, 0), width[axis] - reached[axis] + 1)
        reached = width
        inside = []
        for extent, wide, widest in zip(window, width, widths_px[-1], strict=True):
            first = widest // 2 + (wide - 1) // 2
            inside.append(slice(first, first + extent.stop - extent.start))
        yield grown[:, inside[0], inside[1]]


def _smear(mask: np.ndarray, width: int) -> None:
    """Set the ``width - 1`` pixels after every set pixel along the first axis, in place, in log2(width) steps."""
    reach = 1
    while reach < width:
        step = min(reach, width - reach)
        mask[step:] |= mask[:-step]
        reach += step
