"""A frame without data does not change the prediction inside, and gaps do not change the normalisation."""

from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.fold_pass import prepare_case
from nnunet_glacier.inference.images import ImageFormat
from nnunet_glacier.inference.settings import Options
from nnunet_glacier.inference.stage import predict
from nnunet_glacier.inference.valid_pixels import Normalisation, cut_to_valid

Z_SCORE = Normalisation("ZScoreNormalization")
PLACE = {"crs": "EPSG:3031", "transform": rasterio.Affine(10, 0, 0, 0, -10, 0)}


def write(path, bands, **profile):
    bands = bands if bands.ndim == 3 else bands[None]
    shape = dict(zip(("count", "height", "width"), bands.shape, strict=True))
    with rasterio.open(path, "w", driver="GTiff", dtype=bands.dtype, **shape, **PLACE, **profile) as target:
        target.write(bands)
    return path


def prepared(path, *, normalisation="ZScoreNormalization", channels=1, masked=False, **changes):
    """What the network gets of a GeoTIFF, and what nnU-Net's preprocessor noted."""
    plans = make_plans(normalisation=normalisation, channels=channels)
    plans.update(changes)
    plans["configurations"]["2d"]["use_mask_for_norm"] = [masked] * channels
    manager = PlansManager(plans)
    predictor = SimpleNamespace(
        plans_manager=manager,
        configuration_manager=manager.get_configuration("2d"),
        dataset_json=make_dataset_json(labels={"background": 0, "ice": 1}, channels=channels),
    )
    image_format = ImageFormat(".png", manager.image_reader_writer_class, channels, (normalisation,) * channels)
    result = prepare_case(Case("a", (path,)), image_format, predictor)
    return result.data.numpy()[:, 0], result.properties


def blobs(dtype, shape=(60, 75), seed=0):
    """Blocks of different brightness with noise: in dB, from 1 to 254, or in 16 bits."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((shape[0] // 5, shape[1] // 5)).repeat(5, 0).repeat(5, 1)
    pixels = 0.8 * coarse + 0.2 * rng.random(shape)
    if dtype == np.float32:
        return (20 * pixels - 25).astype(dtype)
    return (1 + pixels * (253 if dtype == np.uint8 else 20_000)).astype(dtype)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Two folds with random weights, so that every pixel's class depends on the grey values about it."""
    folder = tmp_path_factory.mktemp("model") / "nnUNetTrainer__tinyPlans__2d"
    labels = {"background": 0, "rock": 1, "glacier": 2, "ocean": 3}
    return make_model(folder, make_dataset_json(labels=labels), make_plans(patch=(32, 32)), folds=(0, 1))


def maps(model, image, out):
    """Labels, probabilities of four classes and spread."""
    predict(model, [image], out, Options(device="cpu", probabilities="float16", spread=True))
    written = []
    for path in sorted(out.rglob("*.tif")):
        with rasterio.open(path) as source:
            written.append(source.read())
    return np.concatenate([band.astype(np.float64) for band in written])


RINGS = {
    "NaN": (np.float32, np.nan, {}),
    "decibels": (np.float32, -9999, {"nodata": -9999}),
    "decibels-0": (np.float32, 0, {"nodata": 0}),
    "8-bit": (np.uint8, 0, {"nodata": 0}),
    "8-bit-255": (np.uint8, 255, {"nodata": 255}),
    "16-bit": (np.uint16, 0, {"nodata": 0}),
    "16-bit-65535": (np.uint16, 65535, {"nodata": 65535}),
}


@pytest.mark.parametrize("ring", RINGS)
def test_a_ring_without_data_changes_nothing_inside(model, tmp_path, ring):
    """The same maps pixel for pixel, and 0 with certainty in the ring."""
    dtype, outside, profile = RINGS[ring]
    inside = blobs(dtype)
    wide = np.pad(inside, ((23, 4), (3, 41)), constant_values=outside)
    plain = maps(model, write(tmp_path / "a.tif", inside), tmp_path / "plain")
    ringed = maps(model, write(tmp_path / "b.tif", wide, **profile), tmp_path / "ringed")
    assert len(np.unique(plain[0])) > 2
    np.testing.assert_array_equal(ringed[:, 23:-4, 3:-41], plain)
    assert len(plain) == 6
    np.testing.assert_array_equal(ringed[:, :23], np.array([0, 1, 0, 0, 0, 0])[:, None, None] + 0 * ringed[:, :23])


