"""Scenes of Sentinel-1 brought to one pixel size: backscatter as power, the incidence angle as it is.

A mean of decibels is the geometric mean of the power, and lies below what the ground sends back: multilooking averages
power. Pires de Lima et al. (2023) say 80 m and not by which filter; the mean of what a pixel covers is taken here.
Charts are areas on the map, which are drawn on the new pixels and never resampled.
"""

from __future__ import annotations

import numpy as np

from nnunet_glacier.dataset_conversion.sea_ice.inputs import SarScene
from nnunet_glacier.lines.complex_resampling import resample_values
from nnunet_glacier.support.errors import GlacierError

MAX_REFINEMENT = 2
"""Pixels that are more than so many times as large as the new ones are refused: nothing is known between them."""

SAME_SIZE_WITHIN = 1e-6
"""Pixels whose size differs by no more than this share stay as they are, to the bit."""


def resampled(scene: SarScene, pixel_size_m: float | None) -> SarScene:
    """A scene on pixels of another size, from the same corner and in the same CRS.

    Coarser pixels take the mean of all that they cover, finer ones are interpolated bilinearly. Of a new pixel at least
    half must hold data.

    Args:
        scene: The scene on its own pixels, as `inputs.read_scene` gives it.
        pixel_size_m: Edge of the new pixels in metres, or None for the scene's own.

    Raises:
        GlacierError: If its pixels are more than `MAX_REFINEMENT` times as large as asked for, the new ones do not fit
            into the memory, or none of them holds data.
    """
    own_m = scene.grid.pixel_size_m
    if pixel_size_m is None or abs(own_m - pixel_size_m) <= SAME_SIZE_WITHIN * pixel_size_m:
        return scene
    if own_m > MAX_REFINEMENT * pixel_size_m:
        what = (
            f"its pixels are {own_m:g} m, more than {MAX_REFINEMENT} times as large as the {pixel_size_m:g} m asked for"
        )
        raise GlacierError(f"{what}; give a larger --pixel-size-m, or a finer scene")
    grid = scene.grid.resized(pixel_size_m)
    bands = [_power(scene.values[0]), _power(scene.values[1]), scene.values[2]]
    valid = np.ones(grid.shape, dtype=bool)
    values = np.zeros((len(bands), *grid.shape), dtype=np.float32)
    for index, band in enumerate(bands):
        values[index], valid = resample_values(band, scene.valid, scene.grid, grid)
    if not valid.any():
        raise GlacierError(f"nothing of it is left on pixels of {pixel_size_m:g} m; give a smaller --pixel-size-m")
    values[:2, valid] = 10 * np.log10(values[:2, valid])
    values[:, ~valid] = 0
    return SarScene(values, valid, grid)


def _power(decibels: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(10 ** (decibels / 10))
