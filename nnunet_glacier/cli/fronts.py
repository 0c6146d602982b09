"""``nnunet-glacier fronts``: from predictions to lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.front_options import FRONT_SIDE, FUSED_DECODING, MIN_FRONT_LENGTH, PIXEL_SIZE, SCENES, WORKERS
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, FrontRules, OneRouteChoice


@app.command()
def fronts(
    predictions: Annotated[Path, typer.Argument(help="A folder of predictions.")],
    out: Annotated[Path, typer.Argument(help="Folder for fronts/, zones/, fronts.gpkg and fronts.json.")],
    scenes: SCENES = None,
    pixel_size_m: PIXEL_SIZE = None,
    route: Annotated[
        OneRouteChoice, typer.Option(help="Take the front from the predicted zones or from the predicted front class.")
    ] = "auto",
    min_front_length_m: MIN_FRONT_LENGTH = MIN_FRONT_LENGTH_M,
    front_side: FRONT_SIDE = "ocean",
    fused_decoding: FUSED_DECODING = "band",
    box: Annotated[bool, typer.Option(help="Cut fronts to the scene's box, as they are scored.")] = True,
    workers: WORKERS = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Do everything anew.")] = False,
) -> None:
    """Make front lines of predictions: masks, cleaned zones, and a GeoPackage for a GIS.

    PREDICTIONS is what 'nnunet-glacier predict', nnUNetv2_predict or nnUNetv2_ensemble wrote, or any method's zone
    maps in CaFFe's grey values. Masks hold the pixels that are scored, lines lie on the edge of the zones. Without map
    coordinates lines are in pixels, with y = -row so that a GIS shows them the right way up.
    """
    from nnunet_glacier.postprocessing.extract_fronts import Options, extract_fronts

    options = Options(
        scenes=scenes,
        pixel_size_m=pixel_size_m,
        route=route,
        rules=FrontRules(min_front_length_m, front_side, published_decoding=fused_decoding == "published"),
        box=box,
        workers=workers,
        overwrite=overwrite,
    )
    typer.echo(extract_fronts(predictions, out, options))
