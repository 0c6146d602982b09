"""What the program says of itself, without a command."""

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


@pytest.mark.parametrize("command", [["delineate", "scenes"], ["predict", "caffe-256", "images"]])
def test_the_folder_to_write_is_what_is_missing(command):
    """Not the scenes, of which there may be any number before it."""
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "Missing argument 'out'" in result.output
