"""What the published studies do to a scene before training: denoise it, pad it to a square, resize it.

Holzmann et al. (2021), Sect. III-B, do all three, in this order; Davari et al. (2021), Sect. III, denoise. The papers
leave choices: padding goes to the right and below, so that pixels keep their coordinates, and it is 0, which is
missing data in the zones. Shrinking takes the mean of the pixels under the bilinear kernel, which grows with the
factor, so that no speckle is picked out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from nnunet_glacier.dataset_conversion.caffe.channels import is_mask
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.lines.grids import SQUARE_TOLERANCE
from nnunet_glacier.lines.skeleton_paths import skeleton

_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Half of the 8 neighbours of a pixel; the others are the same pairs."""


@dataclass(frozen=True)
class Preparation:
    """What is done to a scene, in this order; nothing by default.

    Attributes:
        denoise_area_m2: Area on the ground that the window of the median filter covers, or None for no filter.
        pad_square: Whether the scene is padded with 0 to a square.
        resize_px: Rows and columns that it is brought to, or None for its own.
    """

    denoise_area_m2: float | None = None
    pad_square: bool = False
    resize_px: int | None = None

    @property
    def changes_size(self) -> bool:
        """Whether maps may have another size afterwards."""
        return self.pad_square or self.resize_px is not None

    def record(self) -> dict[str, Any]:
        """What was asked for, for the record of the conversion; empty where nothing was."""
        asked = {
            "denoise": None if self.denoise_area_m2 is None else "median",
            "denoise_area_m2": self.denoise_area_m2,
            "pad_square": self.pad_square or None,
            "resize": self.resize_px,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def padded_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns after padding."""
        return (max(shape), max(shape)) if self.pad_square else shape

    def scale(self, shape: tuple[int, int]) -> tuple[float, float]:
        """New pixels per old one, along rows and columns, of an image of `shape`."""
        if self.resize_px is None:
            return 1.0, 1.0
        rows, columns = self.padded_shape(shape)
        return self.resize_px / rows, self.resize_px / columns

    def keeps_square_pixels(self, shape: tuple[int, int]) -> bool:
        """Whether square pixels of an image of `shape` stay about square."""
        down, across = self.scale(shape)
        return abs(down - across) <= SQUARE_TOLERANCE * max(down, across)

    def scene(self, scene: Scene, shape: tuple[int, int]) -> Scene:
        """The scene with box, pixel size and affine of its prepared image; `shape` is that of its own."""
        if self.resize_px is None:
            return scene
        down, across = self.scale(shape)
        affine = scene.affine
        if affine is not None:
            a, b, c, d, e, f = affine
            affine = (a / across, b / down, c, d / across, e / down, f)
        pixel_size_m = scene.pixel_size_m / math.sqrt(down * across)
        return replace(scene, pixel_size_m=pixel_size_m, box=_scaled(scene.box, down, across), affine=affine)

    def image(self, grey: np.ndarray, pixel_size_m: float) -> np.ndarray:
        """The prepared image.

        Args:
            grey: uint8, shape ``(H, W)``.
            pixel_size_m: Edge of its pixels in metres, before they are resized.
        """
        if self.denoise_area_m2 is not None:
            window_px = median_window_px(self.denoise_area_m2, pixel_size_m)
            grey = ndimage.median_filter(grey, window_px, mode="nearest") if window_px > 1 else grey
        return self._resized(self._padded(grey), Image.Resampling.BILINEAR)

    def zones(self, zones: np.ndarray) -> np.ndarray:
        """The prepared zones: uint8, shape ``(H, W)``; padding is NA, and each new pixel has its nearest old one's."""
        return self._resized(self._padded(zones), Image.Resampling.NEAREST)

    def channel(self, values: np.ndarray) -> np.ndarray:
        """A prepared further channel, uint8, shape ``(H, W)``: padding is 0; a mask stays a mask."""
        method = Image.Resampling.NEAREST if is_mask(values) else Image.Resampling.BILINEAR
        return self._resized(self._padded(values), method)

    def line(self, line: np.ndarray) -> np.ndarray:
        """The prepared one-pixel line, bool: drawn anew from the coordinates of its pixels (`redrawn`)."""
        padded = self._padded(line)
        if self.resize_px is None:
            return padded
        return redrawn(padded, (self.resize_px, self.resize_px))

    def _padded(self, values: np.ndarray) -> np.ndarray:
        rows, columns = self.padded_shape(values.shape)
        return np.pad(values, ((0, rows - values.shape[0]), (0, columns - values.shape[1])))

    def _resized(self, values: np.ndarray, method: Image.Resampling) -> np.ndarray:
        if self.resize_px is None:
            return values
        return np.asarray(Image.fromarray(values).resize((self.resize_px, self.resize_px), method))


def median_window_px(area_m2: float, pixel_size_m: float) -> int:
    """Edge in pixels of a square window that covers about an area: the nearest odd number, at least 1.

    >>> [median_window_px(2500.0, pixel_size_m) for pixel_size_m in (6.0, 7.0, 12.0, 20.0, 50.0)]
    [9, 7, 5, 3, 1]
    """
    edge_px = math.sqrt(area_m2) / pixel_size_m
    return max(1, 2 * math.floor((edge_px - 1) / 2 + 0.5) + 1)


def redrawn(line: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A one-pixel line drawn in an image of another size, from the coordinates of its pixels.

    Neighbouring pixels are joined by straight lines from centre to centre, which are scaled with the image, drawn, and
    thinned where several old pixels come to lie in a clump of new ones. A resampled line would have gaps, or grey.

    Args:
        line: Bool, shape ``(H, W)``.
        shape: Rows and columns of the new image.

    Returns:
        Bool, of the new shape; pieces stay in one piece, and an empty line stays empty.
    """
    if shape == line.shape:
        return line.copy()
    rows, columns = np.nonzero(line)
    scale = np.divide(shape, line.shape)
    drawn = np.zeros(shape, dtype=bool)
    padded = np.pad(line, 1)
    # Parts of a step are shorter than a new pixel, so that none is jumped over.
    parts = np.linspace(0.0, 1.0, math.ceil(max(scale)) + 1)
    for step in _STEPS:
        joined = padded[rows + 1 + step[0], columns + 1 + step[1]]
        starts = np.column_stack([rows[joined], columns[joined]]) + 0.5
        for part in parts:
            _draw(drawn, (starts + part * np.array(step)) * scale)
    _draw(drawn, (np.column_stack([rows, columns]) + 0.5) * scale)
    return skeleton(drawn)


def _draw(drawn: np.ndarray, points: np.ndarray) -> None:
    """Set the pixels that points ``(row, column)`` lie in, in place."""
    drawn[tuple(np.floor(points).astype(np.int64).T)] = True


def _scaled(box: Box | None, down: float, across: float) -> Box | None:
    """A box in the pixels of the resized image, its edges rounded, at least a pixel wide and high."""
    if box is None:
        return None
    rows = round(box.row_start * down), round(box.row_stop * down)
    columns = round(box.column_start * across), round(box.column_stop * across)
    return Box(rows[0], max(rows[1], rows[0] + 1), columns[0], max(columns[1], columns[0] + 1))
