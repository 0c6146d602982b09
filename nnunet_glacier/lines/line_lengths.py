"""The length of a line of pixels, which is not their number: a diagonal step is longer than one along a row."""

from __future__ import annotations

import numpy as np

from nnunet_glacier.lines.front_pieces import front_pieces

STAIRS_PX = 1.0
"""No pixel of a straight line lies farther from the chord between its ends; what a curve loses is small against it."""


def line_length_px(line: np.ndarray) -> float:
    """Length of a one-pixel line through its pixels, stairs taken out (`front_pieces`), in pixels.

    Each pixel stands for a step of its line: n pixels in a row are n pixels long, on the diagonal n times the square
    root of 2.

    Args:
        line: Bool, shape ``(H, W)``.

    Returns:
        Length over all pieces, at least 1; 0 for an empty line.

    >>> line_length_px(np.eye(1, 5, dtype=bool)), round(line_length_px(np.eye(100, dtype=bool)), 3)
    (1.0, 141.421)
    """
    if not line.any():
        return 0.0
    total = 0.0
    for piece in front_pieces(line, 0.0):
        for part in piece.geoms:
            straight = part.simplify(STAIRS_PX, preserve_topology=False)
            steps = np.abs(np.diff(np.asarray(straight.coords), axis=0)).max(axis=1).sum()
            # Of a ring of a few pixels nothing is left.
            total += straight.length * (steps + 1) / steps if steps else part.length
    return max(float(total), 1.0)
