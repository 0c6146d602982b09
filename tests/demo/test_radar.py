"""What a look makes of simple hills, worked out by hand."""

import numpy as np
import pytest

from nnunet_glacier.demo.radar import Look, illuminate


def ramp(slope: float, length: int = 20) -> np.ndarray:
    """Flat, then rising by `slope` for 20 columns of 1 m, then flat."""
    profile = np.concatenate([np.zeros(20), slope * np.arange(1, length + 1), np.full(20, slope * length)])
    return np.tile(profile, (8, 1)).astype(np.float32)


@pytest.mark.parametrize("azimuth_deg", [0, 30, 90, 200])
def test_flat_ground_keeps_its_brightness(azimuth_deg):
    """Gain 1, no slope, no shadow, in any direction."""
    seen = illuminate(np.full((40, 50), 300, np.float32), 10.0, Look(azimuth_deg, 35))
    inner = (slice(5, -5), slice(5, -5))
    assert seen.gain[inner] == pytest.approx(np.ones((30, 40)), abs=0.3)
    assert seen.gain[inner].mean() == pytest.approx(1, abs=0.05)
    assert not seen.facing.any()
    assert not seen.shadow.any()


def test_a_slope_that_faces_the_radar_is_foreshortened():
    """At 45 degrees a slope of 0.5 halves its length in range: twice as bright; turned away it is 1 / 1.5."""
    lit = illuminate(ramp(0.5), 1.0, Look(0, 45))
    assert lit.facing[4, 30] == pytest.approx(0.5)
    assert lit.gain[4, 26:34].mean() == pytest.approx(2, rel=0.05)
    away = illuminate(ramp(0.5), 1.0, Look(180, 45))
    assert away.facing[4, 30] == pytest.approx(-0.5)
    assert away.gain[4, 26:34].mean() == pytest.approx(1 / 1.5, rel=0.1)


def test_a_slope_steeper_than_the_beam_folds_over():
    """At 45 degrees a hill of slope 2 and its flat top lie over the ground before it: three times as bright."""
    seen = illuminate(ramp(2.0), 1.0, Look(0, 45))
    assert seen.facing[4, 30] == pytest.approx(2)
    assert seen.gain[4, 2:18] == pytest.approx(np.full(16, 3.0), abs=0.2)
    assert seen.gain[4, 24:36] == pytest.approx(np.full(12, 3.0), abs=0.2)


def test_the_shadow_is_as_long_as_the_beam_is_flat():
    """Behind a wall of 10 m a beam at 60 degrees leaves 10 * tan(60) = 17 m in shadow."""
    heights = np.zeros((6, 60), np.float32)
    heights[:, 20] = 10
    shadow = illuminate(heights, 1.0, Look(0, 60)).shadow[3]
    assert not shadow[:21].any()
    assert shadow[21:].sum() == pytest.approx(10 * np.tan(np.deg2rad(60)), abs=1.5)
    assert shadow[21:37].all()


def test_turning_the_ground_and_the_look_turns_the_picture():
    """A look down the rows of a turned terrain sees what a look along the columns saw."""
    heights = np.random.default_rng(0).normal(0, 4, (30, 40)).astype(np.float32)
    along = illuminate(heights, 5.0, Look(0, 40))
    down = illuminate(np.rot90(heights, -1), 5.0, Look(90, 40))
    assert np.rot90(down.gain) == pytest.approx(along.gain, abs=1e-4)
    assert (np.rot90(down.shadow) == along.shadow).all()
    assert np.rot90(down.facing) == pytest.approx(along.facing, abs=1e-4)
