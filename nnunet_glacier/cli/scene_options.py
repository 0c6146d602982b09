"""Options that ``delineate`` and ``convert lines`` share."""

from __future__ import annotations

from typing import Annotated

import typer

from nnunet_glacier.cli.number_options import number
from nnunet_glacier.domain.grey_values import Values

VALUES = Annotated[Values, typer.Option(help="What a pixel's value is; auto takes mostly negative values for dB.")]

BAND = Annotated[int | None, number(1, 1000, help="Band to use, where a scene has several.")]
