"""The files of a packed model: plain files at one level, in a folder or in a zip archive that is not trusted."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from nnunet_glacier.support.errors import GlacierError

ARCHIVE_ENDING = ".zip"

_LARGEST_TEXT = 20 * 2**20
_LARGEST_WEIGHTS = 4 * 2**30
_PLAIN_NAME = re.compile(r"\w[\w.-]{0,99}")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class PackedFiles:
    """The files of a folder or archive; nothing is written, and links are not followed.

    Args:
        path: The folder or archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.in_archive = not path.is_dir()

    def names(self) -> tuple[list[str], list[str]]:
        """Names of the files, and why an archive cannot be that of a model."""
        if not self.in_archive:
            return sorted(entry.name for entry in self.path.iterdir()), []
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
            return [], [f"it is no whole zip archive ({error})"]
        names = [entry.filename for entry in entries]
        faults = [f"it holds {entry.filename!r}, {fault}" for entry in entries if (fault := _fault(entry))]
        return names, faults + [f"it holds {name!r} twice" for name in sorted(set(names)) if names.count(name) > 1]

    def size(self, name: str) -> int:
        """Bytes of a file."""
        if not self.in_archive:
            return (self.path / name).stat().st_size
        with zipfile.ZipFile(self.path) as archive:
            return archive.getinfo(name).file_size

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            GlacierError: If it cannot be read; the text tells why.
        """
        if not self.in_archive:
            return self._read_plain(name)
        try:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(name)
        except Exception as error:  # a damaged archive raises zlib's, struct's and zipfile's errors
            raise GlacierError(f"it cannot be unpacked ({error})") from None

    def _read_plain(self, name: str) -> bytes:
        path = self.path / name
        try:
            info = path.lstat()
            if not stat.S_ISREG(info.st_mode):
                raise GlacierError("it is a link, or no regular file")
            if info.st_size > _limit(name):
                raise GlacierError(f"its {info.st_size} bytes are more than such a file has")
            return path.read_bytes()
        except OSError as error:
            raise GlacierError(f"it cannot be read ({error.strerror})") from None


def _limit(name: str) -> int:
    return _LARGEST_WEIGHTS if name.endswith(".safetensors") else _LARGEST_TEXT


def _fault(entry: zipfile.ZipInfo) -> str:
    """Why an entry of an archive is not taken; "" if it is."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not _PLAIN_NAME.fullmatch(entry.filename):
        return "which would leave the model's folder or is no plain name"
    if kind not in (0, stat.S_IFREG):
        return "which is a link or no regular file"
    if entry.flag_bits & 1:
        return "which is encrypted"
    if entry.file_size > _limit(entry.filename):
        return f"with {entry.file_size} bytes, more than such a file has"
    return ""


def write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a zip archive of files; the same content gives the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
