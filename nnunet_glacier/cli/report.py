"""``nnunet-glacier report``: figures, tables and a page of what was evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_SEED, MAX_WORKERS, number


@app.command()
def report(
    evaluations: Annotated[list[Path], typer.Argument(help="Folders that 'evaluate' wrote, one per experiment.")],
    out: Annotated[Path, typer.Argument(help="Folder for report.html, tables/ and figures/.")],
    name: Annotated[
        list[str] | None,
        typer.Option(help="What to call an experiment; once for each, in their order. By default its folder's name."),
    ] = None,
    models: Annotated[
        list[Path] | None,
        typer.Option(help="A trained model's folder (Trainer__Plans__2d), to draw its training curves; repeatable."),
    ] = None,
    max_overlays: Annotated[
        int, number(0, 100_000, help="Scenes of each experiment to draw over their images, worst first.")
    ] = 12,
    published: Annotated[
        bool | None,
        typer.Option(
            "--published/--no-published",
            help="Published results beside the experiments; by default where all scenes are named after CaFFe's test "
            "glaciers.",
        ),
    ] = None,
    time_series: Annotated[
        bool, typer.Option(help="Fronts and zone areas in time, which read the maps of every scene.")
    ] = True,
    seed: Annotated[
        int, number(0, MAX_SEED, help="Seed of the bootstrap intervals of differences, which draw scenes anew.")
    ] = 0,
    workers: Annotated[int | None, number(1, MAX_WORKERS, help="Processes; one per core if not given.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a report of other evaluations in OUT.")
    ] = False,
) -> None:
    """Draw and tabulate what was evaluated, on one page that needs no network.

    report EARLY LATE FUSED OUT compares three experiments. Images and labels are read again from the predictions and
    the dataset that were evaluated; where they are gone, the overlays are left out and the page says so.
    """
    from nnunet_glacier.report.report import Options
    from nnunet_glacier.report.report import report as run_report

    options = Options(
        names=tuple(name or ()),
        models=tuple(models or ()),
        max_overlays=max_overlays,
        published=published,
        time_series=time_series,
        workers=workers,
        overwrite=overwrite,
        bootstrap_seed=seed,
    )
    typer.echo(run_report(evaluations, out, options))
