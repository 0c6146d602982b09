"""A site's ground: valleys and the ice's own coordinates in them, heights, rock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from nnunet_glacier.demo.noise import Grid, fractal_noise, noise_at, smooth_noise
from nnunet_glacier.demo.resampling import blur, enlarge
from nnunet_glacier.demo.sites import Site
from nnunet_glacier.demo.tongues import Tongue, tongues

_COURSE_PIXELS = 360
"""Longest side of the grid on which ways and distances are worked out; they are smooth."""


@dataclass(frozen=True)
class Ground:
    """What does not change from date to date. Arrays have the shape of the grid.

    Attributes:
        grid: The pixels.
        across: Distance from the middle of the nearest tongue in half widths, float32; below 1 in a valley.
        side: The same with a sign, for textures.
        along_km: Way along the nearest tongue, float32.
        retreat_km: Way from the mouth of the main fjord along the valleys, float32: a front is a line of equal way.
        outside_km: Distance to the nearest valley, float32, 0 in it.
        height_m: Height of the surface, float32.
        rock: Bare rock, bool.
    """

    grid: Grid
    across: np.ndarray
    side: np.ndarray
    along_km: np.ndarray
    retreat_km: np.ndarray
    outside_km: np.ndarray
    height_m: np.ndarray
    rock: np.ndarray


def _tongue_coordinates(tongue: Tongue, x_km: np.ndarray, y_km: np.ndarray) -> tuple[np.ndarray, ...]:
    """Across (half widths), side (signed), along (km) and retreat (km) of every pixel with respect to a tongue."""
    pixels = np.stack([x_km.ravel(), y_km.ravel()], axis=1)
    distance_km, nearest = cKDTree(tongue.points_km).query(pixels)
    heading = np.gradient(tongue.points_km, axis=0) / tongue.step_km
    offset = pixels - tongue.points_km[nearest]
    beyond = np.clip((offset * heading[nearest]).sum(axis=1), -tongue.step_km, tongue.step_km)
    sign = np.sign(heading[nearest, 0] * offset[:, 1] - heading[nearest, 1] * offset[:, 0])
    across = distance_km / tongue.half_width_km[nearest]
    along_km = nearest * tongue.step_km + beyond
    retreat_km = tongue.distance_km[nearest] + beyond
    return tuple(field.reshape(x_km.shape) for field in (across, across * sign, along_km, retreat_km))


def _courses(site: Site, grid: Grid, seed: int) -> tuple[np.ndarray, ...]:
    """Across, side, along and retreat with respect to the tongue that each pixel belongs to."""
    scale = min(1.0, _COURSE_PIXELS / max(grid.shape))
    shape = (max(2, round(grid.shape[0] * scale)), max(2, round(grid.shape[1] * scale)))
    height_km, width_km = grid.extent_km
    y_km = (np.arange(shape[0]) + 0.5)[:, None] * (height_km / shape[0]) + np.zeros(shape)
    x_km = (np.arange(shape[1]) + 0.5)[None, :] * (width_km / shape[1]) + np.zeros(shape)
    per_tongue = [_tongue_coordinates(tongue, x_km, y_km) for tongue in tongues(site, seed)]
    across = np.stack([fields[0] for fields in per_tongue])
    # Blended, so that a front passes from a fjord into its tributary without a step.
    weights = np.exp(-8.0 * (across - across.min(axis=0)))
    retreat_km = (weights * np.stack([fields[3] for fields in per_tongue])).sum(axis=0) / weights.sum(axis=0)
    nearest = np.full(grid.shape, np.inf, dtype=np.float32)
    side, along_km = np.zeros((2, *grid.shape), dtype=np.float32)
    for number, fields in enumerate(per_tongue):
        own_across = enlarge(fields[0], grid.shape)
        own = own_across < nearest
        nearest[own] = own_across[own]
        side[own] = enlarge(fields[1], grid.shape)[own]
        along_km[own] = enlarge(fields[2], grid.shape)[own] + 37.0 * number
    return nearest, side, along_km, enlarge(retreat_km, grid.shape)


def _heights(
    site: Site, grid: Grid, seed: int, outside_km: np.ndarray, along_km: np.ndarray, retreat_km: np.ndarray
) -> np.ndarray:
    """Heights in metres: ice that rises inland in the valleys, ribbed walls, crests and a plateau between them."""
    wall = 1 - np.exp(-outside_km / 0.9)
    crests = fractal_noise(grid, 4.2, seed, site.name, "crests", roughness=0.45, shortest_km=0.4, ridged=True)
    domes = smooth_noise(grid, 8.0, seed, site.name, "domes")
    ribs = noise_at(along_km / 1.3, outside_km / 2.5, seed, site.name, "ribs")
    # An ice sheet flows over its mountains and shows little of them.
    crest = 0.12 if site.sheet else 0.3
    rise = wall * (0.5 + 0.14 * domes + crest * crests + 0.16 * ribs * np.exp(-outside_km / 1.5))
    # Slopes everywhere, steepest between flat cirques and plateaus.
    step = np.clip((rise - 0.28) / 0.34, 0, 1)
    mountains = site.relief_m * np.clip(0.75 * rise + 0.45 * step * step * (3 - 2 * step), 0, None)
    floor = 22.0 * np.clip(retreat_km - site.middle_km, -4, 14) + 100.0
    return (floor + mountains).astype(np.float32)


def _rock(site: Site, grid: Grid, seed: int, height_m: np.ndarray, outside_km: np.ndarray, retreat_km: np.ndarray):
    """Bare rock: the steepest part of the ground outside the valleys, and the coast below the ice."""
    smooth_px = 0.25 / grid.pixel_km
    slope = np.hypot(*np.gradient(blur(height_m, smooth_px), grid.pixel_km * 1000))
    patches = fractal_noise(grid, 4.0, seed, site.name, "rock", roughness=0.55)
    score = blur(slope, 2 * smooth_px) / max(float(slope.std()), 1e-6) + 0.8 * patches
    score -= 0.25 * outside_km
    if site.sheet:
        score -= 0.8 * np.maximum(retreat_km - site.middle_km - site.coast * site.extent_km, 0)
    coast_km = 0.5 * np.exp(0.6 * patches)
    coast = (outside_km < coast_km) & (retreat_km < site.middle_km + site.coast * site.extent_km)
    score = np.where(coast, score + 3.0, score)
    score = np.where(outside_km > 0, score, -np.inf)
    return score > np.quantile(score, 1 - min(site.rock, 0.9 * float((outside_km > 0).mean())))


@lru_cache(maxsize=8)
def ground(site: Site, shape: tuple[int, int], seed: int) -> Ground:
    """The ground of a site on a grid of `shape` that covers the site's extent."""
    grid = Grid(shape, site.extent_km / max(shape))
    across, side, along_km, retreat_km = _courses(site, grid, seed)
    ragged = fractal_noise(grid, 2.5, seed, site.name, "margins", roughness=0.6)
    valley = across + 0.1 * ragged < 1
    outside_km = (ndimage.distance_transform_edt(~valley) * grid.pixel_km).astype(np.float32)
    height_m = _heights(site, grid, seed, outside_km, along_km, retreat_km)
    rock = _rock(site, grid, seed, height_m, outside_km, retreat_km)
    return Ground(grid, across, side, along_km, retreat_km, outside_km, height_m, rock)
