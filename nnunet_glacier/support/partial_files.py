"""Names of files that are being written, and what killed processes left under such names."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import time
from pathlib import Path

from nnunet_glacier.support.databases import JOURNALS, beside
from nnunet_glacier.support.locks import is_lock
from nnunet_glacier.support.names import LONGEST_NAME

_NAME = re.compile(r"\.(\d+)(?:-([A-Za-z0-9_]+))?\.partial\.")
"""Start of a temporary name: the process and, where several machines write to one disk, its machine."""

_REPLACED = re.compile(r"\.(\d+)-([A-Za-z0-9_]+)\.replaced\.(.+)")
"""Name of a folder while the one that replaces it gets its name; the last part is that name."""

_STRANGE_S = 24 * 3600
"""After this time, nothing that another machine wrote is still being written."""

_cleared: set[Path] = set()
_under_way: set[str] = set()


def _machine() -> str:
    return re.sub(r"\W", "_", socket.gethostname(), flags=re.ASCII)[:40] or "here"


def temporary_path(path: Path) -> Path:
    """Where a file is written before it gets its name: beside it, hidden, with the same suffixes."""
    start = f".{os.getpid()}-{_machine()}.partial."
    if len(os.fsencode(start + path.name)) <= LONGEST_NAME:
        return path.with_name(start + path.name)
    short = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(start + short + "".join(path.suffixes[-2:])[-30:])


def replaced_path(folder: Path) -> Path:
    """Where a folder is while the one that replaces it gets its name."""
    return folder.with_name(f".{os.getpid()}-{_machine()}.replaced.{folder.name}")


def begin(temporary: Path) -> None:
    """Note that this process is writing a file; before its first one in a folder, clear what dead ones left there."""
    _under_way.add(temporary.name)
    folder = temporary.parent.absolute()
    if folder not in _cleared:
        _cleared.add(folder)
        remove_leftovers(folder)


def end(temporary: Path, *, failed: bool) -> None:
    """Note that the file has its name, or remove what there is of it; journals of a database in either case."""
    _under_way.discard(temporary.name)
    for ending in JOURNALS:
        beside(temporary, ending).unlink(missing_ok=True)
    if failed:
        for path in temporary.parent.iterdir():
            if path.name.startswith(temporary.name):
                remove(path)


def holds_anything(folder: Path) -> bool:
    """Whether a folder is there and holds more than locks and files under temporary names.

    What a process left that was killed while it wrote its first file does not make a folder somebody else's.
    """
    return folder.is_dir() and any(not (is_partial(path) or is_lock(path)) for path in folder.iterdir())


def is_partial(path: Path) -> bool:
    """Whether a file has a temporary name, as one that is being written, or was when its process was killed."""
    return _NAME.match(path.name) is not None


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files in a folder whose process is dead; those of living ones stay.

    A folder that was being replaced gets its name back, unless the new one has it.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        match = _NAME.match(path.name) or _REPLACED.fullmatch(path.name)
        if match is None or _is_written(path, int(match[1]), match[2]):
            continue
        own = path.with_name(match[3]) if match.re is _REPLACED else None
        if own is None or own.exists():
            remove(path)
        else:
            path.rename(own)


def remove(path: Path) -> None:
    """Remove a file or a folder, as far as it can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_written(path: Path, process: int, machine: str | None) -> bool:
    if machine not in (None, _machine()):
        try:
            return time.time() - path.stat().st_mtime < _STRANGE_S
        except FileNotFoundError:
            return False
    if process == os.getpid():
        name = path.name.replace(".replaced.", ".partial.", 1)
        return any(name.startswith(other) for other in _under_way)
    return _is_alive(process)


def _is_alive(process: int) -> bool:
    if os.name == "nt":
        # There signal 0 is not a question.
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
