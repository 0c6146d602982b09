"""``nnunet-glacier models`` and ``model``: the models that ship with the package, and models that travel."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import Commands, app
from nnunet_glacier.cli.number_options import MAX_SEED, number
from nnunet_glacier.domain.choices import CheckpointName
from nnunet_glacier.support.files import read_text

model_app = Commands(help="Pack a trained model to pass it on, and unpack one.", no_args_is_help=True)

app.add_typer(model_app, name="model")


@app.command("models")
def list_models() -> None:
    """List the models that ship with the package: what for, size, folds, licence, and whether their files are whole."""
    from nnunet_glacier.models.listing import listing

    typer.echo(listing())


@model_app.command("pack")
def pack(
    trained: Annotated[
        list[Path],
        typer.Argument(
            help="Trained folders <Trainer>__<plans>__<configuration>, or packed models, with the same network and "
            "labels."
        ),
    ],
    out: Annotated[Path, typer.Argument(help="Folder to write, or a .zip archive.")],
    float16: Annotated[bool, typer.Option("--float16", help="Half precision: half the size.")] = False,
    name: Annotated[str | None, typer.Option(help="What to call it; by default OUT's name.")] = None,
    purpose: Annotated[str, typer.Option(help="What it is for, in a sentence.")] = "",
    licence: Annotated[
        str, typer.Option(help="Licence of the weights, and whom to credit. [default: that of packed models]")
    ] = "",
    card: Annotated[Path | None, typer.Option(help="The model card, in Markdown; else a short one is made.")] = None,
    folds: Annotated[str | None, typer.Option(help="Folds of every folder, such as 0,1,2 or all.")] = None,
    checkpoint: Annotated[CheckpointName, typer.Option(help="Which checkpoint of a trained folder's folds.")] = "final",
    trainer: Annotated[
        str | None, typer.Option(help="Trainer to record, where it builds the same network as those that trained.")
    ] = None,
    pixel_size_m: Annotated[
        str | None,
        typer.Option(
            help="Least and greatest pixel size of the training scenes, such as 30,100. [default: the dataset's]"
        ),
    ] = None,
    values: Annotated[
        str | None,
        typer.Option(help="What a pixel's value is. [default: 8-bit grey amplitude, or the names of several channels]"),
    ] = None,
    nodata: Annotated[
        int | None,
        number(
            *(0, 255),
            help="Value of pixels without data in 8-bit images that declare none; predict goes by it. "
            "[default: the models']",
        ),
    ] = None,
    seed: Annotated[list[str] | None, typer.Option(help="Seed of a packed fold, as FOLD=SEED; repeatable.")] = None,
    commands: Annotated[
        Path | None, typer.Option(help="Text file with the commands that make the model, one per line.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a packed model.")] = False,
) -> None:
    """Pack the folds of one or several trained folders into a model that can be passed on.

    It holds weights as safetensors, plans, dataset.json, the model card and a SHA-256 of each, and cannot run code
    when it is loaded. Folds of several folders are numbered anew where their names clash.
    """
    from nnunet_glacier.models.pack import Options, pack_model

    options = Options(
        name=name,
        purpose=purpose,
        licence=licence,
        card=card,
        folds=None if folds is None else tuple(folds.replace(",", " ").split()),
        checkpoint=checkpoint,
        trainer=trainer,
        half=float16,
        pixel_size_m=_range(pixel_size_m),
        values=values,
        nodata=nodata,
        seeds=_seeds(seed or []),
        commands=_lines(commands),
        overwrite=overwrite,
    )
    typer.echo(pack_model(trained, out, options))


@model_app.command("unpack")
def unpack(
    model: Annotated[str, typer.Argument(help="A packed model's folder or archive, or the name of a shipped model.")],
    out: Annotated[Path, typer.Argument(help="nnU-Net's results folder, in which the trained folder is made.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a trained folder of the same name.")] = False,
) -> None:
    """Unpack a model for nnU-Net's own commands; every SHA-256 is verified before anything is written."""
    from nnunet_glacier.models.unpack import unpack_model

    typer.echo(unpack_model(model, out, overwrite=overwrite))


def _range(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        least, greatest = map(float, text.replace(",", " ").split())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not two numbers, such as 30,100", param_hint="--pixel-size-m") from None
    if not 0 < least <= greatest < math.inf:
        what = f"{text!r} is not the least and the greatest size, such as 30,100"
        raise typer.BadParameter(what, param_hint="--pixel-size-m")
    return least, greatest


def _seeds(given: list[str]) -> dict[str, int]:
    seeds: dict[str, int] = {}
    for text in given:
        fold, _, number = text.partition("=")
        # No seed has more digits, and Python refuses to read very many.
        if not fold or not re.fullmatch(r"[0-9]{1,10}", number) or int(number) > MAX_SEED:
            what = f"{text!r} is not of the form FOLD=SEED with a seed from 0 to {MAX_SEED}"
            raise typer.BadParameter(what, param_hint="--seed")
        if fold in seeds:
            raise typer.BadParameter(f"fold {fold} is given more than once", param_hint="--seed")
        seeds[fold] = int(number)
    return seeds


def _lines(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        return tuple(line for line in read_text(path).splitlines() if line.strip())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path} cannot be read ({error})", param_hint="--commands") from None
