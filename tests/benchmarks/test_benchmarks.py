"""The benchmarks are commands of their own, too long for a test; what they import must be there all the same."""

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
COMMANDS = [path for path in sorted(FOLDER.glob("*.py")) if "def main()" in path.read_text()]


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_benchmark_can_be_started(path, monkeypatch):
    """And says in its docstring how it is called."""
    # As Python does for a script: its own folder first.
    monkeypatch.setattr(sys, "path", [str(path.parent), *sys.path])
    names = runpy.run_path(str(path), run_name="benchmark")
    assert callable(names["main"])
    assert f"python benchmarks/{path.name}" in names["__doc__"]
