"""Lets the tests of pages use the small datasets of the tests of conversion."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "dataset_conversion"))

import pytest
from page_runs import made_quick
from page_worlds import write_shipped_model


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A folder of shipped models, with a tiny one."""
    return write_shipped_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def quick(monkeypatch, shipped):
    """One process and one thread, tiny shipped models, trainings of an iteration, and a page that nobody waits for."""
    yield from made_quick(monkeypatch, shipped)
