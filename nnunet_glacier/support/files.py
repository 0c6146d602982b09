"""Files that are written whole or not at all, the one way in which every stage writes; and their fingerprints."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnunet_glacier.support.databases import DATABASE, refuse_in_use
from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.names import name_problems, printable
from nnunet_glacier.support.partial_files import begin, end, remove, replaced_path, temporary_path
from nnunet_glacier.support.whole_files import check_content


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a temporary name beside it, check it, and rename it when it is complete.

    It is synced to the disk, and read again if its writer may fail in silence (`check_content`). What processes that
    were killed left in the folder under such names is removed. A GeoPackage that another program has open is not
    replaced, since that program's log would then belong to another database.

    Args:
        path: The file to make or replace; its folder is made.
        write: Gets the temporary path, which has the same suffixes, and writes it.

    Raises:
        DiskError: If it cannot be written whole; what stood under its name stays.
        InputError: If it is a GeoPackage that is open in another program.
    """
    _refuse_in_use(path)
    with _complete(path) as temporary:
        write(temporary)
        _settle(temporary)
        _refuse_in_use(path)
        temporary.replace(path)


def _refuse_in_use(path: Path) -> None:
    if path.suffix.lower() == DATABASE:
        refuse_in_use(path)


def write_bytes_whole(path: Path, content: bytes) -> None:
    """Write bytes as `write_whole` does.

    Raises:
        DiskError: As `write_whole`.
    """
    write_whole(path, lambda temporary: temporary.write_bytes(content))


def write_text_whole(path: Path, text: str) -> None:
    """Write text in UTF-8 as `write_whole` does, with the lines' ends as they are.

    Raises:
        DiskError: As `write_whole`.
    """
    write_bytes_whole(path, text.encode())


def write_folder_whole(folder: Path, write: Callable[[Path], object], is_own: Callable[[str], bool]) -> None:
    """Write a folder of files under a temporary name, check them as `write_whole` does, and put it in its place.

    What others have put into the folder goes along. A process that is killed between the two names leaves the old
    folder under a hidden one, from where the next one that writes beside it brings it back.

    Args:
        folder: The folder to make or replace.
        write: Gets the temporary folder, which is empty, and writes its files.
        is_own: Whether a file of this name in the old folder is of an earlier run, and goes.

    Raises:
        DiskError: If one cannot be written whole; what stood under the folder's name stays.
    """
    with _complete(folder) as temporary:
        temporary.mkdir()
        write(temporary)
        for path in sorted(temporary.iterdir()):
            _settle(path)
        if not os.path.lexists(folder):
            temporary.replace(folder)
            return
        _copy_others(folder, temporary, is_own)
        before = replaced_path(folder)
        folder.rename(before)
        try:
            temporary.replace(folder)
        except BaseException:
            before.rename(folder)
            raise
        remove(before)


def _copy_others(folder: Path, target: Path, is_own: Callable[[str], bool]) -> None:
    """Copy what is not a stage's own from its folder, unless the new one has something of that name."""
    for path in folder.iterdir():
        if is_own(path.name) or (target / path.name).exists():
            continue
        if path.is_dir():
            shutil.copytree(path, target / path.name, symlinks=True)
        else:
            shutil.copy2(path, target / path.name, follow_symlinks=False)


@contextmanager
def _complete(path: Path) -> Iterator[Path]:
    """A temporary name for a file or a folder, of which nothing stays if it does not get its own name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_path(path)
    begin(temporary)
    failed = True
    try:
        with writing(path, temporary):
            yield temporary
        failed = False
    finally:
        end(temporary, failed=failed)


def _settle(path: Path) -> None:
    """Have the system write a file now, so that it says here what it cannot write; and read again what may be cut."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
    try:
        check_content(path)
    except GlacierError as error:
        raise OSError(str(error)) from None


def write_json(path: Path, content: Any) -> None:
    """Write JSON with two blanks of indent, whole or not at all."""
    text = json.dumps(content, indent=2) + "\n"
    write_text_whole(path, text)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """A file's text; a pipe or a device, which could be waited for for ever, is refused unopened.

    Raises:
        OSError: If it cannot be read.
        UnicodeDecodeError: If it is no text in the encoding.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return path.read_text(encoding=encoding)


def paths_of(given: Path | str | Iterable[Path | str]) -> list[Path]:
    """One path or several, as scripts give them.

    >>> [path.name for path in paths_of("scenes/a.tif")], len(paths_of(["a.tif", Path("b.tif")]))
    (['a.tif'], 2)
    """
    return [Path(given)] if isinstance(given, str | Path) else [Path(path) for path in given]


def read_list(path: Path) -> list[str]:
    """The entries of a user's list, one a line, without blanks around them; lines that begin with ``#`` are none.

    Raises:
        InputError: If it cannot be read as text in UTF-8.
    """
    try:
        lines = [line.strip() for line in read_text(path, "utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        what = f"it is no text in UTF-8 (byte {error.start} is {error.object[error.start]:#04x})"
        remedy = f"Save it in UTF-8, for instance with 'iconv -f latin1 -t utf8 {path.name}'"
        raise InputError([Problem(path, what, remedy)], "The list cannot be read") from None
    except OSError as error:
        problem = Problem(path, f"it cannot be read ({error.strerror})", "Correct the path")
        raise InputError([problem], "The list cannot be read") from None
    return [line for line in lines if line and not line.startswith("#")]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def absent_folder(folder: Path, remedy: str) -> list[Problem]:
    """Why there is nothing to read in a folder: there is none, or a file in its place."""
    if folder.is_dir():
        return []
    what = "it is a file, and a folder is wanted" if folder.exists() else "there is no such folder"
    return [Problem(folder, what, remedy)]


def overwrite_problems(written: Iterable[Path], read: Iterable[Path]) -> list[Problem]:
    """The files to write that are read too, under whatever name."""
    inputs = [path for path in read if path.exists()]
    return [
        Problem(path, "it is read too, and would be written over", "Give another name as OUT")
        for path in written
        if path.exists() and any(path.samefile(other) for other in inputs)
    ]


def given_twice(folders: Sequence[Path]) -> list[Problem]:
    """The folders that are given more than once, each once."""
    resolved = [folder.absolute() for folder in folders]
    twice = dict.fromkeys(folder for folder in resolved if resolved.count(folder) > 1)
    return [Problem(folder, "it is given more than once", "Give each folder once") for folder in twice]


def folder_problems(out: Path, *inputs: Path) -> list[Problem]:
    """Why nothing can be written to an output folder: a file, below one, closed, misnamed, or a folder that is read.

    Args:
        out: The folder, which need not exist.
        inputs: What the command reads, which it would write among or over.
    """
    if printable(out) != str(out):
        return name_problems([out])
    read = next((path for path in inputs if path.is_dir() and path.resolve() == out.resolve()), None)
    if read is not None:
        same = "" if read == out else f" under the name {read}"
        return [Problem(out, f"it is read too{same}, and would be written over", "Give another folder as OUT")]
    nearest = next(folder for folder in (out.absolute(), *out.absolute().parents) if os.path.lexists(folder))
    if not os.path.isdir(nearest):  # noqa: PTH112
        what = "it is a file" if nearest == out.absolute() else f"it lies below {nearest}, which is a file"
        return [Problem(out, what, "Give a folder as OUT")]
    if not os.access(nearest, os.W_OK):
        return [Problem(out, f"{nearest} cannot be written to", "Choose another OUT, or mend the permissions")]
    return []
