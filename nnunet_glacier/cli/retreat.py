"""``nnunet-glacier retreat``: from dated fronts to positions in time."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, get_args

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.engine_options import BACKEND, SCHEDULER
from nnunet_glacier.cli.number_options import MAX_LENGTH_M, MAX_WORKERS, number
from nnunet_glacier.domain.choices import RetreatMethod

# An option that is repeated takes no Literal.
_Method = Enum("_Method", {name: name.replace(" ", "-") for name in sorted(get_args(RetreatMethod))})  # type: ignore[misc]


@app.command()
def retreat(
    lines: Annotated[Path, typer.Argument(help="Fronts: GeoPackage, shapefile, GeoJSON, or a folder of such files.")],
    out: Annotated[Path, typer.Argument(help="Folder for series.csv, retreat.gpkg, retreat.json and the figures.")],
    centreline: Annotated[Path | None, typer.Option(help="A file with the glacier's centreline, in any CRS.")] = None,
    box: Annotated[Path | None, typer.Option(help="A file with a polygon that each front divides, in any CRS.")] = None,
    upstream: Annotated[
        str | None,
        typer.Option(
            help="Which side is upstream: start or end (of the centreline as it was drawn), a side such as northeast, "
            "or LON,LAT of a place on the glacier, above all fronts. Without it nothing is called advance or retreat.",
        ),
    ] = None,
    method: Annotated[
        list[_Method] | None, typer.Option(help="Repeatable; by default all that there is a reference for.")
    ] = None,
    width_m: Annotated[
        float | None,
        number(
            1,
            MAX_LENGTH_M,
            help="Width of the curvilinear box and of the parallel lines; by default one the fronts span.",
        ),
    ] = None,
    parallel_lines: Annotated[int, number(3, 999, help="Parallel lines of multi-centreline.")] = 5,
    max_gap_m: Annotated[
        float,
        number(0, MAX_LENGTH_M, help="Close gaps of fronts in a box, and to its edge, up to this long."),
    ] = 0.0,
    date_column: Annotated[
        str | None, typer.Option(help="Column of the days; by default a known one, a scene's name, or the file's.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer to read; by default all with lines.")] = None,
    where: Annotated[str | None, typer.Option(help="COLUMN=VALUE: only these lines, such as Glacier_ID=90.")] = None,
    uncertainty_m: Annotated[
        float | None, number(0, MAX_LENGTH_M, help="Uncertainty of lines that have no column uncertainty_m.")
    ] = None,
    event_factor: Annotated[
        float, number(0.1, 1000, help="A step is a calving event beyond this many times the noise of the steps.")
    ] = 3.0,
    confidence: Annotated[float, number(0.5, 0.999, help="Of the trend's interval.")] = 0.95,
    image: Annotated[
        Path | None, typer.Option(help="A GeoTIFF to draw the fronts on, or a folder of them by day.")
    ] = None,
    animate: Annotated[bool, typer.Option("--animate", help="Write fronts.gif too: a frame a day.")] = False,
    workers: Annotated[int, number(1, MAX_WORKERS, help="Processes that read the files of a folder.")] = 1,
    backend: BACKEND = "loky",
    scheduler: SCHEDULER = "",
) -> None:
    """Measure how far fronts went: position, change, rate, area, trend, season and calving events.

    With --centreline: where fronts cut it, the mean over parallel lines, and the curvilinear box along it. With --box:
    the rectilinear box. Without either a line across the fronts' main direction is made. Distances and areas are true
    ones, whatever the CRS. Fronts that tell no position stand in left_out.csv with the reason. Everything is made anew.
    """
    from nnunet_glacier.formats.dated_lines import LineChoice
    from nnunet_glacier.support.parallel import Backend
    from nnunet_glacier.time_series.references import MethodSettings
    from nnunet_glacier.time_series.retreat import Options, parse_where
    from nnunet_glacier.time_series.retreat import retreat as run_retreat
    from nnunet_glacier.time_series.series import SeriesSettings

    options = Options(
        centreline=centreline,
        box=box,
        upstream=upstream,
        methods=tuple(one.name for one in method) if method else None,
        measuring=MethodSettings(width_m=width_m, parallel_lines=parallel_lines, max_gap_m=max_gap_m),
        choice=LineChoice(date_column, layer, None if where is None else parse_where(where)),
        uncertainty_m=uncertainty_m,
        judging=SeriesSettings(confidence, event_factor),
        image=image,
        animate=animate,
        workers=workers,
        backend=Backend(backend, scheduler),
    )
    typer.echo(run_retreat(lines, out, options))
