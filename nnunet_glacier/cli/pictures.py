"""``nnunet-glacier attention`` and ``loss-maps``: pictures of what networks and losses look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_EDGE_PX, number, number_list
from nnunet_glacier.domain.choices import CheckpointName


@app.command("attention")
def attention_maps(
    models: Annotated[
        list[str],
        typer.Argument(
            help="Trained folders <Trainer>__<plans>__<configuration>, checkpoint files in their fold_*, or packed or "
            "shipped models.",
        ),
    ],
    image: Annotated[Path, typer.Argument(help="An image, or a folder or .txt list of images, see --case.")],
    out: Annotated[Path, typer.Argument(help="PNG, PDF or SVG to write.")],
    fold: Annotated[
        str | None, typer.Option(help="Fold of each trained folder; the first that has the checkpoint if not given.")
    ] = None,
    checkpoint: Annotated[CheckpointName, typer.Option(help="Checkpoint of each trained folder.")] = "final",
    task: Annotated[
        str | None, typer.Option(help="Early branching: the task whose decoder is meant; the first if not given.")
    ] = None,
    case: Annotated[str | None, typer.Option(help="The case to draw, where IMAGE holds several.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="What to call a model; once for each, in their order.")] = None,
    opacity: Annotated[float, number(0, 1, help="Opacity of the maps over the image; 1 for the maps alone.")] = 0.75,
    arrays: Annotated[bool, typer.Option("--arrays", help="Write the maps too: OUT_1.tif, ..., a band per level.")] = (
        False
    ),
    device: Annotated[str, typer.Option(help="cuda, cuda:1, mps or cpu; auto takes the first there is.")] = "auto",
) -> None:
    """Draw where Attention U-Nets look: the attention of each level over an image, one row per model.

    attention fold_0/checkpoint_best.pth fold_0/checkpoint_final.pth scene.png out.png compares two checkpoints. The
    maps are those of prediction, tile by tile, without mirroring. A checkpoint can run code when it is loaded: use
    only models from a source you trust.
    """
    from nnunet_glacier.pictures.attention import Options, draw_attention

    options = Options(
        fold=fold,
        checkpoint=checkpoint,
        task=task,
        case=case,
        names=tuple(name or ()),
        opacity=opacity,
        arrays=arrays,
        device=device,
    )
    typer.echo(draw_attention(models, image, out, options))


@app.command("loss-maps")
def loss_maps(
    label: Annotated[
        Path, typer.Argument(help="A front mask of two values, or a label map of a converted dataset in its folder.")
    ],
    out: Annotated[Path, typer.Argument(help="PNG, PDF or SVG to write.")],
    w: Annotated[
        str, typer.Option("--w", help="Sides of the dilating square, such as 5,15; one value goes with all --R, --k.")
    ] = "",
    R: Annotated[str, typer.Option("--R", help="Distances in pixels over which the map rises, such as 4,8.")] = "",
    k: Annotated[str, typer.Option("--k", help="Weights of the background, such as 0.1,0.5.")] = "",
    distance_weight: Annotated[
        str, typer.Option(help="Scales in pixels of the distance weights; '' for none.")
    ] = "4,8,16",
    window: Annotated[int, number(8, MAX_EDGE_PX, help="Pixels of the square around the line's middle to draw.")] = 128,
    whole: Annotated[bool, typer.Option("--whole", help="Draw the whole label.")] = False,
) -> None:
    """Draw the distance map and the distance weights that the losses make of a label.

    Without --w, --R and --k: the five distance maps of Davari et al. (2021), Fig. 2. The maps are computed from the
    whole label as it is given; in training they are computed from patches, and converters dilate fronts first.
    """
    from nnunet_glacier.pictures.loss_maps import Options, draw_loss_maps

    options = Options(
        w=number_list(w, int, "--w"),
        R=number_list(R, float, "--R"),
        k=number_list(k, float, "--k"),
        distance_weight=number_list(distance_weight, float, "--distance-weight"),
        window_px=None if whole else window,
    )
    typer.echo(draw_loss_maps(label, out, options))
