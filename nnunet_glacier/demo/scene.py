"""One made-up SAR scene: what the ground is, what the day and the sensor make of it, and the truth."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from nnunet_glacier.demo.land import cliff, land
from nnunet_glacier.demo.noise import generator
from nnunet_glacier.demo.radar import Illumination, Look, illuminate
from nnunet_glacier.demo.sea import sea
from nnunet_glacier.demo.sites import Site
from nnunet_glacier.demo.speckle import speckle
from nnunet_glacier.demo.terrain import Ground, ground
from nnunet_glacier.demo.weather import weather_of
from nnunet_glacier.demo.zones import (
    sea_mask,
    sea_way_km,
    swath_edge,
    unseen_mask,
    without_short_fronts,
    zone_map,
)
from nnunet_glacier.domain.scenes import CAFFE_HEMISPHERE, SOUTH
from nnunet_glacier.lines.front_lines import front_from_zones
from nnunet_glacier.support.errors import GlacierError


@dataclass(frozen=True)
class Sensor:
    """A satellite as the scenes show it.

    Attributes:
        name: As in CaFFe's stems.
        years: First and last year of its images.
        incidence_deg: Angle of the beam from the vertical.
        looks: Equivalent number of looks of a picture with pixels of 100 m.
        blur_px: Standard deviation of its impulse response on the scene's pixels.
        floor_db: Noise floor.
    """

    name: str
    years: tuple[int, int]
    incidence_deg: float
    looks: float
    blur_px: float
    floor_db: float


SENSORS: dict[str, Sensor] = {
    sensor.name: sensor
    for sensor in (
        Sensor("ERS", (1995, 2010), 23, 4, 0.7, -26),
        Sensor("RSAT", (1997, 2008), 35, 5, 0.6, -25),
        Sensor("ENVISAT", (2003, 2011), 23, 4, 0.75, -25),
        Sensor("PALSAR", (2007, 2010), 39, 6, 0.5, -26),
        Sensor("TSX", (2008, 2019), 36, 6, 0.35, -23),
        Sensor("TDX", (2011, 2019), 38, 6, 0.35, -23),
        Sensor("S1", (2015, 2019), 39, 4, 0.5, -24),
    )
}


@dataclass(frozen=True)
class Acquisition:
    """One image of a site.

    Attributes:
        site: The glacier.
        sensor: The satellite.
        date: The day.
        orbit: Relative orbit; it fixes the direction of the look.
    """

    site: Site
    sensor: Sensor
    date: datetime.date
    orbit: int

    @property
    def summer(self) -> float:
        """0 in deep winter to 1 in high summer of the site's hemisphere."""
        day = self.date.timetuple().tm_yday
        peak = 15 if CAFFE_HEMISPHERE[self.site.name] == SOUTH else 198
        return 0.5 + 0.5 * float(np.cos(2 * np.pi * (day - peak) / 365.25))


@dataclass(frozen=True)
class MadeUpScene:
    """A scene and its truth.

    Attributes:
        image: Grey values, uint8, ``(H, W)``.
        zones: Zone ids, uint8.
        front: The front, one pixel wide on the sea's side, bool.
        pixel_size_m: Edge of a pixel.
        intensity: Backscatter before speckle, linear, float32.
    """

    image: np.ndarray
    zones: np.ndarray
    front: np.ndarray
    pixel_size_m: float
    intensity: np.ndarray


def front_way_km(acquisition: Acquisition, seed: int) -> float:
    """How far the sea has come by a date: a slow retreat, a seasonal swing and a collapse in some year."""
    site = acquisition.site
    rng = generator(seed, site.name, "history")
    year = acquisition.date.year + acquisition.date.timetuple().tm_yday / 366
    span = rng.uniform(0.12, 0.24) * site.extent_km
    collapse = rng.uniform(1999, 2014)
    drawn_back = 0.55 * (year - 1995) / 25 + 0.45 / (1 + np.exp(-(year - collapse)))
    return site.middle_km - 0.6 * span + span * float(drawn_back) + 0.012 * site.extent_km * acquisition.summer


def looks_at(sensor: Sensor, pixel_size_m: float) -> float:
    """Equivalent number of looks of a sensor's picture: larger pixels average more of them."""
    return sensor.looks * float(np.clip((pixel_size_m / 100) ** 2, 0.5, 4.0))


