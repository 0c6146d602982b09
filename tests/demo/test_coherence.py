"""Noise of multi-looked interferograms against the published distribution of its phase."""

import numpy as np
import pytest
from scipy import integrate, special

from nnunet_glacier.demo.coherence import coherence_within_pixels, double_difference, multilooked_pair


def phase_density(phase_rad, coherence, looks):
    """Density of the multi-looked phase around its true value (Lee et al., 1994, IEEE TGRS 32, 1017)."""
    beta = coherence * np.cos(phase_rad)
    power = (1 - coherence**2) ** looks
    first = special.gamma(looks + 0.5) * power * beta
    first /= 2 * np.sqrt(np.pi) * special.gamma(looks) * (1 - beta**2) ** (looks + 0.5)
    return first + power / (2 * np.pi) * special.hyp2f1(looks, 1, 0.5, beta**2)


def moment(function, coherence, looks):
    """Mean of a function of the phase."""
    return integrate.quad(lambda phase: function(phase) * phase_density(phase, coherence, looks), -np.pi, np.pi)[0]


@pytest.mark.parametrize(("coherence", "looks"), [(0.0, 3), (0.3, 4), (0.6, 4), (0.9, 8), (0.5, 20)])
def test_the_phase_noise_has_the_theoretical_spread(coherence, looks):
    """Standard deviation of 200,000 phases within 1.5 % of the integral of the density; it sums up to 1."""
    pair = multilooked_pair(np.full(200_000, coherence), looks, np.random.default_rng(5))
    assert moment(lambda phase: 1.0, coherence, looks) == pytest.approx(1, abs=1e-6)
    expected = np.sqrt(moment(lambda phase: phase**2, coherence, looks))
    assert np.angle(pair).std() == pytest.approx(expected, rel=0.015)


@pytest.mark.parametrize("looks", [1, 7])
def test_it_is_the_mean_product_of_correlated_speckle(looks):
    """The same mean, power and quartiles of the magnitude as when the looks are made one by one."""
    coherence, count, rng = 0.55, 200_000, np.random.default_rng(8)
    fields = (rng.standard_normal((2, looks, count)) + 1j * rng.standard_normal((2, looks, count))) / np.sqrt(2)
    other = coherence * fields[0] + np.sqrt(1 - coherence**2) * fields[1]
    by_looks = (fields[0] * other.conj()).mean(axis=0)
    pair = multilooked_pair(np.full(count, coherence), looks, rng)
    assert pair.dtype == np.complex64
    assert pair.mean() == pytest.approx(coherence, abs=0.01)
    for level in (25, 50, 75):
        assert np.percentile(np.abs(pair), level) == pytest.approx(np.percentile(np.abs(by_looks), level), rel=0.015)


def test_a_double_difference_has_the_noise_of_two_interferograms():
    """The mean phase vector of a difference of two independent phases is the square of that of one."""
    coherence, looks = 0.6, 5
    noise = double_difference(np.full(200_000, coherence), looks, np.random.default_rng(2))
    one = moment(np.cos, coherence, looks)
    assert np.exp(1j * np.angle(noise)).mean() == pytest.approx(one**2, abs=0.006)


def test_full_coherence_has_no_noise_of_phase():
    """At coherence 1 only the magnitude varies."""
    assert np.angle(double_difference(np.ones(1000), 4, np.random.default_rng(0))) == pytest.approx(0, abs=1e-6)


def test_fringes_of_a_pixels_width_vanish():
    """A slope of a cycle a pixel leaves nothing, of half a cycle 2 / pi, a flat phase everything."""
    columns = np.arange(6.0)[None, :].repeat(5, axis=0)
    for cycles, left in ((0, 1.0), (0.5, 2 / np.pi), (1, 0.0)):
        assert coherence_within_pixels(2 * np.pi * cycles * columns) == pytest.approx(left, abs=1e-12)
        assert coherence_within_pixels(2 * np.pi * cycles * columns.T) == pytest.approx(left, abs=1e-12)
