"""Options that ``fronts``, ``lines`` and ``evaluate`` share: what is known of the scenes, how a front is found."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Side(Enum):
    """Which side of the edge between ocean and glacier is the front."""

    OCEAN = "ocean"
    GLACIER = "glacier"


MIN_FRONT_LENGTH = Annotated[
    float, typer.Option(min=0, help="Delete pieces of the predicted front up to this length, in metres.")
]

FRONT_SIDE = Annotated[
    Side, typer.Option(help="Which side of the edge between ocean and glacier is the front; ocean as published.")
]

WORKERS = Annotated[int | None, typer.Option(min=1, help="Processes; one a core if not given.")]

SCENES = Annotated[
    Path | None,
    typer.Option(help="scenes.csv, a converted dataset, or CaFFe's data_raw: sizes, dates, boxes, CRS."),
]

PIXEL_SIZE = Annotated[
    float | None, typer.Option(min=1e-3, help="Edge of a pixel in metres, where nothing else tells it.")
]
