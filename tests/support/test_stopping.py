"""A command that is stopped at any time ends without a traceback."""

import os
import signal
import subprocess
import sys
import time

import pytest

WAITS = """
import os, pathlib, time
pathlib.Path(os.environ["READY"]).touch()
time.sleep(60)
"""


@pytest.fixture
def stopped_while_loading(tmp_path):
    """Run a command whose import of a module takes for ever, and send it a signal then."""

    def run(module, number, **settings):
        (tmp_path / f"{module}.py").write_text(WAITS)
        ready = tmp_path / "ready"
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "nnunet_glacier", "trainers"]
        environment = {**os.environ, "PYTHONPATH": path, "READY": str(ready)}
        # A test that itself runs in the background ignores SIGINT, and so would what it starts.
        settings.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
        )
        deadline = time.monotonic() + 120
        while not ready.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        return process

    return run


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    ("module", "words"), [("typer", ""), ("torch", "nnunet-glacier: stopped; the same command goes on from here.\n")]
)
def test_a_signal_while_modules_load(stopped_while_loading, module, words, number, code):
    """Those of the program itself, and those of a command."""
    process = stopped_while_loading(module, number)
    assert process.communicate(timeout=300) == ("", words)
    assert process.returncode == code


def test_a_signal_that_is_ignored_stays_so(stopped_while_loading):
    """As for a job that a shell has put into the background."""
    process = stopped_while_loading(
        "typer", signal.SIGINT, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=300)
    assert process.returncode == 143


_POOLS = """
from multiprocessing import get_context
from nnunet_glacier.support.stopping import end_at_once, end_in_order
end_at_once()
end_in_order()
for _ in range(150):
    with get_context("fork").Pool(3):
        pass
"""


@pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="this system has no forks")
def test_forks_that_are_ended_while_they_begin_end():
    """A signal that comes while a fork begins must not be forgotten, or whoever waits for the fork waits for ever."""
    subprocess.run([sys.executable, "-c", _POOLS], check=True, timeout=120)
