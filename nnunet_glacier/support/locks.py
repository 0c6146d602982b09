"""One process at a time reads, changes and writes a file, or works in a folder."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import InputError, Problem

_ENDING = ".lock"

_NO_LOCKS = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK}
"""What file systems without locks say, as those of some clusters are."""

WAIT_S = 120.0
"""How long another process may hold a lock before it is given up; what is done under one takes seconds."""


@contextmanager
def locked(path: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock of a file, from reading what it is made of to its new content, against other runs of the package.

    It is a hidden file beside it. The system takes the lock from a process that ends, however it ends.
    Other programs do not ask for it. On a file system without locks, as on some clusters, nothing is held.

    Args:
        path: The file, in a folder that is there.
        wait_s: How long to wait for another run to let go of it.

    Raises:
        InputError: If another run still holds it.
        DiskError: If the folder takes no file.
    """
    what = f"another run of nnunet-glacier has been writing it for {wait_s:.0f} s"
    problem = Problem(path, what, "Wait until that run has ended, and give the same command again")
    refusal = InputError([problem], "A file cannot be written", "it was left as it is")
    with _held(path.with_name(f".{path.name}{_ENDING}"), wait_s, refusal):
        yield


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for the whole of a run, which may take hours, against other runs that would do the same.

    Args:
        folder: The folder, which is there; the lock is a hidden file in it, as for `locked`.

    Raises:
        InputError: If another run holds it; it is not waited for.
        DiskError: If the folder takes no file.
    """
    what = "another run of nnunet-glacier is at work in it"
    hidden = folder / f".run{_ENDING}"
    remedy = f"Wait until that run has ended, or choose another OUT; if there is none, delete {hidden.name} in it"
    with _held(hidden, 0, InputError([Problem(folder, what, remedy)], "Nothing was begun")):
        yield


def is_lock(path: Path) -> bool:
    """Whether a file has the name of a lock, which stays where a run has ended."""
    return path.name.startswith(".") and path.name.endswith(_ENDING)


@contextmanager
def _held(hidden: Path, wait_s: float, refusal: InputError) -> Iterator[None]:
    """Hold a lock, or raise the refusal if that takes longer than it is waited."""
    # A marker file in place of the system's lock would outlive a run that is killed.
    lock = FileLock(hidden, fallback_to_soft=False)
    with writing(hidden):
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            raise refusal from None
        except NotImplementedError:
            pass
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
    try:
        yield
    finally:
        lock.release()
