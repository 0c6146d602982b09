"""The stages ``tune`` and ``repeat``: trials trained one after the other, their table and their picture."""

from __future__ import annotations

import csv
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from nnunet_glacier.formats.dataset_json import DATASET_JSON, read_description
from nnunet_glacier.formats.raw_layout import IMAGES, map_folder
from nnunet_glacier.support.disk import writing
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_json, write_whole
from nnunet_glacier.support.wording import counted, quoted
from nnunet_glacier.trainers.settings import settable
from nnunet_glacier.trainers.training import Training
from nnunet_glacier.tuning.grid import Settings, axes_for, configurations, one_configuration
from nnunet_glacier.tuning.training import Curves, refusal, train, trainer_of_plans
from nnunet_glacier.tuning.trials import Trial, read_plans, write_trials
from nnunet_glacier.tuning.tune_picture import write_picture

TABLE, SUMMARY, PICTURE = "tune.csv", "tune.json", "tune"
REPEATS = "repeats.json"


@dataclass(frozen=True)
class Subject:
    """What is trained.

    Attributes:
        raw: The dataset's folder in ``nnUNet_raw``.
        preprocessed: The dataset's folder in ``nnUNet_preprocessed``.
        results: nnU-Net's folder of trained models.
        plans: Name of the plans that the trials come from.
        trainer: Class name of the trainer.
        fold: Of the dataset.
        device: Where to train.
    """

    raw: Path
    preprocessed: Path
    results: Path
    plans: str
    trainer: str
    fold: int
    device: torch.device

    def opened(self) -> Training:
        """What it is trained with: the trainer's class, the plans that the trials come from, and the dataset.

        Raises:
            InputError: If one of them is not there or not usable.
        """
        trainer = trainer_of_plans(self.trainer)
        dataset = read_description(self.preprocessed / DATASET_JSON, "Plan the dataset: nnunet-glacier plan.")
        plans = read_plans(self.preprocessed, self.plans, dataset.n_channels)
        return Training(trainer, plans, "2d", dict(dataset.content), self.device)


@dataclass(frozen=True)
class Result:
    """A trial and what came of it.

    Attributes:
        trial: The trial.
        plans: Name of its plans.
        curves: Of its training.
    """

    trial: Trial
    plans: str
    curves: Curves

    @property
    def loss(self) -> float:
        """The lowest validation loss."""
        return self.curves.losses[self.curves.best]

    def row(self) -> dict[str, Any]:
        """Its row in the table."""
        values = {name: _text(value) for name, value in self.trial.settings.items()}
        best = self.curves.best
        return {
            "plans": self.plans,
            "seed": self.trial.seed,
            **values,
            "epochs": len(self.curves.losses),
            "best_epoch": best,
            "validation_loss": repr(self.loss),
            "pseudo_dice": repr(self.curves.dice[best]),
        }


def tune(subject: Subject, grid: Sequence[str], out: Path, *, epochs: int, repeats: int, seed: int) -> str:
    """Train every configuration of a grid for a few epochs and compare their validation losses (Gattolin, Sect. 2.2).

    The loss of a trainer whose loss is what varies is measured in another way in each configuration: that is how the
    report compares, and the pseudo Dice stands beside it.

    Args:
        subject: What is trained.
        grid: Axes as on the command line, see `grid.axes_for`.
        out: Folder for the table ``tune.csv``, ``tune.json`` and the picture ``tune.svg`` and ``.png``.
        epochs: Of each training.
        repeats: Trainings of each configuration, with seeds that follow each other; their mean loss counts.
        seed: The first of them.

    Returns:
        What was found and what comes next.

    Raises:
        InputError: If the grid, the trainer, the plans or OUT are not usable, or the trainer or its loss do not take a
            configuration, with all such; nothing is trained then.
    """
    if problems := folder_problems(out):
        raise InputError(problems)
    base = subject.opened()
    chosen = configurations(axes_for(grid, settable(base.trainer)))
    trials = [Trial(settings, seed + repeat, epochs) for settings in chosen for repeat in range(repeats)]
    _refuse(base, subject.fold, trials[::repeats])
    write_trials(subject.preprocessed, base.plans, trials)
    out.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for trial in trials:
        with writing(subject.results):
            curves, _ = train(_of_trial(base, trial), subject.fold, validate=False)
        results.append(Result(trial, trial.plans_name(subject.plans), curves))
        # After each, so that what is known can be looked at while the rest trains.
        _write_table(out / TABLE, results)
    ranking = ranked(results)
    best, loss = ranking[0]
    write_json(
        out / SUMMARY,
        {
            "trainer": subject.trainer,
            "plans": subject.plans,
            "fold": subject.fold,
            "epochs": epochs,
            "seeds": [seed + repeat for repeat in range(repeats)],
            "best": best,
            "ranking": [{"settings": settings, "validation_loss": _plain(mean)} for settings, mean in ranking],
        },
    )
    write_picture(out / PICTURE, [(_label(result.trial.settings), result.curves) for result in results], _label(best))
    options = " ".join(f"--set {shlex.quote(f'{name}={_text(value)}')}" for name, value in best.items())
    return "\n".join(
        [
            f"{counted(len(chosen), 'configuration')} of {counted(epochs, 'epoch')}: the lowest validation loss is "
            f"{loss:.4f}, with {_label(best)}.",
            f"Written: {out / TABLE}, {out / SUMMARY}, {out / PICTURE}.svg and .png.",
            "Next, to train it to the end:",
            f"  nnunet-glacier repeat -d {subject.preprocessed.name} -p {subject.plans} -tr {subject.trainer} "
            f"--fold {subject.fold} --times 1 {options}",
        ]
    )


