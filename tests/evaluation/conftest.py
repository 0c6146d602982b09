"""A small dataset, and the command that scores against it."""

import datetime
import json
from pathlib import Path

import numpy as np
import pytest
from made_scenes import fjord
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.scene_table import write_scenes
from nnunet_glacier.lines.front_lines import front_from_zones


@pytest.fixture
def dataset(tmp_path) -> Path:
    """A converted dataset of three test and two training scenes with their fronts in column 20, at 20 m a pixel."""
    root = tmp_path / "Dataset001_Made"
    scenes = []
    for case, split, glacier, month in (
        ("a", "test", "COL", 1),
        ("b", "test", "COL", 6),
        ("c", "test", "Mapple", 1),
        ("d", "train", "COL", 1),
        ("e", "train", "Mapple", 6),
    ):
        ending = {"test": "Ts", "train": "Tr"}[split]
        write_raster(root / f"zones{ending}" / f"{case}.png", fjord(20))
        write_raster(root / f"fronts{ending}" / f"{case}.png", front_from_zones(fjord(20)).astype(np.uint8) * 255)
        day = datetime.date(2014, month, 2)
        scenes.append(Scene(case, split, glacier, day, "TDX", 20.0, 1, box=Box(5, 60, 0, 50)))
    write_scenes(root / "scenes.csv", scenes)
    return root


@pytest.fixture
def evaluate():
    """Run ``nnunet-glacier evaluate`` in this process."""

    def run(*arguments: object):
        return CliRunner().invoke(app, ["evaluate", *map(str, arguments), "--workers", "1"])

    return run


@pytest.fixture
def summary_of(evaluate, tmp_path):
    """Run ``evaluate`` and read what it wrote."""

    def run(*arguments: object) -> dict:
        result = evaluate(*arguments, tmp_path / "scores")
        assert result.exit_code == 0, result.output
        return json.loads((tmp_path / "scores" / "summary.json").read_text())

    return run
