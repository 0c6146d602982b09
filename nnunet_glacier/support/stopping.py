"""How a command ends when it is stopped: without a traceback, whatever it is doing, and with the shell's exit code."""

from __future__ import annotations

import os
import signal
import sys

STOPPED = 130
"""Exit code after SIGINT, which Ctrl-C sends."""

TERMINATED = 143
"""Exit code after SIGTERM."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM; what is half-written is removed as after Ctrl-C."""


def end_at_once() -> None:
    """End silently on SIGINT and SIGTERM: for times at which nothing is being written, as while modules load."""
    _handle(signal.SIGINT, _leave)
    _handle(signal.SIGTERM, _leave)


def end_in_order() -> None:
    """Have SIGINT raise KeyboardInterrupt again, and SIGTERM `Terminated`."""
    main = os.getpid()

    def terminate(number: int, frame: object) -> None:
        if os.getpid() == main:
            raise Terminated
        # A fork of this process ends as any other process.
        _leave(number, frame)

    _handle(signal.SIGINT, signal.default_int_handler)
    _handle(signal.SIGTERM, terminate)


def exit_code(stopped: KeyboardInterrupt) -> int:
    """The exit code of a process that was stopped."""
    return TERMINATED if isinstance(stopped, Terminated) else STOPPED


def _handle(number: int, handler: object) -> None:
    # What is ignored stays so, as in a job of a shell in the background.
    if signal.getsignal(number) != signal.SIG_IGN:
        signal.signal(number, handler)  # type: ignore[arg-type]


def _leave(number: int, frame: object) -> None:
    try:
        sys.stdout.flush()
    finally:
        os._exit(128 + number)
