"""``nnunet-glacier tune`` and ``repeat``: configurations compared, and one configuration trained several times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_SEED, number
from nnunet_glacier.support.errors import InputError, Problem

if TYPE_CHECKING:
    from nnunet_glacier.tuning.tune import Subject

DATASET = Annotated[str, typer.Option("-d", "--dataset", help="Dataset ID or name, planned and preprocessed.")]
PLANS = Annotated[str, typer.Option("-p", "--plans", help="Name of the plans.")]
TRAINER = Annotated[str, typer.Option("-tr", "--trainer", help="One of 'nnunet-glacier trainers', or your own.")]
FOLD = Annotated[int, number(0, 1000, help="The fold that is trained.")]
DEVICE = Annotated[str, typer.Option(help="cuda, mps or cpu; auto takes the first there is.")]
SEED = Annotated[int, number(0, MAX_SEED, help="The first seed; further trainings take those that follow.")]


@app.command("tune")
def tune_command(
    out: Annotated[Path, typer.Argument(help="Folder for tune.csv, tune.json, tune.svg and tune.png.")],
    dataset: DATASET,
    plans: PLANS,
    trainer: TRAINER,
    grid: Annotated[
        list[str],
        typer.Option(
            metavar="AXIS",
            help="'NAME=VALUE;VALUE' for a setting of the trainer, 'NAME,NAME=VALUE,VALUE;VALUE,VALUE' for several "
            "together; once per axis. The word gattolin stands for that report's three.",
        ),
    ],
    fold: FOLD = 0,
    epochs: Annotated[int, number(1, 1_000_000, help="Of each training.")] = 8,
    repeats: Annotated[int, number(1, 100, help="Trainings of each configuration; the mean counts.")] = 1,
    seed: SEED = 0,
    device: DEVICE = "auto",
) -> None:
    """Train every configuration of a grid for a few epochs, and take the one with the lowest validation loss.

    Each is an ordinary training of nnU-Net with plans of its own. Run again, it goes on where it stopped.
    """
    from nnunet_glacier.tuning.tune import tune

    subject = _subject(dataset, plans, trainer, fold, device)
    typer.echo(tune(subject, grid, out, epochs=epochs, repeats=repeats, seed=seed))


@app.command("repeat")
def repeat_command(
    dataset: DATASET,
    plans: PLANS,
    trainer: TRAINER,
    fold: FOLD = 0,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the trainer; once for each.")
    ] = None,
    times: Annotated[int, number(1, 100, help="How often it is trained.")] = 3,
    seed: SEED = 0,
    device: DEVICE = "auto",
) -> None:
    """Train one configuration several times with different seeds, to the end, and validate each.

    Prints the commands that give mean, deviation, minimum and maximum of their scores on the validation scenes, and on
    the test scenes where the dataset has any. Run again, it goes on where it stopped.
    """
    from nnunet_glacier.tuning.tune import repeat

    typer.echo(repeat(_subject(dataset, plans, trainer, fold, device), settings or [], times=times, seed=seed))


def _subject(dataset: str, plans: str, trainer: str, fold: int, device: str) -> Subject:
    from nnunet_glacier.inference.predictor import choose_device
    from nnunet_glacier.planning.dataset_folders import find_dataset, folds_of, nnunet_folder
    from nnunet_glacier.tuning.tune import Subject

    folders, results = find_dataset(dataset), nnunet_folder("nnUNet_results")
    if isinstance(results, Problem):
        raise InputError([results], "nnU-Net's folders are not ready")
    n_folds = folds_of(folders)
    if fold >= n_folds:
        # nnU-Net would split the scenes at random, glaciers torn apart.
        raise InputError([Problem(f"--fold {fold}", f"there is no such fold, but 0 to {n_folds - 1}", "Give one")])
    return Subject(folders.raw, folders.preprocessed, results, plans, trainer, fold, choose_device(device))
