"""The command as a user calls it, a dataset for it, and what it wrote."""

import datetime
import json

import torch
from tiny_dataset import write_tiny_dataset
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.scene_table import write_scenes

TRAINER = "nnUNetTrainerGlacier"
QUICK = ["--epochs", "1", "--iterations", "1", "--device", "cpu", "--workers", "1", "--choose", "earliest"]


def write_dataset(folder, labels):
    write_tiny_dataset(folder, labels)
    scenes = [
        Scene(f"scene_{index}", "train", "New", datetime.date(2020, 6, 20 - index) if index else None)
        for index in range(6)
    ]
    write_scenes(folder / "scenes.csv", scenes)
    return folder


def run(*arguments):
    """The command's result."""
    return CliRunner().invoke(app, ["adapt", *map(str, arguments)])


def refused(*arguments):
    """The text of a command that must end with code 2 and without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def weights(folder, fold):
    checkpoint = torch.load(folder / f"fold_{fold}" / "checkpoint_final.pth", weights_only=False)
    return checkpoint["network_weights"]


def read(path):
    return json.loads(path.read_text())
