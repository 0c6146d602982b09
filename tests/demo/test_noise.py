"""Random fields: seeded, of unit size, and the same hills at every pixel size."""

import numpy as np
import pytest

from nnunet_glacier.demo.noise import Grid, fractal_noise, generator, noise_at, smooth_noise


def test_a_key_fixes_the_numbers_and_another_key_changes_them():
    """Numbers and words both count."""
    assert generator(1, "a").random() == generator(1, "a").random()
    assert generator(1, "a").random() != generator(1, "b").random()
    assert generator(1, "a").random() != generator(2, "a").random()


@pytest.mark.parametrize("wavelength_km", [0.4, 1.0])
def test_smooth_noise_has_unit_size_and_the_wavelength(wavelength_km):
    """SD 1; half a wavelength apart values hardly agree, a tenth apart they nearly do."""
    grid = Grid((300, 400), 0.05)
    field = smooth_noise(grid, wavelength_km, 7)
    assert field.dtype == np.float32
    assert field.std() == pytest.approx(1, abs=0.1)

    def agreement(lag_km: float) -> float:
        lag = round(lag_km / grid.pixel_km)
        return float(np.corrcoef(field[:, lag:].ravel(), field[:, :-lag].ravel())[0, 1])

    assert agreement(0.125 * wavelength_km) > 0.85
    assert abs(agreement(wavelength_km)) < 0.1


def test_the_same_hills_at_two_pixel_sizes():
    """A coarse grid shows the block means of the fine one."""
    fine = smooth_noise(Grid((200, 240), 0.1), 4.0, 3, "hills")
    coarse = smooth_noise(Grid((50, 60), 0.4), 4.0, 3, "hills")
    assert coarse == pytest.approx(fine.reshape(50, 4, 60, 4).mean(axis=(1, 3)), abs=0.06)


def test_noise_at_agrees_with_itself_at_the_same_place_and_has_unit_size():
    """The texture depends on the coordinates alone."""
    u, v = np.meshgrid(np.linspace(0, 60, 300), np.linspace(0, 60, 300))
    field = noise_at(u, v, 5)
    assert field.std() == pytest.approx(1, abs=0.1)
    assert noise_at(u[10:20, 30:40], v[10:20, 30:40], 5) == pytest.approx(field[10:20, 30:40])


def test_ridged_noise_has_sharp_crests_and_a_long_lower_tail():
    """Crests are where the hills of an octave cross zero, and there are many of them: the skew is negative."""
    field = fractal_noise(Grid((200, 200), 0.05), 4.0, 1, ridged=True, roughness=0.3)
    assert ((field - field.mean()) ** 3).mean() < 0
