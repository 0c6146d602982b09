"""The network of a worker process: loaded with its first scene, and kept for the others."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nnunet_glacier.delineation.kind_of_line import Network
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.parallel import LOCAL, Backend

BACKENDS = ("loky", "dask", "ray")
"""Engines whose workers start with nothing of the main process: a fork of one that has used torch can hang."""

_kept = threading.local()


def network_here(load: Callable[[], Network], key: object) -> Network:
    """The network of this worker.

    A worker of a cluster can be a thread among others. Each has a network of its own, since a network notes its
    progress.

    Args:
        load: Loads it.
        key: What it is, with all of its settings; a worker that outlives a run keeps its last network alone.
    """
    if getattr(_kept, "key", None) != key:
        _kept.key = _kept.network = None
        _kept.network = load()
        _kept.key = key
    network: Network = _kept.network
    return network


def worker_problems(workers: int, backend: Backend, *, loaded: bool) -> list[Problem]:
    """Why scenes cannot be delineated so.

    Args:
        workers: Processes.
        backend: What runs them.
        loaded: Whether the model was given with its network, which stays in this process.
    """
    if backend.name not in BACKENDS:
        unknown = backend.problems()
        what = "its workers share memory with this process, in which networks cannot be loaded safely"
        return unknown or [Problem(f"--backend {backend.name}", what, f"Choose one of {', '.join(BACKENDS)}")]
    if loaded and not in_this_process(workers, backend):
        return [Problem("model", "a loaded model cannot go to other processes", "Give its path or its name")]
    return backend.problems()


def in_this_process(workers: int, backend: Backend) -> bool:
    """Whether there is one worker, and it is this process."""
    return workers == 1 and backend == LOCAL
