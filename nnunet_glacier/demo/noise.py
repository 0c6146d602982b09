"""Seeded random fields in kilometres: the same field at any pixel size, only finer or coarser."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

_SPLINE_STD = 0.4794
"""Standard deviation of a two-dimensional cubic B-spline field whose coefficients are standard normal."""
_LATTICE = 256


@dataclass(frozen=True)
class Grid:
    """The pixels of a scene.

    Attributes:
        shape: Rows and columns.
        pixel_km: Edge of a pixel in kilometres.
    """

    shape: tuple[int, int]
    pixel_km: float

    @cached_property
    def x_km(self) -> np.ndarray:
        """Pixel centres along the columns, float32, kilometres from the left edge."""
        return ((np.arange(self.shape[1]) + 0.5) * self.pixel_km).astype(np.float32)

    @cached_property
    def y_km(self) -> np.ndarray:
        """Pixel centres along the rows, float32, kilometres from the upper edge."""
        return ((np.arange(self.shape[0]) + 0.5) * self.pixel_km).astype(np.float32)

    @property
    def extent_km(self) -> tuple[float, float]:
        """Height and width of the scene."""
        return self.shape[0] * self.pixel_km, self.shape[1] * self.pixel_km


def generator(*key: int | str) -> np.random.Generator:
    """A random generator that depends on the key's numbers and words and on nothing else."""
    return np.random.default_rng([zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key])


def _spline_matrix(coordinates_km: np.ndarray, extent_km: float, wavelength_km: float) -> sparse.csr_array:
    """Cubic B-spline weights ``(n, m)`` of coordinates on knots half a wavelength apart."""
    # The number of knots follows from the extent alone, so that every pixel size draws the same ones.
    knots = int(np.ceil(extent_km / (wavelength_km / 2) + 1e-6)) + 3
    position = coordinates_km.astype(np.float64) / (wavelength_km / 2)
    knot = np.floor(position).astype(np.intp)
    t = position - knot
    weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    columns = knot[:, None] + np.arange(4)
    pointers = np.arange(0, 4 * len(position) + 1, 4)
    return sparse.csr_array((weights.astype(np.float32).ravel(), columns.ravel(), pointers), (len(position), knots))


def smooth_noise(grid: Grid, wavelength_km: float, *key: int | str) -> np.ndarray:
    """A smooth random field with hills about a wavelength apart.

    Args:
        grid: Pixels.
        wavelength_km: Positive.
        *key: Seed; the same key gives the same hills at every pixel size.

    Returns:
        Float32, shape of the grid, mean about 0 and standard deviation about 1.
    """
    height_km, width_km = grid.extent_km
    rows = _spline_matrix(grid.y_km, height_km, wavelength_km)
    columns = _spline_matrix(grid.x_km, width_km, wavelength_km)
    knots = generator(*key).standard_normal((rows.shape[1], columns.shape[1]), dtype=np.float32)
    # The short side of the work first: what is turned over in memory is then a few rows of knots, not the scene.
    wide = np.ascontiguousarray((columns @ np.ascontiguousarray(knots.T)).T)
    return (rows @ wide) / np.float32(_SPLINE_STD)


def fractal_noise(
    grid: Grid,
    longest_km: float,
    *key: int | str,
    roughness: float = 0.5,
    shortest_km: float = 0.0,
    ridged: bool = False,
) -> np.ndarray:
    """Noise of many sizes: each octave has half the wavelength and `roughness` times the height of the one before.

    Args:
        grid: Pixels; octaves finer than two pixels are left out.
        longest_km: Wavelength of the first octave.
        *key: Seed.
        roughness: 0 (one octave) to 1 (every octave alike).
        shortest_km: Where to stop.
        ridged: Octaves become sharp crests, ``1 - 2 |noise|``, instead of hills.

    Returns:
        Float32, shape of the grid, standard deviation about 1.
    """
    field = np.zeros(grid.shape, dtype=np.float32)
    wavelength_km, weight, power, octave = longest_km, 1.0, 0.0, 0
    while octave == 0 or wavelength_km >= max(2 * grid.pixel_km, shortest_km):
        noise = smooth_noise(grid, wavelength_km, *key, octave)
        if ridged:
            noise = (0.8 - np.abs(noise)) / np.float32(0.6)
        field += np.float32(weight) * noise
        power += weight**2
        wavelength_km, weight, octave = wavelength_km / 2, weight * roughness, octave + 1
    return field / np.float32(np.sqrt(power))


def noise_at(u: np.ndarray, v: np.ndarray, *key: int | str) -> np.ndarray:
    """Smooth noise at any coordinates, in units of its wavelength: for textures that follow the ice.

    Args:
        u: Coordinates, float, any shape.
        v: Coordinates, same shape.
        *key: Seed.

    Returns:
        Float32, same shape, mean about 0, standard deviation about 1; repeats after 128 wavelengths.
    """
    lattice = generator(*key).standard_normal((_LATTICE, _LATTICE), dtype=np.float32)
    u, v = np.asarray(u, dtype=np.float32) * 2, np.asarray(v, dtype=np.float32) * 2
    floor_u, floor_v = np.floor(u), np.floor(v)
    t, w = u - floor_u, v - floor_v
    t, w = t * t * (3 - 2 * t), w * w * (3 - 2 * w)
    i, j = floor_u.astype(np.int32) & (_LATTICE - 1), floor_v.astype(np.int32) & (_LATTICE - 1)
    i_next, j_next = (i + 1) & (_LATTICE - 1), (j + 1) & (_LATTICE - 1)
    upper = lattice[i, j] * (1 - w) + lattice[i, j_next] * w
    lower = lattice[i_next, j] * (1 - w) + lattice[i_next, j_next] * w
    return (upper * (1 - t) + lower * t) / np.float32(0.74)
