"""``nnunet-glacier scenes``: a table of scenes for the user to complete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.convert_options import WORKERS
from nnunet_glacier.cli.scene_options import SKIP_BAD


@app.command()
def scenes(
    folder: Annotated[Path, typer.Argument(help="Folder of images: GeoTIFF, PNG or NIfTI, also in folders below it.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The table; FOLDER/scenes.csv if not given.")] = None,
    skip_bad: SKIP_BAD = False,
    workers: WORKERS = None,
) -> None:
    """Write a table of scenes, scenes.csv, for you to complete.

    Columns: case, glacier, date (YYYY-MM-DD), sensor, pixel_size_m, crs, nodata_share, source. Dates and sensors come
    from names and TIFF tags and are empty where these do not tell. Run again, it adds new images and fills empty
    cells; what you filled in stays. delineate, fronts, lines and convert series take it as --scenes, convert lines in
    place of a folder.
    """
    from nnunet_glacier.dataset_conversion.scenes.stage import list_scenes

    typer.echo(list_scenes(folder, out, skip_bad=skip_bad, workers=workers))
