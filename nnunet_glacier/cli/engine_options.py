"""What runs the work: options that ``evaluate``, ``delineate`` and ``retreat`` share."""

from __future__ import annotations

from typing import Annotated

import typer

BACKEND = Annotated[
    str, typer.Option(help="What runs the work: loky (processes), threading, multiprocessing, dask or ray.")
]

PROCESS_BACKEND = Annotated[str, typer.Option(help="What runs the work: loky (processes), dask or ray.")]

SCHEDULER = Annotated[str, typer.Option(help="Address of a running dask or ray cluster, which sees the same files.")]
