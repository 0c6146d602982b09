"""The same results in the same order, whatever runs the work."""

import pytest

from nnunet_glacier.support.errors import InputError
from nnunet_glacier.support.parallel import LIBRARIES, Backend, map_with_progress


def mirrored(number: int) -> str:
    return str(number)[::-1]


@pytest.mark.parametrize("name", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(name, workers):
    """More items than are under way at a time."""
    found = map_with_progress(mirrored, range(100, 180), description="", workers=workers, backend=Backend(name))
    assert list(found) == [str(number)[::-1] for number in range(100, 180)]


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
