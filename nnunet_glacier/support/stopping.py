"""How a command ends when it is stopped: without a traceback, whatever it is doing, and with the shell's exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading

STOPPED = 130
"""Exit code after SIGINT, which Ctrl-C sends."""

TERMINATED = 143
"""Exit code after SIGTERM."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM; what is half-written is removed as after Ctrl-C."""


def end_at_once() -> None:
    """End silently on SIGINT and SIGTERM: for times at which nothing is being written, as while modules load."""
    _let_forks_end()
    _handle(signal.SIGINT, _leave)
    _handle(signal.SIGTERM, _leave)


def end_in_order() -> None:
    """Have SIGINT raise KeyboardInterrupt again, and SIGTERM `Terminated`."""
    _let_forks_end()

    def terminate(number: int, frame: object) -> None:
        raise Terminated

    _handle(signal.SIGINT, signal.default_int_handler)
    _handle(signal.SIGTERM, terminate)


def _let_forks_end() -> None:
    """Have forks of this process end on SIGTERM as if there were no handler.

    A fork has this process's handlers. Python notes a signal and calls its handler later; it forgets what it has noted
    when a fork begins, so that a pool that is ended at once would wait for such a worker for ever.
    """
    global _forks_end
    if _forks_end or not hasattr(os, "register_at_fork"):
        return
    os.register_at_fork(before=_hold_back, after_in_parent=_let_through, after_in_child=_end_as_others)
    _forks_end = True


_forks_end = False
_masks = threading.local()


def _hold_back() -> None:
    _masks.before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _let_through() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _masks.before)


def _end_as_others() -> None:
    if callable(signal.getsignal(signal.SIGTERM)):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _let_through()


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
