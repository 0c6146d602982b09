"""``nnunet-glacier fronts`` and ``evaluate``: from predictions to lines and scores."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app


class _Split(Enum):
    AUTO = "auto"
    TEST = "test"
    TRAIN = "train"
    ALL = "all"


class _Route(Enum):
    AUTO = "auto"
    ZONES = "zones"
    FRONT = "front"
    BOTH = "both"


class _SingleRoute(Enum):
    AUTO = "auto"
    ZONES = "zones"
    FRONT = "front"


class _Side(Enum):
    OCEAN = "ocean"
    GLACIER = "glacier"


_MIN_FRONT_LENGTH = Annotated[
    float, typer.Option(min=0, help="Delete pieces of the predicted front up to this length, in metres.")
]

_FRONT_SIDE = Annotated[
    _Side, typer.Option(help="Which side of the edge between ocean and glacier is the front; ocean as published.")
]


@app.command()
def fronts(
    predictions: Annotated[Path, typer.Argument(help="A folder of predictions.")],
    out: Annotated[Path, typer.Argument(help="Folder for fronts/, zones/, fronts.gpkg and fronts.json.")],
    scenes: Annotated[
        Path | None,
        typer.Option(help="scenes.csv, a converted dataset, or CaFFe's data_raw: sizes, dates, boxes, CRS."),
    ] = None,
    pixel_size_m: Annotated[
        float | None, typer.Option(min=1e-3, help="Edge of a pixel in metres, where nothing else tells it.")
    ] = None,
    route: Annotated[
        _SingleRoute, typer.Option(help="Take the front from the predicted zones or from the predicted front class.")
    ] = _SingleRoute.AUTO,
    min_front_length_m: _MIN_FRONT_LENGTH = 750.0,
    front_side: _FRONT_SIDE = _Side.OCEAN,
    box: Annotated[bool, typer.Option(help="Cut fronts to the scene's box, as they are scored.")] = True,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core if not given.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Do everything anew.")] = False,
) -> None:
    """Make front lines of predictions: masks, cleaned zones, and a GeoPackage for a GIS.

    PREDICTIONS is what 'nnunet-glacier predict', nnUNetv2_predict or nnUNetv2_ensemble wrote, or any method's zone
    maps in CaFFe's grey values. Without map coordinates lines are in pixels, with y = -row so that a GIS shows them
    the right way up.
    """
    from nnunet_glacier.front_lines import FrontRules
    from nnunet_glacier.postprocessing.extract_fronts import Options, extract_fronts

    options = Options(
        scenes=scenes,
        pixel_size_m=pixel_size_m,
        route=route.value,
        rules=FrontRules(min_front_length_m, front_side.value),
        box=box,
        workers=workers,
        overwrite=overwrite,
    )
    typer.echo(extract_fronts(predictions, out, options))


@app.command()
def evaluate(
    predictions: Annotated[list[Path], typer.Argument(help="Folders of predictions, or one trained model's folder.")],
    dataset: Annotated[Path, typer.Argument(help="A converted dataset, or CaFFe's data_raw folder as published.")],
    out: Annotated[Path, typer.Argument(help="Folder for scores.csv and summary.json.")],
    split: Annotated[
        _Split,
        typer.Option(
            help="Scenes to score. auto: train for a cross-validation, else the predicted scenes'; test for data_raw "
            "predicted in whole.",
        ),
    ] = _Split.AUTO,
    route: Annotated[
        _Route,
        typer.Option(
            help="Take the front from the predicted zones or from the predicted front class. auto: zones where there "
            "are any.",
        ),
    ] = _Route.AUTO,
    min_front_length_m: _MIN_FRONT_LENGTH = 750.0,
    front_side: _FRONT_SIDE = _Side.OCEAN,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score the rest when scenes were not predicted.")
    ] = False,
    hemisphere: Annotated[
        list[str] | None, typer.Option(help="GLACIER=north or GLACIER=south, where the dataset does not know it.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core if not given.")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the scores of other predictions in OUT.")
    ] = False,
) -> None:
    """Score predictions against labelled scenes: front errors in metres, zone scores, by group.

    PREDICTIONS is what 'nnunet-glacier predict', nnUNetv2_predict or nnUNetv2_ensemble wrote, or any method's zone
    maps in CaFFe's grey values. Several folders, one a trained fold, give mean and standard deviation:
    evaluate FOLD_0 FOLD_1 FOLD_2 DATASET OUT. A trained model's folder (Trainer__Plans__2d) gives the score of its
    cross-validation.
    """
    from nnunet_glacier.evaluation.evaluate import Options
    from nnunet_glacier.evaluation.evaluate import evaluate as run_evaluate
    from nnunet_glacier.front_lines import FrontRules
    from nnunet_glacier.scenes import parse_hemispheres

    options = Options(
        split=split.value,
        route=route.value,
        rules=FrontRules(min_front_length_m, front_side.value),
        allow_missing=allow_missing,
        hemispheres=parse_hemispheres(hemisphere or []),
        workers=workers,
        overwrite=overwrite,
    )
    typer.echo(run_evaluate(predictions, dataset, out, options))
