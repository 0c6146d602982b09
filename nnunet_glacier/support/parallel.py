"""One bounded way to use several cores, or a cluster, with a progress bar."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from itertools import islice
from typing import Any, TypeVar

from joblib import Parallel, cpu_count, delayed, parallel_config
from tqdm import tqdm

from nnunet_glacier.support.errors import GlacierError, InputError, Problem

Item = TypeVar("Item")
Result = TypeVar("Result")

LIBRARIES = {
    "loky": ("joblib", "joblib"),
    "multiprocessing": ("joblib", "joblib"),
    "threading": ("joblib", "joblib"),
    "dask": ("distributed", "'dask[distributed]'"),
    "ray": ("ray", "'ray[default]'"),
}
"""What runs the work: joblib's backend to the module that it needs, and what pip installs for it."""

CLUSTERS = ("dask", "ray")
_STREAMING = ("loky", "threading", "dask")
"""Backends that hand results over one by one; the others do so a portion at a time."""

_PROCESSES = ("loky", "multiprocessing")
"""Backends whose workers are children of this process."""

_PORTION = 64
_WATCH_S = 1.0
_PATIENCE_S = 15


@dataclass(frozen=True)
class Backend:
    """What runs the work.

    Attributes:
        name: One of `LIBRARIES`; ``loky`` are processes on this machine.
        scheduler: Address of a running cluster for ``dask`` (``tcp://host:8786``) or ``ray``; "" starts one on this
            machine. The cluster's machines need this package and the same files under the same paths.
    """

    name: str = "loky"
    scheduler: str = ""

    def problems(self) -> list[Problem]:
        """Why work cannot be run so: an unknown name, a library that is not installed, an address without a use."""
        option = f"--backend {self.name}"
        if self.name not in LIBRARIES:
            return [Problem(option, "there is no such backend", f"Choose one of {', '.join(LIBRARIES)}")]
        module, package = LIBRARIES[self.name]
        problems = []
        if find_spec(module) is None:
            problems.append(Problem(option, f"{module} is not installed", f"Install it: pip install {package}"))
        if self.scheduler and self.name not in CLUSTERS:
            remedy = f"Add --backend {' or --backend '.join(CLUSTERS)}, or leave the address out"
            problems.append(Problem(f"--scheduler {self.scheduler}", f"backend {self.name} has no scheduler", remedy))
        return problems


LOCAL = Backend()


def default_workers() -> int:
    """The cores this process may use: those of the machine, of its affinity and of its container's share."""
    return cpu_count()


def map_with_progress(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    description: str,
    workers: int | None = None,
    backend: Backend = LOCAL,
    done: int = 0,
    unit: str = "scene",
) -> Iterator[Result]:
    """Apply a function to every item, in order, in a bounded pool of processes, with a progress bar.

    Args:
        function: A function that can be pickled; its result travels back, so it should be small.
        items: The items; a sized collection gives the bar its length.
        description: The bar's text.
        workers: Processes; None for one a core. One runs in this process. Of a running cluster all are used.
        backend: What runs them.
        done: Items that were done before, in the bar only.
        unit: What an item is called in the bar.

    Yields:
        The results, in the order of the items.

    Raises:
        InputError: If the cluster cannot be reached.
    """
    count = default_workers() if workers is None else max(1, workers)
    total = len(items) + done if isinstance(items, Sized) else None
    with _cluster(backend, count):
        results = _stream(function, items, backend, count)
        yield from tqdm(results, total=total, initial=done, desc=description, unit=unit)


def _stream(
    function: Callable[[Item], Result], items: Iterable[Item], backend: Backend, count: int
) -> Iterator[Result]:
    """The results in order; no more than a few items a process are under way at any time."""
    jobs = -1 if backend.name in CLUSTERS else count
    under_way: deque[Item] = deque()

    def noted() -> Iterator[Item]:
        for item in items:
            under_way.append(item)
            yield item

    watched = partial(_watched, function=function, parent=os.getpid()) if backend.name in _PROCESSES else function
    calls = (delayed(watched)(item) for item in noted())
    streaming = backend.name in _STREAMING
    # joblib's remark where the work is stopped.
    warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)
    # One item a batch: each takes long enough, and one that is finished is handed over at once.
    with parallel_config(backend.name, n_jobs=jobs):
        pool = Parallel(return_as="generator" if streaming else "list", pre_dispatch="2*n_jobs", batch_size=1)
    if streaming:
        try:
            for result in pool(calls):
                under_way.popleft()
                yield result
        except BrokenProcessPool:
            raise GlacierError(_worker_died(under_way)) from None
        return
    with pool:
        while portion := list(islice(calls, _PORTION)):
            yield from pool(portion)


def _worker_died(under_way: Iterable[Any]) -> str:
    names = [name for name in map(_name_of, under_way) if name]
    during = f" The work under way was: {', '.join(names)}." if names else ""
    return f"A worker process died, most likely for want of memory.{during} Give the same command with --workers 1"


def _name_of(item: Any) -> str:
    """What a user knows an item by: its case, its name or its path; "" if it has none."""
    for attribute in ("scene", "prediction", "reference", "case", "name", "stem"):
        value = getattr(item, attribute, None)
        if value is not None:
            return value if isinstance(value, str) else _name_of(value)
    return item if isinstance(item, str) else ""


def _watched(item: Item, *, function: Callable[[Item], Result], parent: int) -> Result:
    """Apply the function; in a worker, see to it that the worker ends when its main process does."""
    # A child of something in between, such as a fork server, would look abandoned from the start.
    if os.getppid() == parent:
        _end_with(parent)
    return function(item)


@cache
def _end_with(parent: int) -> None:
    # Ctrl-C reaches all processes of a terminal: the main one answers it, and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, name="end with the main process", daemon=True).start()


@contextmanager
def _cluster(backend: Backend, count: int) -> Iterator[None]:
    """Reach the running cluster, or start one of so many processes on this machine, which ends with the work."""
    if backend.name == "dask":
        from distributed import Client

        local = {"n_workers": count, "threads_per_worker": 1, "dashboard_address": None}
        try:
            client = Client(backend.scheduler, timeout=_PATIENCE_S) if backend.scheduler else Client(**local)
        except (OSError, ValueError) as error:
            raise InputError([_unreachable(backend, error)]) from None
        with client:
            yield
    elif backend.name == "ray":
        import ray
        from ray.util.joblib import register_ray

        try:
            ray.init(address=backend.scheduler) if backend.scheduler else ray.init(num_cpus=count)
        except (ConnectionError, ValueError) as error:
            raise InputError([_unreachable(backend, error)]) from None
        register_ray()
        try:
            yield
        finally:
            ray.shutdown()
    else:
        yield


def _unreachable(backend: Backend, error: Exception) -> Problem:
    where = f"--scheduler {backend.scheduler}" if backend.scheduler else f"--backend {backend.name}"
    return Problem(where, f"the cluster cannot be reached ({error})", "Check that it runs and that the address is its")
