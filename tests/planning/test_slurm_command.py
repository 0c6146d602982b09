"""``nnunet-glacier slurm``: what Slurm and the shell make of the file that it prints."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from nnunet_plans import plans_2d
from tiny_dataset import write_tiny_dataset
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.planning.slurm import Job, sbatch_text
from nnunet_glacier.support.environment import PLUGIN_FOLDER

NAME = "Dataset951_Tiny"
FOLDERS = ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")

STAND_IN = """#!/bin/bash
printf '%s\\n' "$@" > "$nnUNet_results/arguments"
printf '%s\\n' "$nnUNet_raw" "$nnUNet_preprocessed" "$nnUNet_extTrainer" > "$nnUNet_results/variables"
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """nnU-Net's folders, in one whose name the shell would take apart, with a planned dataset of two folds."""
    root = tmp_path / "it's $HOME; and `more`"
    write_tiny_dataset(root / "nnUNet_raw" / NAME, "multitask")
    for variable in FOLDERS:
        (root / variable).mkdir(exist_ok=True)
        monkeypatch.setenv(variable, str(root / variable))
    monkeypatch.delenv("nnUNet_extTrainer", raising=False)
    preprocessed = root / "nnUNet_preprocessed" / NAME
    preprocessed.mkdir()
    (preprocessed / "paper.json").write_text(json.dumps(plans_2d((4, 8), (32, 32), name="paper")))
    folds = [{"train": ["scene_0"], "val": ["scene_1"]}, {"train": ["scene_1"], "val": ["scene_0"]}]
    (preprocessed / "splits_final.json").write_text(json.dumps(folds))
    return root


def printed(*arguments):
    return CliRunner().invoke(app, ["slurm", "-d", "951", "-p", "paper", *arguments])


def asked(text):
    return dict(re.findall(r"^#SBATCH --([a-z-]+)=(.*)$", text, re.MULTILINE))


def test_what_is_asked_of_slurm(root):
    """An array over the dataset's folds; the lines stand before the first command."""
    text = printed("--time", "2-00:00:00", "--gpus", "2", "--partition", "gpu", "--account", "ice").stdout
    assert asked(text) == {
        "job-name": "Dataset951",
        "array": "0-1",
        "time": "2-00:00:00",
        "gres": "gpu:2",
        "cpus-per-task": "8",
        "mem": "32G",
        "partition": "gpu",
        "account": "ice",
        "output": "Dataset951_fold_%a.log",
        "open-mode": "append",
    }
    assert "#SBATCH --requeue" in text
    head = text.split("set -e")[0].splitlines()
    assert head[0] == "#!/bin/bash"
    assert all(line.startswith("#") or not line for line in head)
    on_cpu = asked(printed("--gpus", "0").stdout)
    assert not {"gres", "partition", "account"} & set(on_cpu)


def test_the_shell_reads_it(root):
    done = subprocess.run(["bash", "-n"], input=printed().stdout, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("gpus", [0, 1, 4])
@pytest.mark.parametrize("checkpoint", [None, "latest", "best", "final"])
def test_a_fold_is_trained_and_goes_on_from_its_checkpoint(root, tmp_path, gpus, checkpoint):
    """The body run with a stand-in for nnU-Net's command: arguments and variables arrive as they are."""
    programs = tmp_path / "the programs"
    programs.mkdir()
    (programs / "nnUNetv2_train").write_text(STAND_IN)
    (programs / "nnUNetv2_train").chmod(0o755)
    job = Job(dataset=NAME, n_folds=2, plans="paper", trainer="nnUNetTrainerGlacierLate", gpus=gpus)
    script = tmp_path / "train.sbatch"
    script.write_text(sbatch_text(job, os.environ, programs))
    results = root / "nnUNet_results"
    fold = results / NAME / "nnUNetTrainerGlacierLate__paper__2d" / "fold_1"
    if checkpoint:
        fold.mkdir(parents=True)
        (fold / f"checkpoint_{checkpoint}.pth").touch()
    bare = {"PATH": os.environ["PATH"], "SLURM_ARRAY_TASK_ID": "1"}
    subprocess.run(["bash", str(script)], env=bare, cwd=tmp_path, check=True)
    device = {0: ["-device", "cpu"], 1: [], 4: ["-num_gpus", "4"]}[gpus]
    go_on = ["--c"] if checkpoint else []
    wanted = [NAME, "2d", "1", "-p", "paper", "-tr", "nnUNetTrainerGlacierLate", *device, *go_on]
    assert (results / "arguments").read_text().splitlines() == wanted
    raw, preprocessed, trainers = (results / "variables").read_text().splitlines()
    assert (raw, preprocessed) == (str(root / "nnUNet_raw"), str(root / "nnUNet_preprocessed"))
    assert Path(trainers) == PLUGIN_FOLDER


def test_outside_of_slurm_it_says_what_to_do(root, tmp_path):
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["bash"], input=printed().stdout, env=bare, text=True, capture_output=True, check=False)
    assert done.returncode != 0
    assert "submit this file with sbatch" in done.stderr


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("--time", "1:00\n#SBATCH --wrap=x"),
        ("--time", "soon"),
        ("--memory", "32G "),
        ("--partition", "gpu\u200b"),
        ("--account", "a b"),
        ("--trainer", "nnUNetTrainer;ls"),
        ("--configuration", "2d\n"),
    ],
)
def test_words_of_another_form_are_refused(root, option, word):
    """They would be lines or commands of their own; what cannot be seen is written out."""
    done = printed(option, word)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"{option} {word!a}" in done.stderr
    assert "1 problem" in done.stderr


@pytest.mark.parametrize("hidden", ["\n", "\u200b", "\u202e", "\x07"])
def test_paths_with_hidden_characters_are_refused(root, monkeypatch, hidden):
    monkeypatch.setenv("nnUNet_results", f"/data/a{hidden}b")
    done = printed()
    assert done.exit_code == 2
    assert "nnUNet_results: it holds characters that cannot be seen" in done.stderr


def test_plans_and_configurations_that_are_not_there_are_named(root):
    """With those that there are; without folds of its own a dataset has nnU-Net's five."""
    assert "there are no such plans; Dataset951_Tiny has paper" in printed("-p", "other").stderr
    assert "they have no configuration 3d; they have 2d" in printed("-c", "3d").stderr
    (root / "nnUNet_preprocessed" / NAME / "splits_final.json").unlink()
    assert asked(printed().stdout)["array"] == "0-4"
