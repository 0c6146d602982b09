"""``nnunet-glacier convert series``: a glacier's own scenes, labelled by their series, to nnU-Net's raw format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.convert import convert_app
from nnunet_glacier.cli.convert_options import CHECK_ONLY, FILE_FORMAT, FRONT_WIDTH, OUT, OVERWRITE, WORKERS
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.domain.adaptation import NEIGHBOURS, OWN_WEIGHT
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M

Labels = Literal["fused", "zones", "multitask"]


@convert_app.command("series")
def convert_series(
    seen: Annotated[Path, typer.Argument(help="OUT of 'nnunet-glacier delineate' or of 'nnunet-glacier predict'.")],
    out: OUT,
    labels: Annotated[Labels, typer.Option(help="'adapt' wants the model's; fused for caffe-256.")] = "fused",
    channel: Annotated[str, typer.Option(help="Name of the channel; 'adapt' wants the model's.")] = "SAR",
    file_format: FILE_FORMAT = "png",
    front_width: FRONT_WIDTH = 5,
    neighbours: Annotated[
        int, number(1, 10_000, help="Scenes that vote on each other's zones: the nearest in time.")
    ] = NEIGHBOURS,
    own_weight: Annotated[
        float,
        number(1, 1000, help="How many times as many votes another zone needs before a scene's own gives way."),
    ] = OWN_WEIGHT,
    pixel_size_m: Annotated[
        float | None,
        number(*PIXEL_SIZE_RANGE_M, help="Pixels of delineated scenes; those that the network saw if not given."),
    ] = None,
    scenes: Annotated[
        Path | None,
        typer.Option(help="Table with glacier and date of each case; names and records tell them if not given."),
    ] = None,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """A glacier's own scenes without labels: each is labelled by what a network saw in all, for 'adapt'.

    Every pixel gets the zone that the scenes around it in time show there most often, where these outvote its own. A
    model that 'adapt' trains further on such labels knows the glacier better, without any label that was drawn by
    hand. It takes a series: some ten scenes or more of each glacier.
    """
    from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
    from nnunet_glacier.dataset_conversion.series.stage import convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run

    options = SeriesOptions(
        labels=labels,
        channel=channel,
        file_ending=f".{file_format}",
        front_width=front_width,
        neighbours=neighbours,
        own_weight=own_weight,
        pixel_size_m=pixel_size_m,
        table=scenes,
    )
    typer.echo(convert(seen, out, options, Run(check_only, overwrite, workers)))