def _backscatter(
    acquisition: Acquisition,
    place: Ground,
    sea_km: np.ndarray,
    is_sea: np.ndarray,
    light: Illumination,
    look: Look,
    seed: int,
) -> np.ndarray:
    """Linear backscatter, float32, with the terrain's light and shade on land; shadow is black."""
    site = acquisition.site
    day = (acquisition.date.toordinal(), acquisition.sensor.name)
    weather = weather_of(site, acquisition.summer, seed, site.name, *day)
    decibels = land(site, place, sea_km, weather, seed, *day)
    decibels += 10 * np.log10(np.clip(light.gain, 0.05, 9.0)) + 5.0 * np.clip(light.facing, -1, 1)
    water = sea(place.grid, sea_km, is_sea, weather, look.azimuth_deg, seed, site.name, *day)
    decibels = np.where(is_sea, water, decibels) + cliff(place, sea_km, is_sea, look.azimuth_deg)
    linear = np.power(np.float32(10), decibels / np.float32(10), dtype=np.float32)
    linear[light.shadow & ~is_sea] = 0
    return linear


def _surface_m(place: Ground, sea_km: np.ndarray, is_sea: np.ndarray) -> np.ndarray:
    """Heights of the surface with the sea at zero and the ice front standing up from it, float32."""
    ice_m = 60.0 + 15.0 * np.clip(-sea_km, 0, 3) + 0.3 * place.height_m
    return np.where(is_sea, 0, np.where(place.outside_km == 0, ice_m, place.height_m)).astype(np.float32)


def grey_values(intensity: np.ndarray, valid: np.ndarray, middle_grey: float, gamma: float) -> np.ndarray:
    """8-bit grey values: a power of the amplitude; what is brighter than white saturates.

    Args:
        intensity: Linear, with speckle, float32.
        valid: Pixels that are data; the others are black.
        middle_grey: Grey value of the median.
        gamma: Power of the amplitude.
    """
    reference = float(np.median(intensity[valid]))
    stretched = middle_grey * (intensity / np.float32(reference)) ** np.float32(gamma / 2)
    return np.where(valid, np.minimum(np.round(stretched), 255), 0).astype(np.uint8)


def make_scene(acquisition: Acquisition, shape: tuple[int, int], seed: int) -> MadeUpScene:
    """Make one scene.

    Args:
        acquisition: Site, sensor, date and orbit.
        shape: Rows and columns; the site's extent is spread over the longer side.
        seed: Seed; everything follows from it, the acquisition and the shape.

    Raises:
        GlacierError: If the scene has no front, which no seed that was tried brought about.
    """
    site, sensor = acquisition.site, acquisition.sensor
    place = ground(site, shape, seed)
    pixel_km = place.grid.pixel_km
    key = (seed, site.name, acquisition.date.toordinal(), sensor.name)
    rng = generator(*key, "scene")
    bay, ragged_km = rng.uniform(-0.3, 2.0), rng.uniform(0.04, 0.16)
    sea_km = sea_way_km(place, front_way_km(acquisition, seed), bay, ragged_km, *key)
    is_sea = sea_mask(place, sea_km)
    look = Look(float(generator(seed, site.name, acquisition.orbit, "look").uniform(0, 360)), sensor.incidence_deg)
    light = illuminate(_surface_m(place, sea_km, is_sea), pixel_km * 1000, look)
    unseen = swath_edge(shape, float(rng.choice([0, 0, 0, 0, 0, 0, 0, 0.03, 0.07])), *key)
    unseen |= unseen_mask(np.where(is_sea, 0, light.facing), light.shadow & ~is_sea, site.masked, pixel_km)
    zones = without_short_fronts(zone_map(place, is_sea, unseen), max(8, round(1.2 / pixel_km)))
    front = front_from_zones(zones)
    if not front.any():
        raise GlacierError(f"{site.name} on {acquisition.date} has no front with seed {seed}; give another seed")
    intensity = _backscatter(acquisition, place, sea_km, is_sea, light, look, seed)
    intensity = ndimage.gaussian_filter(intensity, sensor.blur_px) + np.float32(10 ** (sensor.floor_db / 10))
    noisy = intensity * speckle(shape, looks_at(sensor, pixel_km * 1000), 0.6 * sensor.blur_px + 0.25, rng)
    middle_grey = site.middle_grey * float(np.exp(rng.normal(0, 0.25)))
    image = grey_values(noisy, ~unseen, middle_grey, site.gamma * rng.uniform(0.85, 1.1))
    return MadeUpScene(image, zones, front, pixel_km * 1000, intensity)
