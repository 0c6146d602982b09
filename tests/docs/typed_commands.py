"""The commands that pages have: ours as they are, and stand-ins for nnU-Net's, which write what training would write.

nnU-Net's own command lines are read by nnU-Net. Its preprocessing makes an empty folder; its training makes networks of
two stages, and takes the labels of the fold's validation scenes for its predictions of them.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from page_blocks import ROOT
from page_shell import Command
from tiny_models import make_model, make_plans
from typer.testing import CliRunner

from nnunet_glacier.cli import app
from nnunet_glacier.formats.rasters import read_raster, write_raster
from nnunet_glacier.inference.predictor import find_trainer
from nnunet_glacier.trainers.training import Training
from nnunet_glacier.tuning.training import Curves

PATCH = (104, 104)
"""A little more than the scenes, which are then seen at once."""


def glacier(words: list[str]) -> tuple[int, str, str]:
    """``nnunet-glacier``, with what an unforeseen error says of itself."""
    result = CliRunner().invoke(app, words)
    wrong = "" if result.exception is None or isinstance(result.exception, SystemExit) else repr(result.exception)
    return result.exit_code, result.stdout, result.output + wrong


def _spoken(entry: Callable[[], Any], words: list[str]) -> tuple[int, str, str]:
    """A program that reads ``sys.argv``, called in this process."""
    said, argv, threads = io.StringIO(), sys.argv, torch.get_num_threads()
    sys.argv = [entry.__name__, *words]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            entry()
    except SystemExit as ended:
        return int(ended.code or 0), "", said.getvalue()
    except Exception as error:
        return 1, "", f"{said.getvalue()}{error!r}"
    finally:
        sys.argv = argv
        torch.set_num_threads(threads)
    return 0, said.getvalue(), said.getvalue()


def nnunet_preprocess(words: list[str]) -> tuple[int, str, str]:
    """``nnUNetv2_preprocess``."""
    from nnunetv2.experiment_planning import plan_and_preprocess_entrypoints as entrypoints

    before, entrypoints.preprocess = entrypoints.preprocess, _preprocess
    try:
        return _spoken(entrypoints.preprocess_entry, words)
    finally:
        entrypoints.preprocess = before


def nnunet_train(words: list[str]) -> tuple[int, str, str]:
    """``nnUNetv2_train``; without ``-device`` it is asked for a GPU, which is not here."""
    from nnunetv2.run import run_training as module

    before = module.run_training, torch.set_num_interop_threads
    module.run_training, torch.set_num_interop_threads = _train, lambda count: None
    try:
        return _spoken(module.run_training_entry, words)
    finally:
        module.run_training, torch.set_num_interop_threads = before


def make(words: list[str]) -> tuple[int, str, str]:
    """``make`` in the checkout, which only says what it would do."""
    ran = subprocess.run(["make", "--dry-run", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stdout + ran.stderr


def pip(words: list[str]) -> tuple[int, str, str]:
    """``pip install .`` in the checkout, which the test of the wheel builds."""
    wanted = words == ["install", "."] and (ROOT / "pyproject.toml").is_file()
    return int(not wanted), "", f"pip {words}"


def sbatch(words: list[str]) -> tuple[int, str, str]:
    """``sbatch FILE``, which only reads the file as a shell does."""
    ran = subprocess.run(["bash", "-n", *words], capture_output=True, text=True, check=False)
    return ran.returncode, "", ran.stderr


COMMANDS: dict[str, Command] = {
    "nnunet-glacier": glacier,
    "nnUNetv2_preprocess": nnunet_preprocess,
    "nnUNetv2_train": nnunet_train,
    "make": make,
    "pip": pip,
    "sbatch": sbatch,
}


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _nnunets(variable: str) -> Path:
    """One of nnU-Net's three folders."""
    return Path(os.environ[variable])


def _preprocessed(number: int) -> Path:
    (folder,) = _nnunets("nnUNet_preprocessed").glob(f"Dataset{number:03d}_*")
    return folder


def _data_folder(planned: Path, plans: str, configuration: str) -> Path:
    """Where nnU-Net preprocesses to, which the plans say."""
    return planned / _read(planned / f"{plans}.json")["configurations"][configuration]["data_identifier"]


def _preprocess(numbers: list[int], plans: str, configurations: list[str], **settings: Any) -> None:
    for number in numbers:
        for configuration in configurations:
            _data_folder(_preprocessed(number), plans, configuration).mkdir()


