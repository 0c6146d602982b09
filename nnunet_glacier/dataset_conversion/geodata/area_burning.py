"""Areas with classes burned into a grid of pixels: a pixel belongs to the area that its centre lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnunet_glacier.dataset_conversion.geodata.line_burning import lines_on_grid
from nnunet_glacier.lines.grids import Grid


@dataclass(frozen=True)
class BurnedAreas:
    """A map of classes.

    Attributes:
        labels: Class ids, and the code to ignore outside of all areas; uint8.
        overlaps: Pixels that lie in areas of two classes, by these two, the smaller id first.
    """

    labels: np.ndarray
    overlaps: dict[tuple[int, int], int]


def burn_areas(areas: Iterable[tuple[int, Sequence[Any]]], crs: str, grid: Grid, ignore: int) -> BurnedAreas:
    """The class of every pixel.

    Areas that are to be ignored cover all others. Where areas of two classes overlap, the order in which they were
    drawn says nothing: such a pixel is ignored, and counted.

    Args:
        areas: Class id, or `ignore`, and its polygons (shapely, none empty); each id once; may be empty.
        crs: The CRS of the polygons.
        grid: The pixels, on a projected map.
        ignore: Code of the pixels that are not learnt from.
    """
    labels = np.full(grid.shape, ignore, dtype=np.uint8)
    doubled, ignored = np.zeros(grid.shape, dtype=bool), np.zeros(grid.shape, dtype=bool)
    overlaps: dict[tuple[int, int], int] = {}
    for class_id, polygons in areas:
        inside = _burn(polygons, crs, grid)
        if class_id == ignore:
            ignored = inside
            continue
        taken = inside & (labels != ignore)
        for other, count in zip(*np.unique(labels[taken], return_counts=True), strict=True):
            pair = (min(int(other), class_id), max(int(other), class_id))
            overlaps[pair] = overlaps.get(pair, 0) + int(count)
        doubled |= taken
        labels[inside] = class_id
    labels[doubled | ignored] = ignore
    return BurnedAreas(labels, overlaps)


def _burn(polygons: Sequence[Any], crs: str, grid: Grid) -> np.ndarray:
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    shapes = lines_on_grid(polygons, crs, grid)
    if not shapes:
        return np.zeros(grid.shape, dtype=bool)
    return rasterize(shapes, grid.shape, transform=Affine(*grid.map_affine), dtype=np.uint8).astype(bool)
