"""A scene on the map, with the grid that it is written on, and its grey values there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_glacier.domain.grey_values import Values
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_pixels import read_normal_form
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.lines.grids import Grid


@dataclass(frozen=True)
class PlacedImage:
    """A scene and the grid that it is written on.

    Attributes:
        raster: The image.
        scene: What is known of it.
        grid: The grid that it is written on.
    """

    raster: SceneRaster
    scene: Scene
    grid: Grid


def read_grey(image: PlacedImage, values: Values) -> tuple[np.ndarray, np.ndarray]:
    """The grey values of a scene on its grid in the normal form, rounded to 8 bits, and where it holds data.

    They are those that ``delineate`` gives the network, so that an adapted model sees the same afterwards.

    Returns:
        uint8, 0 without data, and bool, shape ``image.grid.shape``.

    Raises:
        GlacierError: If the image cannot be read, holds no data, or all of it has one value.
    """
    grey = read_normal_form(image.raster, image.grid, values)
    return np.rint(grey.values).astype(np.uint8), grey.valid
