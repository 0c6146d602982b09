"""Vector lines on pixels, one pixel wide and never more than half a pixel beside the true line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from nnunet_glacier.lines.skeleton_paths import skeleton

_HALF_PX = 0.5


def thin_line(lines: Sequence[Any], shape: tuple[int, int]) -> np.ndarray:
    """Lines one pixel wide: of the pixels whose centres are within half a pixel of a line, a skeleton.

    GDAL's own lines run up to a pixel beside the true ones; these never more than half of one.

    Args:
        lines: In pixel coordinates; may be empty.
        shape: Rows and columns.

    Returns:
        Bool, shape ``(H, W)``.
    """
    from rasterio.features import rasterize

    thin = np.zeros(shape, dtype=bool)
    if not lines:
        return thin
    near = rasterize([line.buffer(1.0) for line in lines], shape, all_touched=True, dtype=np.uint8)
    row, column = np.nonzero(near)
    joined = shapely.union_all(lines)
    shapely.prepare(joined)
    within = shapely.dwithin(joined, shapely.points(column + 0.5, row + 0.5), _HALF_PX)
    thin[row[within], column[within]] = True
    return skeleton(thin)
