"""nnU-Net's own commands with our plans and trainers: plan, preprocess, train, resume, validate, predict, ensemble.

Two folds of a few iterations on six scenes of 64x64 pixels, for one task, two (early branching) and three (late). That
of one task starts nnU-Net's worker processes, and so shows that what goes to them can; the others do without.
"""

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_dataset import write_tiny_dataset

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.support.environment import PLUGIN_FOLDER

# Two minutes on two idle cores, several times that where they are shared.
pytestmark = pytest.mark.timeout(1800)

DRIVER = Path(__file__).parent / "nnunet_commands.py"
SETTINGS = {
    "nnUNet_extTrainer": str(PLUGIN_FOLDER),
    "nnUNet_n_proc_DA": "0",
    "nnUNet_def_n_proc": "1",
    "OMP_NUM_THREADS": "1",
    # On a CPU nnU-Net asks for a thread a core; threads that wait must not take the cores from other work.
    "OMP_WAIT_POLICY": "PASSIVE",
}


@dataclass(frozen=True)
class Run:
    """A trainer with its dataset."""

    trainer: str
    variant: str
    number: int

    @property
    def dataset(self):
        return f"Dataset{self.number}_Tiny"

    def model(self, root):
        return root / "nnUNet_results" / self.dataset / f"{self.trainer}__test__2d"

    def plans(self, root):
        return root / "nnUNet_preprocessed" / self.dataset / "test.json"

    def predicted(self, root, folder):
        return root / "predicted" / self.variant / folder


RUNS = [
    Run("nnUNetTrainerGlacier", "fused", 961),
    Run("nnUNetTrainerGlacierEarly", "multitask", 962),
    Run("nnUNetTrainerGlacierLate", "boundary", 963),
]


def plan_and_train(run):
    """Plan, preprocess and train two folds of one epoch."""
    number = str(run.number)
    plan = ["nnunet-glacier", "plan", "-d", number, "--preset", "laptop", "--name", "test", "--workers", "1"]
    plan += ["--patch-size", "32", "32", "--stages", "3", "--features", "4", "--batch-size", "2"]
    plan += ["--epochs", "1", "--iterations", "3", "--val-iterations", "2"]
    preprocess = ["nnUNetv2_preprocess", "-d", number, "-plans_name", "test", "-c", "2d", "-np", "1"]
    return [plan, preprocess, train(run, "0"), train(run, "1")]


def train(run, fold, *options):
    return ["nnUNetv2_train", str(run.number), "2d", fold, "-p", "test", "-tr", run.trainer, "-device", "cpu", *options]


def predict_and_ensemble(run, root):
    """Predict the test scenes with each fold and with both in one pass, and average the folds' probabilities."""
    images = str(root / "nnUNet_raw" / run.dataset / "imagesTs")
    model = ["-d", str(run.number), "-c", "2d", "-p", "test", "-tr", run.trainer]
    options = ["-device", "cpu", "-npp", "0", "-nps", "0", "--save_probabilities"]
    folders = {folds: str(run.predicted(root, "".join(folds))) for folds in (("0",), ("1",), ("0", "1"))}
    commands = [
        ["nnUNetv2_predict", "-i", images, "-o", folder, *model, "-f", *folds, *options]
        for folds, folder in folders.items()
    ]
    single = [folders["0",], folders["1",]]
    ensemble = ["nnUNetv2_ensemble", "-i", *single, "-o", str(run.predicted(root, "ensemble")), "-np", "1"]
    return [*commands, ensemble]