def _train(
    number: str,
    configuration: str,
    fold: str,
    trainer: str,
    plans: str,
    pretrained: str | None,
    gpus: int,
    npz: bool,
    *settings: Any,
    device: torch.device,
) -> None:
    planned = _preprocessed(int(number))
    assert _data_folder(planned, plans, configuration).is_dir(), "not preprocessed"
    validated = _read(planned / "splits_final.json")[int(fold)]["val"]
    content, dataset_json = _read(planned / f"{plans}.json"), _read(planned / "dataset.json")
    trained = _nnunets("nnUNet_results") / planned.name / f"{trainer}__{plans}__{configuration}"
    write_network(trained, dataset_json, content, trainer, (int(fold),))
    raw = _nnunets("nnUNet_raw") / planned.name
    validate(trained / f"fold_{fold}" / "validation", raw, validated, with_probabilities=npz)


def write_network(
    trained: Path, dataset_json: dict, plans: dict, trainer: str, folds: tuple[int, ...], sees: str = ""
) -> Path:
    """Write networks of two stages into a trained folder, which may have other folds.

    Args:
        trained: The folder.
        dataset_json: Content of its dataset.json.
        plans: Its plans, whose network and patch are made tiny.
        trainer: Class name of the trainer, which nnU-Net must find.
        folds: The folds.
        sees: ``bright`` for networks that take bright pixels for glacier and dark ones for ocean.
    """
    find_trainer(trainer)
    tiny = make_plans(patch=PATCH)["configurations"]["2d"]
    configuration = {
        **plans["configurations"]["2d"],
        **{name: tiny[name] for name in ("architecture", "patch_size")},
    }
    content = {**plans, "configurations": {"2d": configuration}}
    with tempfile.TemporaryDirectory() as folder:
        made = make_model(Path(folder) / "made", dataset_json, content, folds=folds, trainer=trainer)
        for path in made.rglob("checkpoint_final.pth"):
            checkpoint = torch.load(path, weights_only=False)
            if sees == "bright":
                _see_bright_glacier(checkpoint["network_weights"])
            # Seen as it is, and not mirrored too, a scene takes a fourth of the time.
            torch.save({**checkpoint, "inference_allowed_mirroring_axes": None}, path)
        shutil.copytree(made, trained, dirs_exist_ok=True)
    return trained


def _see_bright_glacier(weights: dict[str, torch.Tensor]) -> None:
    """Let a network of fused labels pass the grey values on: the lighter, the more glacier, the darker, the more ocean.

    The first features of the finer stage are the normalised grey values and their negative, which are what the last
    layer tells glacier from ocean by; all other features are 0.
    """
    for name, weight in weights.items():
        if "norm" in name or "all_modules.1" in name:
            continue
        weight.zero_()
        if name.endswith("bias"):
            if "seg_layers" in name:
                weight[[0, 1, 4]] = -6
        elif "encoder.stages.0" in name:
            weight[0, 0, 1, 1], weight[1, 0, 1, 1] = 1, -1
        elif "decoder.stages" in name:
            # Behind four features of the coarser stage.
            weight[0, 4, 1, 1] = weight[1, 5, 1, 1] = 1
        elif "seg_layers" in name:
            weight[2, :2, 0, 0] = torch.tensor([4.0, -4.0])
            weight[3, :2, 0, 0] = torch.tensor([-4.0, 4.0])


def validate(folder: Path, raw: Path, cases: list[str], *, with_probabilities: bool) -> None:
    """Write a fold's predictions of its validation scenes: their labels, and if asked for probabilities of 0 and 1."""
    dataset_json = _read(raw / "dataset.json")
    ignored = dataset_json["labels"].get("ignore")
    codes = len(dataset_json["labels"]) - (ignored is not None)
    for case in cases:
        label = read_raster(raw / "labelsTr" / f"{case}{dataset_json['file_ending']}").values
        label = np.where(label == ignored, 0, label).astype(np.uint8)
        write_raster(folder / f"{case}{dataset_json['file_ending']}", label)
        if with_probabilities:
            near = (label == np.arange(codes)[:, None, None]).astype(np.float32)[:, None]
            np.savez(folder / f"{case}.npz", probabilities=near)
    shutil.copy(raw / "dataset.json", folder)
    (folder / "summary.json").write_text("{}")


def train_trial(training: Training, fold: int, *, validate: bool) -> tuple[Curves, Path]:
    """Stands in for the trainings of ``tune`` and ``repeat``: curves that fall, and nothing on disk."""
    name = f"{training.trainer.__name__}__{training.plans['plans_name']}__2d"
    folder = _nnunets("nnUNet_results") / training.plans["dataset_name"] / name / f"fold_{fold}"
    folder.mkdir(parents=True)
    return Curves((0.5, 0.4), (0.1, 0.2)), folder
