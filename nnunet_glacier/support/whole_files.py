"""Whether a file is whole: told from its head and its end, or by reading all of it.

GDAL and SimpleITK end without an exception when the disk is full while they close a file, so what they wrote is read
again before it gets its name. Files of earlier runs are asked for head and end alone, which is quick at any size.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import struct
import warnings
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.wording import no_file

_BLOCK = 1 << 20
_PNG_HEAD, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB\x60\x82"
_NIFTI_HEAD_BYTES = 352


def is_whole(path: Path) -> bool:
    """Whether a file is there, regular and complete as far as its head and its end tell."""
    try:
        check_ends(path)
    except GlacierError:
        return False
    return True


def check_ends(path: Path) -> None:
    """Check a file by its head and its end.

    Raises:
        GlacierError: With what is wrong, without the path: missing, no regular file, empty, cut off.
    """
    _check(path, _ENDS)


def check_content(path: Path) -> None:
    """Check a file of a kind whose writers fail in silence by reading all of it; a block at a time, never all at once.

    Raises:
        GlacierError: With what is wrong, without the path.
    """
    _check(path, _CONTENTS)


def _check(path: Path, checks: dict[str, Callable[[Path], None]]) -> None:
    if not path.is_file():
        raise GlacierError(no_file(path))
    name = path.name.lower()
    check = next((check for ending, check in checks.items() if name.endswith(ending)), None)
    if check is None:
        return
    if path.stat().st_size == 0:
        raise GlacierError("it is empty")
    try:
        check(path)
    except (OSError, EOFError, ValueError, BadZipFile, zlib.error, struct.error, sqlite3.Error, RuntimeError) as error:
        raise GlacierError(f"it is damaged or cut off ({error or type(error).__name__})") from None


def _png_ends(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(len(_PNG_HEAD))
        file.seek(-min(len(_PNG_END), path.stat().st_size), os.SEEK_END)
        if head != _PNG_HEAD or file.read() != _PNG_END:
            raise ValueError("its first or its last bytes are not those of a PNG")


def _tiff_ends(path: Path) -> None:
    """Every block that the directory of a TIFF names lies inside the file; none was left out."""
    import tifffile

    size = path.stat().st_size
    with tifffile.TiffFile(path) as tiff:
        for page in tiff.pages:
            blocks = list(zip(page.dataoffsets, page.databytecounts, strict=True))
            if not blocks or any(offset == 0 or count == 0 or offset + count > size for offset, count in blocks):
                raise ValueError("pixels are missing")


def _tiff_content(path: Path) -> None:
    """Every block can be decoded."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    _tiff_ends(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path) as source:
                for _, window in source.block_windows(1):
                    source.read(window=window)
        except RasterioError as error:
            raise ValueError(str(error)) from None


def _nifti_ends(path: Path) -> None:
    """The length that gzip notes at its end is that of the header's shape; a cut-off file ends in other bytes."""
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        (length,) = struct.unpack("<I", file.read(4))
    with gzip.open(path) as file:
        head = file.read(_NIFTI_HEAD_BYTES)
    order = "<" if struct.unpack("<i", head[:4])[0] == 348 else ">"
    n_axes, *edges = struct.unpack(f"{order}8h", head[40:56])
    (bits,) = struct.unpack(f"{order}h", head[72:74])
    (start,) = struct.unpack(f"{order}f", head[108:112])
    n_values = 1
    for edge in edges[:n_axes]:
        n_values *= edge
    if length != (int(start) + n_values * bits // 8) % 2**32:
        raise ValueError("its length is not that of its header")


def _gzip_content(path: Path) -> None:
    with gzip.open(path) as file:
        while file.read(_BLOCK):
            pass


def _zip_ends(path: Path) -> None:
    ZipFile(path).close()


def _json(path: Path) -> None:
    json.loads(path.read_text(encoding="utf-8"))


def _sqlite(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise ValueError(answer)


def _shapefile(path: Path) -> None:
    """Head and length of ``.shp`` and ``.shx`` agree, and the records of ``.dbf`` are all there."""
    records = []
    for ending in (".shp", ".shx"):
        part = path.with_suffix(ending)
        with part.open("rb") as file:
            head = file.read(100)
        # In words of 16 bits, big-endian.
        if struct.unpack(">i", head[24:28])[0] * 2 != part.stat().st_size:
            raise ValueError(f"the length of {part.name} is not that of its header")
        records.append((part.stat().st_size - 100) // 8)
    table = path.with_suffix(".dbf")
    with table.open("rb") as file:
        n_records, head_bytes, record_bytes = struct.unpack("<4xIHH", file.read(12))
    if n_records != records[1] or table.stat().st_size < head_bytes + n_records * record_bytes:
        raise ValueError(f"{table.name} lacks records")


_ENDS: dict[str, Callable[[Path], None]] = {
    ".png": _png_ends,
    ".tif": _tiff_ends,
    ".tiff": _tiff_ends,
    ".nii.gz": _nifti_ends,
    ".npz": _zip_ends,
    ".json": _json,
    ".gpkg": _sqlite,
    ".shp": _shapefile,
}
_CONTENTS: dict[str, Callable[[Path], None]] = {
    ".tif": _tiff_content,
    ".tiff": _tiff_content,
    ".nii.gz": _gzip_content,
    ".geojson": _json,
    ".gpkg": _sqlite,
    ".shp": _shapefile,
}
