"""``nnunet-glacier slurm``: the folds of a dataset trained side by side on a cluster."""

from __future__ import annotations

from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_WORKERS, number


@app.command("slurm")
def slurm_command(
    dataset: Annotated[str, typer.Option("-d", "--dataset", help="Dataset ID or name, as nnU-Net takes it.")],
    plans: Annotated[str, typer.Option("-p", "--plans", help="Name of the plans, as 'plan' made them.")],
    trainer: Annotated[
        str | None, typer.Option("-tr", "--trainer", help="Trainer; the one that fits the dataset if not given.")
    ] = None,
    configuration: Annotated[str, typer.Option("-c", "--configuration", help="Configuration of the plans.")] = "2d",
    time: Annotated[str, typer.Option(help="Limit of a fold, in Slurm's form.")] = "1-00:00:00",
    gpus: Annotated[int, number(0, 64, help="GPUs of a fold; 0 trains on the CPU.")] = 1,
    cpus: Annotated[int, number(1, MAX_WORKERS, help="Cores of a fold, which load and augment.")] = 8,
    memory: Annotated[str, typer.Option(help="Memory of a fold.")] = "32G",
    partition: Annotated[str, typer.Option(help="Partition; the cluster's own choice if not given.")] = "",
    account: Annotated[str, typer.Option(help="Account, where the cluster asks for one.")] = "",
) -> None:
    """Print an sbatch file that trains all folds of a planned and preprocessed dataset as an array.

    nnU-Net's folders and the trainers are set in it as they are now. A job that is requeued, or submitted again after
    its time was over, goes on from its checkpoint: nnunet-glacier slurm -d 101 -p paper > train.sbatch
    """
    import os

    from nnunet_glacier.planning.dataset_folders import find_dataset, folds_of
    from nnunet_glacier.planning.plan import suggested_trainer
    from nnunet_glacier.planning.slurm import Job, checked_job, sbatch_text

    folders = find_dataset(dataset)
    job = Job(
        dataset=folders.name,
        n_folds=folds_of(folders),
        plans=plans,
        trainer=trainer or suggested_trainer(folders.space, folders.description.channels),
        configuration=configuration,
        time=time,
        gpus=gpus,
        cpus=cpus,
        memory=memory,
        partition=partition,
        account=account,
    )
    typer.echo(sbatch_text(checked_job(job, folders, os.environ), os.environ), nl=False)
    typer.echo("Next: write this to a file (> train.sbatch) and give it to Slurm: sbatch train.sbatch", err=True)