def test_the_values_under_a_mask_do_not_matter(model, tmp_path):
    """Alpha of 0 over a bright and a dark frame: the same maps."""
    grey = np.pad(blobs(np.uint8), 10)
    alpha = np.pad(np.full((60, 75), 255, np.uint8), 10)
    normalised = []
    for number, frame in enumerate((0, 200)):
        bands = np.stack([np.where(alpha == 0, np.uint8(frame), grey), alpha])
        path = write(tmp_path / f"{number}.tif", bands, photometric="MINISBLACK", alpha="yes")
        normalised.append(maps(model, path, tmp_path / str(number)))
    np.testing.assert_array_equal(*normalised)


def test_borders_of_zeros_are_cropped_as_without_a_ring(tmp_path):
    """Zeros that hold data at the edge of the valid pixels, which nnU-Net crops: the network gets the same."""
    inside = blobs(np.uint8)
    inside[:7] = 0
    inside[:, -4:] = 0
    plain, noted = prepared(write(tmp_path / "a.tif", inside))
    wide = np.pad(inside, 6, constant_values=255)
    ringed, noted_with_ring = prepared(write(tmp_path / "b.tif", wide, nodata=255))
    assert plain.shape == (1, 53, 71)
    np.testing.assert_array_equal(ringed, plain)
    assert noted["bbox_used_for_cropping"] == [[0, 1], [7, 60], [0, 71]]
    assert noted_with_ring["bbox_used_for_cropping"] == [[0, 1], [13, 66], [6, 77]]
    assert noted_with_ring["shape_before_cropping"] == (1, 72, 87)


def test_the_place_is_noted_along_transposed_axes(tmp_path):
    """As nnU-Net notes a crop of its own, for plans that transpose."""
    wide = np.pad(blobs(np.float32), ((2, 9), (5, 1)), constant_values=np.nan)
    path = write(tmp_path / "a.tif", wide)
    data, noted = prepared(path, transpose_forward=[0, 2, 1], transpose_backward=[0, 2, 1])
    assert data.shape == (1, 75, 60)
    assert noted["bbox_used_for_cropping"] == [[0, 1], [5, 80], [2, 62]]
    assert noted["shape_before_cropping"] == (1, 81, 71)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.uint16])
def test_a_hole_leaves_the_normalisation_of_valid_pixels(tmp_path, dtype):
    """Valid pixels are (x - mean) / SD of valid pixels, and the hole is 0, which is their mean."""
    pixels = blobs(dtype)
    hole = np.zeros(pixels.shape, bool)
    hole[10:40, 20:60] = True
    hole[-5:, :9] = True
    outside = np.nan if dtype == np.float32 else 0
    path = write(tmp_path / "a.tif", np.where(hole, dtype(outside), pixels), nodata=outside)
    data, _ = prepared(path)
    valid = pixels[~hole].astype(np.float64)
    np.testing.assert_allclose(data[0][~hole], (valid - valid.mean()) / valid.std(), atol=1e-5)
    np.testing.assert_allclose(data[0][hole], 0, atol=1e-5)


def test_single_pixels_without_data_do_not_count(tmp_path):
    """Fill values too few for a gap of their own are filled with the mean; zeros declared as nodata stay dark."""
    for dtype, outside, counts in ((np.uint16, 65535, False), (np.float32, np.nan, False), (np.uint8, 0, True)):
        pixels = blobs(dtype)
        speck = np.zeros(pixels.shape, bool)
        speck[4::9, 5::8] = True
        pixels[speck] = outside
        data, _ = prepared(write(tmp_path / "a.tif", pixels, nodata=outside))
        valid = pixels[~speck | counts].astype(np.float64)
        np.testing.assert_allclose(data[0][~speck], (pixels[~speck] - valid.mean()) / valid.std(), atol=1e-5)
        np.testing.assert_allclose(data[0][speck], -valid.mean() / valid.std() if counts else 0, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**16), share=st.floats(0.02, 1), channels=st.integers(1, 3))
