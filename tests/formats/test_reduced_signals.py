"""An interferogram read in strips and in blocks of pixels, as the page shows it."""

import numpy as np
import pytest
from scenes_on_the_map import write_scene

from nnunet_glacier.formats.interferograms import read_reduced_signal, read_signal
from nnunet_glacier.lines.complex_resampling import block_means
from nnunet_glacier.support.errors import GlacierError


def test_a_block_is_the_mean_of_its_valid_pixels():
    """Worked by hand: of four, of two that are valid, of one of four (too few), and of a column at the border."""
    signal = np.array([[1, 1j, 2, 9, 4], [3, 1, 4, 9, 6], [8, 0, 1, 1, 1j], [0, 0, 1, -1, 1]], dtype=np.complex64)
    valid = np.array([[1, 1, 1, 0, 1], [1, 1, 1, 0, 1], [1, 0, 1, 1, 1], [0, 0, 1, 1, 0]], dtype=bool)
    means, holds = block_means(signal, valid, 2)
    assert means.dtype == np.complex64
    assert means == pytest.approx(np.array([[(5 + 1j) / 4, 3, 5], [0, 0.5, 1j]]))
    assert holds.tolist() == [[True, True, True], [False, True, True]]
    nothing, holds = block_means(signal, np.zeros_like(valid), 3)
    assert not nothing.any() and not holds.any() and nothing.shape == (2, 2)


@pytest.mark.parametrize("bands", ["real-imaginary", "complex", "phase"])
def test_strips_and_blocks_are_those_of_the_whole_signal(tmp_path, bands):
    """300 x 210 pixels in strips of 128 rows; blocks of three, against means by reshaping."""
    rng = np.random.default_rng(0)
    phase = rng.uniform(-np.pi, np.pi, (300, 210)).astype(np.float32)
    phase[:30, :30] = 0
    signal = np.where(phase == 0, 0, np.exp(1j * phase)).astype(np.complex64)
    stored = {"real-imaginary": np.stack([signal.real, signal.imag]), "complex": signal, "phase": phase}[bands]
    path = write_scene(tmp_path / "scene.tif", stored)
    whole = read_reduced_signal(path, bands=bands, phase_unit="radians", longest_px=300)
    known = read_signal(path, bands=bands, phase_unit="radians")
    assert whole.grid == known.grid and np.array_equal(whole.valid, known.valid)
    assert whole.values == pytest.approx(known.values)
    reduced = read_reduced_signal(path, bands=bands, phase_unit="radians", longest_px=100)
    assert reduced.values == pytest.approx(known.values.reshape(100, 3, 70, 3).mean(axis=(1, 3)), abs=1e-6)
    assert not reduced.valid[:10, :10].any() and reduced.valid.sum() == 100 * 70 - 100
    assert reduced.grid.affine[:2] == (240, 0) and reduced.grid.shape == (100, 70)


def test_what_is_no_interferogram_is_refused(tmp_path):
    image = write_scene(tmp_path / "image.tif", np.ones((50, 50), np.uint8))
    with pytest.raises(GlacierError, match="8-bit picture"):
        read_reduced_signal(image, bands="phase", phase_unit="radians", longest_px=10)
