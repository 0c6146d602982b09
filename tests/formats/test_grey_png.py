import numpy as np
import pytest
from PIL import Image

from nnunet_glacier.formats.grey_png import is_plain_grey, read_grey_png
from nnunet_glacier.support.errors import GlacierError

GREY = np.arange(2000, dtype=np.uint32).astype(np.uint8).reshape(40, 50) * 7


def with_alpha(grey: np.ndarray, alpha: int) -> np.ndarray:
    return np.dstack([grey, grey, grey, np.full_like(grey, alpha)])


@pytest.mark.parametrize(
    ("pixels", "plain"),
    [
        (GREY, True),
        (np.dstack([GREY] * 3), False),
        (with_alpha(GREY, 255), False),
        (np.dstack([GREY, np.full_like(GREY, 255)]), False),
    ],
    ids=["grey", "RGB", "RGBA", "grey and alpha"],
)
def test_equal_channels_are_one(tmp_path, pixels, plain):
    """Grey, and grey stored in colours without transparency; only the first can be copied as it is."""
    Image.fromarray(pixels).save(tmp_path / "image.png")
    values = read_grey_png(tmp_path / "image.png")
    assert values.dtype == np.uint8
    assert np.array_equal(values, GREY)
    assert is_plain_grey(tmp_path / "image.png") is plain


def test_palettes_of_greys_and_bilevel_images_are_read(tmp_path):
    """A palette is looked up; one bit becomes 0 and 255."""
    Image.fromarray(GREY).convert("P").save(tmp_path / "palette.png")
    assert np.array_equal(read_grey_png(tmp_path / "palette.png"), GREY)
    Image.fromarray(GREY > 100).save(tmp_path / "bilevel.png")
    assert np.array_equal(read_grey_png(tmp_path / "bilevel.png"), np.where(GREY > 100, 255, 0))


@pytest.mark.parametrize(
    ("pixels", "why"),
    [
        (GREY.astype(np.uint16), "mode I;16"),
        (np.dstack([GREY, GREY, GREY + 1]), "its channels differ"),
        (with_alpha(GREY, 254), "2000 pixels are transparent"),
    ],
    ids=["16 bits", "colours", "transparent"],
)
def test_images_that_would_lose_information_are_refused(tmp_path, pixels, why):
    """Depth, colour and transparency are not thrown away."""
    Image.fromarray(pixels).save(tmp_path / "image.png")
    with pytest.raises(GlacierError, match=why):
        read_grey_png(tmp_path / "image.png")


def test_a_transparent_grey_value_is_refused(tmp_path):
    """A tRNS chunk marks one value as missing."""
    Image.fromarray(GREY).save(tmp_path / "image.png", transparency=7)
    with pytest.raises(GlacierError, match="value 7 as transparent"):
        read_grey_png(tmp_path / "image.png")


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    """And not to be damaged."""
    with pytest.raises(GlacierError, match="no such file"):
        read_grey_png(tmp_path / "image.png")


def test_every_truncation_is_noticed(tmp_path):
    """Wherever the file ends early, even if only its last chunk is missing."""
    path = tmp_path / "image.png"
    Image.fromarray(GREY).save(path)
    whole = path.read_bytes()
    for length in (0, 4, 30, len(whole) // 2, len(whole) - 13, len(whole) - 12, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(GlacierError, match="no readable PNG"):
            read_grey_png(path)


def test_every_flipped_bit_is_noticed(tmp_path):
    """The checksums of all chunks are compared."""
    path = tmp_path / "image.png"
    Image.fromarray(GREY).save(path)
    whole = path.read_bytes()
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 4
        path.write_bytes(damaged)
        with pytest.raises(GlacierError, match="no readable PNG"):
            read_grey_png(path)


def test_other_formats_under_a_png_name_are_refused(tmp_path):
    """A JPEG has lost values already."""
    Image.fromarray(GREY).save(tmp_path / "image.png", format="JPEG")
    with pytest.raises(GlacierError, match="no readable PNG"):
        read_grey_png(tmp_path / "image.png")
