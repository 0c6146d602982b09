"""``nnunet-glacier predict``: all folds of a trained model in one pass."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_WORKERS, number
from nnunet_glacier.domain.choices import CheckpointName, ProbabilityType


@app.command("predict")
def predict_images(
    model: Annotated[
        str,
        typer.Argument(
            help="A trained folder <Trainer>__<plans>__<configuration>, a packed model, or the name of a shipped model."
        ),
    ],
    images: Annotated[
        list[Path],
        typer.Argument(help="Folders of images, images, or .txt lists of images, from whose folder paths count."),
    ],
    out: Annotated[Path, typer.Argument(help="Folder for the maps.")],
    folds: Annotated[
        str | None, typer.Option(help="Folds, such as 0,1,2 or all; those that have the checkpoint if not given.")
    ] = None,
    checkpoint: Annotated[CheckpointName, typer.Option(help="Which checkpoint of a trained folder's folds.")] = "final",
    device: Annotated[str, typer.Option(help="cuda, cuda:1, mps or cpu; auto takes the first there is.")] = "auto",
    mirroring: Annotated[bool, typer.Option(help="Average over mirrored tiles; without, it is four times faster.")] = (
        True
    ),
    tile_step: Annotated[float, number(0.1, 1, help="Step of the sliding window as a fraction of the tile.")] = 0.5,
    probabilities: Annotated[
        ProbabilityType | None, typer.Option(help="Write class probabilities too, of this type.")
    ] = None,
    spread: Annotated[
        bool, typer.Option("--spread", help="Write the SD over folds of the predicted class's probability too.")
    ] = False,
    nodata: Annotated[
        str,
        typer.Option(
            help="Value of pixels without data in images that declare none, 0 in CaFFe's: NA there and nowhere else. "
            "model: the model's own, in 8-bit images; none: every value is data.",
        ),
    ] = "model",
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Predict again what is there; with other options than before, the other cases go."
        ),
    ] = False,
    workers: Annotated[
        int | None, number(1, MAX_WORKERS, help="Threads that read ahead and write; 2 beside a GPU, 1 beside a CPU.")
    ] = None,
) -> None:
    """Predict images with all folds of a trained model in one pass.

    Writes OUT/zones (class ids) and OUT/fronts (0 and 255) as far as the model has them, else OUT/labels; PNG for PNG,
    GeoTIFF with CRS and affine for GeoTIFF. Images are named <case>_0000.<ending> as in nnU-Net, or <case>.<ending>.
    Packed and shipped models cannot run code when they are loaded. A checkpoint of a trained folder can, if it holds
    more than weights, which is said at the end: use only checkpoints from a source you trust.
    """
    from nnunet_glacier.inference.settings import Options
    from nnunet_glacier.inference.stage import predict

    options = Options(
        folds=None if folds is None else tuple(folds.replace(",", " ").split()),
        checkpoint=checkpoint,
        device=device,
        mirroring=mirroring,
        tile_step=tile_step,
        probabilities=probabilities,
        spread=spread,
        nodata=_value_of_nodata(nodata),
        overwrite=overwrite,
        workers=workers,
    )
    typer.echo(predict(model, images, out, options))


def _value_of_nodata(text: str) -> float | Literal["model"] | None:
    """The value of ``--nodata``; None for ``none``."""
    if text == "model":
        return "model"
    if text == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise typer.BadParameter(f"{text!r} is no number. Give a number, model or none.", param_hint="--nodata")
    return value
