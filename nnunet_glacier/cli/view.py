"""``nnunet-glacier view``: a page on which delineated fronts or grounding lines are looked at and judged."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.support.wording import quoted


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


@app.command("view")
def view_lines(
    out: Annotated[Path, typer.Argument(help="Folder that delineate wrote.")],
    page: Annotated[Path | None, typer.Option(help="Folder for the page; OUT/page if not given.")] = None,
    retreat: Annotated[
        Path | None,
        typer.Option(
            help="Folder that retreat wrote of these fronts: shows their positions in time. Grounding lines have none."
        ),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve the page on this machine; reviews go into the GeoPackage in OUT.")
    ] = False,
    port: Annotated[int, number(1, 65535, help="Port of the page on 127.0.0.1.")] = 8010,
    reviewer: Annotated[
        str | None,
        typer.Option(help="Name for the column reviewed_by, '' to give it on the page; your login if not given."),
    ] = None,
    reviews: Annotated[
        Path | None,
        typer.Option(help="Reviews that a page without --serve saved, to write into the GeoPackage in OUT."),
    ] = None,
    max_size_px: Annotated[int, number(100, 10_000, help="Longest side of the pictures.")] = 2000,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Make pictures again that are there.")] = False,
) -> None:
    """Look at delineated fronts or grounding lines over their scenes; accept, reject or edit each, also by keyboard.

    Writes a page that needs no network. With --serve, what you say of a line is written at once into OUT/fronts.gpkg or
    OUT/grounding_lines.gpkg: its columns status and reviewed_by, the line that you drew, and its layer, which is
    rejected or that of the believed ones. Without, the page saves a file of reviews, and --reviews FILE writes them. A
    line that was judged stays when delineate runs again.
    """
    from nnunet_glacier.viewing.stage import Options, view

    options = Options(
        page=page,
        retreat=retreat,
        reviews=reviews,
        reviewer=_login_name() if reviewer is None else reviewer.strip(),
        longest_px=max_size_px,
        overwrite=overwrite,
    )
    viewed = view(out, options)
    typer.echo(viewed)
    lines = viewed.page.delineated.geopackage
    if serve:
        _serve(viewed.page, port)
    else:
        typer.echo(
            f"Next: open it, or nnunet-glacier view {quoted(out)} --serve, which writes reviews into {lines} at once."
        )


def _serve(page: object, port: int) -> None:
    """Serve until Ctrl-C."""
    from nnunet_glacier.viewing.page_folder import Page
    from nnunet_glacier.viewing.server import PageServer

    assert isinstance(page, Page)
    lines = page.delineated.geopackage
    with PageServer(page, port) as server:
        typer.echo(f"Open {server.url} in a browser on this machine. Ctrl-C ends it.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo(f"\nStopped. What the page calls saved is in {lines}.")
            if page.kind.words.no_curve:
                typer.echo(f"Next: open {lines} in QGIS, or pass it on.")
            else:
                typer.echo(f"Next: nnunet-glacier retreat {quoted(lines)} SERIES")
