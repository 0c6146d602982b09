"""One process at a time reads, changes and writes a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import InputError, Problem

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
    hidden = path.with_name(f".{path.name}.lock")
    lock = FileLock(hidden)
    with writing(hidden):
        try:
            lock.acquire(timeout=wait_s)
        except Timeout:
            what = f"another run of nnunet-glacier has been writing it for {wait_s:.0f} s"
            problem = Problem(path, what, "Wait until that run has ended, and give the same command again")
            raise InputError([problem], "The lines cannot be written", "the file was left as it is") from None
        except NotImplementedError:
            pass
    try:
        yield
    finally:
        lock.release()
