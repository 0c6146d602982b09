"""``nnunet-glacier plan``, ``env`` and ``doctor``: what comes before training."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_SEED, MAX_WORKERS, number
from nnunet_glacier.support.errors import GlacierError, InputError, Problem

PresetName = Literal[
    "laptop",
    "real-caffe-256",
    "paper",
    "davari-2021",
    "holzmann-2021",
    "herrmann-2023",
    "pires-de-lima-2023",
    "gattolin",
    "default",
]


@app.command("plan")
def plan_command(
    dataset: Annotated[str, typer.Option("-d", "--dataset", help="Dataset ID or name, as nnU-Net takes it.")],
    preset: Annotated[
        PresetName,
        typer.Option(
            help="laptop: a fold in about a minute on two cores. real-caffe-256: CaFFe resized to 256x256. "
            "paper: patch 1024x896, batch 2, 500 epochs. A paper by name: patch, batch, length and network as "
            "published, see docs/trainers.md. default: nnU-Net's own choice.",
        ),
    ] = "default",
    name: Annotated[str | None, typer.Option(help="Name of the plans, for -p; the preset's if not given.")] = None,
    patch_size: Annotated[
        tuple[int, int] | None,
        number(
            8,
            16_384,
            metavar="ROWS COLUMNS",
            help="Patch in pixels; smaller images are padded, and without --stages as many are taken as fit.",
        ),
    ] = None,
    batch_size: Annotated[int | None, number(1, 65_536, help="Patches per batch.")] = None,
    features: Annotated[int | None, number(1, 4096, help="Feature maps of the first stage.")] = None,
    stages: Annotated[int | None, number(2, 12, help="Encoder stages.")] = None,
    epochs: Annotated[int | None, number(1, 1_000_000, help="Epochs of a training.")] = None,
    iterations: Annotated[int | None, number(1, 1_000_000, help="Batches per epoch.")] = None,
    val_iterations: Annotated[int | None, number(1, 1_000_000, help="Batches of an epoch's online evaluation.")] = None,
    learning_rate: Annotated[
        float | None, number(1e-6, 100, help="Learning rate at the start, of SGD or Adam; nnU-Net's is 0.01, of SGD.")
    ] = None,
    momentum: Annotated[float | None, number(0, 0.999, help="Momentum of SGD; nnU-Net's is 0.99.")] = None,
    spacing: Annotated[
        float | None,
        number(0.05, 100, help="Pixel edge that the network sees, as a multiple of the dataset's: 2 for half."),
    ] = None,
    seed: Annotated[
        int | None, number(0, MAX_SEED, help="Seed of the trainings; exact on a CPU with nnUNet_n_proc_DA=0.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Train this model further: its network, patch, spacing and weights; with a short schedule. "
            "caffe-256, a trained folder or a packed model.",
        ),
    ] = None,
    start_fold: Annotated[str | None, typer.Option(metavar="FOLD", help="The model's fold to start from.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Let nnU-Net check every image and label first.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace plans of that name, other folds and the fingerprint.")
    ] = False,
    workers: Annotated[int | None, number(1, MAX_WORKERS, help="Processes; one per core if not given.")] = None,
) -> None:
    """Plan a converted dataset with nnU-Net's planner and a preset, and put its folds where nnU-Net looks for them.

    Writes nnUNet_preprocessed/DATASET/NAME.json beside nnU-Net's own plans; the training length stands in it. What
    nnU-Net prints is in NAME.log beside it.
    """
    from nnunet_glacier.planning.dataset_folders import find_dataset
    from nnunet_glacier.planning.further_training import FURTHER, open_start
    from nnunet_glacier.planning.plan import plan_dataset, plan_summary
    from nnunet_glacier.planning.presets import ADAPTATION, PRESETS, settled, with_overrides

    folders = find_dataset(dataset)
    schedule = {
        "num_epochs": epochs,
        "num_iterations_per_epoch": iterations,
        "num_val_iterations_per_epoch": val_iterations,
        "initial_lr": learning_rate,
        "adam_lr": learning_rate,
        "momentum": momentum,
        "seed": seed,
    }
    network = {
        "patch_size": patch_size,
        "batch_size": batch_size,
        "features": features,
        "stages": stages,
        "spacing": spacing,
    }
    if start is None:
        chosen = with_overrides(settled(PRESETS[preset], folders.space), **network, **schedule)
    else:
        _refuse_beside_start({**network, "preset": None if preset == "default" else preset})
        chosen = with_overrides(ADAPTATION, **schedule)
    written = plan_dataset(
        folders,
        chosen,
        name or (preset if start is None else FURTHER),
        start=None if start is None else open_start(start, start_fold),
        verify=verify,
        overwrite=overwrite,
        workers=workers,
        say=typer.echo,
    )
    typer.echo(plan_summary(folders, written, chosen))


def _refuse_beside_start(settings: dict[str, object]) -> None:
    """Refuse what the model decides that is trained further."""
    given = [f"--{name.replace('_', '-')}" for name, value in settings.items() if value is not None]
    if given:
        raise InputError([Problem(", ".join(given), "with --start the model decides this", "Leave it out")])


@app.command("env")
def env_command() -> None:
    """Print the line that lets nnU-Net find the trainers, to be run by the shell: eval "$(nnunet-glacier env)"."""
    import os

    from nnunet_glacier.support.environment import export_line, unset_folders

    typer.echo(export_line(os.environ))
    for line in unset_folders(os.environ):
        typer.echo(line, err=True)


@app.command("doctor")
def doctor_command() -> None:
    """Check the installation, nnU-Net's folders and the trainers, and say how to mend what is wrong."""
    import os

    from nnunet_glacier.trainers.doctor import findings

    # What is wrong comes last: dozens of trainers that are found would push it off the screen.
    wrong = []
    for finding in findings(os.environ):
        if finding.state == "wrong":
            wrong.append(finding)
        else:
            typer.echo(str(finding))
    for finding in wrong:
        typer.echo(str(finding))
    if wrong:
        told = f"{len(wrong)} of these must be mended before training."
        if all(finding.of_nnunet for finding in wrong):
            told += " 'delineate' with a packed model needs none of them."
        raise GlacierError(told)
