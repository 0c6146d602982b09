"""What the program says of itself, without a command."""

import csv
import os
import re
import subprocess
import sys
from importlib import metadata

import pytest
import rasterio
import typer
from scenes_on_the_map import made_scene, write_scene
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.cli.evaluate import evaluate
from nnunet_glacier.cli.scenes import scenes
from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.evaluation.options import Options


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


def test_a_scene_in_kilometres_is_read_without_a_word_of_proj(tmp_path):
    """GDAL looks up that unit in PROJ's tables, which lie in rasterio's folder."""
    kilometres = "+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=km"
    affine = rasterio.Affine(0.08, 0, -180, 0, -0.08, -2270)
    write_scene(tmp_path / "20190217.tif", made_scene(), crs=kilometres, transform=affine)
    command = [sys.executable, "-m", "nnunet_glacier", "scenes", str(tmp_path)]
    settings = {name: value for name, value in os.environ.items() if name not in ("PROJ_DATA", "PROJ_LIB")}
    run = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "proj" not in run.stderr
    (row,) = csv.DictReader((tmp_path / "scenes.csv").read_text().splitlines())
    assert float(row["pixel_size_m"]) == pytest.approx(80, rel=0.01)


@pytest.mark.parametrize("command", [["delineate", "scenes"], ["predict", "caffe-256", "images"]])
def test_the_folder_to_write_is_what_is_missing(command):
    """Not the scenes, of which there may be any number before it."""
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "Missing argument 'out'" in result.output


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (["predict", "", "images", "out"], ["MODEL"]),
        (["predict", "caffe-256", "images", "", "out"], ["IMAGES"]),
        (["delineate", "scenes", ""], ["OUT"]),
        (["convert", "caffe", "", "", "--meta-data="], ["DATA_RAW", "OUT", "--meta-data"]),
        (["convert", "caffe", "data_raw", "out", "--channel", ""], ["--channel"]),
        (["convert", "dinsar", "scenes", "lines", "out", "--crs", ""], ["--crs"]),
        (["model", "pack", "", "out"], ["TRAINED"]),
        (["demo", "scenes", ""], ["OUT"]),
        (["adapt", "", "", ""], ["MODEL", "DATASET", "OUT"]),
        (["plan", "-d", "", "--start", "", "--name", ""], ["--dataset", "--name", "--start"]),
        (["evaluate", "predictions", "dataset", "scores", "--threshold", ""], ["--threshold"]),
    ],
)
def test_an_empty_path_or_name_is_refused(command, named, tmp_path, monkeypatch):
    """A shell makes it of a variable that is not set; as a path it would be the current folder."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:]] == named
    assert all(": it is empty. Give it a value; a variable of the shell may not be set" in line for line in lines[1:])
    assert not list(tmp_path.iterdir())


def commands_of(group, *names):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_of(command, *names, name)
        else:
            yield (*names, name), command


def test_every_command_refuses_empty_texts():
    """Whichever group it hangs on."""
    commands = dict(commands_of(typer.main.get_command(app)))
    assert {("predict",), ("convert", "caffe"), ("demo", "scenes"), ("model", "pack")} < set(commands)
    assert {type(command).__name__ for command in commands.values()} == {"_Command"}


@pytest.mark.parametrize("options", [["--glacier", ""], ["--scenes", "none.csv"]])
def test_what_is_empty_by_default_may_be_given_so(options, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["delineate", "scenes", "out", *options])
    assert result.exit_code == 2 and "it is empty" not in result.output


def test_the_help_names_every_option_that_is_refused_for_ice_types():
    """Those that `Options.given` tells."""
    rules = FrontRules(0.0, "glacier", published_decoding=True)
    changed = Options(
        route="front",
        threshold=0.5,
        rules=rules,
        hemispheres={"SI": "south"},
        measures="all",
        cut_ends_m=100.0,
        bootstrap_seed=1,
    )
    named = re.search(r"Options about fronts \((.*?)\)", " ".join(evaluate.__doc__.split()))
    assert named[1].split(", ") == [
        "--route",
        "--threshold",
        "--min-front-length-m",
        "--front-side",
        "--fused-decoding",
        "--hemisphere",
        "--measures",
        "--cut-ends-m",
        "--seed",
    ]
    assert set(named[1].split(", ")) == set(changed.given())


def test_the_help_names_the_commands_that_take_the_table_of_scenes():
    """Those with --scenes, but for adapt and the demo, whose --scenes are numbers of them."""
    commands = dict(typer.main.get_command(app).commands)
    commands |= {f"convert {name}": command for name, command in commands["convert"].commands.items()}
    takes = [name for name, command in commands.items() if any("--scenes" in one.opts for one in command.params)]
    assert sorted(takes) == ["adapt", "convert series", "delineate", "fronts", "lines"]
    assert "delineate, fronts, lines and convert series take it as --scenes" in " ".join(scenes.__doc__.split())
