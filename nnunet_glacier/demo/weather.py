"""What the day makes of a site's surfaces: wet or dry snow, calm or rough water, sea ice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnunet_glacier.demo.noise import generator
from nnunet_glacier.demo.sites import Site


@dataclass(frozen=True)
class Weather:
    """The surfaces of a day; backscatter in decibels.

    Attributes:
        snow_db: Snow-covered ice: -5 dry winter snow to -15 wet summer snow.
        tongue_db: The tongues' ice against the snow.
        rock_db: Rock.
        water_db: Open water: -27 calm to -14 rough.
        melange_db: Mélange and sea ice.
        melange_km: How far the mélange reaches from the front; 0 none, 99 to the horizon.
        floes: Whether there is sea ice in floes beyond the mélange, rather than water.
        icebergs: Icebergs in 100 square kilometres of sea.
    """

    snow_db: float
    tongue_db: float
    rock_db: float
    water_db: float
    melange_db: float
    melange_km: float
    floes: bool
    icebergs: float


def weather_of(site: Site, summer: float, *key: int | str) -> Weather:
    """The surfaces of a day: wet and dark in summer, sea ice more often in winter, and much that is chance.

    Wet snow darkens the heights more than the tongues' bare ice; so the tongues are darker than the snow in winter and
    brighter in summer. In one scene in four the mélange is about as bright as the ice, and the front hard to see.

    Args:
        site: The glacier.
        summer: 0 in deep winter to 1 in high summer.
        *key: Seed.
    """
    rng = generator(*key, "weather")
    wet = float(np.clip(1.6 * summer - 0.5 + rng.normal(0, 0.2), 0, 1))
    frozen = rng.random() < site.melange + 0.3 * (0.5 - summer)
    snow_db = -5.0 - 10.0 * wet + rng.normal(0, 1.0)
    tongue_db = (-5.5 if site.sheet else -3.5) + 5.0 * wet + rng.normal(0, 1.5)
    alike = rng.random() < 0.25
    melange_db = snow_db + tongue_db + rng.normal(0, 0.7) if alike else -10.5 + rng.normal(0, 2.0)
    return Weather(
        snow_db=snow_db,
        tongue_db=tongue_db,
        rock_db=(-7.0 if site.sheet else -10.5) + rng.normal(0, 1.5),
        water_db=float(rng.choice([-27.0, -22.0, -17.0, -14.0])) + rng.normal(0, 1.0),
        melange_db=melange_db,
        melange_km=float(rng.choice([2.0, 5.0, 9.0, 99.0], p=[0.2, 0.3, 0.2, 0.3])) if frozen else 0.0,
        floes=bool(frozen and rng.random() < 0.6),
        icebergs=float(rng.choice([3.0, 15.0, 50.0])),
    )
