"""Numbers that compare patches of interferograms, and the reading of the real one."""

import numpy as np
import pytest
from interferogram_panels import (
    Patch,
    fringe_rate,
    line_mask,
    local_coherence,
    patch_statistics,
    read_real_patch,
)
from PIL import Image

from nnunet_glacier.support.errors import InputError


def test_the_fringe_rate_of_a_plane_is_its_slope():
    """0.15 cycles a row and 0.2 a column are 0.25 a pixel; a plane's local coherence has its own closed form."""
    rows, columns = np.mgrid[:40, :50]
    signal = np.exp(2j * np.pi * (0.15 * rows + 0.2 * columns))
    assert fringe_rate(signal)[8:-8, 8:-8] == pytest.approx(0.25, abs=1e-9)

    def mean_of_five(cycles):
        return np.sin(5 * np.pi * cycles) / (5 * np.sin(np.pi * cycles))

    expected = abs(mean_of_five(0.15) * mean_of_five(0.2))
    assert local_coherence(signal)[5:-5, 5:-5] == pytest.approx(expected, abs=1e-9)


def test_the_statistics_look_on_the_side_of_the_fringes():
    """Flat above the line, 0.2 cycles a row below it."""
    rows = np.arange(100)[:, None].repeat(80, axis=1)
    signal = np.exp(2j * np.pi * 0.2 * np.maximum(rows - 20, 0))
    line = np.zeros((100, 80), dtype=bool)
    line[20] = True
    statistics = patch_statistics(Patch("plane", signal, line))
    assert statistics["near_rate"] == pytest.approx(0.2, abs=0.02)
    assert statistics["no_data"] == 0
    assert statistics["line_share"] == pytest.approx(0.01, abs=0.0005)


def test_the_real_patch_is_read(shared_data):
    """Its line is one part in 326 of the pixels, its fringes are five pixels wide, a corner has no data."""
    patch = read_real_patch(shared_data / "grounding_line_patch" / "getz_256_phase_truth_prediction.tif")
    statistics = patch_statistics(patch)
    assert patch.line.mean() == pytest.approx(1 - 0.9969329833984375)
    assert statistics["no_data"] == pytest.approx(0.0135345458984375)
    assert statistics["near_rate"] == pytest.approx(0.183, abs=0.01)


def test_other_files_are_refused(tmp_path):
    """No image, and an image of grey values."""
    (tmp_path / "text.tif").write_text("dear")
    Image.fromarray(np.full((8, 8), 200, dtype=np.uint8)).save(tmp_path / "grey.tif")
    for name in ("text.tif", "grey.tif", "missing.tif"):
        with pytest.raises(InputError, match="phase / pi on its first page"):
            read_real_patch(tmp_path / name)


def test_no_line_is_an_empty_mask():
    """An empty geometry marks nothing."""
    import shapely

    assert not line_mask(shapely.MultiLineString([]), (4, 5)).any()
