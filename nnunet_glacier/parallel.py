"""One bounded way to use several cores with a progress bar."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TypeVar

from joblib import Parallel, delayed
from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_workers() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def map_with_progress(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    description: str,
    workers: int | None = None,
) -> Iterator[Result]:
    """Apply a function to every item, in order, in a bounded pool of processes, with a progress bar.

    Args:
        function: A function that can be pickled; its result travels back, so it should be small.
        items: The items; a sized collection gives the bar its length.
        description: The bar's text.
        workers: Processes; None for one a core. One runs in this process.

    Yields:
        The results, in the order of the items.
    """
    count = default_workers() if workers is None else max(1, workers)
    total = len(items) if isinstance(items, Sized) else None
    pool = Parallel(n_jobs=count, return_as="generator", pre_dispatch="2*n_jobs")
    results = pool(delayed(function)(item) for item in items)
    yield from tqdm(results, total=total, desc=description, unit="scene")
