"""Which made-up interferograms to make: site, dates, tides, geometry of the view and hard case of each."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.demo.flexure import STEEPEST, flexural_wavenumber_per_m
from nnunet_glacier.demo.interferogram import Conditions
from nnunet_glacier.demo.noise import generator
from nnunet_glacier.demo.shelf_sites import SHELF_SITES, ShelfSite
from nnunet_glacier.demo.swath import WAVELENGTH_M, Swath

PIXEL_SIZE_M = 100.0

CASES = ("winding", "pinning points", "gaps", "no line", "winding")
"""Hard cases, by turns: islands of grounded ice (a scene below 25 km may have room for none); a line that is lost in
noise for some kilometres; a scene that is all afloat or all grounded; and plain scenes between them."""

_FEWEST_FRINGES = 2.0
_DENSEST_CYCLES_PER_PX = 0.4
"""Two pixels a fringe is where fringes turn into noise; nobody draws a line there."""


@dataclass(frozen=True)
class PlannedInterferogram:
    """An interferogram that is to be made.

    Attributes:
        site: Where.
        case: One of `CASES`.
        dates: The four images: second minus first is one interferogram, fourth minus third the other.
        tides_m: Height of the tide on the four dates.
        conditions: Tide, stiffness, noise.
        swath: Geometry of the view.
        shift_px: Rows and columns by which the frame lies off the site's middle.
        advance_km: How far seaward the line lies of where it lies on average.
    """

    site: ShelfSite
    case: str
    dates: tuple[datetime.date, datetime.date, datetime.date, datetime.date]
    tides_m: tuple[float, float, float, float]
    conditions: Conditions
    swath: Swath
    shift_px: tuple[int, int]
    advance_km: float

    @property
    def name(self) -> str:
        """Name of the scene: site and dates; unique in a plan."""
        return "_".join([self.site.name, *(date.strftime("%Y%m%d") for date in self.dates)])


def frame_shape(rows: int) -> tuple[int, int]:
    """Rows and columns of a scene: a quarter wider than high."""
    return rows, round(1.25 * rows)


def _tides_m(site: ShelfSite, middle_shared: bool, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Four tides whose double difference shows two fringes at least, and none too dense to follow."""
    wavenumber = float(flexural_wavenumber_per_m(site.thickness_m))
    cycles_per_m = 2 * np.cos(np.deg2rad(39)) / WAVELENGTH_M
    while True:
        first, second, third, fourth = rng.normal(0, site.tide_m, 4)
        if middle_shared:
            third = second
        fringes = abs(tide_difference_m((first, second, third, fourth))) * cycles_per_m
        if fringes >= _FEWEST_FRINGES and fringes * STEEPEST * wavenumber * PIXEL_SIZE_M <= _DENSEST_CYCLES_PER_PX:
            first, second, third, fourth = (round(float(tide), 4) for tide in (first, second, third, fourth))
            return first, second, third, fourth


def tide_difference_m(tides_m: tuple[float, float, float, float]) -> float:
    """The double difference of four tides."""
    first, second, third, fourth = tides_m
    return (second - first) - (fourth - third)


def _swath(site: ShelfSite, width_km: float, rng: np.random.Generator) -> Swath:
    """A view: an edge of the swath cuts off a corner of two scenes in three, a seam crosses every second one."""
    # Two tracks a site, ascending and descending, look at it from two sides.
    range_deg = float(generator(site.name, int(rng.integers(2)), "track").uniform(0, 360))
    reach_km = 0.62 * width_km
    near_km, far_km = (reach_km * rng.uniform(0.62, 1.05, 2)) * (-1, 1)
    seam_km = float(rng.uniform(-0.5, 0.5) * width_km) if rng.random() < 0.5 else 1e6
    seam_rad = float(rng.uniform(0.6, 2.6) * rng.choice([-1, 1]))
    if rng.random() < 0.33:
        near_km, far_km = -1e6, 1e6
    return Swath(range_deg, float(rng.uniform(34, 43)), float(near_km), float(far_km), seam_km, seam_rad)


def _conditions(site: ShelfSite, tides_m: tuple[float, float, float, float], rng: np.random.Generator) -> Conditions:
    grounded_coherence = float(rng.uniform(0.42, 0.7))
    return Conditions(
        tide_difference_m=tide_difference_m(tides_m),
        thickness_m=site.thickness_m,
        looks=float(rng.uniform(4, 9)),
        atmosphere_rad=float(rng.uniform(0.5, 1.5)),
        ramp_m_per_km=float(rng.normal(0, 0.0008)),
        flow_deg=site.sea_deg + float(rng.uniform(-25, 25)),
        shelf_km=site.shelf_km,
        grounded_coherence=grounded_coherence,
        floating_coherence=float(np.clip(grounded_coherence + rng.normal(0.08, 0.1), 0.42, 0.8)),
    )


def _planned(site: ShelfSite, case: str, rows: int, seed: int, visit: int) -> PlannedInterferogram:
    rng = generator(seed, site.name, visit, "plan")
    # A pair is 6 or 12 days apart; visits are far enough apart that no name comes twice.
    days = int(rng.choice([6, 12]))
    first = datetime.date(2016, 1, 4) + datetime.timedelta(days=visit * 60 + int(rng.integers(24)))
    middle_shared = bool(rng.random() < 0.6)
    steps = (0, days, days if middle_shared else days + 12, 2 * days if middle_shared else 2 * days + 12)
    tides_m = _tides_m(site, middle_shared, rng)
    down, right = (int(number) for number in rng.integers(-MOST_SHIFT_PX, MOST_SHIFT_PX + 1, 2))
    dates = [first + datetime.timedelta(days=step) for step in steps]
    return PlannedInterferogram(
        site=site,
        case=case,
        dates=(dates[0], dates[1], dates[2], dates[3]),
        tides_m=tides_m,
        conditions=_conditions(site, tides_m, rng),
        swath=_swath(site, frame_shape(rows)[1] * PIXEL_SIZE_M / 1000, rng),
        shift_px=(down, right),
        advance_km=float(rng.normal(0, 0.15)),
    )


MOST_SHIFT_PX = 40
"""How far a frame lies off the site's middle at most, in rows and in columns."""


def plan_interferograms(count: int, rows: int, seed: int) -> list[PlannedInterferogram]:
    """Which interferograms to make: sites take turns, and so do the hard cases.

    Args:
        count: Number of scenes; seven give every site once.
        rows: Rows of a scene.
        seed: Seed.

    Returns:
        The plan; names are unique.
    """
    planned = []
    for number in range(count):
        visit, place = divmod(number, len(SHELF_SITES))
        case = CASES[(number + visit) % len(CASES)]
        planned.append(_planned(SHELF_SITES[place], case, rows, seed, visit))
    return planned
