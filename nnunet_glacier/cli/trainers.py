"""``nnunet-glacier trainers``: which trainers there are."""

from __future__ import annotations

from typing import Annotated

import typer

from nnunet_glacier.cli.application import app


@app.command("trainers")
def trainers_command(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a Markdown table.")] = False,
) -> None:
    """List the trainers for nnUNetv2_train -tr: network, loss, end, augmentation, paper, cost of a step."""
    from nnunet_glacier.trainers import catalogue

    typer.echo((catalogue.markdown if markdown else catalogue.plain)(catalogue.trainers_table()))
