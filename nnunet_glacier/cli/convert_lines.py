"""``nnunet-glacier convert lines``: anybody's scenes and lines to nnU-Net's raw format."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.convert import convert_app
from nnunet_glacier.cli.convert_options import CHECK_ONLY, FILE_FORMAT, OUT, OVERWRITE, WORKERS
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.cli.scene_options import BAND, VALUES
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M

Labels = Literal["auto", "front", "zones", "fused", "multitask"]
Folds = Literal["auto", "glacier", "date", "random"]


@convert_app.command("lines")
def convert_lines(
    scenes: Annotated[Path, typer.Argument(help="GeoTIFF, folder, .txt list, or a table of 'nnunet-glacier scenes'.")],
    lines: Annotated[Path, typer.Argument(help="Lines or zone polygons: GeoPackage, shapefile, GeoJSON, or a folder.")],
    out: OUT,
    labels: Annotated[
        Labels,
        typer.Option(help="auto: fused where polygons or --upstream tell the zones, else front."),
    ] = "auto",
    channel: Annotated[str, typer.Option(help="Name of the channel; 'adapt' wants the model's.")] = "SAR",
    file_format: FILE_FORMAT = "png",
    front_width: Annotated[int, number(1, 99, help="Edge of the dilation kernel in pixels, odd; 1 for none.")] = 5,
    area: Annotated[Path | None, typer.Option(help="Polygons outside of which nothing is learnt.")] = None,
    upstream: Annotated[
        Path | None,
        typer.Option(help="Points on the glaciers: lines cut --area into glacier and ocean."),
    ] = None,
    date_column: Annotated[
        str | None, typer.Option(help="Column of the lines' days; a known one if not given.")
    ] = None,
    scene_column: Annotated[str | None, typer.Option(help="Column that names the scene, such as image_id.")] = None,
    class_column: Annotated[str | None, typer.Option(help="Column of the polygons' zones.")] = None,
    author: Annotated[str | None, typer.Option(help="Take this author's lines only.")] = None,
    max_days: Annotated[int, number(0, 366, help="Most days between a line and its scene.")] = 0,
    band: BAND = None,
    values: VALUES = "auto",
    pixel_size_m: Annotated[
        float | None, number(*PIXEL_SIZE_RANGE_M, help="Bring all scenes to square pixels of this size.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="CRS of a common grid of these; each scene's as in 'delineate' if not given.")
    ] = None,
    folds: Annotated[
        Folds, typer.Option(help="auto: glaciers apart where several are known, else days apart.")
    ] = "auto",
    test_glacier: Annotated[
        list[str] | None, typer.Option(help="Glacier whose scenes are the test set; repeatable.")
    ] = None,
    test_from: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Scenes from this day on are the test set."),
    ] = None,
    allow_shared_glaciers: Annotated[
        bool, typer.Option("--allow-shared-glaciers", help="Let a glacier train and test.")
    ] = False,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Your own scenes with front lines or zone polygons, for 'adapt' or training.

    A line belongs to the scene that it names (columns case, image_id, src, ..., or its file's name), or else to the
    scene of its day that it lies in. Lines of no scene, or of several, are named and left out. Grey values are those
    that 'delineate' gives the network: amplitudes with percentiles 1 and 99 of the valid pixels at 0 and 255.
    """
    from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
    from nnunet_glacier.dataset_conversion.lines.stage import LinesSource, convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run
    from nnunet_glacier.formats.map_features import FeatureColumns

    if front_width % 2 == 0:
        raise typer.BadParameter(f"{front_width} is not an odd number of pixels", param_hint="--front-width")
    options = LinesOptions(
        labels=labels,
        channel=channel,
        file_ending=f".{file_format}",
        front_width=front_width,
        area=area,
        upstream=upstream,
        columns=FeatureColumns(date_column, scene_column, class_column),
        author=author,
        max_days=max_days,
        band=band,
        values=values,
        pixel_size_m=pixel_size_m,
        crs=crs,
        folds=folds,
        test_glaciers=tuple(test_glacier or ()),
        test_from=test_from.date() if test_from else None,
        allow_shared_glaciers=allow_shared_glaciers,
    )
    typer.echo(convert(LinesSource(scenes, lines), out, options, Run(check_only, overwrite, workers)))
