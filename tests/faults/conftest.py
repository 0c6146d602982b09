"""Fixtures of the faults: the inputs of every stage, and disks that are too small."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from every_stage import Inputs, make_inputs


@pytest.fixture(autouse=True, scope="package")
def one_torch_thread():
    """Keep torch to one thread: tiny networks only lose by more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def inputs(tmp_path_factory) -> Inputs:
    """Small inputs of every stage, made once."""
    return make_inputs(tmp_path_factory.mktemp("inputs"))


PAGE = os.sysconf("SC_PAGE_SIZE")
BALLAST = "ballast"


class Disk:
    """A file system in memory, of a size that can be changed.

    One page of it holds a file, so that it may have no room at all.

    Attributes:
        folder: Where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mount(self, size: int) -> None:
        """Mount it anew, empty, with so many bytes or what of them is whole pages."""
        self.unmount()
        self.folder.mkdir(exist_ok=True)
        pages = size // PAGE + 1
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * PAGE}", "tmpfs", self.folder], check=True)
        (self.folder / BALLAST).write_bytes(bytes(PAGE))

    def resize(self, size: int) -> None:
        """Give it so many bytes; what it holds stays."""
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)

    def used(self) -> int:
        """Bytes that are in use, beside the ballast."""
        state = os.statvfs(self.folder)
        return (state.f_blocks - state.f_bfree) * state.f_frsize - PAGE

    def unmount(self) -> None:
        """Give it back, if it is mounted."""
        if self.folder.is_mount():
            subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    """A disk that can be mounted in any size; the test is skipped where that is not allowed."""
    disk = Disk(tmp_path / "disk")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    try:
        disk.mount(1 << 20)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here ({error})")
    yield disk
    disk.unmount()
