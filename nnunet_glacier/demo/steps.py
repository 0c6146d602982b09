"""The demo's steps: the commands of the main job, in order, as a user would type them."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

import nnunet_glacier
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.support.parallel import default_workers

DATASET_ID = 101
DATASET = f"Dataset{DATASET_ID}_MadeUp"
TRAINER = "nnUNetTrainerGlacier"
PLANS = "laptop"


@dataclass(frozen=True)
class DemoSettings:
    """What the demo is run with.

    Attributes:
        n_train: Training scenes.
        n_test: Test scenes.
        size: Pixels of a scene's longest side.
        seed: Seed of the scenes.
        folds: How many of the five folds to train.
        epochs: Epochs of a fold.
        iterations: Batches per epoch.
        patch: Edge of the patches in pixels, one to a batch.
        device: ``cpu`` or ``cuda``, as nnU-Net takes it.
    """

    n_train: int = 30
    n_test: int = 6
    size: int = 224
    seed: int = 0
    folds: int = 5
    epochs: int = 4
    iterations: int = 32
    patch: int = 224
    device: str = "cpu"

    def to_json(self) -> dict[str, int | str]:
        """The settings as written to disk."""
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """One command of the main job.

    Attributes:
        title: What it does.
        command: Program and arguments; the program is a console script of this environment.
        product: A file or folder that is there when the step is complete.
    """

    title: str
    command: tuple[str, ...]
    product: Path

    @property
    def line(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.command)


def demo_environment(out: Path) -> dict[str, str]:
    """The variables that the demo's commands need: nnU-Net's folders, our trainers, and how many processes it starts.

    Args:
        out: The demo's folder.
    """
    out = out.resolve()
    folders = {name: str(out / name) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    plugin = Path(nnunet_glacier.__file__).parent / "trainers" / "plugin"
    cores = default_workers()
    return {
        **folders,
        "nnUNet_extTrainer": str(plugin),
        "nnUNet_n_proc_DA": "1" if cores <= 2 else str(min(12, cores - 2)),
        "nnUNet_def_n_proc": str(min(8, cores)),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(cores)),
        # Threads that wait busily take the cores from the processes that augment the next batch.
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _train_steps(settings: DemoSettings, results: Path) -> list[Step]:
    steps = []
    for fold in range(settings.folds):
        folder = results / f"fold_{fold}"
        command = ["nnUNetv2_train", str(DATASET_ID), "2d", str(fold), "-tr", TRAINER, "-p", PLANS]
        command += ["-device", settings.device]
        # An interrupted training goes on from its last checkpoint, where it has left one.
        if any((folder / f"checkpoint_{name}.pth").is_file() for name in ("latest", "final")):
            command.append("--c")
        steps.append(
            Step(f"Train fold {fold} of {settings.folds}", tuple(command), folder / "validation" / "summary.json")
        )
    return steps


def demo_steps(out: Path, settings: DemoSettings) -> list[Step]:
    """The main job from made-up scenes to scores and a picture.

    Args:
        out: The demo's folder.
        settings: Sizes and lengths.
    """
    scenes, dataset = out / "data_raw", out / "nnUNet_raw" / DATASET
    preprocessed = out / "nnUNet_preprocessed" / DATASET
    results = out / "nnUNet_results" / DATASET / f"{TRAINER}__{PLANS}__2d"
    predictions, fronts, scores = out / "predictions", out / "fronts", out / "scores"
    counts = ("--train", str(settings.n_train), "--test", str(settings.n_test))
    sizes = ("--size", str(settings.size), "--seed", str(settings.seed))
    length = ("--epochs", str(settings.epochs), "--iterations", str(settings.iterations))
    patch = ("--patch-size", str(settings.patch), str(settings.patch), "--batch-size", "1", "--stages", "5")
    folds = ",".join(str(fold) for fold in range(settings.folds))
    device, workers = settings.device, str(default_workers())
    return [
        Step(
            "Make up scenes in CaFFe's layout",
            ("nnunet-glacier", "demo", "scenes", str(scenes), *counts, *sizes),
            scenes / "meta_data.csv",
        ),
        Step(
            "Convert them to nnU-Net's raw format, zones and front fused",
            ("nnunet-glacier", "convert", "caffe", str(scenes), str(dataset), "--labels", "fused"),
            dataset / DATASET_JSON,
        ),
        Step(
            "Plan with the laptop preset, shortened",
            ("nnunet-glacier", "plan", "-d", str(DATASET_ID), "--preset", PLANS, *length, *patch),
            preprocessed / f"{PLANS}.json",
        ),
        Step(
            "Preprocess with nnU-Net",
            ("nnUNetv2_preprocess", "-d", str(DATASET_ID), "-plans_name", PLANS, "-c", "2d", "-np", workers),
            preprocessed / f"{PLANS}_2d",
        ),
        *_train_steps(settings, results),
        Step(
            "Predict the test scenes with all folds in one pass",
            (
                *("nnunet-glacier", "predict", str(results), str(dataset / "imagesTs"), str(predictions)),
                *("--folds", folds, "--device", device),
            ),
            predictions / "prediction.json",
        ),
        Step(
            "Take the fronts from the predicted zones",
            ("nnunet-glacier", "fronts", str(predictions), str(fronts), "--scenes", str(dataset)),
            fronts / "fronts.json",
        ),
        Step(
            "Score them by the published protocol",
            ("nnunet-glacier", "evaluate", str(predictions), str(dataset), str(scores)),
            scores / "summary.json",
        ),
        Step(
            "Draw truth and prediction",
            ("nnunet-glacier", "demo", "picture", str(dataset), str(fronts), str(scores), str(out / "demo.png")),
            out / "demo.png",
        ),
    ]
