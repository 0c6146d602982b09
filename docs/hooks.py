"""The site's page of commands, made by typer from the program itself when the site is built."""

from typing import Any

import typer
from mkdocs.structure.files import File, Files
from typer.cli import get_docs_for_click

from nnunet_glacier.cli import app

INTRODUCTION = "# Commands\n\nWhat `nnunet-glacier COMMAND --help` says, made from the program itself.\n\n"


def on_files(files: Files, config: Any) -> Files:
    """Add ``commands.md``, the target of the navigation's entry of that name."""
    command = typer.main.get_command(app)
    page = get_docs_for_click(obj=command, ctx=typer.Context(command), name="nnunet-glacier")
    # The first heading is the page's own.
    files.append(File.generated(config, "commands.md", content=INTRODUCTION + page.split("\n", 1)[1].lstrip()))
    return files
