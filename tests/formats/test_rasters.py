"""Maps on disk: what is read as it is, what is accepted, and what is refused in words."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import SimpleITK
from PIL import Image
from rasterio.enums import ColorInterp

from nnunet_glacier.formats.rasters import (
    declared_mask,
    mask_from_values,
    raster_stem,
    raster_suffix,
    read_georeference,
    read_raster,
    read_shape,
    write_geotiff,
    write_raster,
)
from nnunet_glacier.support.errors import GlacierError

VALUES = np.arange(12, dtype=np.uint8).reshape(3, 4)
UTM = (20.0, 0.0, 400_000.0, 0.0, -20.0, 6_800_000.0)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_png_channels_that_are_equal_are_one(tmp_path, mode):
    """Grey, grey with alpha, and colour files that hold grey."""
    Image.fromarray(VALUES).convert(mode).save(tmp_path / "map.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "map.png").values, VALUES)


def test_a_black_and_white_png_is_0_and_255(tmp_path):
    """One bit a pixel, as some programs write masks."""
    Image.fromarray(VALUES > 5).save(tmp_path / "map.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "map.png").values, (VALUES > 5) * 255)


@pytest.mark.parametrize("shape", [(3, 4), (1, 3, 4)])
@pytest.mark.parametrize("ending", [".nii.gz", ".mha"])
def test_volumes_of_one_layer_are_maps(tmp_path, shape, ending):
    """As nnU-Net writes them, with or without the layer axis."""
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(VALUES.reshape(shape)), str(tmp_path / f"map{ending}"))
    np.testing.assert_array_equal(read_raster(tmp_path / f"map{ending}").values, VALUES)


def test_a_geotiff_comes_back_with_its_place(tmp_path):
    """Values, CRS and affine; the place also without the pixels."""
    write_raster(tmp_path / "map.tif", VALUES, crs="EPSG:3413", affine=UTM)
    raster = read_raster(tmp_path / "map.tif")
    np.testing.assert_array_equal(raster.values, VALUES)
    assert (raster.crs, raster.affine) == ("EPSG:3413", UTM)
    assert read_georeference(tmp_path / "map.tif") == ("EPSG:3413", UTM)


def test_a_tiff_without_a_place_and_other_files_have_none(tmp_path):
    """No CRS, no affine, no warning."""
    for name in ("map.tif", "map.png"):
        write_raster(tmp_path / name, VALUES)
        assert read_georeference(tmp_path / name) == ("", None)
        np.testing.assert_array_equal(read_raster(tmp_path / name).values, VALUES)


def test_a_written_geotiff_has_names_scale_and_sixteen_bit_floats(tmp_path):
    """Several bands; what is not given is not written."""
    values = np.array([[[0.25, 0.5]], [[0.75, 1.0]]])
    write_geotiff(tmp_path / "a.tif", values.astype(np.float16), crs="EPSG:3413", affine=UTM, names=("no", "front"))
    write_geotiff(tmp_path / "b.tif", (values * 4).astype(np.uint16), scale=0.25)
    with rasterio.open(tmp_path / "a.tif") as floats, rasterio.open(tmp_path / "b.tif") as steps:
        np.testing.assert_array_equal(floats.read(), values)
        # GDAL from 3.11 on calls it a type of its own.
        sixteen = floats.dtypes[0] == "float16" or floats.tags(1, ns="IMAGE_STRUCTURE")["NBITS"] == "16"
        assert sixteen and floats.descriptions == ("no", "front")
        assert (floats.crs.to_epsg(), tuple(floats.transform[:6]), floats.nodata) == (3413, UTM, None)
        np.testing.assert_array_equal(steps.read() * steps.scales[0], values)
        assert steps.crs is None and steps.dtypes == ("uint16", "uint16")


def test_names_without_their_ending():
    """Two-part endings are one ending, whatever the case."""
    assert raster_suffix(Path("a.b.NII.GZ")) == ".nii.gz" and raster_stem(Path("a.b.NII.GZ")) == "a.b"
    assert raster_suffix(Path("a.txt")) == "" and raster_stem(Path("a.txt")) == "a.txt"


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("map.txt", b"", "its ending is none of"),
        ("map.png", b"no image", "cannot be read as an image"),
        ("map.tif", b"no image", "cannot be read as a GeoTIFF"),
        ("map.nii.gz", b"no image", "cannot be read as a volume"),
        ("map.png", None, "there is no such file"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, what):
    """In words, without a traceback of the library."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(GlacierError, match=what):
        read_raster(tmp_path / name)


