"""Made-up scenes: the same again, truth that agrees with itself, speckle as ordered."""

import datetime
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from nnunet_glacier.demo.scene import SENSORS, Acquisition, front_way_km, looks_at, make_scene
from nnunet_glacier.demo.sites import SITES
from nnunet_glacier.demo.speckle import speckle
from nnunet_glacier.domain.zones import Zone

SIZE = 128


def acquisition(site: str = "Crane", sensor: str = "TSX", date: str = "2010-07-15", orbit: int = 61) -> Acquisition:
    return Acquisition(SITES[site], SENSORS[sensor], datetime.date.fromisoformat(date), orbit)


def scene(seed: int = 0, **what):
    seen = acquisition(**what)
    return make_scene(seen, seen.site.shape(SIZE), seed)


def test_the_same_seed_makes_the_same_scene_and_another_seed_another():
    """Every pixel of image and truth."""
    first, again, other = scene(), scene(), scene(seed=1)
    for name in ("image", "zones", "front", "intensity"):
        assert (getattr(first, name) == getattr(again, name)).all()
    assert (first.zones != other.zones).any()
    assert (first.image != other.image).mean() > 0.5


@pytest.mark.parametrize("site", sorted(SITES))
def test_image_and_truth_agree(site):
    """8-bit grey; zones of a fair size; NA is black; the front is the sea beside the ice, every pixel of it."""
    made = scene(site=site)
    assert made.image.dtype == np.uint8
    assert made.zones.dtype == np.uint8
    assert made.image.shape == made.zones.shape == made.front.shape == SITES[site].shape(SIZE)
    shares = np.bincount(made.zones.ravel(), minlength=4) / made.zones.size
    assert len(shares) == 4
    assert shares[Zone.ROCK] > 0.03
    assert shares[Zone.GLACIER] > 0.3
    assert shares[Zone.OCEAN] > 0.08
    assert shares[Zone.NA] < 0.2
    assert (made.image[made.zones == Zone.NA] == 0).all()
    assert made.front.sum() >= 20
    assert (made.zones[made.front] == Zone.OCEAN).all()
    beside_ice = ndimage.binary_dilation(made.zones == Zone.GLACIER)
    assert (made.front == (beside_ice & (made.zones == Zone.OCEAN))).all()


def test_the_sea_is_one_piece():
    """As in the published clean-up, which keeps one ocean only; masked ground may part it."""
    made = scene(site="Jorum")
    _, pieces = ndimage.label(made.zones == Zone.OCEAN, np.ones((3, 3)))
    assert pieces == 1


def test_two_dates_share_their_rock():
    """Where neither date masks nor floods it, rock stays rock, but for contacts too short to be a front."""
    first, second = scene(), scene(date="2010-12-01", orbit=61)
    known = np.isin(first.zones, [Zone.ROCK, Zone.GLACIER]) & np.isin(second.zones, [Zone.ROCK, Zone.GLACIER])
    differ = (first.zones != second.zones) & known
    assert known.mean() > 0.5
    assert differ.mean() < 0.01
    assert (first.image != second.image).mean() > 0.5


def test_the_front_retreats_over_the_years():
    """The sea of 2019 reaches further than that of 1995, in the same season."""
    ways = [front_way_km(acquisition(date=f"{year}-07-15"), 0) for year in (1995, 2003, 2011, 2019)]
    assert ways == sorted(ways)
    early, late = (scene(date=f"{year}-07-15", sensor="ERS").zones == Zone.OCEAN for year in (1995, 2019))
    assert late.sum() > early.sum()


def test_summer_is_half_a_year_apart_on_the_hemispheres():
    """January is summer at Crane and winter at Columbia."""
    assert acquisition(date="2010-01-15").summer == pytest.approx(1, abs=0.01)
    assert acquisition(site="COL", date="2010-01-15").summer == pytest.approx(0, abs=0.01)


def test_speckle_on_even_ground_has_the_sensors_looks():
    """Noise over noise-free backscatter has the equivalent number of looks that the sensor has at this pixel size."""
    sensor = SENSORS["ERS"]
    assert looks_at(sensor, 100) == sensor.looks
    assert looks_at(sensor, 200) == 4 * sensor.looks
    even = np.full((300, 300), 0.2, np.float32)
    noisy = even * speckle(even.shape, looks_at(sensor, 120), 0.6, np.random.default_rng(0))
    assert noisy.mean() ** 2 / noisy.var() == pytest.approx(1.44 * sensor.looks, rel=0.05)


def test_a_larger_picture_shows_the_same_glacier():
    """The sea at twice the size is that of the small scene, so that benchmarks show what the demo shows."""
    seen = replace(acquisition(), orbit=7)
    rows, columns = seen.site.shape(SIZE)
    small = make_scene(seen, (rows, columns), 0).zones
    large = make_scene(seen, (2 * rows, 2 * columns), 0).zones[::2, ::2]
    sea_small, sea_large = small == Zone.OCEAN, large == Zone.OCEAN
    assert (sea_small & sea_large).sum() / (sea_small | sea_large).sum() > 0.9
