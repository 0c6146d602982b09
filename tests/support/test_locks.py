"""A lock of a file keeps other processes out, and never outlives its own."""

import errno
import os
import subprocess
import sys
import threading

import pytest

from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.locks import alone_in, locked
from nnunet_glacier.support.partial_files import holds_anything

SCRIPT = """
import pathlib, sys
from nnunet_glacier.support.locks import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_of_another_process_is_waited_for_and_ends_with_it(tmp_path):
    """By a kill too, which leaves the hidden file."""
    path = tmp_path / "fronts.gpkg"
    command = [sys.executable, "-c", SCRIPT, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        said = r"fronts.gpkg: another run of nnunet-glacier has been .* Wait until"
        with pytest.raises(InputError, match=said), locked(path, wait_s=0.1):
            pytest.fail("two hold it")
        other.kill()
    assert (tmp_path / ".fronts.gpkg.lock").exists()
    with locked(path, wait_s=5):
        pass


def test_a_lock_keeps_other_threads_out_and_is_let_go_of_after_a_failure(tmp_path):
    """Each waits for the one before; files beside have their own."""
    path, held = tmp_path / "fronts.gpkg", []

    def hold():
        with locked(path):
            held.append("another")

    other = threading.Thread(target=hold)
    with pytest.raises(ValueError, match="broken"), locked(path):
        other.start()
        other.join(timeout=0.3)
        with locked(tmp_path / "grounding_lines.gpkg", wait_s=5):
            held.append("this")
        raise ValueError("broken")
    other.join()
    assert held == ["this", "another"]


def test_a_folder_is_held_for_a_whole_run(tmp_path):
    """Another run is refused at once; after the first one's end, also by a failure, it may begin."""
    with pytest.raises(ValueError, match="broken"), alone_in(tmp_path):
        with pytest.raises(InputError) as raised, alone_in(tmp_path):
            pytest.fail("two hold it")
        (problem,) = raised.value.problems
        assert str(problem).startswith(f"{tmp_path}: another run of nnunet-glacier is at work in it. Wait until")
        raise ValueError("broken")
    with alone_in(tmp_path):
        pass
    assert not holds_anything(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_file_system_without_locks_stops_nothing(tmp_path, monkeypatch, code):
    """Whichever of its errors flock has; and no marker is held in the lock's place, which a kill would leave behind."""

    def flock(*arguments):
        raise OSError(code, os.strerror(code))

    fcntl = pytest.importorskip("fcntl", reason="locks of Windows are others")
    monkeypatch.setattr(fcntl, "flock", flock)
    for _ in range(2):
        with locked(tmp_path / "fronts.gpkg"), locked(tmp_path / "fronts.gpkg", 0), alone_in(tmp_path):
            (tmp_path / "fronts.gpkg").write_text("written")
    assert (tmp_path / "fronts.gpkg").read_text() == "written"
