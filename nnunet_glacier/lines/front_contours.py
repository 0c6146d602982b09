"""The front as a line on the edge between glacier and ocean, with sub-pixel accuracy: for maps, not for the scores.

The published scores take the ocean's pixels along the edge (`front_lines`), whose centres lie half a pixel seaward and
whose stairs are too long. Here the line is a contour: where glacier and ocean are equally probable, as far as both
together are more probable than everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from shapely import LineString
from skimage.measure import find_contours

from nnunet_glacier.domain.zones import Zone

SMOOTHING_PX = 1.5
"""Standard deviation of the Gaussian that turns a map of classes into a field without stairs. A straight edge stays in
its place; a circle of radius r shrinks by about ``SMOOTHING_PX**2 / (2 * r)``."""

TOLERANCE_PX = 0.05
"""How far a simplified line may leave its contour."""


def contours_of_zones(zones: np.ndarray) -> list[LineString]:
    """The edges between glacier and ocean of a zone map.

    Args:
        zones: Zone ids, uint8, shape ``(H, W)``, cleaned (`clean_zones`) where pieces and holes are not wanted.

    Returns:
        Lines as of `front_contours`, from the shares of each zone in a Gaussian window; empty without such an edge.
    """
    near = _window_of_edges(zones)
    if near is None:
        return []
    part = zones[near]
    glacier, ocean = (
        ndimage.gaussian_filter((part == zone).astype(np.float32), SMOOTHING_PX, mode="nearest")
        for zone in (Zone.GLACIER, Zone.OCEAN)
    )
    return front_contours(glacier, ocean, origin=(near[1].start, near[0].start))


def zero_contours(field: np.ndarray) -> list[np.ndarray]:
    """The lines on which a field is zero, by marching squares.

    Args:
        field: float, ``(H, W)``.

    Returns:
        Points ``(row, column)`` of each, float64, ``(n, 2)``; none in a field of one row or column, where a line has no
        length.
    """
    contours: list[np.ndarray] = find_contours(field, 0.0) if min(field.shape) > 1 else []
    return contours


def front_contours(
    glacier: np.ndarray, ocean: np.ndarray, origin: tuple[float, float] = (0.0, 0.0)
) -> list[LineString]:
    """The lines on which glacier and ocean are equally probable, as far as no other class is more so than both.

    Args:
        glacier: Probability of glacier in [0, 1], float, shape ``(H, W)``.
        ocean: Probability of ocean, likewise; what is left to 1 is the other classes'.
        origin: Column and row of the arrays' first pixel in the image.

    Returns:
        Lines in pixel coordinates, the longest first: x from the image's left edge to the right, y from its upper edge
        down, pixel centres at ``(column + 0.5, row + 0.5)``. Closed where the edge is. They are simplified by at most
        `TOLERANCE_PX`. Empty where no such edge is.
    """
    lines = []
    both = glacier + ocean
    for contour in zero_contours(glacier - ocean):
        # Inside rock the shares of glacier and ocean are equal too, somewhere.
        excess = ndimage.map_coordinates(both, contour.T, order=1, mode="nearest") - 0.5
        for run in positive_runs(contour, excess):
            line = LineString(run[:, ::-1] + 0.5 + np.asarray(origin))
            lines.append(line.simplify(TOLERANCE_PX, preserve_topology=False))
    return sorted(lines, key=lambda line: -line.length)


def _window_of_edges(zones: np.ndarray) -> tuple[slice, slice] | None:
    """The smallest window with every edge between glacier and ocean, and what the Gaussian reaches round it."""
    beside = np.zeros(zones.shape, dtype=bool)
    for first, second in ((zones[:-1], zones[1:]), (zones[:, :-1], zones[:, 1:])):
        edge = ((first == Zone.GLACIER) & (second == Zone.OCEAN)) | ((first == Zone.OCEAN) & (second == Zone.GLACIER))
        beside[: edge.shape[0], : edge.shape[1]] |= edge
    rows, columns = np.flatnonzero(beside.any(axis=1)), np.flatnonzero(beside.any(axis=0))
    if not len(rows):
        return None
    reach = int(np.ceil(5 * SMOOTHING_PX))
    return tuple(slice(max(0, int(at[0]) - reach), int(at[-1]) + 2 + reach) for at in (rows, columns))  # type: ignore[return-value]


def positive_runs(contour: np.ndarray, excess: np.ndarray) -> Iterator[np.ndarray]:
    """The parts of a contour with a positive value, led on to where it is 0; a closed one across its seam."""
    if (excess > 0).all():
        yield contour
        return
    if np.array_equal(contour[0], contour[-1]):
        start = int(np.argmin(excess))
        contour, excess = (np.concatenate([each[start:-1], each[: start + 1]]) for each in (contour, excess))
    steps = np.flatnonzero(np.diff(np.concatenate([[0], (excess > 0).astype(np.int8), [0]])))
    for first, stop in zip(steps[::2], steps[1::2], strict=True):
        before = _crossing(contour, excess, first, first - 1) if first > 0 else contour[:0]
        after = _crossing(contour, excess, stop - 1, stop) if stop < len(contour) else contour[:0]
        run = np.concatenate([before, contour[first:stop], after])
        if len(run) > 1:
            yield run


def _crossing(contour: np.ndarray, excess: np.ndarray, inside: int, outside: int) -> np.ndarray:
    """Where the value is 0 between two neighbouring vertices, shape ``(1, 2)``."""
    share = excess[inside] / (excess[inside] - excess[outside])
    return contour[inside : inside + 1] + share * (contour[outside] - contour[inside])
