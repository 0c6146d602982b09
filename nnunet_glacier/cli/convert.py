"""``nnunet-glacier convert``: published datasets to nnU-Net's raw format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.application import Commands, app
from nnunet_glacier.cli.convert_options import (
    CHECK_ONLY,
    FILE_FORMAT,
    FRONT_WIDTH,
    MAX_DENOISE_AREA_M2,
    OUT,
    OVERWRITE,
    RESIZE_RANGE_PX,
    WORKERS,
)
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M

convert_app = Commands(help="Convert a published dataset to nnU-Net's raw format.", no_args_is_help=True)

app.add_typer(convert_app, name="convert")

Labels = Literal["fused", "zones", "front", "multitask", "boundary", "ice"]
Denoise = Literal["median"]
Boundary = Literal["rock-or-na", "any"]
CaffeFolds = Literal["random", "glacier", "official"]
LandsatFolds = Literal["random", "glacier", "path-row"]


@convert_app.command("caffe")
def convert_caffe(
    data_raw: Annotated[Path, typer.Argument(help="CaFFe's data_raw folder, or the folder it was unpacked to.")],
    out: OUT,
    labels: Annotated[
        Labels,
        typer.Option(
            help="fused: front as the fifth zone class. multitask: zones x front. boundary: + outline. "
            "ice: glacier or not."
        ),
    ] = "fused",
    folds: Annotated[
        CaffeFolds,
        typer.Option(help="random: nnU-Net's own. glacier: none on both sides. official: published 503/56."),
    ] = "random",
    file_format: FILE_FORMAT = "png",
    boundary: Annotated[
        Boundary, typer.Option(help="Glacier next to rock or missing data (the paper), or next to any other zone.")
    ] = "rock-or-na",
    front_width: FRONT_WIDTH = 5,
    denoise: Annotated[
        Denoise | None, typer.Option(help="median: filter images with a window of --denoise-area-m2 on the ground.")
    ] = None,
    denoise_area_m2: Annotated[
        float, number(1, MAX_DENOISE_AREA_M2, help="Area on the ground that the filter's window covers.")
    ] = 2500.0,
    pad_square: Annotated[
        bool, typer.Option("--pad-square", help="Pad scenes with 0 to squares, on the right and below.")
    ] = False,
    resize: Annotated[
        int | None, number(*RESIZE_RANGE_PX, help="Bring scenes to so many rows and columns, after padding.")
    ] = None,
    hemisphere: Annotated[
        list[str] | None,
        typer.Option(metavar="GLACIER=north|south", help="For a glacier that is not CaFFe's; repeatable."),
    ] = None,
    meta_data: Annotated[
        Path | None, typer.Option(help="Table of CRS and bounds; by default DATA_RAW/meta_data.csv where there is one.")
    ] = None,
    allow_shared_glaciers: Annotated[
        bool, typer.Option("--allow-shared-glaciers", help="Take a dataset in which a glacier trains and tests.")
    ] = False,
    extra: Annotated[
        Path | None,
        typer.Option(help="Further folder in CaFFe's layout, such as of 'demo scenes': trained on in every fold."),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="A further channel, such as a mask of rock: 8-bit PNGs of the scenes' size, STEM.png or GLACIER.png; "
            "repeatable.",
        ),
    ] = None,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """CaFFe, or a dataset in its layout: SAR scenes with zones and calving fronts (Gourmelon et al. 2022)."""
    from nnunet_glacier.dataset_conversion.caffe.channels import Channel
    from nnunet_glacier.dataset_conversion.caffe.options import CaffeOptions
    from nnunet_glacier.dataset_conversion.caffe.preparation import Preparation
    from nnunet_glacier.dataset_conversion.caffe.stage import convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run
    from nnunet_glacier.domain.scenes import parse_hemispheres

    options = CaffeOptions(
        labels=labels,
        folds=folds,
        file_ending=f".{file_format}",
        boundary=boundary,
        hemispheres=parse_hemispheres(hemisphere or []),
        meta_data=meta_data,
        allow_shared_glaciers=allow_shared_glaciers,
        front_width=front_width,
        preparation=Preparation(None if denoise is None else denoise_area_m2, pad_square, resize),
        extra=extra,
        channels=tuple(Channel(name, Path(folder)) for name, folder in _pairs(channel, "--channel").items()),
    )
    typer.echo(convert(data_raw, out, options, Run(check_only, overwrite, workers)))


@convert_app.command("front-learning")
def convert_front_learning(
    root: Annotated[Path, typer.Argument(help="The folder that holds 'train', or 'images' and 'labels_1px'.")],
    out: OUT,
    folds: Annotated[
        LandsatFolds, typer.Option(help="glacier: none on both sides. path-row leaks, since paths share glaciers.")
    ] = "random",
    file_format: FILE_FORMAT = "png",
    front_width: FRONT_WIDTH = 5,
    pixel_size_m: Annotated[float, number(*PIXEL_SIZE_RANGE_M, help="Edge of a pixel in metres.")] = 49.0,
    glacier: Annotated[
        list[str] | None, typer.Option(metavar="PATHROW=NAME", help="Glacier of a further path/row; repeatable.")
    ] = None,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Landsat scenes with hand-drawn fronts (Mohajerani et al. 2019): front labels only."""
    from nnunet_glacier.dataset_conversion.front_learning.options import FrontLearningOptions
    from nnunet_glacier.dataset_conversion.front_learning.stage import convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run

    options = FrontLearningOptions(
        folds=folds,
        file_ending=f".{file_format}",
        front_width=front_width,
        pixel_size_m=pixel_size_m,
        glaciers=_pairs(glacier, "--glacier"),
    )
    typer.echo(convert(root, out, options, Run(check_only, overwrite, workers)))


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """``KEY=VALUE`` options as a dict."""
    pairs = {}
    for text in given or []:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise typer.BadParameter(f"{text!r} is not of the form KEY=VALUE", param_hint=option)
        if key in pairs:
            raise typer.BadParameter(f"{key!r} is given twice", param_hint=option)
        pairs[key] = value
    return pairs
