import numpy as np
import pytest
from pyproj import Transformer
from scipy import ndimage

from nnunet_glacier.lines.complex_resampling import resample_signal
from nnunet_glacier.lines.grids import Grid, common_grid
from nnunet_glacier.lines.phase_channels import (
    CHANNELS,
    phase_channels,
    reference_magnitude,
    signal_from_phase,
    signal_validity,
)


def wrapped(difference: np.ndarray) -> np.ndarray:
    """Differences of phases in (-pi, pi]."""
    return np.angle(np.exp(1j * difference))


def test_the_channels_by_hand():
    """A quarter turn of length 2, half a turn of length 8, and nothing, with 4 as the magnitude that becomes 1."""
    signal = np.array([[2j, -8, 5]], dtype=np.complex64)
    valid = np.array([[True, True, False]])
    expected = {
        "phase_mag": [[0.5, 1, 0], [0.5, 1, 0]],
        "reim": [[0, -1, 0], [0.5, 0, 0]],
        "cos_sin_mag": [[0, -1, 0], [1, 0, 0], [0.5, 1, 0]],
    }
    for kind, channels in expected.items():
        made_channels = phase_channels(signal, valid, kind, 4.0)
        assert made_channels.dtype == np.float32
        np.testing.assert_allclose(made_channels[:, 0], channels, atol=1e-6)
    with pytest.raises(ValueError, match="none of phase_mag, reim, cos_sin_mag"):
        phase_channels(signal, valid, "mag", 4.0)


@pytest.mark.parametrize("kind", CHANNELS)
def test_the_phase_comes_back_from_every_choice_of_channels(kind):
    """Within float32's rounding, also beyond the magnitude that becomes 1; no value leaves [-1, 1]."""
    rng = np.random.default_rng(0)
    phase = np.concatenate([rng.uniform(-np.pi, np.pi, 997), [np.pi, -np.pi, 0]])[None]
    signal = (rng.uniform(0.1, 9, phase.shape) * np.exp(1j * phase)).astype(np.complex64)
    channels = phase_channels(signal, np.ones(phase.shape, bool), kind, 3.0)
    phase_of_channels = np.pi * channels[0] if kind == "phase_mag" else np.arctan2(channels[1], channels[0])
    assert np.abs(wrapped(phase_of_channels - phase)).max() < 1e-5
    assert np.abs(channels).max() <= 1
    if kind == "reim":
        np.testing.assert_allclose(np.hypot(*channels), np.minimum(np.abs(signal) / 3, 1), atol=1e-6)
    else:
        np.testing.assert_allclose(channels[-1], np.minimum(np.abs(signal) / 3, 1), atol=1e-6)


def test_what_holds_a_signal():
    """Not 0, NaN, infinity or the fill value; a real part alone equal to the fill value is a signal."""
    signal = np.array([0, np.nan, 1j * np.inf, -9, -9 - 9j, -9 + 1j, 1j, 1])
    assert signal_validity(signal, -9).tolist() == [False, False, False, False, False, True, True, True]
    assert signal_validity(signal, None).tolist() == [False, False, False, True, True, True, True, True]
    assert signal_validity(signal, np.nan).tolist() == [False, False, False, True, True, True, True, True]


def test_a_phase_of_exactly_zero_is_a_fill_value():
    """Unless a magnitude says otherwise; exp(0) would be a perfect signal."""
    phase = np.array([[0, np.nan, np.pi / 2]])
    np.testing.assert_allclose(signal_from_phase(phase)[0, [0, 2]], [0, 1j], atol=1e-7)
    assert np.isnan(signal_from_phase(phase)[0, 1])
    assert signal_from_phase(phase, np.array([[2, 0, 3]]))[0, 0] == 2


def test_the_reference_magnitude_leaves_the_brightest_percent_out():
    """Of 1 to 101 it is 100; without a valid pixel there is none."""
    signal = 1j * np.arange(1, 103)[None]
    valid = np.abs(signal) < 102
    assert reference_magnitude(signal, valid) == pytest.approx(100)
    assert np.isnan(reference_magnitude(signal, np.zeros_like(valid)))


def ramp(grid: Grid, turns_per_m: float) -> np.ndarray:
    """A phase that grows along x and y, at the middles of the pixels, as a complex signal."""
    a, _, c, _, e, f = grid.affine
    rows, columns = np.indices(grid.shape)
    x, y = c + a * (columns + 0.5), f + e * (rows + 0.5)
    return np.exp(2j * np.pi * turns_per_m * (x + 0.5 * y)).astype(np.complex64)