@contextmanager
def started(commands, root, name, *, quick=True):
    """The commands in a process of their own; its output goes to a file, since a full pipe would stop it."""
    quickly = {"QUICK_NNUNET": "1"} if quick else {}
    folders = {folder: str(root / folder) for folder in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    log = root / f"{name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(DRIVER), json.dumps(commands)],
            env=os.environ | SETTINGS | folders | quickly,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process, log
        finally:
            process.kill()
            process.wait()


def finished(process, log):
    """The output of a process that must end well."""
    code = process.wait()
    assert code == 0, log.read_text()[-5000:]
    return log.read_text()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """All three trainers trained on two folds, predictions and ensembles made; by their folder and their output."""
    root = tmp_path_factory.mktemp("nnunet")
    with ExitStack() as stack:
        processes = []
        for run in RUNS:
            write_tiny_dataset(root / "nnUNet_raw" / run.dataset, run.variant)
            commands = plan_and_train(run) + predict_and_ensemble(run, root)
            processes.append(stack.enter_context(started(commands, root, run.variant, quick=run is not RUNS[0])))
        return root, {run: finished(*process) for run, process in zip(RUNS, processes, strict=True)}


@pytest.fixture(params=RUNS, ids=lambda run: run.trainer)
def run(request):
    """Each of the three."""
    return request.param


def probabilities(folder, case):
    """Probabilities of the codes, float, ``(codes, rows, columns)``."""
    return np.load(folder / f"{case}.npz")["probabilities"][:, 0]


def codes(folder, case):
    return np.array(Image.open(folder / f"{case}.png"))


def test_folds_are_trained_for_the_schedule_of_the_plans(trained, run):
    """One epoch, one value of each curve, the trainer's name and the tasks in the folder of results."""
    root, _ = trained
    for fold in ("fold_0", "fold_1"):
        checkpoint = torch.load(run.model(root) / fold / "checkpoint_final.pth", weights_only=False)
        assert checkpoint["trainer_name"] == run.trainer
        assert len(checkpoint["logging"]["train_losses"]) == 1
        foreground = sum(size - 1 for size in LABEL_SPACES[run.variant].sizes)
        assert len(checkpoint["logging"]["dice_per_class_or_region"][0]) == foreground
        assert (run.model(root) / fold / "validation" / "summary.json").is_file()
    dataset = json.loads((run.model(root) / "dataset.json").read_text())
    assert dataset["tasks"] == LABEL_SPACES[run.variant].to_json()


def test_the_pseudo_dice_of_each_task_is_logged(trained, run):
    """One line per epoch for trainers of several tasks."""
    _, outputs = trained
    lines = [line for line in outputs[run].splitlines() if "Pseudo dice per task" in line]
    several = len(LABEL_SPACES[run.variant].tasks) > 1
    assert len(lines) == (2 if several else 0)
    for line in lines:
        assert all(name in line for name in LABEL_SPACES[run.variant].names)


def test_validation_scenes_are_those_of_our_folds(trained, run):
    """The folds of the dataset, not new ones of nnU-Net's making."""
    root, _ = trained
    validated = sorted(path.stem for path in (run.model(root) / "fold_0" / "validation").glob("*.png"))
    assert validated == ["scene_3", "scene_4", "scene_5"]


def test_probabilities_of_a_fold_are_the_products_of_the_tasks(trained, run):
    """Through tiles, mirroring, half precision and the file, the codes stay independent tasks."""
    root, _ = trained
    space = LABEL_SPACES[run.variant]
    joint = probabilities(run.predicted(root, "0"), "scene_90")
    assert joint.shape == (space.n_codes, 64, 64)
    np.testing.assert_allclose(joint.sum(axis=0), 1, atol=2e-3)
    tasks = space.marginals(joint)
    for code in range(space.n_codes):
        product = np.prod([task[cls] for task, cls in zip(tasks, space.decode(code), strict=True)], axis=0)
        # Half precision rounds log-probabilities of -16 by 0.008, and with them the probabilities by 0.8 %.
        np.testing.assert_allclose(joint[code], product, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("case", ["scene_90", "scene_91"])
def test_the_ensemble_is_the_mean_of_the_folds_probabilities(trained, run, case):
    """Where the mean has a clear winner, the label map of nnUNetv2_ensemble has it too."""
    root, _ = trained
    mean = (probabilities(run.predicted(root, "0"), case) + probabilities(run.predicted(root, "1"), case)) / 2
    first, second = np.sort(mean, axis=0)[:-3:-1]
    clear = first - second > 1e-3
    # After three iterations the folds are unsure; how many pixels are clear differs from machine to machine.
    assert clear.mean() > 0.5
    np.testing.assert_array_equal(codes(run.predicted(root, "ensemble"), case)[clear], mean.argmax(axis=0)[clear])


def test_both_folds_in_one_pass_give_codes_of_the_dataset(trained, run):
    """nnUNetv2_predict averages over folds before the softmax; the result is a label map like any other."""
    root, _ = trained
    predicted = codes(run.predicted(root, "01"), "scene_91")
    assert predicted.shape == (64, 64)
    assert predicted.max() < LABEL_SPACES[run.variant].n_codes


def test_training_resumes_for_the_schedule_of_the_plans(trained):
    """After one epoch the plans ask for three: --c trains two more, at the learning rates of epochs 1 and 2 of 3."""
    root, _ = trained
    run = RUNS[1]
    plans = json.loads(run.plans(root).read_text())
    run.plans(root).write_text(json.dumps(plans | {"num_epochs": 3}))
    with started([train(run, "0", "--c")], root, "resumed") as process:
        output = finished(*process)
    assert "Epoch 0" not in output
    logged = torch.load(run.model(root) / "fold_0" / "checkpoint_final.pth", weights_only=False)["logging"]
    np.testing.assert_allclose(logged["lrs"][1:], [plans["initial_lr"] * (1 - epoch / 3) ** 0.9 for epoch in (1, 2)])
    assert len(logged["train_losses"]) == 3


def test_validation_can_be_run_alone_and_the_best_configuration_found(trained):
    """With --val nothing is trained; nnUNetv2_find_best_configuration takes the two folds."""
    root, _ = trained
    run = RUNS[2]
    summary = run.model(root) / "fold_1" / "validation" / "summary.json"
    before = json.loads(summary.read_text())
    summary.unlink()
    find = ["nnUNetv2_find_best_configuration", str(run.number), "-p", "test", "-c", "2d", "-tr", run.trainer]
    find += ["-f", "0", "1", "-np", "1", "--disable_ensembling"]
    with started([train(run, "1", "--val"), find], root, "validated") as process:
        output = finished(*process)
    assert "Epoch" not in output
    assert json.loads(summary.read_text())["foreground_mean"] == before["foreground_mean"]
    assert f"nnUNetv2_predict -d {run.dataset}" in output