def test_a_truncated_png_is_refused(tmp_path):
    """Half a file is no map."""
    write_raster(tmp_path / "map.png", np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    whole = (tmp_path / "map.png").read_bytes()
    (tmp_path / "map.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GlacierError, match="cannot be read"):
        read_raster(tmp_path / "map.png")


def test_channels_and_layers_that_differ_are_refused(tmp_path):
    """A photograph and a stack are no maps."""
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8)).save(tmp_path / "map.png")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((2, 3, 4), np.uint8)), str(tmp_path / "map.nii.gz"))
    with pytest.raises(GlacierError, match="3 channels that differ"):
        read_raster(tmp_path / "map.png")
    with pytest.raises(GlacierError, match="no map of one layer"):
        read_raster(tmp_path / "map.nii.gz")


def test_a_failed_write_leaves_nothing(tmp_path):
    """Whole or not at all."""
    with pytest.raises(Exception, match=r".*"):
        write_raster(tmp_path / "map.png", np.zeros((3, 4, 7), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".png", ".tif", ".nii.gz"])
def test_the_header_tells_the_shape(tmp_path, ending):
    """Rows before columns in every format; a broken file is named as when it is read."""
    path = tmp_path / f"map{ending}"
    if ending == ".nii.gz":
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((1, 3, 5), np.uint8)), str(path))
    else:
        write_raster(path, np.zeros((3, 5), np.uint8))
    assert read_shape(path) == read_raster(path).values.shape == (3, 5)
    path.write_bytes(b"broken")
    with pytest.raises(GlacierError, match="it cannot be read as"):
        read_shape(path)
    path.unlink()
    with pytest.raises(GlacierError, match="there is no such file"):
        read_shape(path)


def test_a_mask_is_everything_but_0():
    """Whole numbers of any type; NaN and fractions are no mask."""
    for dtype in (np.uint8, np.int16, np.float32):
        np.testing.assert_array_equal(mask_from_values(np.array([[0, 1, 255]], dtype)), [[False, True, True]])
    with pytest.raises(GlacierError, match="1 of its 3 pixels are NaN or infinite"):
        mask_from_values(np.array([[0, 1, np.nan]]))
    with pytest.raises(GlacierError, match="it holds fractions between 0 and"):
        mask_from_values(np.array([[0, 0.25, 0.5]]))


def test_what_other_bands_hold_says_nothing_of_a_band(tmp_path):
    """Two bands of the same nodata value; with alpha, a transparent pixel holds nothing in either."""
    values = np.array([[[0, 5, 5]], [[5, 0, 5]], [[255, 255, 0]]], np.uint8)
    made = {"driver": "GTiff", "height": 1, "width": 3, "dtype": "uint8", "nodata": 0}
    with rasterio.open(tmp_path / "a.tif", "w", count=2, **made) as target:
        target.write(values[:2])
    with rasterio.open(tmp_path / "b.tif", "w", count=3, **made) as target:
        target.colorinterp = [ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha]
        target.write(values)
    with rasterio.open(tmp_path / "a.tif") as two, rasterio.open(tmp_path / "b.tif") as with_alpha:
        assert declared_mask(two, [1]).tolist() == [[False, True, True]]
        assert declared_mask(two, [2]).tolist() == [[True, False, True]]
        assert declared_mask(two, [1, 2]).all()
        assert declared_mask(with_alpha, [1]).tolist() == [[False, True, False]]
        assert declared_mask(with_alpha, [1, 2]).tolist() == [[True, True, False]]
