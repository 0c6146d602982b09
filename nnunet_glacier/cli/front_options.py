"""Options that ``fronts``, ``lines``, ``sweep`` and ``evaluate`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.number_options import MAX_LENGTH_M, MAX_WORKERS, number
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M
from nnunet_glacier.domain.front_rules import FrontSide

MIN_FRONT_LENGTH = Annotated[
    float, number(0, MAX_LENGTH_M, help="Delete pieces of the predicted front up to this length, in metres.")
]

FRONT_SIDE = Annotated[
    FrontSide, typer.Option(help="Which side of the edge between ocean and glacier is the front; ocean as published.")
]

FUSED_DECODING = Annotated[
    Literal["band", "published"],
    typer.Option(help="Where the glacier of fused labels grows: in the front band, or over other zones too."),
]

WORKERS = Annotated[int | None, number(1, MAX_WORKERS, help="Processes; one per core if not given.")]

SCENES = Annotated[
    Path | None,
    typer.Option(help="A table (case,date,...), a converted dataset, or CaFFe's data_raw: sizes, dates, boxes, CRS."),
]

PIXEL_SIZE = Annotated[
    float | None, number(*PIXEL_SIZE_RANGE_M, help="Edge of a pixel in metres, where neither map nor table tells it.")
]