def repeat(subject: Subject, settings: Sequence[str], *, times: int, seed: int) -> str:
    """Train one configuration several times to the end, with seeds that follow each other, and validate each.

    Args:
        subject: What is trained.
        settings: ``NAME=VALUE``, attributes of the trainer.
        times: How often.
        seed: The first seed.

    Returns:
        Where the trainings are, and the commands that score them together.

    Raises:
        InputError: If the trainer or the plans are not usable, or the trainer or its loss do not take the settings;
            nothing is trained then.
    """
    base = subject.opened()
    chosen = one_configuration(settings)
    trials = [Trial(chosen, seed + number) for number in range(times)]
    _refuse(base, subject.fold, trials[:1])
    write_trials(subject.preprocessed, base.plans, trials)
    folders = []
    for trial in trials:
        with writing(subject.results):
            _, folder = train(_of_trial(base, trial), subject.fold, validate=True)
        folders.append(folder)
    record = {"trainer": subject.trainer, "plans": subject.plans, "fold": subject.fold, "settings": chosen}
    runs = [{"seed": trial.seed, "folder": str(folder)} for trial, folder in zip(trials, folders, strict=True)]
    # Beside the trainings: every folder of nnU-Net's results belongs to one of them.
    path = folders[0].parent.parent / f"{subject.trainer}-{subject.plans}-fold{subject.fold}-{REPEATS}"
    write_json(path, record | {"runs": runs})
    predicted = " ".join(quoted(folder / "validation") for folder in folders)
    return "\n".join(
        [
            f"{counted(times, 'training')} with the seeds {', '.join(str(trial.seed) for trial in trials)}: {path}.",
            "Mean, deviation, minimum and maximum of their scores on the fold's validation scenes:",
            f"  nnunet-glacier evaluate {predicted} {quoted(subject.raw)} SCORES --split train --allow-missing",
            *_on_test_scenes(subject, dict(zip((trial.seed for trial in trials), folders, strict=True))),
        ]
    )


def _of_trial(base: Training, trial: Trial) -> Training:
    """The training of a trial: that which it comes from, with its own plans."""
    return replace(base, plans=trial.plans(base.plans))


def _refuse(base: Training, fold: int, trials: Sequence[Trial]) -> None:
    """Refuse the trials whose settings the trainer or its loss do not take, all at once, before any is trained."""
    problems = []
    for trial in trials:
        said = refusal(_of_trial(base, trial), fold)
        if said:
            # What an error says of a trainer ends with what to do.
            what, _, remedy = said.removesuffix(".").rpartition(". ")
            problems.append(Problem(_label(trial.settings), what or remedy, remedy if what else "Give another value"))
    if problems:
        raise InputError(problems, "The trainings cannot begin")


def _on_test_scenes(subject: Subject, folders: Mapping[int, Path]) -> list[str]:
    """The commands that score trainings by their seeds on the dataset's test scenes; none where it has no such."""
    images = map_folder(subject.raw, IMAGES, "test")
    if not (images.is_dir() and any(images.iterdir())):
        return []
    predicted, fold = {seed: f"PREDICTIONS/seed{seed}" for seed in folders}, subject.fold
    return [
        "Next, the same on its test scenes:",
        *(
            f"  nnunet-glacier predict {quoted(folder.parent)} {quoted(images)} {predicted[seed]} --folds {fold}"
            for seed, folder in folders.items()
        ),
        f"  nnunet-glacier evaluate {' '.join(predicted.values())} {quoted(subject.raw)} SCORES --split test",
    ]


def ranked(results: Sequence[Result]) -> list[tuple[Settings, float]]:
    """Configurations by their mean lowest validation loss over the seeds, the best first; NaN last."""
    by_settings: dict[str, list[Result]] = {}
    for result in results:
        by_settings.setdefault(json.dumps(result.trial.settings), []).append(result)
    means = [(own[0].trial.settings, sum(result.loss for result in own) / len(own)) for own in by_settings.values()]
    return sorted(means, key=lambda pair: (math.isnan(pair[1]), pair[1]))


def _write_table(path: Path, results: Sequence[Result]) -> None:
    rows = [result.row() for result in results]

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)

    write_whole(path, write)


def _label(settings: Settings) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items()) or "the trainer's own settings"


def _text(value: Any) -> str:
    """A value as the command line takes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
