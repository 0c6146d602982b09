"""What other programs print, in a file: nnU-Net prints pages where a command of ours says a line a step."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

_STDOUT, _STDERR = 1, 2


@contextmanager
def printed_to(log: Path) -> Iterator[None]:
    """Let all that is printed, by this process and its children, go to the end of a file.

    Args:
        log: The file, which need not be there yet; its folder is.
    """
    with log.open("a", encoding="utf-8", buffering=1) as file:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        # Children know the descriptors alone.
        kept = {descriptor: os.dup(descriptor) for descriptor in (_STDOUT, _STDERR)}
        try:
            for descriptor in kept:
                os.dup2(file.fileno(), descriptor)
            with redirect_stdout(file), redirect_stderr(file):
                yield
        finally:
            file.flush()
            for descriptor, copy in kept.items():
                os.dup2(copy, descriptor)
                os.close(copy)


def end_of(log: Path, count: int = 12) -> str:
    """A sentence that names a log, and its last lines below, without what progress bars wrote over.

    Args:
        log: The file.
        count: How many lines; empty ones do not count.
    """
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.split("\n")]
    last = [f"  | {line}" for line in lines if line][-count:]
    return "\n".join([f"The log {log} ends with" if last else f"The log {log} is empty", *last])
