"""``nnunet-glacier delineate``: from scenes to fronts on the map."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, get_args

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.engine_options import PROCESS_BACKEND, SCHEDULER
from nnunet_glacier.cli.number_options import MAX_LENGTH_M, MAX_WORKERS, number
from nnunet_glacier.cli.scene_options import BAND, SKIP_BAD, VALUES
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M, Export
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, OneRouteChoice

# An option that is repeated takes no Literal.
_Export = Enum("_Export", {name: name for name in get_args(Export)})  # type: ignore[misc]


@app.command("delineate")
def delineate_scenes(
    scenes: Annotated[
        list[Path],
        typer.Argument(
            help="GeoTIFFs or other rasters, folders of them, or .txt lists, from whose folder paths count."
        ),
    ],
    out: Annotated[Path, typer.Argument(help="Folder for the GeoPackage of lines and the maps.")],
    model: Annotated[
        str, typer.Option(help="The name of a shipped model, a packed model, or a trained folder.")
    ] = "caffe-256",
    table: Annotated[
        Path | None, typer.Option("--scenes", help="A table (case,date,glacier,sensor) of the scenes.")
    ] = None,
    glacier: Annotated[str, typer.Option(help="Name of the glacier, where no table tells it.")] = "",
    aoi: Annotated[
        list[Path] | None,
        typer.Option(help="Polygons in any CRS, or a GeoTIFF mask, inside which the front lies. Repeatable."),
    ] = None,
    box: Annotated[
        tuple[float, float, float, float] | None,
        number(-180, 180, help="WEST SOUTH EAST NORTH in degrees, within which the front lies."),
    ] = None,
    values: VALUES = "auto",
    band: BAND = None,
    pixel_size_m: Annotated[
        float | None,
        number(*PIXEL_SIZE_RANGE_M, help="Pixel size that the network is to see; the model's own if not given."),
    ] = None,
    min_length_m: Annotated[
        float, number(0, MAX_LENGTH_M, help="Leave out lines up to this length, in metres.")
    ] = MIN_FRONT_LENGTH_M,
    route: Annotated[
        OneRouteChoice,
        typer.Option(help="Front from the edge of zones or from the front class; auto takes the model's better one."),
    ] = "auto",
    threshold: Annotated[
        str | None,
        typer.Option(
            help="Probability above which a class of lines is one: a number or sweep.json; by default 0.5, "
            "and 0.25 for a front class beside zones."
        ),
    ] = None,
    folds: Annotated[str | None, typer.Option(help="Folds of the model, such as 0,1; all if not given.")] = None,
    device: Annotated[str, typer.Option(help="cuda, cuda:1, mps or cpu; auto takes the first there is.")] = "auto",
    mirroring: Annotated[bool, typer.Option(help="Average over mirrored tiles; without, it is four times faster.")] = (
        True
    ),
    tile_step: Annotated[float, number(0.1, 1, help="Step of the sliding window as a fraction of the tile.")] = 0.5,
    export: Annotated[
        list[_Export] | None,
        typer.Option(
            help="Write the fronts also as GeoJSON, shapefile, or with a collection's columns: esa-cci, or in "
            "Greenland calfin and termpicks. Repeatable."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Do again what is done.")] = False,
    skip_bad: SKIP_BAD = False,
    workers: Annotated[
        int, number(1, MAX_WORKERS, help="Processes, each with the model; 1 gives a scene all cores.")
    ] = 1,
    backend: PROCESS_BACKEND = "loky",
    scheduler: SCHEDULER = "",
) -> None:
    """Draw the calving front of every scene, or the grounding lines of every interferogram, with its dates.

    Scenes are brought to what the model was trained on: square metre pixels of its size, grey values stretched by
    percentiles of valid pixels. Writes OUT/fronts.gpkg (layers fronts, other_pieces, prolonged, rejected), OUT/zones,
    OUT/front_probability, OUT/front_spread on each scene's grid, and OUT/scenes, by which a run goes on. A model of
    fronts alone writes no zones.

    With a model of grounding lines scenes are interferograms, whose channels are made as those of its dataset; all
    lines go to OUT/grounding_lines.gpkg, the maps to OUT/line_probability and OUT/line_spread.
    """
    from nnunet_glacier.delineation.options import Options
    from nnunet_glacier.delineation.stage import delineate
    from nnunet_glacier.support.parallel import Backend

    options = Options(
        table=table,
        glacier=glacier,
        areas=tuple(aoi or ()),
        box=box,
        values=values,
        band=band,
        pixel_size_m=pixel_size_m,
        min_length_m=min_length_m,
        route=route,
        threshold=threshold,
        folds=None if folds is None else tuple(folds.replace(",", " ").split()),
        device=device,
        mirroring=mirroring,
        tile_step=tile_step,
        exports=tuple(one.value for one in export or ()),
        overwrite=overwrite,
        skip_bad=skip_bad,
        workers=workers,
        backend=Backend(backend, scheduler),
    )
    typer.echo(delineate(scenes, out, model, options))
