"""How probable the front is, and maps on another grid."""

import numpy as np
import pytest
import rasterio

from nnunet_glacier.delineation.maps import SceneMaps, front_probabilities, write_maps
from nnunet_glacier.lines.grids import Grid


def test_a_fold_is_sure_of_a_front_where_glacier_and_ocean_are_equal():
    """Two folds by hand: 2 min(0.5, 0.5) = 1 and 2 min(0.9, 0.1) = 0.2, mean 0.6, SD 0.4."""
    folds = np.zeros((2, 4, 1, 1), dtype=np.float16)
    folds[0, 2:] = 0.5
    folds[1, 2], folds[1, 3] = 0.9, 0.1
    mean, spread = front_probabilities(folds)
    assert mean[0, 0] == pytest.approx(0.6, abs=1e-3)
    assert spread is not None
    assert spread[0, 0] == pytest.approx(0.4, abs=1e-3)


def test_folds_that_contradict_each_other_see_no_front():
    """One takes the pixel for glacier, the other for ocean: their mean is half and half, but neither sees a front."""
    folds = np.zeros((2, 4, 1, 1), dtype=np.float16)
    folds[0, 2] = folds[1, 3] = 1
    assert front_probabilities(folds)[0][0, 0] == 0


def test_one_fold_has_no_spread():
    assert front_probabilities(np.zeros((1, 4, 2, 2), dtype=np.float16))[1] is None


def test_the_bar_moves_with_every_strip(tmp_path):
    """Of 600 rows, in strips of 512, for each of two maps."""
    grid = Grid((600, 4), "EPSG:3413", (80.0, 0.0, -180000.0, 0.0, -80.0, -2270000.0))
    probability = np.linspace(0, 1, 2400, dtype=np.float32).reshape(600, 4)
    valid = np.ones(grid.shape, dtype=bool)
    rows = []
    maps = SceneMaps(grid, np.ones(grid.shape, dtype=np.uint8), probability, None, valid)
    write_maps(tmp_path, "a", maps, grid, None, rows.append)
    assert rows == [512, 88, 512, 88]
    with rasterio.open(tmp_path / "front_probability" / "a.tif") as written:
        assert written.read(1) * written.scales[0] == pytest.approx(probability, abs=1 / 499)
