"""A whole report of two experiments, made once for all tests that look at it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from made_evaluations import write_dataset, write_model, write_predictions
from typer.testing import CliRunner

from nnunet_glacier.cli import app

EARLY, LATE = "early <b>&", "late"
"""Names of the experiments; the first would break a page that does not escape it."""


@dataclass(frozen=True)
class MadeReport:
    """A report and what it was made from.

    Attributes:
        out: Its folder.
        evaluations: The two evaluations.
        screen: What the command printed.
    """

    out: Path
    evaluations: tuple[Path, Path]
    screen: str


def run(*arguments: object):
    """Run ``nnunet-glacier`` in this process, its work in one process too."""
    return CliRunner().invoke(app, [*map(str, arguments), "--workers", "1"])


@pytest.fixture(scope="session")
def command():
    """`run`, for tests."""
    return run


@pytest.fixture(scope="session")
def made_report(tmp_path_factory) -> MadeReport:
    """Two experiments of two trainings each, by both routes, on three dated scenes; one front is missing."""
    root = tmp_path_factory.mktemp("report")
    dataset = write_dataset(root / "dataset", {"a": "2013-01-10", "b": "2014-07-01", "c": "2015-03-01"})
    fronts = {
        "early": ({"a": 42, "b": 45, "c": None}, {"a": 43, "b": 44, "c": 60}),
        "late": ({"a": 41, "b": 47, "c": 50}, {"a": 40, "b": 46, "c": 49}),
    }
    evaluations = []
    for name, folds in fronts.items():
        folders = [write_predictions(root / name / f"fold_{fold}", maps) for fold, maps in enumerate(folds)]
        evaluations.append(root / f"scores_{name}")
        result = run("evaluate", *folders, dataset, evaluations[-1], "--route", "both")
        assert result.exit_code == 0, result.output
    model = write_model(root / "Trainer__Plans__2d", 2)
    names = ("--name", EARLY, "--name", LATE)
    result = run("report", *evaluations, root / "out", *names, "--max-overlays", 1, "--models", model, "--seed", 5)
    assert result.exit_code == 0, result.output
    return MadeReport(root / "out", (evaluations[0], evaluations[1]), result.output)
