"""What a side-looking radar makes of heights: foreshortening, layover and shadow, brought back to the map.

Lines of sight are followed through the map by shifting each column by a whole number of rows, so that any direction of
flight is a running sum or maximum along the rows of an array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_OVERSAMPLING = 2


@dataclass(frozen=True)
class Look:
    """Where the radar looks.

    Attributes:
        azimuth_deg: Direction in which it looks: 0 along the columns to the right, 90 down the rows.
        incidence_deg: Angle of the beam from the vertical: 23 (ERS) to 40 (TerraSAR-X).
    """

    azimuth_deg: float
    incidence_deg: float


@dataclass(frozen=True)
class Illumination:
    """What the look makes of each pixel of the map.

    Attributes:
        gain: Factor of the backscatter, float32, 1 on flat ground: high on slopes that face the radar.
        facing: Slope towards the radar over the slope of the beam, float32: 0 on flat ground, above 1 it folds over.
        shadow: Not seen at all, bool.
    """

    gain: np.ndarray
    facing: np.ndarray
    shadow: np.ndarray


class _LinesOfSight:
    """Brings a map to an array whose rows are lines of sight from near to far, and back."""

    def __init__(self, shape: tuple[int, int], azimuth_deg: float) -> None:
        quarter = round(azimuth_deg / 90) % 4
        slant = np.tan(np.deg2rad((azimuth_deg + 45) % 90 - 45))
        self._quarter = quarter
        rows, columns = shape if quarter % 2 == 0 else shape[::-1]
        shift = np.round(slant * np.arange(columns)).astype(np.intp)
        self._index = np.arange(rows)[:, None] - shift + shift.max()
        self._shape = (int(rows + shift.max() - shift.min()), columns)
        self._columns = np.arange(columns)[None, :]
        self.pixel = float(np.hypot(1.0, slant))

    def follow(self, field: np.ndarray, fill: float) -> np.ndarray:
        """The map along the lines of sight; beyond its edges `fill`."""
        lines = np.full(self._shape, fill, dtype=field.dtype)
        lines[self._index, self._columns] = np.rot90(field, self._quarter)
        return lines

    def back(self, lines: np.ndarray) -> np.ndarray:
        """The map again."""
        return np.rot90(lines[self._index, self._columns], -self._quarter)


def _slant_range_energy(slant: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """How much ground shares each pixel's range cell, per line: 1 on flat ground, several where slopes fold over."""
    lines = len(slant)
    low = float(slant[inside].min()) - 1
    cells = int(slant[inside].max() - low) + 4
    first_cell = np.arange(lines, dtype=np.int64)[:, None] * cells
    following = np.concatenate([slant[:, 1:], slant[:, -1:]], axis=1)
    continued = inside & np.concatenate([inside[:, 1:], inside[:, -1:]], axis=1)
    following = np.where(continued, following, slant)
    energy = np.zeros(lines * cells)
    for part in range(_OVERSAMPLING):
        between = (slant + (part / _OVERSAMPLING) * (following - slant))[inside] - low
        cell = between.astype(np.int64)
        beyond = between - cell
        index = np.broadcast_to(first_cell, slant.shape)[inside] + cell
        energy += np.bincount(index, (1 - beyond) / _OVERSAMPLING, minlength=lines * cells)
        energy += np.bincount(index + 1, beyond / _OVERSAMPLING, minlength=lines * cells)
    energy = energy.astype(np.float32)
    position = np.clip(slant - low, 0, cells - 2)
    cell = position.astype(np.int64)
    index = first_cell + cell
    return energy[index] * (1 - position + cell) + energy[index + 1] * (position - cell)


def illuminate(height_m: np.ndarray, pixel_size_m: float, look: Look) -> Illumination:
    """How a look sees a terrain, on the map's own pixels.

    The ground is laid out in slant range, where steep slopes that face the radar fold over the ground before them, and
    each pixel of the map then takes what lies at its own range, as terrain correction does.

    Args:
        height_m: Heights, float32, shape ``(H, W)``.
        pixel_size_m: Edge of a pixel.
        look: Direction of the radar.
    """
    sight = _LinesOfSight(height_m.shape, look.azimuth_deg)
    pixel_m = pixel_size_m * sight.pixel
    cotangent = float(1 / np.tan(np.deg2rad(look.incidence_deg)))
    heights = sight.follow(height_m, np.nan)
    inside = np.isfinite(heights)
    heights[~inside] = 0
    range_px = np.arange(heights.shape[1], dtype=np.float32)
    energy = _slant_range_energy(range_px - heights * np.float32(cotangent / pixel_m), inside)
    # A ray falls by the cotangent of the incidence angle: what lies below the highest ray so far is not seen.
    ray = heights + range_px * np.float32(cotangent * pixel_m)
    ray[~inside] = -np.inf
    shadow = ray < np.maximum.accumulate(ray, axis=1) - 0.5
    down, right = np.gradient(height_m, pixel_size_m)
    azimuth = np.deg2rad(look.azimuth_deg)
    facing = (right * np.cos(azimuth) + down * np.sin(azimuth)) * cotangent
    return Illumination(sight.back(energy), facing.astype(np.float32), sight.back(shadow & inside))