@pytest.mark.parametrize("size_m", [100.0, 20.0])
def test_resampled_fringes_keep_their_phase(size_m):
    """Fringes of 1 km from 25 m to 100 m and to 20 m: within 0.01 rad of the analytic phase, coarse means included."""
    fine = Grid((160, 160), "EPSG:3031", (25.0, 0.0, 1000.0, 0.0, -25.0, 9000.0))
    target = common_grid(fine, "EPSG:3031", size_m)
    assert target.shape == (4000 // int(size_m),) * 2
    resampled, valid = resample_signal(ramp(fine, 1e-3), np.ones(fine.shape, bool), fine, target)
    assert valid.all()
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(wrapped(np.angle(resampled[inner]) - np.angle(ramp(target, 1e-3)[inner]))).max() < 0.01
    assert np.abs(resampled[inner]).min() > 0.95


def test_fringes_keep_their_phase_in_another_crs():
    """From degrees to EPSG:3031, as DLR's scenes: no shift by half a pixel, which would be 0.3 rad here."""
    degrees = Grid((120, 120), "EPSG:4326", (0.0016, 0.0, -112.0, 0.0, -0.0004, -74.5))
    rows, columns = np.indices(degrees.shape)
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3031", always_xy=True)
    x, y = to_metres.transform(-112 + 0.0016 * (columns + 0.5), -74.5 - 0.0004 * (rows + 0.5))
    signal = np.exp(2j * np.pi * 1e-3 * (x + 0.5 * y)).astype(np.complex64)
    target = common_grid(degrees, "EPSG:3031", 100.0)
    resampled, valid = resample_signal(signal, np.ones(degrees.shape, bool), degrees, target)
    inner = ndimage.binary_erosion(valid, np.ones((5, 5)))
    assert inner.sum() > 1000
    assert np.abs(wrapped(np.angle(resampled[inner]) - np.angle(ramp(target, 1e-3)[inner]))).mean() < 0.05
    assert np.abs(np.angle((resampled * ramp(target, 1e-3).conj())[inner].sum())) < 0.01


def test_a_coarse_pixel_takes_the_mean_of_its_valid_part():
    """2x2 means by hand; a pixel with less than half of its ground valid holds nothing."""
    fine = Grid((2, 6), "EPSG:3031", (50.0, 0.0, 0.0, 0.0, -50.0, 100.0))
    signal = np.array([[1, 1j, 1, -1j, 1, 1], [1, 1j, 5, 5, 1, 1]], dtype=np.complex64)
    valid = np.array([[1, 1, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]], dtype=bool)
    resampled, holds = resample_signal(signal, valid, fine, common_grid(fine, "EPSG:3031", 100.0))
    assert holds.tolist() == [[True, True, False]]
    np.testing.assert_allclose(resampled, [[0.5 + 0.5j, 0.5 - 0.5j, 0]], atol=1e-6)


def test_opposite_phases_on_both_sides_of_the_jump_do_not_cancel():
    """The mean of pi - 0.1 and -pi + 0.1 is pi, not 0."""
    fine = Grid((1, 2), "EPSG:3031", (50.0, 0.0, 0.0, 0.0, -100.0, 100.0))
    signal = np.exp(1j * np.array([[np.pi - 0.1, 0.1 - np.pi]])).astype(np.complex64)
    resampled, _ = resample_signal(signal, np.ones((1, 2), bool), fine, common_grid(fine, "EPSG:3031", 100.0))
    np.testing.assert_allclose(resampled, [[-np.cos(0.1)]], atol=1e-6)


def test_a_scene_on_the_common_grid_stays_as_it_is():
    """Its pixels are copied, not interpolated; scenes of one area share the edges of their pixels."""
    grid = Grid((30, 40), "EPSG:3031", (100.0, 0.0, -1_500_000.0, 0.0, -100.0, -600_000.0))
    assert common_grid(grid, "EPSG:3031", 100.0) == grid
    shifted = Grid((30, 40), "EPSG:3031", (100.0, 0.0, -1_500_050.0, 0.0, -100.0, -600_025.0))
    moved_grid = common_grid(shifted, "EPSG:3031", 100.0)
    assert (moved_grid.affine[2], moved_grid.affine[5]) == (-1_500_100.0, -600_000.0)
    assert moved_grid.shape == (31, 41)
    rows_run_north = Grid((30, 40), "EPSG:3031", (100.0, 0.0, -1_500_000.0, 0.0, 100.0, -603_000.0))
    assert common_grid(rows_run_north, "EPSG:3031", 100.0) == grid


@pytest.mark.parametrize("west", [175.0, -185.0, 535.0])
def test_degrees_over_the_antimeridian_lie_on_a_short_part_of_the_common_grid(west):
    """Ten degrees from 175 east on, however they are counted: x from -192 to 192 km, not round the pole."""
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3031", always_xy=True)
    x = to_metres.transform(np.linspace(175, 185, 1001), np.full(1001, -70.0))[0]
    assert (x.min(), x.max()) == pytest.approx((-191_263, 191_263), abs=1)
    target = common_grid(Grid((20, 40), "EPSG:4326", (0.25, 0.0, west, 0.0, -0.25, -70.0)), "EPSG:3031", 1000.0)
    assert (target.affine[2], target.shape[1]) == (-192_000, 384)
    # At its corners -70 is 2186 km from the pole, and -75 is 1632 km; in the middle -70 is 2194 km.
    assert (target.affine[5], target.shape[0]) == (-1_632_000, 563)


def test_the_size_of_a_pixel_on_the_ground():
    """Metres in a metric CRS; degrees only where both sides agree; nothing without a map."""
    assert Grid((9, 9), "EPSG:3031", (100.0, 0, 0, 0, -100.0, 0)).pixel_size_m == 100
    # At 60 degrees south a degree of longitude is half as long as one of latitude: 55.66 km on WGS 84's equator.
    square = Grid((1, 1), "EPSG:4326", (0.002, 0, 10.0, 0, -0.001, -60.0 + 0.0005))
    assert square.pixel_size_m == pytest.approx(111.32, abs=0.01)
    assert np.isnan(Grid((1, 1), "EPSG:4326", (0.001, 0, 10.0, 0, -0.001, -60.0)).pixel_size_m)
    assert np.isnan(Grid((9, 9), "", (100.0, 0, 0, 0, -100.0, 0)).pixel_size_m)
    assert np.isnan(Grid((9, 9), "EPSG:3031").pixel_size_m)
    assert Grid((9, 9), "EPSG:3031", (100.0, 0, 0, 0, -100.0, 0)).hemisphere() == "south"
    assert Grid((9, 9)).hemisphere() == ""
