"""Backscatter of the sea before the speckle, in decibels: water, mélange, floes, icebergs."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.special import expit
from skimage.draw import polygon

from nnunet_glacier.demo.noise import Grid, fractal_noise, generator, noise_at, smooth_noise
from nnunet_glacier.demo.weather import Weather


def water(grid: Grid, weather: Weather, *key: int | str) -> np.ndarray:
    """Open water: even where it is calm, gusts and streaks along the wind where it is rough; dB."""
    roughness = float(np.clip((weather.water_db + 27) / 12, 0, 1))
    gusts = fractal_noise(grid, 8.0, *key, "gusts", roughness=0.45, shortest_km=0.2)
    bearing = generator(*key, "wind").uniform(0, np.pi)
    x, y = grid.x_km[None, :], grid.y_km[:, None]
    cosine, sine = np.float32(np.cos(bearing)), np.float32(np.sin(bearing))
    streaks = noise_at((y * cosine - x * sine) / 0.6, (x * cosine + y * sine) / 5, *key, "streaks")
    return weather.water_db + roughness * (2.0 * gusts + 0.5 * streaks)


def melange(grid: Grid, weather: Weather, *key: int | str) -> np.ndarray:
    """Mélange: brash and bergs frozen together, with dark pools and bright pressure ridges; dB."""
    broad = fractal_noise(grid, 5.0, *key, "melange", roughness=0.5, shortest_km=0.2)
    swirls, cracks = drift(grid, *key)
    blocks = smooth_noise(grid, max(0.15, 2.2 * grid.pixel_km), *key, "blocks")
    bits = smooth_noise(grid, max(0.3, 2.6 * grid.pixel_km), *key, "bits")
    pooled = smooth_noise(grid, 4.0, *key, "pools") + 0.2
    pools = 9.0 * np.clip(4.0 * (-bits - 1.75 + 0.25 * pooled), 0, 1)
    seam = np.abs(fractal_noise(grid, 5.0, *key, "seams", roughness=0.35, shortest_km=1.0))
    ridges = 4.0 * np.clip(smooth_noise(grid, 7.0, *key, "seamed"), 0, 1) * np.exp(-((seam / 0.045) ** 2))
    sparkle = 3.0 * np.clip(blocks - 1.9, 0, 2)
    return weather.melange_db + 0.9 * broad + 1.1 * swirls + 0.9 * blocks - cracks - pools + ridges + sparkle


def drift(grid: Grid, *key: int | str) -> tuple[np.ndarray, np.ndarray]:
    """What the drift makes of mélange: bands rolled into swirls, in standard deviations, and long cracks, 0 to 5 dB."""
    x = grid.x_km[None, :] + 1.8 * smooth_noise(grid, 7.0, *key, "turn")
    y = grid.y_km[:, None] + 1.8 * smooth_noise(grid, 7.0, *key, "turn back")
    swirls = noise_at(x / 0.9, y / 4.0, *key, "swirls")
    line = noise_at(x / 7.0, y / 14.0, *key, "cracks")
    return swirls, 5.0 * np.exp(-((line / 0.05) ** 2))


def floes(grid: Grid, weather: Weather, *key: int | str) -> np.ndarray:
    """Sea ice: floes of different brightness between dark leads; dB."""
    leads = np.abs(fractal_noise(grid, 3.5, *key, "leads", roughness=0.45, shortest_km=0.4))
    plates = np.round(1.6 * fractal_noise(grid, 3.0, *key, "plates", roughness=0.3, shortest_km=0.8)) / 1.6
    width = np.clip(0.06 + 0.04 * smooth_noise(grid, 6.0, *key, "open"), 0.01, None)
    return weather.melange_db - 4.0 + 1.5 * plates - 7.0 * np.exp(-((leads / width) ** 2))


def icebergs(grid: Grid, count: int, look_deg: float, where: np.ndarray, *key: int | str) -> np.ndarray:
    """Icebergs as an addition in dB: bright, with a dark shadow on the far side; few large ones, many small.

    Args:
        grid: Pixels.
        count: How many.
        look_deg: Direction in which the radar looks.
        where: Where their middles may lie, bool.
        *key: Seed.
    """
    rng = generator(*key, "icebergs")
    added = np.zeros(grid.shape, dtype=np.float32)
    candidates = np.flatnonzero(where)
    if count == 0 or candidates.size == 0:
        return added
    away = np.array([np.sin(np.deg2rad(look_deg)), np.cos(np.deg2rad(look_deg))])
    for centre in rng.choice(candidates, count):
        row, column = divmod(int(centre), grid.shape[1])
        radius_px = min(0.7, 0.07 * rng.pareto(1.8) + 0.05) / grid.pixel_km
        if radius_px < 0.5:
            added[row, column] += rng.uniform(4, 9)
            continue
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 9)))
        radii = radius_px * rng.uniform(0.7, 1.1, len(angles))
        rows, columns = row + radii * np.sin(angles), column + 0.7 * radii * np.cos(angles)
        shift = away * max(1.0, 0.6 * radius_px)
        added[polygon(rows + shift[0], columns + shift[1], grid.shape)] = -8.0
        added[polygon(rows, columns, grid.shape)] = rng.uniform(3, 9)
    return ndimage.gaussian_filter(added, 0.5)


def sea(
    grid: Grid, sea_km: np.ndarray, where: np.ndarray, weather: Weather, look_deg: float, *key: int | str
) -> np.ndarray:
    """The sea as the day leaves it.

    Args:
        grid: Pixels.
        sea_km: Way from the front, kilometres: mélange lies near it.
        where: Where the sea is, bool.
        weather: The day.
        look_deg: Direction in which the radar looks; shadows of icebergs fall there.
        *key: Seed.

    Returns:
        Backscatter in dB, float32; what it says outside the sea means nothing.
    """
    count = round(weather.icebergs * float(where.sum()) * grid.pixel_km**2 / 100)
    bergs = icebergs(grid, count, look_deg, where, *key)
    edge_km = sea_km + 1.5 * fractal_noise(grid, 5.0, *key, "ice edge", roughness=0.55) - weather.melange_km
    frozen = expit(-edge_km / 0.04) * where if weather.melange_km > 0 else np.zeros(grid.shape, dtype=np.float32)
    surface = bergs
    if (frozen < 1)[where].any():
        surface = surface + (1 - frozen) * (floes if weather.floes else water)(grid, weather, *key)
    if frozen.any():
        surface = surface + frozen * melange(grid, weather, *key)
    return surface.astype(np.float32)
