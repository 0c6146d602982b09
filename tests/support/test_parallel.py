"""The same results in the same order, whatever runs the work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nnunet_glacier.support.errors import GlacierError, InputError
from nnunet_glacier.support.parallel import LIBRARIES, Backend, default_workers, map_with_progress


def mirrored(number: int) -> str:
    return str(number)[::-1]


@pytest.mark.parametrize("name", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(name, workers):
    """More items than are under way at a time."""
    results = map_with_progress(mirrored, range(100, 180), description="", workers=workers, backend=Backend(name))
    assert list(results) == [str(number)[::-1] for number in range(100, 180)]


def killed_at(case: Path) -> None:
    if case.stem == "heavy":
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_share_of_the_machine_bounds_the_workers(monkeypatch):
    """Of a job's cores, and of joblib's own bound, which knows a container's share too."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(4)), raising=False)
    assert default_workers() == 4
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "3")
    assert default_workers() == 3


def test_a_worker_that_dies_is_a_sentence_with_its_case():
    """As the system kills one for want of memory."""
    with pytest.raises(GlacierError, match=r"A worker process died.* heavy.* with --workers 1"):
        list(map_with_progress(killed_at, [Path("heavy.png"), Path("light.png")], description="", workers=2))


MAIN = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_parallel import busy
from nnunet_glacier.support.parallel import map_with_progress
list(map_with_progress(busy, [Path(sys.argv[1], "a"), Path(sys.argv[1], "b")], description="", workers=2))
"""


def busy(note: Path) -> None:
    note.write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split(")")[-1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_workers_end_when_their_main_process_was_killed(tmp_path):
    """Busy as they are."""
    main = subprocess.Popen([sys.executable, "-c", MAIN, str(tmp_path), str(Path(__file__).parent)])
    notes = [tmp_path / "a", tmp_path / "b"]
    while not all(note.is_file() and note.read_text(encoding="utf-8") for note in notes):
        assert main.poll() is None
        time.sleep(0.2)
    workers = [int(note.read_text(encoding="utf-8")) for note in notes]
    main.kill()
    main.wait()
    deadline = time.monotonic() + 60
    while not all(map(gone, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_cluster_that_is_not_there_is_named(monkeypatch):
    """By its address, after seconds."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("nnunet_glacier.support.parallel._PATIENCE_S", 1)
    with pytest.raises(InputError, match=r"--scheduler tcp://127.0.0.1:9: the cluster cannot be reached"):
        list(map_with_progress(mirrored, range(3), description="", backend=Backend("dask", "tcp://127.0.0.1:9")))


def test_what_cannot_run_is_said():
    """An unknown name, an address that nothing uses, a library that is missing."""
    assert not Backend().problems()
    (unknown,) = Backend("slurm").problems()
    assert "Choose one of loky" in unknown.remedy
    (useless,) = Backend("loky", "tcp://host:8786").problems()
    assert "--scheduler tcp://host:8786: backend loky has no scheduler" in str(useless)


def test_a_missing_library_comes_with_its_pip_line(monkeypatch):
    """For every cluster."""
    monkeypatch.setattr("nnunet_glacier.support.parallel.find_spec", lambda name: None)
    for name in ("dask", "ray"):
        (problem,) = Backend(name).problems()
        assert problem.remedy == f"Install it: pip install {LIBRARIES[name][1]}"
