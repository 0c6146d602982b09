"""Reading ahead and writing behind with threads, while the network works on the device."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_ahead(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Apply a function to every item in threads, in order, at most `threads` results ahead of their use."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class WriteBehind:
    """Runs tasks in threads, in no order, with a bound on how many wait; use it with ``with``.

    On leaving, what was begun is finished and a task's error is raised; after an error, what was not begun is dropped.

    Args:
        threads: Number of threads; as many tasks again may wait.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="write")
        self._waiting: deque[Future[Any]] = deque()
        self._bound = 2 * threads

    def submit(self, task: Callable[..., object], *arguments: Any) -> None:
        """Run a task later; waits for the oldest one where too many wait."""
        while len(self._waiting) >= self._bound:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(task, *arguments))

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            while kind is None and self._waiting:
                self._waiting.popleft().result()
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)
