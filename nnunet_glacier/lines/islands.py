"""Parts of an area that lines divide, without what a closed line by itself surrounds."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely import Polygon


def without_islands(parts: Sequence[Polygon]) -> list[Polygon]:
    """Parts without holes, and without the parts that lie in those.

    A closed line that touches no other, of an iceberg or a lake, is no front: it belongs to what surrounds it.

    Args:
        parts: What lines divide an area into; they do not overlap.

    >>> ring = shapely.box(1, 1, 2, 2)
    >>> [part.area for part in without_islands([shapely.box(0, 0, 4, 4) - ring, ring, shapely.box(4, 0, 5, 4)])]
    [16.0, 4.0]
    """
    filled = [Polygon(part.exterior) for part in parts]
    holes = shapely.union_all([one.difference(part) for one, part in zip(filled, parts, strict=True)])
    return [one for one, part in zip(filled, parts, strict=True) if not holes.contains(part.representative_point())]
