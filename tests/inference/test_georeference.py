"""GeoTIFFs in and out."""

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint

from nnunet_glacier.inference.georeference import read_declared, read_tiff, write_tiff
from nnunet_glacier.support.errors import GlacierError

ROTATED = rasterio.Affine(7.3, 0.11, 512345.678, 0.07, -6.9, -2345678.901)


def write(path, bands, **profile):
    bands = np.asarray(bands)
    shape = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype.name}
    with rasterio.open(path, "w", driver="GTiff", **shape, **profile) as target:
        target.write(bands)
    return path


@pytest.mark.parametrize("crs", ["EPSG:3031", "EPSG:32606", "+proj=stere +lat_0=90 +lat_ts=71 +lon_0=-39 +units=m"])
def test_crs_and_affine_come_back_exactly(tmp_path, crs):
    """Also a rotated affine and a CRS without a code; nodata is unset and the file is deflated."""
    source = write(tmp_path / "in.tif", np.ones((1, 5, 6), np.uint8), crs=crs, transform=ROTATED, nodata=0)
    _, georeference, _ = read_tiff(source)
    zones = np.arange(30, dtype=np.uint8).reshape(1, 5, 6) % 4
    write_tiff(tmp_path / "out" / "out.tif", zones, georeference)
    with rasterio.open(source) as before, rasterio.open(tmp_path / "out" / "out.tif") as after:
        assert after.crs == before.crs
        assert after.transform == before.transform
        assert after.nodata is None
        assert after.compression.name == "deflate"
        np.testing.assert_array_equal(after.read(), zones)


def test_control_points_are_carried(tmp_path):
    """For images as delivered, which have no affine."""
    points = [GroundControlPoint(row, column, 10.0 * column, -5.0 * row) for row, column in ((0, 0), (0, 4), (4, 0))]
    path = tmp_path / "in.tif"
    profile = {"driver": "GTiff", "count": 1, "height": 5, "width": 5, "dtype": "uint8"}
    with rasterio.open(path, "w", **profile) as target:
        target.gcps = (points, rasterio.CRS.from_epsg(4326))
        target.write(np.ones((1, 5, 5), np.uint8))
    write_tiff(tmp_path / "out.tif", np.ones((1, 5, 5), np.uint8), read_declared(path)[0])
    with rasterio.open(tmp_path / "out.tif") as after:
        carried, crs = after.gcps
        assert [(point.row, point.col, point.x, point.y) for point in carried] == [
            (point.row, point.col, point.x, point.y) for point in points
        ]
        assert crs.to_epsg() == 4326


def test_probabilities_keep_their_scale_and_names(tmp_path):
    """Eight bits with the value of a step; sixteen-bit floats as such, off by their rounding alone."""
    plain = read_declared(write(tmp_path / "in.tif", np.ones((1, 9, 8), np.uint8)))[0]
    exact = np.random.default_rng(0).random((2, 9, 8))
    write_tiff(
        tmp_path / "p8.tif", np.round(exact * 255).astype(np.uint8), plain, names=("none", "front"), scale=1 / 255
    )
    write_tiff(tmp_path / "p16.tif", exact.astype(np.float16), plain)
    with rasterio.open(tmp_path / "p8.tif") as eight:
        assert eight.descriptions == ("none", "front")
        assert np.abs(eight.read() * eight.scales[0] - exact).max() <= 1 / 510 + 1e-9
    with rasterio.open(tmp_path / "p16.tif") as sixteen:
        np.testing.assert_array_equal(sixteen.read().astype(np.float16), exact.astype(np.float16))


def test_pixels_without_data_become_the_darkest(tmp_path):
    """0 in 8-bit images, the smallest value in decibels: NaN, infinity and the nodata value alike; the mask says so."""
    decibels = np.array([[[-21.5, np.nan, -9999], [-3.25, np.inf, -12]]], np.float32)
    pixels, _, holds_data = read_tiff(write(tmp_path / "db.tif", decibels, nodata=-9999))
    assert pixels.tolist() == [[[-21.5, -21.5, -21.5], [-3.25, -21.5, -12]]]
    assert holds_data.tolist() == [[True, False, False], [True, False, True]]
    pixels, _, holds_data = read_tiff(write(tmp_path / "u8.tif", np.array([[[255, 7]]], np.uint8), nodata=255))
    assert pixels.tolist() == [[[0, 7]]]
    assert holds_data.tolist() == [[False, True]]


def test_an_image_full_of_data_has_no_mask(tmp_path):
    """Also one of 8 bits whose zeros no header declares: they are left to the network."""
    zeros = write(tmp_path / "u8.tif", np.array([[[0, 7]]], np.uint8))
    assert read_tiff(zeros)[2] is None
    assert read_declared(zeros)[1] is None


