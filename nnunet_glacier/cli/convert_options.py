"""Arguments and options that several commands of ``convert`` have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.number_options import MAX_SEED, MAX_WORKERS, number

FileFormat = Literal["png", "nii.gz"]


OUT = Annotated[Path, typer.Argument(help="The dataset folder to write: .../DatasetXXX_Name.")]

CHANNELS_OUT = Annotated[Path, typer.Argument(help="Folder for the channels.")]

LIKE = Annotated[Path, typer.Argument(help="The model that will predict, or the dataset it was trained on.")]

FILE_FORMAT = Annotated[FileFormat, typer.Option(help="nii.gz carries the true pixel size.")]

MAX_FRONT_WIDTH_PX = 999

FRONT_WIDTH = Annotated[
    int,
    number(1, MAX_FRONT_WIDTH_PX, help="Edge of the square that fronts are dilated with, in pixels; 1 for none."),
]

MAX_DENOISE_AREA_M2 = 1e6
"""Largest window of a filter on the ground: a square kilometre."""

RESIZE_RANGE_PX = (32, 10_000)

PATCH_SEED = Annotated[int, number(0, MAX_SEED, help="The same seed gives the same bytes.")]

PATCH_SIZE_RANGE_PX = (32, 10_000)

MAX_PATCHES = 1_000_000
"""Most patches that an option asks for."""

CHECK_ONLY = Annotated[bool, typer.Option("--check-only", help="Look at all of the input and stop.")]

OVERWRITE = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier conversion in OUT.")]

WORKERS = Annotated[int | None, number(1, MAX_WORKERS, help="Processes; by default one a core.")]
