"""The beam's profile against values worked by hand and against the differential equation it solves."""

import numpy as np
import pytest

from nnunet_glacier.demo.flexure import STEEPEST, flexural_wavenumber_per_m, flexure


def test_the_wavenumber_is_the_beams():
    """(3 * 1030 * 9.81 * 0.91 / (0.88e9 * 500^3))^(1/4) = (27584.8 / 1.1e17)^(1/4) = 7.0765e-4 per metre."""
    assert flexural_wavenumber_per_m(500.0) == pytest.approx(7.0765e-4, rel=1e-4)


def test_thicker_ice_bends_over_a_longer_way():
    """The wavenumber falls with thickness to the power of three quarters."""
    thin, thick = flexural_wavenumber_per_m(np.array([400.0, 1600.0]))
    assert thin / thick == pytest.approx(4**0.75)


def test_known_values_of_the_profile():
    """0 on grounded ice and at the line, 1 + exp(-pi) = 1.0432 at its highest, 1 far out, also infinitely far."""
    wavenumber = 7e-4
    distances_m = np.array([-np.inf, -500.0, 0.0, np.pi / wavenumber, 2 * np.pi / wavenumber, 1e6, np.inf])
    expected = [0, 0, 0, 1.0432139, 1 - 0.0018674, 1, 1]
    assert flexure(distances_m, wavenumber) == pytest.approx(expected, abs=1e-6)


def test_the_slope_is_zero_at_the_line_and_steepest_at_an_eighth_of_a_wave():
    """The derivative is 2 b exp(-bx) sin(bx): 0 at the line, 0.6448 b at bx = pi / 4."""
    wavenumber, step_m = 7e-4, 1.0
    way_m = np.arange(0, 8000, step_m)
    slope = np.gradient(flexure(way_m, wavenumber), step_m)
    analytic = 2 * wavenumber * np.exp(-wavenumber * way_m) * np.sin(wavenumber * way_m)
    assert slope[1:-1] == pytest.approx(analytic[1:-1], abs=1e-9)
    assert way_m[slope.argmax()] == pytest.approx(np.pi / 4 / wavenumber, abs=2)
    assert slope.max() / wavenumber == pytest.approx(STEEPEST, rel=1e-5)
    assert pytest.approx(0.6448, abs=1e-4) == STEEPEST


def test_the_profile_solves_the_beams_equation():
    """W'''' = 4 b^4 (1 - w): the water carries what the beam does not."""
    wavenumber = 1.0
    way = np.linspace(0.5, 6, 2001)
    step = way[1] - way[0]
    rise = flexure(way, wavenumber)
    thinned, coarse = rise[::20], 20 * step
    fourth = (thinned[:-4] - 4 * thinned[1:-3] + 6 * thinned[2:-2] - 4 * thinned[3:-1] + thinned[4:]) / coarse**4
    assert fourth == pytest.approx(4 * (1 - thinned[2:-2]), abs=5e-3)
