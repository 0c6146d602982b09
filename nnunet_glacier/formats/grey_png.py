"""Strict reading of 8-bit grey PNGs: checksums are verified, and nothing is converted that would lose information."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from nnunet_glacier.formats.raster_checks import check_png_head, check_regular
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import counted


def read_grey_png(path: Path) -> np.ndarray:
    """Grey values of an 8-bit PNG: of one channel, or of colour channels that are equal and nowhere transparent.

    Returns:
        uint8, shape ``(H, W)``.

    Raises:
        GlacierError: If the file is missing, truncated or damaged, has more than 8 bits, colours or transparency.
    """
    check_regular(path)
    try:
        content = path.read_bytes()
        _check_chunks(content)
        check_png_head(path)
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            image.load()
            return _grey_values(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise GlacierError(f"it is no readable PNG ({error})") from None


def _check_chunks(content: bytes) -> None:
    """Compare the checksums of all chunks up to the last one: Pillow takes image data without looking at them.

    Raises:
        ValueError: If the bytes are no PNG, end early, or a checksum is wrong.
    """
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("its first bytes are not those of a PNG")
    view, start, kind = memoryview(content), 8, b""
    while kind != b"IEND":
        if len(content) < start + 12:
            raise ValueError(f"it ends early, after {counted(len(content), 'byte')}")
        (length,) = struct.unpack(">I", view[start : start + 4])
        kind, stop = bytes(view[start + 4 : start + 8]), start + 8 + length
        if len(content) < stop + 4:
            raise ValueError(f"it ends early, after {counted(len(content), 'byte')}")
        if zlib.crc32(view[start + 4 : stop]) != struct.unpack(">I", view[stop : stop + 4])[0]:
            raise ValueError(f"the checksum of the chunk at byte {start} is wrong")
        start = stop + 4


def is_plain_grey(path: Path) -> bool:
    """Whether a readable PNG has one 8-bit channel and no transparency, so that its bytes can be taken as they are."""
    with Image.open(path, formats=("PNG",)) as image:
        return image.mode == "L" and "transparency" not in image.info


def _grey_values(image: Image.Image) -> np.ndarray:
    if "transparency" in image.info and image.mode != "P":
        raise GlacierError(f"it marks the value {image.info['transparency']} as transparent")
    if image.mode in ("L", "1"):
        return np.asarray(image.convert("L"))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode not in ("LA", "RGB", "RGBA"):
        raise GlacierError(f"its pixels are of PNG mode {image.mode}, not 8-bit grey")
    values = np.asarray(image)
    if image.mode in ("LA", "RGBA") and (values[..., -1] != 255).any():
        count = int(np.count_nonzero(values[..., -1] != 255))
        raise GlacierError(counted(count, "pixel is transparent", "pixels are transparent"))
    grey = values[..., 0]
    if image.mode != "LA" and ((grey != values[..., 1]) | (grey != values[..., 2])).any():
        raise GlacierError("it has colours: its channels differ")
    return np.ascontiguousarray(grey)
