"""Where a site's glaciers run: the main fjord, its tributaries, and the small valleys that feed them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnunet_glacier.demo.noise import generator
from nnunet_glacier.demo.sites import Site


@dataclass(frozen=True)
class Tongue:
    """A glacier's course, from the sea or from the glacier that it joins, up into the ice.

    Attributes:
        points_km: ``(n, 2)``: x and y along its middle, evenly spaced.
        step_km: Distance from point to point.
        half_width_km: ``(n,)``.
        distance_km: ``(n,)``: way along the valleys from the start of the main fjord, which a front retreats.
    """

    points_km: np.ndarray
    step_km: float
    half_width_km: np.ndarray
    distance_km: np.ndarray


def _course(start_km: np.ndarray, headings: np.ndarray, step_km: float) -> np.ndarray:
    """Points of a course that starts somewhere and takes a step in each heading (radians)."""
    steps = step_km * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    return start_km + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)[:-1]])


def _meander(rng: np.random.Generator, along_km: np.ndarray, wavelength_km: float, size: float) -> np.ndarray:
    """A smooth random function of the way: three sines of random phase."""
    phases = rng.uniform(0, 2 * np.pi, 3)
    waves = wavelength_km / np.array([0.7, 1.0, 1.9])
    return size * np.sin(2 * np.pi * along_km[:, None] / waves + phases) @ np.array([0.5, 0.6, 0.25])


def _main_fjord(site: Site, rng: np.random.Generator) -> Tongue:
    """The main fjord: in from outside the scene, past its middle and on."""
    extent_km = site.extent_km * np.array([1.0, site.aspect]) / max(1.0, site.aspect)
    step_km = site.extent_km / 400
    along_km = np.arange(0, 2.2 * site.extent_km, step_km)
    inland = rng.uniform(0, 2 * np.pi)
    headings = inland + _meander(rng, along_km, 0.9 * site.extent_km, 0.45)
    points_km = _course(np.zeros(2), headings, step_km)
    middle = points_km[round(site.middle_km / step_km)]
    aside = np.array([-np.sin(inland), np.cos(inland)]) * rng.uniform(-0.12, 0.12) * site.extent_km
    points_km = points_km + extent_km / 2 + aside - middle
    from_middle = (along_km - site.middle_km) / site.extent_km
    widening = 1 + site.flare * np.clip(-from_middle + 0.05, 0, 0.8) * 1.6
    narrowing = 1 - 0.35 * np.clip(from_middle, 0, 0.8) / 0.8
    width_km = site.fjord_km * widening * narrowing * (1 + _meander(rng, along_km, 0.3 * site.extent_km, 0.12))
    return Tongue(points_km, step_km, width_km, along_km)


def _tributary(
    parent: Tongue, at_km: float, side: float, width_km: float, length_km: float, rng: np.random.Generator
) -> Tongue:
    """A glacier that runs beside its parent for a while and then turns away to one side, narrowing to its head."""
    step_km = parent.step_km
    joint = min(int(at_km / step_km), len(parent.points_km) - 3)
    ahead = parent.points_km[joint + 2] - parent.points_km[joint]
    heading = np.arctan2(ahead[1], ahead[0])
    along_km = np.arange(0, length_km, step_km)
    parent_km = parent.half_width_km[joint]
    turning_km = 1.2 * parent_km
    turn = side * rng.uniform(0.8, 1.35) / (1 + np.exp(-(along_km - turning_km) / (0.35 * turning_km)))
    bends = _meander(rng, along_km, 0.6 * length_km, 0.35) * np.clip(along_km / (3 * turning_km), 0, 1)
    aside = np.array([-np.sin(heading), np.cos(heading)]) * side * max(0.0, parent_km - 0.6 * width_km)
    points_km = _course(parent.points_km[joint] + aside, heading + turn + bends, step_km)
    ends = np.clip(0.25 + 0.75 * along_km / turning_km, 0, 1) * np.clip(4 * (1 - along_km / length_km), 0.1, 1)
    widths_km = width_km * ends * (1 + _meander(rng, along_km, 0.5 * length_km, 0.15))
    # The sea goes up a tributary more slowly than up the fjord.
    slower = np.where(along_km > 2 * turning_km, rng.uniform(2.0, 4.5), 1.0)
    return Tongue(points_km, step_km, widths_km, parent.distance_km[joint] + np.cumsum(slower) * step_km)


def _valley(
    parent: Tongue, at_km: float, side: float, width_km: float, length_km: float, rng: np.random.Generator
) -> Tongue:
    """A small glacier in the mountains: too high for the sea, but for its very end."""
    tongue = _tributary(parent, at_km, side, width_km, length_km, rng)
    along_km = np.arange(1, len(tongue.points_km) + 1) * tongue.step_km
    return replace(tongue, distance_km=tongue.distance_km[0] + 6.0 * along_km)


def tongues(site: Site, seed: int) -> tuple[Tongue, ...]:
    """The main fjord first, then its tributaries, then the small valleys that feed any of them."""
    rng = generator(seed, site.name, "tongues")
    main = _main_fjord(site, rng)
    result = [main]
    side = rng.choice([-1.0, 1.0])
    for place in np.linspace(-0.3, 0.3, site.tributaries) + rng.uniform(-0.07, 0.07, site.tributaries):
        width_km = site.fjord_km * rng.uniform(0.4, 0.8)
        length_km = site.extent_km * (1.6 if site.sheet else rng.uniform(0.6, 1.0))
        result.append(_tributary(main, site.middle_km + place * site.extent_km, side, width_km, length_km, rng))
        side = -side
    for _ in range(site.valleys):
        parent = result[rng.integers(0, 1 + site.tributaries)]
        at_km = rng.uniform(0.2, 0.8) * len(parent.points_km) * parent.step_km
        width_km = site.fjord_km * rng.uniform(0.15, 0.3)
        side = rng.choice([-1.0, 1.0])
        result.append(_valley(parent, at_km, side, width_km, 0.45 * site.extent_km, rng))
    return tuple(result)
