"""The label maps of the label variants, made from zones and one-pixel fronts: pure functions on arrays.

Herrmann et al. (2023), Sect. 4: fronts are one pixel wide and are dilated before training; the fused variant sets the
front into the zones as a fifth class; the boundary variant adds the glacier's outline against rock and missing data.
Davari et al. (2021), Sect. IV-A: zones that tell ice from everything else.
"""

from __future__ import annotations

import numpy as np

from nnunet_glacier.domain.labels import BOUNDARY, FRONT, FUSED, ICE, LABEL_SPACES, ZONES
from nnunet_glacier.domain.zones import FUSED_FRONT, Zone
from nnunet_glacier.lines.front_lines import beside

FRONT_WIDTH = 5
"""Edge in pixels of the square that fronts and boundaries are dilated with once (Herrmann et al. 2023, Sect. 4)."""

BOUNDARY_KINDS = ("rock-or-na", "any")
"""What the glacier borders on where the boundary runs: rock or NA (the paper's text), any zone (its published code)."""


def dilate_line(line: np.ndarray, width: int = FRONT_WIDTH) -> np.ndarray:
    """Dilate a thin mask once with a square of ones.

    Args:
        line: Bool, shape ``(H, W)``; the fewer pixels are set, the faster.
        width: Edge of the square in pixels; 1 leaves the line as it is. One of even width reaches one pixel farther
            down and to the right than up and to the left.

    Returns:
        Bool, shape ``(H, W)``; an empty line stays empty.

    Raises:
        ValueError: If `width` is not positive.
    """
    if width < 1:
        raise ValueError(f"width is {width}; it must be a positive number of pixels")
    before = (width - 1) // 2
    rows, columns = line.shape
    padded = np.zeros((rows + width - 1, columns + width - 1), dtype=bool)
    # Lines have some thousand pixels in images of millions: painting them is far quicker than a filter.
    row, column = np.nonzero(line)
    for row_shift in range(width):
        for column_shift in range(width):
            padded[row + row_shift, column + column_shift] = True
    return padded[before : before + rows, before : before + columns].copy()


def fuse(zones: np.ndarray, front_band: np.ndarray) -> np.ndarray:
    """The fused classes: the zone ids, and class 4 wherever the dilated front is (Herrmann et al. 2023, Sect. 4.2).

    Args:
        zones: Zone ids, uint8, shape ``(H, W)``.
        front_band: Dilated front, bool, shape ``(H, W)``.

    Returns:
        Classes 0-4, uint8, shape ``(H, W)``.
    """
    fused = zones.astype(np.uint8)
    fused[front_band] = FUSED_FRONT
    return fused


def glacier_boundary(zones: np.ndarray, kind: str = "rock-or-na") -> np.ndarray:
    """The glacier's outline: glacier pixels with a 4-neighbour of certain other zones; not dilated.

    What lies outside the image counts as nothing.

    Args:
        zones: Zone ids, uint8, shape ``(H, W)``.
        kind: One of `BOUNDARY_KINDS`.

    Returns:
        Bool, shape ``(H, W)``.

    Raises:
        ValueError: If `kind` is unknown.
    """
    if kind not in BOUNDARY_KINDS:
        raise ValueError(f"boundary {kind!r} is none of {', '.join(BOUNDARY_KINDS)}")
    glacier = zones == Zone.GLACIER
    other = ~glacier if kind == "any" else zones <= Zone.ROCK
    return glacier & beside(other)


def label_map(
    variant: str,
    zones: np.ndarray | None,
    front: np.ndarray | None,
    *,
    front_width: int = FRONT_WIDTH,
    boundary: str = "rock-or-na",
) -> np.ndarray:
    """The label map of a case in one of the label variants.

    Args:
        variant: A key of `LABEL_SPACES`.
        zones: Zone ids, uint8, shape ``(H, W)``; not needed for ``front``.
        front: One-pixel front, bool, shape ``(H, W)``; not needed for ``zones`` and ``ice``.
        front_width: Edge of the kernel that front and boundary are dilated with, in pixels.
        boundary: One of `BOUNDARY_KINDS`.

    Returns:
        Codes of ``LABEL_SPACES[variant]``, uint8, shape ``(H, W)``.

    Raises:
        ValueError: If a map that the variant needs is missing.
    """
    space = LABEL_SPACES[variant]
    maps = []
    for name in space.names:
        if name == ZONES.name:
            maps.append(_needed(zones, variant))
        elif name == ICE.name:
            maps.append((_needed(zones, variant) == np.uint8(Zone.GLACIER)).view(np.uint8))
        elif name == FRONT.name:
            maps.append(dilate_line(_needed(front, variant), front_width).view(np.uint8))
        elif name == BOUNDARY.name:
            maps.append(dilate_line(glacier_boundary(_needed(zones, variant), boundary), front_width).view(np.uint8))
        elif name == FUSED.name:
            maps.append(fuse(_needed(zones, variant), dilate_line(_needed(front, variant), front_width)))
    return space.encode(*maps)


def _needed(given: np.ndarray | None, variant: str) -> np.ndarray:
    if given is None:
        raise ValueError(f"the labels of {variant} need zones or a front that is not given")
    return given
