"""Options of commands that read scenes."""

from __future__ import annotations

from typing import Annotated

import typer

from nnunet_glacier.cli.number_options import number
from nnunet_glacier.domain.grey_values import Values

VALUES = Annotated[Values, typer.Option(help="What a pixel's value is; auto takes mostly negative values for dB.")]

BAND = Annotated[int | None, number(1, 1000, help="Band to use, where a scene has several.")]

SKIP_BAD = Annotated[bool, typer.Option("--skip-bad", help="Go on without scenes that cannot be used, and list them.")]
