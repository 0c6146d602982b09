"""Sea ice scenes brought to one pixel size: power averaged, areas drawn anew, transform and record carried along."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from read_back import read, read_json
from small_caffe import convert
from small_dinsar import write_tiff
from small_sea_ice import (
    AFFINE,
    APRIL,
    EXPECTED_ROWS,
    FEBRUARY,
    GRID,
    MARCH,
    NAME,
    SHAPE,
    channels,
    chart_rows,
    write_chart,
)

from nnunet_glacier.dataset_conversion.sea_ice.inputs import SarScene
from nnunet_glacier.dataset_conversion.sea_ice.resampling import resampled
from nnunet_glacier.support.errors import GlacierError

MEANS, DEVIATIONS = (-13.41794195, -27.00508461, 34.10005417), (5.42232225, 5.09901729, 7.83123517)
FINE = GRID.resized(40)


def fine_channels(seed: int) -> np.ndarray:
    """Every pixel of 80 m as four of 40 m; in the first row, two hold half the power in HH and two hold 3/2."""
    values = channels(seed).repeat(2, axis=1).repeat(2, axis=2)
    values[0, 0, 4:] += np.float32(10 * np.log10(0.5))
    values[0, 1, 4:] += np.float32(10 * np.log10(1.5))
    return values


@pytest.fixture(scope="module")
def fine(tmp_path_factory):
    """Scenes of 40 m, but the last one of 80 m."""
    root = tmp_path_factory.mktemp("fine")
    for seed, time in enumerate((FEBRUARY, MARCH)):
        write_tiff(root / "scenes" / f"{time}.tif", fine_channels(seed), FINE)
    write_tiff(root / "scenes" / f"{APRIL}.tif", channels(2), GRID)
    for time in (FEBRUARY, MARCH, APRIL):
        write_chart(root / "charts" / f"seaice_s1_{time}.shp", chart_rows())
    return root / "scenes", root / "charts"


def test_every_pixel_is_the_mean_power_of_the_four_below_it(fine, tmp_path):
    out = tmp_path / NAME
    result = convert("sea-ice", *fine, out, "--pixel-size-m", "80")
    assert result.exit_code == 0, result.output
    assert "2 scenes were resampled from 40 m to 80 m." in result.output
    for seed, time in enumerate((MARCH, APRIL), start=1):
        expected = channels(seed).astype(np.float64)
        valid = np.isfinite(expected[0])
        for channel, (mean, deviation) in enumerate(zip(MEANS, DEVIATIONS, strict=True)):
            path = out / "imagesTr" / f"seaice_s1_{time}_{channel:04}.tif"
            wanted = np.where(valid, (expected[channel] - mean) / deviation, 0)
            np.testing.assert_allclose(read(path), wanted, atol=1e-5)
            with rasterio.open(path) as source:
                assert (source.crs.to_epsg(), tuple(source.transform)[:6]) == (32633, AFFINE)
        labels = read(out / "labelsTr" / f"seaice_s1_{time}.tif")
        np.testing.assert_array_equal(labels, np.where(valid, EXPECTED_ROWS[:, None], 6))
    assert read_json(out / "conversion.json")["pixel_size_m"] == 80
    assert read_json(out / "dataset.json")["channels"]["pixel_size_m"] == 80


def test_new_scenes_get_the_pixel_size_of_the_training(fine, tmp_path):
    out = tmp_path / NAME
    assert convert("sea-ice", *fine, out, "--pixel-size-m", "80").exit_code == 0
    assert convert("sea-ice-scenes", fine[0], out, tmp_path / "new").exit_code == 0
    for channel in range(3):
        name = f"seaice_s1_{MARCH}_{channel:04}.tif"
        np.testing.assert_array_equal(read(tmp_path / "new" / name), read(out / "imagesTr" / name))


def test_without_the_option_scenes_of_two_sizes_are_refused(fine, tmp_path):
    result = convert("sea-ice", *fine, tmp_path / NAME)
    assert result.exit_code == 2
    assert "Give --pixel-size-m 80" in " ".join(result.output.split())
    assert not (tmp_path / NAME).exists()


def test_coarse_scenes_are_interpolated_up_to_a_factor_of_two(fine, tmp_path):
    """The scene of 80 m on pixels of 40 m is told; on pixels of 30 m it is refused, and nothing is written."""
    result = convert("sea-ice", *fine, tmp_path / NAME, "--pixel-size-m", "40")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "1 scene was resampled from 80 m to 40 m. 1 of them has larger pixels than asked for" in said.replace(
        " * ", " "
    ).replace(" - ", " ")
    refused = convert("sea-ice", *fine, tmp_path / "Dataset551_SeaIce", "--pixel-size-m", "30")
    assert refused.exit_code == 2
    assert "its pixels are 80 m, more than 2 times as large as the 30 m asked for" in " ".join(refused.output.split())
    assert not (tmp_path / "Dataset551_SeaIce").exists()


def scene_of(values: np.ndarray, valid: np.ndarray) -> SarScene:
    return SarScene(values, valid, replace(GRID, shape=values.shape[1:]))


def test_pixels_at_the_edge_and_without_data():
    """3x5 pixels to 2x3 of double size: half a pixel of data is enough, less is not."""
    values = np.full((3, 3, 5), -10, np.float32)
    values[0, 0, :2] = [-10, -20]
    valid = np.ones((3, 5), bool)
    valid[1, :2] = False
    valid[:2, 2:4] = [[False, False], [False, True]]
    coarse = resampled(scene_of(values, valid), 160)
    assert coarse.grid.affine == (160.0, 0.0, AFFINE[2], 0.0, -160.0, AFFINE[5])
    # Below the last row and right of the last column there is nothing: the corner pixel has a quarter of its data.
    assert coarse.valid[0].tolist() == [True, False, True]
    # Of 0.1 and 0.01 the mean is 0.055, -12.6 dB; the mean of the decibels were -15.
    assert coarse.values[0, 0, 0] == pytest.approx(10 * np.log10(0.055), abs=1e-5)
    assert coarse.values[:, 0, 1].tolist() == [0, 0, 0]


def test_a_scene_of_the_size_stays_as_it_is():
    scene = scene_of(channels(0), np.ones(SHAPE, bool))
    assert resampled(scene, 80.0) is scene
    assert resampled(scene, None) is scene
    with pytest.raises(GlacierError, match="more than 2 times"):
        resampled(scene, 39.9)


def test_pixels_larger_than_all_data_are_refused():
    scene = scene_of(channels(0), np.eye(*SHAPE, dtype=bool))
    with pytest.raises(GlacierError, match="nothing of it is left on pixels of 800 m"):
        resampled(scene, 800)
