"""What the system says when a file cannot be written or opened, as one sentence with the path and the free space."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnunet_glacier.support.errors import GlacierError

_AGAIN = "Make room, then give the same command again"
_ELSEWHERE = "Choose another folder"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAID = {
    errno.ENOSPC: ("the disk is full", _AGAIN),
    errno.EDQUOT: ("the disk quota is used up", _AGAIN),
    errno.EROFS: ("the disk can only be read", _ELSEWHERE),
    errno.EACCES: ("no permission", f"{_ELSEWHERE}, or mend the permissions"),
    errno.EPERM: ("no permission", f"{_ELSEWHERE}, or mend the permissions"),
    errno.ENAMETOOLONG: ("the name is too long for the disk", "Give a shorter one"),
    errno.EEXIST: ("it is a file, or lies below one, where a folder is needed", _ELSEWHERE),
    errno.ENOTDIR: ("it is a file, or lies below one, where a folder is needed", _ELSEWHERE),
    errno.EISDIR: ("it is a folder where a file is needed", f"Move it away, or {_ELSEWHERE.lower()}"),
    errno.EMFILE: ("too many files are open", "Raise the limit with 'ulimit -n 4096'"),
}
"""What a user is told of an error of the system, and what to do about it."""

_NEARLY_FULL = 1 << 16
"""Bytes: below, a library's failure without a reason is put down to the disk."""


class DiskError(GlacierError):
    """A file could not be written whole; nothing stands under its name but what was there before."""


def free_space(path: Path) -> tuple[int, int] | None:
    """Bytes that are free, and all bytes, of the disk that a path lies or would lie on; None if it does not say."""
    for folder in (path.absolute(), *path.absolute().parents):
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            continue
        return usage.free, usage.total
    return None


def space_of(path: Path) -> str:
    """The free space of a path's disk in words.

    >>> space_of(Path("/"))  # doctest: +ELLIPSIS
    '... MB free'
    """
    space = free_space(path)
    return "free space not known" if space is None else f"{space[0] / 1e6:.1f} of {space[1] / 1e6:.1f} MB free"


def system_fault(error: OSError, path: Path | str | None = None) -> str:
    """One sentence: the path, what the system says, and what to do.

    Args:
        error: What was raised.
        path: The file concerned, where the error does not name it.
    """
    # A copy that fails names its source first.
    where = path or error.filename2 or error.filename
    what, remedy = _SAID.get(error.errno or 0, (error.strerror or str(error), "Mend it, and give the command again"))
    if error.errno in _FULL:
        what += f" ({space_of(Path(os.fsdecode(where or '.')))})"
    return f"{os.fsdecode(where)}: {what}. {remedy}" if where else f"{what[:1].upper()}{what[1:]}. {remedy}"


@contextmanager
def writing(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Turn what fails while a file is written into a `DiskError` that names it.

    Args:
        path: The file's own name, for the user.
        temporary: The name that it is written under.

    Raises:
        DiskError: For an error of the system that names no other file; for an error of GDAL or of another library
            without a reason if it is GDAL's, or if the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.filename and not {error.filename, error.filename2} & {str(path), str(temporary)}:
            raise
        if error.errno is None:
            raise DiskError(_not_whole(path, error)) from None
        raise DiskError(system_fault(error, path)) from None
    except RuntimeError as error:
        space = free_space(path)
        full = space is not None and space[0] < _NEARLY_FULL
        if not full and not type(error).__module__.startswith("pyogrio"):
            raise
        raise DiskError(_not_whole(path, error)) from None


def _not_whole(path: Path, error: Exception) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
    return f"{path}: it cannot be written whole ({reason.rstrip('.')}; {space_of(path)}). {_AGAIN}"
