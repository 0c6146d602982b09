"""Rasters that fool a reader: a header without its pixels, a pipe, probabilities that are none; a sentence each."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nnunet_glacier.formats.line_probabilities import read_line_probability
from nnunet_glacier.formats.rasters import read_raster, read_shape
from nnunet_glacier.support.errors import GlacierError

CLASSES = np.array(["none", "grounding line"])
STEPS = np.full((2, 4, 5), 51, dtype=np.uint8)


def write_header_alone(path, edge):
    """A PNG of edge x edge pixels of 8 bits without a single one of them."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">2I5B", edge, edge, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("read", [read_raster, read_shape])
def test_a_header_of_too_many_pixels_is_refused(tmp_path, read):
    """60000 x 60000 pixels would be 3.6 GB."""
    with pytest.raises(GlacierError, match="it cannot be read as an image"):
        read(write_header_alone(tmp_path / "huge.png", 60000))


@pytest.mark.parametrize("name", ["map.png", "map.tif", "map.nii.gz", "map.npz"])
def test_a_pipe_is_refused_without_waiting(tmp_path, name):
    """Nothing is ever written to it."""
    os.mkfifo(tmp_path / name)
    for read in (read_raster, read_shape) if not name.endswith("npz") else (read_line_probability,):
        with pytest.raises(GlacierError):
            read(tmp_path / name)


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
