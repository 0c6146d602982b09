"""Zones and front of one date: where the sea reaches, what the radar does not see."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from nnunet_glacier.demo.noise import fractal_noise, generator
from nnunet_glacier.demo.resampling import blur
from nnunet_glacier.demo.terrain import Ground
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.front_lines import front_from_zones

_EIGHT = np.ones((3, 3), dtype=bool)


def sea_way_km(ground: Ground, front_km: float, bay: float, ragged_km: float, *key: int | str) -> np.ndarray:
    """How far each pixel lies on the sea's side of the front, in kilometres along the fjord, float32; negative is ice.

    Args:
        ground: The site.
        front_km: How far the sea has come, as way from the fjord's mouth.
        bay: How much further it has come in the middle of a fjord than at its walls, in half widths.
        ragged_km: Height of the front's teeth.
        *key: Seed of the front's raggedness.
    """
    bed = fractal_noise(ground.grid, 6.0, *key[:2], "bed", roughness=0.4)
    ragged = fractal_noise(ground.grid, 1.6, *key, "ragged", roughness=0.62)
    width_km = 0.06 * max(ground.grid.extent_km)
    shape_km = bay * width_km * (0.5 - np.minimum(ground.across, 1.2) ** 2)
    return (front_km - ground.retreat_km + shape_km + 0.5 * bed + ragged_km * ragged).astype(np.float32)


def _drop_small(mask: np.ndarray, least: int) -> np.ndarray:
    """The 8-connected pieces of a mask that have at least `least` pixels."""
    pieces, _ = ndimage.label(mask, _EIGHT)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (sizes >= least)[pieces]


def _largest(mask: np.ndarray) -> np.ndarray:
    pieces, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return pieces == sizes.argmax()


def _smooth(mask: np.ndarray, sigma_px: float) -> np.ndarray:
    return blur(mask, sigma_px) > 0.5


def sea_mask(ground: Ground, sea_km: np.ndarray) -> np.ndarray:
    """The sea, bool: one connected piece of the valleys on the sea's side of the front."""
    sea = _largest((sea_km > 0) & (ground.outside_km == 0))
    return _largest(_smooth(ndimage.binary_fill_holes(sea), 0.7))


def zone_map(ground: Ground, sea: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    """Zones as an annotator would draw them: smooth outlines, no crumbs.

    Args:
        ground: The site.
        sea: `sea_mask`.
        unseen: Layover, shadow and ground outside the swath, bool.

    Returns:
        Zone ids, uint8.
    """
    least = max(12, round(0.12 / ground.grid.pixel_km**2))
    sigma_px = max(1.0, 0.1 / ground.grid.pixel_km)
    rock = _drop_small(_smooth(ground.rock, sigma_px), least)
    zones = np.where(rock, Zone.ROCK, Zone.GLACIER).astype(np.uint8)
    zones[sea] = Zone.OCEAN
    zones[unseen] = Zone.NA
    return zones


def without_short_fronts(zones: np.ndarray, least_px: int) -> np.ndarray:
    """Zones in which every piece of front has at least `least_px` pixels: glacier at shorter contacts becomes rock."""
    front = front_from_zones(zones)
    short = front & ~_drop_small(front, least_px)
    coast = ndimage.binary_dilation(short, _EIGHT, iterations=2) & (zones == Zone.GLACIER)
    return np.where(coast, Zone.ROCK, zones).astype(np.uint8)


def unseen_mask(facing: np.ndarray, shadow: np.ndarray, share: float, pixel_km: float) -> np.ndarray:
    """What a terrain correction masks: the worst layover and shadow, in smooth patches, at most a share of the scene.

    Args:
        facing: Slope towards the radar over the slope of the beam.
        shadow: Not seen, bool.
        share: Largest share of the scene.
        pixel_km: Edge of a pixel.
    """
    sigma_px = max(1.2, 0.45 / pixel_km)
    score = blur(np.clip(facing, 0, 2) + 1.5 * shadow, sigma_px)
    level = max(0.4, float(np.quantile(score, 1 - share))) if share > 0 else np.inf
    return _drop_small(score > level, max(9, round(0.5 / pixel_km**2)))


def swath_edge(shape: tuple[int, int], share: float, *key: int | str) -> np.ndarray:
    """Ground beyond the edge of the swath: a slanting strip along one side of the scene, bool.

    Args:
        shape: Rows and columns.
        share: Roughly how much of the scene it takes; 0 for none.
        *key: Seed of side and slant.
    """
    if share <= 0:
        return np.zeros(shape, dtype=bool)
    rng = generator(*key, "swath")
    angle = rng.integers(0, 4) * np.pi / 2 + rng.uniform(0.1, 0.35)
    rows = np.linspace(-0.5, 0.5, shape[0])[:, None]
    columns = np.linspace(-0.5, 0.5, shape[1])[None, :]
    across = columns * np.cos(angle) + rows * np.sin(angle)
    return across > np.quantile(across, 1 - share)