def test_bands_of_floats_have_gaps_of_their_own_and_colours_do_not(tmp_path):
    """A fill value in one float band is filled; in colours of 8 bits it is a value unless all bands hold it."""
    bands = np.array([[[-9999, -20, -15]], [[-25, -18, np.nan]]], np.float32)
    pixels, _, holds_data = read_tiff(write(tmp_path / "db.tif", bands, nodata=-9999))
    assert pixels.tolist() == [[[-20, -20, -15]], [[-25, -18, -25]]]
    assert holds_data.tolist() == [[False, True, False]]
    colours = np.array([[[0, 0, 9]], [[0, 7, 9]], [[0, 7, 0]]], np.uint8)
    pixels, _, holds_data = read_tiff(write(tmp_path / "rgb.tif", colours, nodata=0))
    assert pixels.tolist() == colours.tolist()
    assert holds_data is None  # a single black pixel may be a dark one
    colours = colours.repeat(3, axis=1).repeat(3, axis=2)
    pixels, _, holds_data = read_tiff(write(tmp_path / "wide.tif", colours, nodata=0))
    assert pixels.tolist() == colours.tolist()
    assert holds_data.tolist() == [[False] * 3 + [True] * 6] * 3


def test_a_mask_band_is_no_channel(tmp_path):
    """GDAL's mask inside the file, as gdal_translate -mask writes it."""
    path = tmp_path / "masked.tif"
    profile = {"driver": "GTiff", "count": 1, "height": 1, "width": 3, "dtype": "float32"}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as target:
        target.write(np.array([[[-3, -30, -12]]], np.float32))
        target.write_mask(np.array([[255, 0, 255]], np.uint8))
    pixels, _, holds_data = read_tiff(path)
    assert pixels.tolist() == [[[-3, -12, -12]]]
    assert holds_data.tolist() == [[True, False, True]]
    assert read_declared(path)[1].tolist() == [[True, False, True]]


def test_alpha_is_a_mask_and_no_channel(tmp_path):
    """Grey and alpha give one band."""
    path = write(tmp_path / "la.tif", np.array([[[9, 8]], [[255, 0]]], np.uint8), photometric="MINISBLACK", alpha="yes")
    pixels, _, holds_data = read_tiff(path)
    assert pixels.tolist() == [[[9, 0]]]
    assert holds_data.tolist() == [[True, False]]


def test_alpha_beside_several_bands_and_a_nodata_value(tmp_path):
    """Two bands of radar and alpha: what it hides holds no data, in floats and in whole numbers alike."""
    for dtype, dark in ((np.float32, 7), (np.uint16, 0)):
        bands = np.array([[[9, 8, 7]], [[255, 0, 255]], [[5, 4, 3]]], dtype)
        path = write(tmp_path / "vv_vh.tif", bands, photometric="MINISBLACK", alpha="yes", nodata=1)
        pixels, _, holds_data = read_tiff(path)
        assert pixels.tolist() == [[[9, dark, 7]], [[5, 3 if dark else 0, 3]]]
        assert holds_data.tolist() == read_declared(path)[1].tolist() == [[True, False, True]]


def test_pixel_size_in_metres(tmp_path):
    """Height and width, in the CRS's unit of length; a rotated affine keeps its lengths."""
    ones = np.ones((1, 2, 2), np.uint8)
    metre = write(tmp_path / "m.tif", ones, crs="EPSG:3031", transform=rasterio.Affine(3, 0, 0, 4, -6, 0))
    assert read_declared(metre)[0].pixel_size_m() == pytest.approx((6, 5))
    feet = write(tmp_path / "ft.tif", ones, crs="EPSG:2225", transform=rasterio.Affine(10, 0, 0, 0, -10, 0))
    assert read_declared(feet)[0].pixel_size_m() == pytest.approx((3.048006, 3.048006))


@pytest.mark.parametrize(
    ("profile", "said"),
    [({}, "no CRS and affine"), ({"crs": "EPSG:4326", "transform": ROTATED}, "in degrees")],
)
def test_pixel_size_that_is_not_known(tmp_path, profile, said):
    """It is refused, not guessed."""
    georeference = read_declared(write(tmp_path / "in.tif", np.ones((1, 2, 2), np.uint8), **profile))[0]
    with pytest.raises(GlacierError, match=said):
        georeference.pixel_size_m()


@pytest.mark.parametrize(
    ("bands", "said"),
    [(np.full((1, 2, 2), np.nan, np.float32), "none of its pixels"), (np.ones((1, 2, 2), np.complex64), "complex")],
)
def test_pixels_that_cannot_be_used(tmp_path, bands, said):
    """Empty and complex images."""
    with pytest.raises(GlacierError, match=said):
        read_tiff(write(tmp_path / "in.tif", bands))
