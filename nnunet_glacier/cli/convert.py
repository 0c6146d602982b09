"""``nnunet-glacier convert``: published datasets to nnU-Net's raw format."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app

convert_app = typer.Typer(help="Convert a published dataset to nnU-Net's raw format.", no_args_is_help=True)

app.add_typer(convert_app, name="convert")


class _FileFormat(Enum):
    PNG = "png"
    NIFTI = "nii.gz"


class _Labels(Enum):
    FUSED = "fused"
    ZONES = "zones"
    FRONT = "front"
    MULTITASK = "multitask"
    BOUNDARY = "boundary"


class _BoundaryKind(Enum):
    ROCK_OR_NA = "rock-or-na"
    ANY = "any"


class _CaffeFolds(Enum):
    RANDOM = "random"
    GLACIER = "glacier"
    OFFICIAL = "official"


class _LandsatFolds(Enum):
    RANDOM = "random"
    GLACIER = "glacier"
    PATH_ROW = "path-row"


OUT = Annotated[Path, typer.Argument(help="The dataset folder to write: .../DatasetXXX_Name.")]

_FILE_FORMAT = Annotated[_FileFormat, typer.Option(help="nii.gz carries the true pixel size.")]

CHECK_ONLY = Annotated[bool, typer.Option("--check-only", help="Look at all of the input and stop.")]

OVERWRITE = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier conversion in OUT.")]

WORKERS = Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")]


@convert_app.command("caffe")
def convert_caffe(
    data_raw: Annotated[Path, typer.Argument(help="CaFFe's data_raw folder, or the folder it was unpacked to.")],
    out: OUT,
    labels: Annotated[
        _Labels,
        typer.Option(help="fused: front as the fifth zone class. multitask: zones x front. boundary: + outline."),
    ] = _Labels.FUSED,
    folds: Annotated[
        _CaffeFolds,
        typer.Option(help="random: nnU-Net's own. glacier: none on both sides. official: published 503/56."),
    ] = _CaffeFolds.RANDOM,
    file_format: _FILE_FORMAT = _FileFormat.PNG,
    boundary: Annotated[
        _BoundaryKind, typer.Option(help="Glacier next to rock or missing data (the paper), or next to any other zone.")
    ] = _BoundaryKind.ROCK_OR_NA,
    hemisphere: Annotated[
        list[str] | None,
        typer.Option(metavar="GLACIER=north|south", help="For a glacier that is not CaFFe's; repeatable."),
    ] = None,
    meta_data: Annotated[
        Path | None, typer.Option(help="Table of CRS and bounds; by default DATA_RAW/meta_data.csv where there is one.")
    ] = None,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """CaFFe, or a dataset in its layout: SAR scenes with zones and calving fronts (Gourmelon et al. 2022)."""
    from nnunet_glacier.dataset_conversion.caffe import stage as caffe
    from nnunet_glacier.dataset_conversion.writing.summary import conversion_summary
    from nnunet_glacier.domain.scenes import parse_hemispheres

    options = caffe.CaffeOptions(
        labels=labels.value,
        folds=folds.value,
        file_ending=f".{file_format.value}",
        boundary=boundary.value,
        hemispheres=parse_hemispheres(hemisphere or []),
        meta_data=meta_data,
    )
    cases, written = caffe.convert_caffe(
        data_raw, out, options, check_only=check_only, overwrite=overwrite, workers=workers
    )
    typer.echo(conversion_summary(out, cases, written))


@convert_app.command("front-learning")
def convert_front_learning(
    root: Annotated[Path, typer.Argument(help="The folder that holds 'train', or 'images' and 'labels_1px'.")],
    out: OUT,
    folds: Annotated[
        _LandsatFolds, typer.Option(help="glacier: none on both sides. path-row leaks, since paths share glaciers.")
    ] = _LandsatFolds.RANDOM,
    file_format: _FILE_FORMAT = _FileFormat.PNG,
    front_width: Annotated[int, typer.Option(help="Edge of the dilation kernel in pixels, odd; 1 for none.")] = 5,
    pixel_size_m: Annotated[float, typer.Option(help="Edge of a pixel in metres.")] = 49.0,
    glacier: Annotated[
        list[str] | None, typer.Option(metavar="PATHROW=NAME", help="Glacier of a further path/row; repeatable.")
    ] = None,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Landsat scenes with hand-drawn fronts (Mohajerani et al. 2019): front labels only."""
    from nnunet_glacier.dataset_conversion.front_learning import stage as front_learning
    from nnunet_glacier.dataset_conversion.writing.summary import conversion_summary

    if front_width < 1 or front_width % 2 == 0:
        raise typer.BadParameter(f"{front_width} is not an odd number of pixels", param_hint="--front-width")
    if not pixel_size_m > 0:
        raise typer.BadParameter(f"{pixel_size_m} is not positive", param_hint="--pixel-size-m")
    options = front_learning.FrontLearningOptions(
        folds=folds.value,
        file_ending=f".{file_format.value}",
        front_width=front_width,
        pixel_size_m=pixel_size_m,
        glaciers=_pairs(glacier, "--glacier"),
    )
    cases, written = front_learning.convert_front_learning(
        root, out, options, check_only=check_only, overwrite=overwrite, workers=workers
    )
    typer.echo(conversion_summary(out, cases, written))


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """``KEY=VALUE`` options as a dict."""
    pairs = {}
    for text in given or []:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise typer.BadParameter(f"{text!r} is not of the form KEY=VALUE", param_hint=option)
        pairs[key] = value
    return pairs