def test_scaled_z_score_is_that_of_valid_pixels(seed, share, channels):
    """For any mask: nnU-Net's z-score of the cut, times the factor, is the z-score of valid pixels alone."""
    from nnunetv2.preprocessing.normalization.default_normalization_schemes import ZScoreNormalization

    rng = np.random.default_rng(seed)
    pixels = rng.normal(-15, 5, (channels, 1, 20, 25)).astype(np.float32)
    valid = rng.random((20, 25)) < share
    valid[rng.integers(20), rng.integers(25)] = True
    valid[7, 8] = True
    cut = cut_to_valid(pixels, valid, [Z_SCORE] * channels)
    rows, columns = (
        slice(start, start + size) for start, size in zip(cut.start[1:], cut.pixels.shape[2:], strict=True)
    )
    inside = valid[rows, columns]
    assert np.count_nonzero(inside) == np.count_nonzero(valid)
    for plane, factor, before in zip(cut.pixels, cut.factors, pixels[:, 0, rows, columns], strict=True):
        values = before[inside].astype(np.float64)
        normalised = factor * ZScoreNormalization(False, {}).run(plane.copy())[0]
        expected = (values - values.mean()) / max(values.std(), 1e-8)
        np.testing.assert_allclose(normalised[inside], expected, atol=2e-5)


@pytest.mark.parametrize("scheme", ["CTNormalization", "NoNormalization", "RescaleTo01Normalization", "RGBTo01"])
def test_other_normalisations_make_the_fill_0(tmp_path, scheme):
    """Valid pixels are normalised as they are without the hole, or by their own smallest and largest value."""
    from nnunetv2.preprocessing.normalization import default_normalization_schemes as schemes

    scheme = "RGBTo01Normalization" if scheme == "RGBTo01" else scheme
    trained = {"mean": 90.0, "std": 30.0, "percentile_00_5": 20.0, "percentile_99_5": 200.0}
    pixels = blobs(np.uint8)
    hole = np.zeros(pixels.shape, bool)
    hole[10:40, 20:60] = True
    path = write(tmp_path / "a.tif", np.where(hole, np.uint8(0), pixels), nodata=0)
    data, _ = prepared(path, normalisation=scheme, foreground_intensity_properties_per_channel={"0": trained})
    expected = getattr(schemes, scheme)(False, trained).run(pixels[~hole].astype(np.float32))
    np.testing.assert_allclose(data[0][~hole], expected, atol=1e-6)
    assert (data[0][hole] == 0).all()


def test_z_score_under_a_mask_leaves_the_hole_out(tmp_path):
    """nnU-Net itself takes its statistics from pixels that are not 0, which those without data become."""
    pixels = blobs(np.float32)
    hole = np.zeros(pixels.shape, bool)
    hole[10:40, 20:60] = True
    path = write(tmp_path / "a.tif", np.where(hole, np.float32(np.nan), pixels))
    data, _ = prepared(path, masked=True)
    valid = pixels[~hole].astype(np.float64)
    np.testing.assert_allclose(data[0][~hole], (valid - valid.mean()) / valid.std(), atol=1e-5)
    assert (data[0][hole] == 0).all()


def test_an_image_of_zeros_is_cut_to_its_valid_pixels():
    """All of them are 0: the box is theirs."""
    valid = np.zeros((6, 7), bool)
    valid[2:4, 1:5] = True
    cut = cut_to_valid(np.zeros((1, 1, 6, 7), np.float32), valid, [Z_SCORE])
    assert (cut.pixels.shape, cut.shape, cut.start) == ((1, 1, 2, 4), (1, 6, 7), (0, 2, 1))


def test_an_unknown_normalisation_gets_the_reader_s_fill():
    """What it makes of values is not known."""
    pixels = np.array([[[[3, 1, 5]]]], np.float32)
    cut = cut_to_valid(pixels, np.array([[True, False, True]]), [Normalisation("TheirNormalization")])
    assert cut.pixels.tolist() == pixels.tolist()
    assert cut.factors.tolist() == [1]
