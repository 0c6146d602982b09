"""``nnunet-glacier lines``: from probabilities to grounding lines, or to calving fronts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.front_options import PIXEL_SIZE, SCENES, WORKERS
from nnunet_glacier.cli.number_options import MAX_LENGTH_M, number
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M
from nnunet_glacier.domain.line_rules import MAX_GAP_M, MAX_SPUR_M

Kind = Literal["auto", "grounding-line", "calving-front"]
_KINDS: dict[Kind, Literal["grounding line", "calving front"] | None] = {
    "auto": None,
    "grounding-line": "grounding line",
    "calving-front": "calving front",
}


@app.command()
def lines(
    predictions: Annotated[Path, typer.Argument(help="A folder of predictions.")],
    out: Annotated[Path, typer.Argument(help="Folder for lines.gpkg, lines.json and cases/.")],
    threshold: Annotated[
        str | None,
        typer.Option(help='Probability above which a pixel is line: 0.35, or a JSON file with {"threshold": 0.35}.'),
    ] = None,
    scenes: SCENES = None,
    pixel_size_m: PIXEL_SIZE = None,
    kind: Annotated[Kind, typer.Option(help="What the lines are; auto: what the model's task says.")] = "auto",
    median: Annotated[
        int, number(1, 999, help="Edge of a median filter over the mask, in pixels, odd; 1 for none.")
    ] = 1,
    max_spur_m: Annotated[float, number(0, MAX_LENGTH_M, help="Prune branches of up to this length.")] = MAX_SPUR_M,
    max_gap_m: Annotated[
        float, number(0, MAX_LENGTH_M, help="Bridge gaps of up to this length between lines that point at each other.")
    ] = MAX_GAP_M,
    min_length_m: Annotated[
        float, number(0, MAX_LENGTH_M, help="Delete lines of up to this length.")
    ] = MIN_FRONT_LENGTH_M,
    box: Annotated[bool, typer.Option(help="Cut lines to the scene's box, as fronts are scored.")] = True,
    shapefile: Annotated[bool, typer.Option("--shapefile", help="Write OUT/shapefile/lines.shp too.")] = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="Write OUT/lines.geojson too, in degrees.")] = False,
    workers: WORKERS = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Do everything anew.")] = False,
) -> None:
    """Make grounding lines, or calving fronts, of predicted probabilities, with attributes, for a GIS.

    PREDICTIONS is what 'nnunet-glacier predict --probabilities uint8 --spread' or 'nnUNetv2_predict
    --save_probabilities' wrote. Without --threshold the lines are those of the predicted class, and no probabilities
    are needed. Closed grounding lines are pinning points.
    """
    from nnunet_glacier.postprocessing.extract_lines import Options, extract_lines

    options = Options(
        threshold=threshold,
        scenes=scenes,
        pixel_size_m=pixel_size_m,
        kind=_KINDS[kind],
        median_px=median,
        max_spur_m=max_spur_m,
        max_gap_m=max_gap_m,
        min_length_m=min_length_m,
        box=box,
        shapefile=shapefile,
        geojson=geojson,
        workers=workers,
        overwrite=overwrite,
    )
    typer.echo(extract_lines(predictions, out, options))
