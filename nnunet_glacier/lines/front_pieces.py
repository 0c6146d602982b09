"""Front pixels as ordered lines: through their skeleton, in pixel coordinates or the map's."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from scipy import ndimage
from shapely import LineString, MultiLineString, affinity

from nnunet_glacier.lines.skeleton_paths import longest_paths, skeleton

SIMPLIFICATION_PX = 0.5
"""Largest distance of a simplified line from the pixel centres, in pixels: small stairs become straight."""

Lines = TypeVar("Lines", LineString, MultiLineString)


def front_pieces(front: np.ndarray, min_branch_pixels: float) -> list[MultiLineString]:
    """The lines of every 8-connected piece of a front.

    The first line of a piece is the longest path through its skeleton. What the path leaves over of the skeleton
    gives further lines, as long as they have more than `min_branch_pixels` pixels.

    Args:
        front: Front mask, bool, shape ``(H, W)``.
        min_branch_pixels: Shortest branch that is left out, in pixels; the main line of a piece always stays.

    Returns:
        Pieces in the order of their first pixel, in pixel coordinates: x from the image's left edge to the right, y
        from its upper edge down, pixel centres at ``(column + 0.5, row + 0.5)``; more than one line where a piece
        branches or closes. A piece whose skeleton is a single pixel has no line and is left out. Empty for an empty
        front.
    """
    numbers, count = ndimage.label(front, np.ones((3, 3)))
    if count == 0:
        return []
    lines: list[list[np.ndarray]] = [[] for _ in range(count + 1)]
    rest = skeleton(front)
    drawn = np.zeros(front.shape, dtype=bool)
    while paths := longest_paths(rest):
        kept = []
        for path in paths:
            piece = lines[numbers[tuple(path[0])]]
            if len(path) > 1 and (not piece or len(path) > min_branch_pixels):
                piece.append(_joined(path, drawn))
                kept.append(path)
            rest[path[:, 0], path[:, 1]] = False
        if not kept:
            break
        drawn[tuple(np.concatenate(kept).T)] = True
    return [MultiLineString([_line(path) for path in paths]) for paths in lines if paths]


def _joined(path: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The path, extended at either end to a neighbouring pixel of an earlier line, so that branches meet their stem."""
    ends = []
    for row, column in (path[0], path[-1]):
        top, left = max(row - 1, 0), max(column - 1, 0)
        near = np.argwhere(drawn[top : row + 2, left : column + 2])
        ends.append(np.add(near[:1], (top, left)))
    return np.concatenate([ends[0], path, ends[1]])


def _line(path: np.ndarray) -> LineString:
    """The line through the centres of pixels ``(row, column)``, simplified."""
    return LineString(path[:, ::-1] + 0.5).simplify(SIMPLIFICATION_PX, preserve_topology=False)


def to_map(lines: Lines, affine: tuple[float, ...] | None) -> Lines:
    """Lines in map coordinates from lines in pixel coordinates.

    Args:
        lines: Lines with pixel centres at ``(column + 0.5, row + 0.5)``.
        affine: Six numbers ``a, b, c, d, e, f`` with ``x = a * column + b * row + c``, or None where the image has no
            place on the map: then x stays and y becomes ``-y``, so that a GIS shows the image the right way up.
    """
    a, b, c, d, e, f = affine if affine is not None else (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
    return affinity.affine_transform(lines, [a, b, d, e, c, f])


def to_pixels(geometry: Any, affine: tuple[float, ...]) -> Any:
    """A geometry in pixel coordinates from one in map coordinates, the inverse of `to_map`.

    Args:
        geometry: Any shapely geometry, in the CRS of the affine.
        affine: As for `to_map`.

    >>> to_pixels(LineString([(500, 900), (700, 800)]), (100.0, 0.0, 500.0, 0.0, -100.0, 900.0)).wkt
    'LINESTRING (0 0, 2 1)'
    """
    from rasterio.transform import Affine

    a, b, c, d, e, f = (~Affine(*affine))[:6]
    return affinity.affine_transform(geometry, [a, b, d, e, c, f])
