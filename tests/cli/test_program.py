"""What the program says of itself, without a command."""

import os
import subprocess
import sys
from importlib import metadata

import pytest
from typer.testing import CliRunner

from nnunet_glacier.cli import app


def test_the_version():
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output == f"nnunet-glacier {metadata.version('nnunet-glacier')}\n"


def test_help_begins_with_what_it_is():
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "Calving fronts and grounding lines with nnU-Net v2." in result.output
    assert "delineate" in result.output and "--version" in result.output


def test_a_terminal_that_lacks_a_character_gets_its_number(tmp_path):
    """The command does its work; no file is blamed."""
    out = tmp_path / "Crane \u2192 1"
    command = [sys.executable, "-m", "nnunet_glacier", "demo", "caffe-scenes", str(out)]
    settings = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "1"}
    run = subprocess.run(command, env=settings, capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(f"12 scenes in {tmp_path}/Crane \\u2192 1;".encode())
    assert (out / "README.md").is_file()


@pytest.mark.parametrize("command", [["delineate", "scenes"], ["predict", "caffe-256", "images"]])
def test_the_folder_to_write_is_what_is_missing(command):
    """Not the scenes, of which there may be any number before it."""
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "Missing argument 'out'" in result.output
