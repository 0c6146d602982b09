"""What is known of a raster before its pixels are read: a regular file, and no more pixels than it can hold."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from nnunet_glacier.support.archives import gdal_name, is_file
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import gdal_reason, no_file

MAX_PIXELS = 1 << 30
"""Rows times columns of a map that is read as a whole, such as 32,768 x 32,768: a gigabyte at 8 bits."""

_DEFLATED = 1040
"""Deflate makes at most so many bytes of one."""

_PNG_HEAD_BYTES, _PNG_CHANNELS = 26, {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

# Pillow's limit would refuse scenes of 14,000 x 14,000 pixels.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def check_regular(path: Path) -> None:
    """Refuse what is no regular file: a pipe would be waited for, a device read for ever.

    Raises:
        GlacierError: If it is a folder, a pipe or a device, or missing.
    """
    if not is_file(path):
        raise GlacierError(no_file(path))


def check_pixels(path: Path, shape: tuple[int, int], n_bytes: int = 0, *, ratio: int = 1) -> None:
    """Refuse a header that tells of more pixels than are read, or than the file can hold.

    Args:
        path: The file.
        shape: Rows and columns by its header.
        n_bytes: Bytes of all pixels by its header; 0 where its size tells nothing.
        ratio: Bytes of pixels that one byte of the file can hold; 1 without compression.

    Raises:
        GlacierError: If there are none or too many.
    """
    size = path.stat().st_size
    told = f"its header tells of {shape[0]} x {shape[1]} pixels"
    if min(shape) <= 0:
        raise GlacierError("its header tells of no pixels")
    if math.prod(shape) > MAX_PIXELS:
        raise GlacierError(f"{told}; at most {MAX_PIXELS:,} are read, such as 32,768 x 32,768")
    if n_bytes > ratio * size:
        raise GlacierError(f"{told}, which its {size} bytes cannot hold")


@contextmanager
def open_image(path: Path) -> Iterator[Image.Image]:
    """A PNG as Pillow opens it, its header checked; what cannot be read, also later on, is a `GlacierError`."""
    check_png_head(path)
    try:
        with Image.open(path) as image:
            yield image
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise GlacierError(f"it cannot be read as an image ({error})") from None


def check_png_head(path: Path) -> None:
    """Refuse a PNG whose header tells of more pixels than are read or than it can hold.

    Raises:
        GlacierError: If it does, or is no regular file; what is no PNG is left to its reader.
    """
    check_regular(path)
    with path.open("rb") as file:
        head = file.read(_PNG_HEAD_BYTES)
    if len(head) < _PNG_HEAD_BYTES or head[12:16] != b"IHDR":
        return
    columns, rows, bits, colours = struct.unpack(">IIBB", head[16:])
    row_bytes = 1 + (columns * bits * _PNG_CHANNELS.get(colours, 1) + 7) // 8
    check_pixels(path, (rows, columns), rows * row_bytes, ratio=_DEFLATED)


@contextmanager
def without_georeference_warning() -> Iterator[None]:
    """Silence rasterio about TIFFs without a place, which are as good as any here."""
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


@contextmanager
def open_tiff(path: Path) -> Iterator[Any]:
    """A GeoTIFF of any size as rasterio opens it; what it cannot read, also later on, is a `GlacierError`."""
    import rasterio
    from rasterio.errors import RasterioError

    check_regular(path)
    try:
        with without_georeference_warning(), rasterio.open(gdal_name(path)) as source:
            yield source
    except RasterioError as error:
        raise GlacierError(f"it cannot be read as a GeoTIFF ({gdal_reason(error)})") from None


@contextmanager
def open_whole_tiff(path: Path) -> Iterator[Any]:
    """`open_tiff` of one that is read as a whole: with pixels, and not too many."""
    with open_tiff(path) as source:
        # Blocks without data may be left out, so that its size tells nothing, unless there is none at all.
        check_pixels(path, source.shape)
        if not _has_blocks(path):
            raise GlacierError(f"it holds none of the {source.height} x {source.width} pixels that its header tells of")
        yield source


def _has_blocks(path: Path) -> bool:
    """Whether any block of pixels stands in a TIFF; yes where tifffile cannot tell."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as tiff:
            return any(tiff.pages.first.databytecounts)
    except (tifffile.TiffFileError, ValueError, OSError, struct.error):
        return True


@contextmanager
def open_volume(path: Path) -> Iterator[Any]:
    """The SimpleITK reader of a volume, its header read and checked; what it cannot read is a `GlacierError`."""
    import SimpleITK as sitk  # noqa: N813

    check_regular(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        columns, rows, *_ = reader.GetSize()
        one = sitk.Image([1] * reader.GetDimension(), reader.GetPixelID(), reader.GetNumberOfComponents())
        n_bytes = math.prod(reader.GetSize()) * one.GetSizeOfPixelComponent() * one.GetNumberOfComponentsPerPixel()
        check_pixels(path, (rows, columns), n_bytes, ratio=1 if path.name.lower().endswith(".nii") else _DEFLATED)
        yield reader
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("sitk::ERROR: ")
        raise GlacierError(f"it cannot be read as a volume ({reason})") from None
