"""Files inside .zip archives, which GDAL reads where they are: ``scenes.zip/folder/image.tif`` is a path as any."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

ZIP_ENDING = ".zip"

_GDAL = "/vsizip/"
"""Before it in GDAL's name; a path from the root has two slashes, of which `Path` makes one."""


def as_path(name: Path | str) -> Path:
    """The path that GDAL's name of a file in an archive means; any other path as it is.

    >>> as_path("/vsizip//data/a.zip/b.tif").as_posix(), as_path("/vsizip/data/a.zip/b.tif").as_posix()
    ('/data/a.zip/b.tif', 'data/a.zip/b.tif')
    """
    text = str(name)
    if not text.startswith(_GDAL):
        return Path(name)
    relative = Path(text.removeprefix(_GDAL).lstrip("/"))
    absolute = "/" / relative
    return absolute if text.startswith(f"{_GDAL}/") or archive_of(absolute) else relative


def archive_of(path: Path) -> Path | None:
    """The archive that a path leads into, or None."""
    above = (folder for folder in path.parents if folder.suffix.lower() == ZIP_ENDING)
    return next((folder for folder in above if folder.is_file()), None)


def gdal_name(path: Path) -> str:
    """The name by which GDAL opens a file, in an archive or not."""
    return str(path) if archive_of(path) is None else f"/vsizip/{path.as_posix()}"


def is_file(path: Path) -> bool:
    """Whether there is a regular file, be it in an archive."""
    archive = archive_of(path)
    return path.is_file() if archive is None else path in members(archive)


def members(archive: Path) -> tuple[Path, ...]:
    """The files in an archive, by name, as paths through it; none where it cannot be read."""
    status = archive.stat()
    return _members(archive, status.st_size, status.st_mtime_ns)


@cache
def _members(archive: Path, *state: int) -> tuple[Path, ...]:
    try:
        with zipfile.ZipFile(archive) as opened:
            return tuple(sorted(archive / one.filename for one in opened.infolist() if not one.is_dir()))
    except (zipfile.BadZipFile, OSError):
        return ()
