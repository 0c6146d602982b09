"""The demo's steps: the commands of the main job, in order, as a user would type them."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

import nnunet_glacier
from nnunet_glacier.demo.shipped_scenes import GLACIER, UNSEEN_BY
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON
from nnunet_glacier.formats.raw_layout import IMAGES, map_folder
from nnunet_glacier.formats.scores import SUMMARY_JSON
from nnunet_glacier.support.parallel import default_workers

DATASET_ID = 101
DATASET = f"Dataset{DATASET_ID}_{GLACIER}"
MODEL = "caffe-256"
TRAINER = "nnUNetTrainerGlacierSensorEfficientNetFrontWeight"
PLANS = "demo"
LEARNING_RATE = 1e-3
"""Ten times that of ``adapt``: a dozen scenes bear it, and the demo is short."""


_AT_ONCE = 3
"""Trainings beside one another on a CPU: one more than two cores, and what fits into about 5 GB."""


@dataclass(frozen=True)
class DemoSettings:
    """What the demo is run with.

    Attributes:
        folds: How many of the five folds to train.
        epochs: Epochs of a fold.
        iterations: Batches per epoch.
        seed: Seed of the trainings.
        device: ``cpu`` or ``cuda``, as nnU-Net takes it.
    """

    folds: int = 5
    epochs: int = 6
    iterations: int = 20
    seed: int = 0
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
        trains: Whether it is the training of a fold, which may run beside another one.
    """

    title: str
    command: tuple[str, ...]
    product: Path
    trains: bool = False

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
        # With two cores a process that augments, or a second one that exports, takes longer to start than it saves.
        "nnUNet_n_proc_DA": "0" if cores <= 2 else str(min(12, cores - 2)),
        "nnUNet_def_n_proc": str(max(1, min(8, cores - 1))),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(cores)),
        # Threads that wait busily take the cores from the processes that augment the next batch.
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def beside_one_another(settings: DemoSettings) -> tuple[int, dict[str, str]]:
    """How many trainings run at once, and the variables of each: on a CPU some share the cores, on a GPU it is one.

    A training on the CPU spends much of its time where a second thread does not help, or waits for processes to start.
    """
    cores = default_workers()
    if settings.device != "cpu" or settings.folds == 1 or cores == 1:
        return 1, {}
    threads = max(1, cores // _AT_ONCE)
    return _AT_ONCE, {"OMP_NUM_THREADS": str(threads), "nnUNet_n_proc_DA": "0" if threads <= 2 else str(threads)}


def _train_steps(settings: DemoSettings, results: Path) -> list[Step]:
    steps = []
    for fold in range(settings.folds):
        folder = results / f"fold_{fold}"
        command = ["nnUNetv2_train", str(DATASET_ID), "2d", str(fold), "-tr", TRAINER, "-p", PLANS]
        command += ["-device", settings.device]
        # An interrupted training goes on from its last checkpoint, where it has left one.
        if any((folder / f"checkpoint_{name}.pth").is_file() for name in ("latest", "final")):
            command.append("--c")
        title, product = f"Train fold {fold} of {settings.folds}", folder / "validation" / "summary.json"
        steps.append(Step(title, tuple(command), product, trains=True))
    return steps


def demo_steps(out: Path, settings: DemoSettings) -> list[Step]:
    """The main job on real scenes: what the shipped model says of them, and what five folds trained further add.

    Args:
        out: The demo's folder.
        settings: Lengths and seed.
    """
    scenes, dataset = out / "data_raw", out / "nnUNet_raw" / DATASET
    preprocessed = out / "nnUNet_preprocessed" / DATASET
    results = out / "nnUNet_results" / DATASET / f"{TRAINER}__{PLANS}__2d"
    length = ("--epochs", str(settings.epochs), "--iterations", str(settings.iterations), "--val-iterations", "1")
    folds = ",".join(str(fold) for fold in range(settings.folds))
    return [
        Step(
            f"Copy twelve real scenes of one glacier ({GLACIER}), in CaFFe's layout",
            ("nnunet-glacier", "demo", "caffe-scenes", str(scenes)),
            scenes / "README.md",
        ),
        Step(
            "Convert them to nnU-Net's raw format, zones and front fused: eight to train, every third one to test",
            (
                *("nnunet-glacier", "convert", "caffe", str(scenes), str(dataset)),
                *("--labels", "fused", "--folds", "random", "--allow-shared-glaciers"),
            ),
            dataset / DATASET_JSON,
        ),
        *_from_model_to_scores("before", f"the shipped {MODEL}", (MODEL, UNSEEN_BY), dataset, out, settings.device),
        Step(
            f"Plan to train {MODEL} further, from the fold that has not seen this glacier",
            (
                *("nnunet-glacier", "plan", "-d", str(DATASET_ID), "--start", MODEL, "--start-fold", UNSEEN_BY),
                *("--name", PLANS, *length, "--learning-rate", str(LEARNING_RATE), "--seed", str(settings.seed)),
            ),
            preprocessed / f"{PLANS}.json",
        ),
        Step(
            "Preprocess with nnU-Net",
            (
                *("nnUNetv2_preprocess", "-d", str(DATASET_ID), "-plans_name", PLANS, "-c", "2d"),
                *("-np", str(default_workers())),
            ),
            preprocessed / f"{PLANS}_2d",
        ),
        *_train_steps(settings, results),
        *_from_model_to_scores("after", "all folds in one pass", (str(results), folds), dataset, out, settings.device),
        Step(
            "Draw both beside the truth",
            (
                *("nnunet-glacier", "demo", "picture", str(dataset), str(out / "after"), str(out / "demo.png")),
                *("--before", str(out / "before")),
            ),
            out / "demo.png",
        ),
    ]


def _from_model_to_scores(
    name: str, what: str, model: tuple[str, str], dataset: Path, out: Path, device: str
) -> list[Step]:
    """Predict the test scenes, take the fronts, and score them; all below ``OUT/name``.

    Args:
        name: ``before`` or ``after``.
        what: What predicts, for the titles.
        model: The model and its folds.
        dataset: The converted dataset.
        out: The demo's folder.
        device: Where to predict.
    """
    predictions, fronts, scores = (out / name / part for part in ("predictions", "fronts", "scores"))
    title = f"{name} training"
    return [
        Step(
            f"Predict the test scenes {title}: {what}",
            (
                *("nnunet-glacier", "predict", model[0], str(map_folder(dataset, IMAGES, "test")), str(predictions)),
                # Both models alike: the shipped one would take 0 for missing data by itself.
                *("--folds", model[1], "--nodata", "0", "--device", device),
            ),
            predictions / PREDICTION_JSON,
        ),
        Step(
            f"Take the fronts from the predicted zones, {title}",
            ("nnunet-glacier", "fronts", str(predictions), str(fronts), "--scenes", str(dataset)),
            fronts / "fronts.json",
        ),
        Step(
            f"Score them by the published protocol, {title}",
            ("nnunet-glacier", "evaluate", str(predictions), str(dataset), str(scores)),
            scores / SUMMARY_JSON,
        ),
    ]
