"""Backscatter of ice, snow and rock before the terrain's light and shade and the speckle, in decibels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.special import expit

from nnunet_glacier.demo.noise import fractal_noise, noise_at, smooth_noise
from nnunet_glacier.demo.resampling import blur
from nnunet_glacier.demo.sites import Site
from nnunet_glacier.demo.terrain import Ground, ground
from nnunet_glacier.demo.weather import Weather

_WIDEST_TONGUE = 1.3
"""Half widths from the middle of a tongue beyond which its pattern is not seen."""


@dataclass(frozen=True)
class Pattern:
    """What a site's surfaces look like on any day, in dB about their mean; float32, shape of the grid.

    Attributes:
        snow: Patches of different snow.
        stripes: Flow stripes and sheared margins of the tongues.
        crevasses: Waves and blocks of crevassed ice.
        fields: Where the ice is crevassed far from the front, 0 to 1.
        rock: Roughness of the rock.
        rock_share: How much of a pixel is rock, 0 to 1.
    """

    snow: np.ndarray
    stripes: np.ndarray
    crevasses: np.ndarray
    fields: np.ndarray
    rock: np.ndarray
    rock_share: np.ndarray


def _stripes(place: Ground, sheet: bool, *key: int | str) -> np.ndarray:
    """Stripes along the flow and bright sheared margins; 0 outside the tongues."""
    where = np.flatnonzero(place.across < (np.inf if sheet else _WIDEST_TONGUE))
    side, along = place.side.ravel()[where], place.along_km.ravel()[where]
    wander = 0.12 * smooth_noise(place.grid, 3.0, *key, "wander").ravel()[where]
    width = np.float32(2.0 if sheet else 1.0)
    broad = noise_at(side * 1.1 * width + wander, along / 14, *key, "broad stripes")
    fine = noise_at(side * 5 * width + wander, along / 9, *key, "fine stripes")
    finest = noise_at(side * 14 * width + wander, along / 6, *key, "finest stripes")
    reach = noise_at(along / 7, np.full_like(along, 0.3), *key, "reaches")
    stripes = np.float32(0.35 if sheet else 1.0) * (3.0 * broad + 1.1 * fine + 0.6 * finest) + 1.2 * reach
    if not sheet:
        sheared = np.exp(-(((np.abs(side) - 0.9) / np.clip(0.16 + 0.05 * reach, 0.05, None)) ** 2))
        stripes += sheared * np.clip(3.0 + 3.0 * reach, 0, None)
    result = np.zeros(place.grid.shape, dtype=np.float32)
    result.ravel()[where] = stripes
    return result


def _crevasses(place: Ground, *key: int | str) -> np.ndarray:
    """Bent rows of crevasses across the flow, and blocks; no finer than the pixels show."""
    grid = place.grid
    wavelength_km = max(0.16, 2.6 * grid.pixel_km)
    bent_km = 0.8 * place.side**2 * place.across
    phase = (place.along_km + bent_km) / wavelength_km + 0.8 * smooth_noise(grid, 1.2, *key, "phase")
    blocks = smooth_noise(grid, max(0.12, 2 * grid.pixel_km), *key, "seracs")
    return (1.3 * np.sin(np.float32(2 * np.pi) * phase) + 1.9 * blocks).astype(np.float32)


@lru_cache(maxsize=4)
def pattern(site: Site, shape: tuple[int, int], seed: int) -> Pattern:
    """The pattern of a site's surfaces on a grid of `shape`."""
    place = ground(site, shape, seed)
    grid, key = place.grid, (seed, site.name)
    rock = 2.0 * fractal_noise(grid, 1.2, *key, "bare rock", roughness=0.6)
    outline = blur(place.rock, 0.15 / grid.pixel_km) - 0.5
    return Pattern(
        snow=4.0 * fractal_noise(grid, 9.0, *key, "snow", roughness=0.35),
        stripes=_stripes(place, site.sheet, *key),
        crevasses=_crevasses(place, *key),
        fields=np.clip(0.9 * smooth_noise(grid, 4.0, *key, "crevasse fields"), 0, 1),
        rock=rock,
        rock_share=expit(8 * outline + 0.5 * rock) * (outline > -0.45),
    )


def land(site: Site, place: Ground, sea_km: np.ndarray, weather: Weather, seed: int, *day: int | str) -> np.ndarray:
    """Snow on the heights, ice with stripes and crevasses on the tongues, rock between them.

    Args:
        site: The glacier.
        place: Its ground.
        sea_km: Way on the sea's side of the front, kilometres; negative on the ice.
        weather: The day.
        seed: Seed of the site's pattern.
        *day: What distinguishes the image from others of the site.

    Returns:
        Backscatter in dB, float32.
    """
    marks = pattern(site, place.grid.shape, seed)
    drift = fractal_noise(place.grid, 7.0, seed, site.name, *day, "drift", roughness=0.4)
    high = np.clip((place.height_m - 500) / 700, 0, 1)
    snow = weather.snow_db + marks.snow + 1.5 * drift + 2.0 * high
    near_front = np.exp(np.minimum(sea_km, 0) / 2.5)
    broken = np.clip(site.crevassed * (0.6 * marks.fields + 0.9 * near_front + (0.4 if site.sheet else 0.05)), 0, 1)
    tongue = weather.snow_db + weather.tongue_db + marks.stripes + broken * (marks.crevasses + 2.0 * near_front)
    inside = np.float32(1) if site.sheet else expit((1.0 - place.across) / 0.05)
    ice = snow * (1 - inside) + tongue * inside
    return (ice + marks.rock_share * (weather.rock_db + marks.rock - ice)).astype(np.float32)


def cliff(place: Ground, sea_km: np.ndarray, is_sea: np.ndarray, look_deg: float) -> np.ndarray:
    """The ice front's own line in dB, float32: bright where its face is lit, dark before it where it casts a shadow."""
    down, right = np.gradient(ndimage.gaussian_filter(sea_km, 1.0))
    steepness = np.hypot(down, right) + 1e-6
    away = (right * np.cos(np.deg2rad(look_deg)) + down * np.sin(np.deg2rad(look_deg))) / steepness
    near_px = 2 * max(1, round(0.07 / place.grid.pixel_km)) + 1
    ice = (place.outside_km == 0) & ~is_sea
    before = is_sea & ndimage.maximum_filter(ice, near_px)
    behind = ice & ndimage.maximum_filter(is_sea, near_px)
    return (-9.0 * before * np.clip(away, 0, 1) + 6.0 * behind * np.clip(-away, 0, 1)).astype(np.float32)
