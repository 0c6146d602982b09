"""``nnunet-glacier docs``: where the pages of the docs are."""

from __future__ import annotations

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.support.documentation import first_page, titles
from nnunet_glacier.support.errors import GlacierError


@app.command("docs")
def docs_command() -> None:
    """List the pages of the docs on this machine, of the version that is installed."""
    first = first_page()
    if first is None:
        raise GlacierError("the docs are not in this installation. Install the package from its wheel or a clone.")
    pages = titles(first.parent)
    names = {page: page.relative_to(first.parent).as_posix() for page in pages}
    width = max(map(len, names.values()))
    typer.echo(f"In {first.parent}, pages in Markdown:\n")
    for page, title in pages.items():
        typer.echo(f"  {names[page]:<{width}}  {title}")
    typer.echo("\nEvery option of a command: nnunet-glacier COMMAND --help.")
