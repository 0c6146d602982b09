"""Rasters that fool a reader, at every reader and at the door of every command: a sentence each, nothing written."""

import gzip
import os
import re
import shutil
import struct
import zlib

import numpy as np
import pytest
import rasterio
import SimpleITK
from every_stage import CAFFE, DINSAR, GATED, STAGES, Inputs, run
from PIL import Image

from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.formats.line_probabilities import read_line_probability
from nnunet_glacier.formats.raster_checks import MAX_PIXELS
from nnunet_glacier.formats.rasters import read_raster, read_shape, without_georeference_warning
from nnunet_glacier.formats.scene_rasters import read_header
from nnunet_glacier.support.errors import GlacierError

CLASSES = np.array(["none", "grounding line"])
STEPS = np.full((2, 4, 5), 51, dtype=np.uint8)
TOO_MANY = f"at most {MAX_PIXELS:,} are read"


def _png_head(edge):
    """A PNG of edge x edge pixels of 8 bits without a single one of them."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">2I5B", edge, edge, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def _tiff(path, edge, dtype="uint8"):
    """A GeoTIFF without blocks, which GDAL reads as zeros."""
    profile = {"height": edge, "width": edge, "count": 1, "dtype": dtype, "sparse_ok": True, "tiled": True}
    with without_georeference_warning(), rasterio.open(path, "w", driver="GTiff", **profile) as target:
        if dtype != "uint8":
            target.write(np.ones((1, edge, edge), dtype=dtype))


def _volume(path, edge):
    """A volume of a few pixels with a header of many."""
    plain = path.with_name("plain.nii")
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((3, 4), np.uint8)), str(plain))
    content = bytearray(plain.read_bytes())
    content[42:46] = struct.pack("<2h", edge, edge)
    path.write_bytes(gzip.compress(bytes(content)) if path.suffix == ".gz" else bytes(content))


def _placed(path, *affine):
    """A GeoTIFF that a geotransform places on a polar stereographic map."""
    profile = {"height": 3, "width": 4, "count": 1, "dtype": "uint8", "crs": "EPSG:3413"}
    with rasterio.open(path, "w", driver="GTiff", transform=rasterio.Affine(*affine), **profile) as target:
        target.write(np.zeros((1, 3, 4), np.uint8))


FAULTS = [
    ("map.png", lambda path: path.write_bytes(_png_head(60000)), TOO_MANY),
    ("map.png", lambda path: path.write_bytes(_png_head(30000)), "which its 57 bytes cannot hold"),
    ("map.png", lambda path: path.write_bytes(_png_head(0)), "its header tells of no pixels"),
    ("map.png", lambda path: path.write_text("no picture"), "PNG|image"),
    ("map.tif", lambda path: _tiff(path, 60000), TOO_MANY),
    ("map.tif", lambda path: _tiff(path, 30000), "it holds none of the 30000 x 30000 pixels"),
    ("map.tif", lambda path: path.write_text("no picture"), "it cannot be read as a GeoTIFF"),
    ("map.nii", lambda path: _volume(path, 30000), "bytes cannot hold"),
    ("map.nii.gz", lambda path: _volume(path, 30000), "bytes cannot hold"),
    ("map.nii.gz", lambda path: path.write_text("no picture"), "it cannot be read as a volume"),
    *(
        (f"map.{ending}", make, "it is no regular file")
        for ending in ("png", "tif", "nii.gz", "npz")
        for make in (os.mkfifo, lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/zero"))
    ),
    *((f"map.{ending}", lambda path: None, "there is no such file") for ending in ("png", "tif", "nii.gz", "npz")),
]
"""Name of a file, what makes it, and what is said of it by everything that reads such files."""

READERS = {
    ".png": (read_raster, read_shape, read_grey_png),
    ".npz": (read_line_probability,),
    ".tif": (read_raster, read_shape, read_line_probability),
}


@pytest.mark.parametrize(("name", "make", "said"), FAULTS)
def test_every_reader_refuses_it(tmp_path, name, make, said):
    """Without waiting, and without room for its pixels."""
    path = tmp_path / name
    make(path)
    for read in READERS.get(path.suffix, (read_raster, read_shape)):
        with pytest.raises(GlacierError, match=said):
            read(path)


def test_complex_numbers_are_no_map(tmp_path):
    """As single-look images hold."""
    _tiff(tmp_path / "map.tif", 3, "complex64")
    with pytest.raises(GlacierError, match="its pixels are complex numbers"):
        read_raster(tmp_path / "map.tif")


DOORS = {
    "fronts": ("zone_maps", "zone_maps/*.png"),
    "evaluate": ("zone_maps", "zone_maps/*.png"),
    "evaluate (labels)": (f"raw/{CAFFE}", f"raw/{CAFFE}/frontsTs/*.png"),
    "lines": ("line_maps", "line_maps/probabilities/*.tif"),
    "sweep": ("line_maps", "line_maps/probabilities/*.tif"),
    "sweep (labels)": (f"raw/{DINSAR}", f"raw/{DINSAR}/labelsTr/*.tif"),
    "predict": (f"raw/{CAFFE}/imagesTs", f"raw/{CAFFE}/imagesTs/*.png"),
    "loss-maps": (f"raw/{CAFFE}/frontsTr", f"raw/{CAFFE}/frontsTr/*.png"),
    "convert caffe": ("data_raw", "data_raw/sar_images/train/*.png"),
    "convert front-learning": ("landsat", "landsat/train/images/*.png"),
    "convert dinsar": ("made", "made/DInSAR/**/*.tif"),
    "convert dinsar-scenes": ("made", "made/DInSAR/**/*.tif"),
    "convert sea-ice": ("ice", "ice/scenes/**/*.tif*"),
    "convert sea-ice-scenes": ("ice", "ice/scenes/**/*.tif*"),
}
"""Stage, and a note, to the folder of its input that is copied, and which file in it is damaged."""


def _damage(path, fault):
    path.unlink()
    if fault == "pipe":
        os.mkfifo(path)
    elif path.suffix == ".png":
        path.write_bytes(_png_head(60000))
    else:
        _tiff(path, 60000)


@pytest.mark.parametrize("fault", ["huge", "pipe"])
@pytest.mark.parametrize("door", DOORS)
def test_every_door_refuses_it(tmp_path, inputs, monkeypatch, door, fault):
    """Code 2 and a sentence that names the file or its case; nothing is written but what 'sweep' keeps of others."""
    copied, pattern = DOORS[door]
    root, out = tmp_path / "in", tmp_path / "out"
    root.mkdir()
    for path in inputs.root.iterdir():
        (root / path.name).symlink_to(path)
    top = root / copied.split("/")[0]
    top.unlink()
    shutil.copytree(inputs.root / top.name, top)
    damaged = min(root.glob(pattern))
    _damage(damaged, fault)
    for name, value in Inputs(root).environment(out).items():
        monkeypatch.setenv(name, value)
    stage = next(stage for stage in STAGES if stage.name == door.split(" (")[0])
    result = run(*stage.arguments(Inputs(root), out))
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    case = re.sub("(_0000|_front|_grounding_line)$", "", damaged.name.split(".")[0])
    assert case in result.output, result.output
    assert not [path for path in out.rglob("*.*") if path.parent.name != "cases"], sorted(out.rglob("*"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scale": 0.0}, "the scale of its steps is 0"),
        ({"scale": -1.0}, "the scale of its steps is -1"),
        ({"scale": np.nan}, "the scale of its steps is nan"),
        ({"scale": np.ones(3)}, "it cannot be read as probabilities"),
        ({"scale": "large"}, "it cannot be read as probabilities"),
        ({"probabilities": STEPS[:, :0]}, "it holds no map of probabilities"),
        ({"probabilities": STEPS[:, 0, 0]}, "it holds no map of probabilities"),
        ({"probabilities": STEPS.astype(str)}, "not numbers"),
    ],
)
def test_probabilities_that_are_none_are_refused(tmp_path, changed, said):
    """A scale of 0, of several numbers or of text; no pixels; text for numbers."""
    path = tmp_path / "case_grounding_line.npz"
    np.savez(path, **{"probabilities": STEPS, "classes": CLASSES, "scale": 1 / 255, **changed})
    with pytest.raises(GlacierError, match=said):
        read_line_probability(path)


def test_an_ordinary_map_is_read(tmp_path):
    """The steps of the same file, unchanged: 51 / 255 is 0.2."""
    path = tmp_path / "case_grounding_line.npz"
    np.savez(path, probabilities=STEPS, classes=CLASSES, scale=1 / 255)
    np.testing.assert_allclose(read_line_probability(path), 0.2)
    Image.fromarray(STEPS[0]).save(tmp_path / "map.png")
    assert read_shape(tmp_path / "map.png") == (4, 5)


@pytest.mark.parametrize("affine", [(np.nan, 0, 0, 0, -1, 0), (100, 0, 0, 100, 0, 0)])
def test_a_geotransform_that_draws_no_pixels(tmp_path, affine):
    """NaN, and rows along columns; as maps and as scenes are opened."""
    path = tmp_path / "map.tif"
    _placed(path, *affine)
    for read in (read_raster, lambda path: read_header(path, "map", None)):
        with pytest.raises(GlacierError, match="draws no pixels"):
            read(path)


@pytest.mark.parametrize("edge_m", [1e-9, 1e9])
def test_a_scene_whose_pixels_no_image_has(tmp_path, edge_m):
    """Lines of such lengths took for ever to be measured on the ground; an ordinary one is taken."""
    path = tmp_path / "scene.tif"
    _placed(path, edge_m, 0, -200_000, 0, -edge_m, -2_000_000)
    with pytest.raises(GlacierError, match="m on the map: correct its CRS or its geotransform"):
        read_header(path, "scene", None)
    _placed(path, 100, 0, -200_000, 0, -100, -2_000_000)
    assert read_header(path, "scene", None).grid.affine[0] == 100


def test_a_picture_is_not_written_over_the_image_that_it_is_of(inputs, tmp_path):
    """Also under another name."""
    image, other = tmp_path / "scene.png", tmp_path / "other.png"
    shutil.copyfile(inputs.root / "gated" / "scene.png", image)
    other.symlink_to(image)
    before = image.read_bytes()
    for out in (image, other):
        for command in (("attention", inputs.root / "gated" / GATED, image, out), ("loss-maps", image, out)):
            result = run(*command)
            assert result.exit_code == 2 and "it is read too" in result.output, result.output
    assert image.read_bytes() == before
