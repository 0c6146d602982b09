"""``nnunet-glacier adapt``: a trained model fine-tuned on a few labelled scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.number_options import MAX_SEED, MAX_WORKERS, number
from nnunet_glacier.domain.adaptation import ADAPTED_SHARE
from nnunet_glacier.domain.choices import SceneChoice


@app.command("adapt")
def adapt_model(
    model: Annotated[
        str,
        typer.Argument(help="A trained folder, a packed model, or the name of a shipped model to start from."),
    ],
    dataset: Annotated[Path, typer.Argument(help="A converted dataset with labelled scenes of the new glacier.")],
    out: Annotated[Path, typer.Argument(help="The trained folder to write.")],
    scenes: Annotated[
        str | None,
        typer.Option(
            metavar="N|LIST",
            help="Train on N scenes; or on those named, with commas between or in a .txt file, one a line. All if not "
            "given.",
        ),
    ] = None,
    choose: Annotated[
        SceneChoice,
        typer.Option(help="Which N: spread over the series, or the earliest, so that the rest is the future."),
    ] = "spread",
    folds: Annotated[str | None, typer.Option(help="Folds of the model, such as 0,1; all it has if not given.")] = None,
    epochs: Annotated[
        int | None, number(1, 1_000_000, help="Epochs; 40 if not given, and 10 for what 'convert series' wrote.")
    ] = None,
    iterations: Annotated[int | None, number(1, 1_000_000, help="Batches per epoch; 20 if not given.")] = None,
    learning_rate: Annotated[
        float | None,
        number(
            1e-6,
            100,
            help="Learning rate at the start; 0.01 if not given, for trainers with Adam three tenths of their own, and "
            "a tenth for what 'convert series' wrote: 0.0003 and 0.0001 for caffe-256.",
        ),
    ] = None,
    share: Annotated[
        float | None,
        number(
            0.05,
            1,
            help=f"Share of the adapted weights in their mean with the model's; {ADAPTED_SHARE} if not given, and 1 "
            "for what 'convert series' wrote.",
        ),
    ] = None,
    momentum: Annotated[float | None, number(0, 0.999, help="Of SGD; 0.9 if not given.")] = None,
    seed: Annotated[int, number(0, MAX_SEED, help="Exact on a CPU.")] = 0,
    trainer: Annotated[str | None, typer.Option(help="Another trainer than the model's, of the same network.")] = None,
    device: Annotated[str, typer.Option(help="cuda, mps or cpu; auto takes the first there is.")] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace another adaptation in OUT.")] = False,
    workers: Annotated[
        int | None, number(1, MAX_WORKERS, help="Processes that preprocess; one a core if not given.")
    ] = None,
) -> None:
    """Fine-tune a trained ensemble on a few labelled scenes of a glacier that it does not know.

    The dataset has the model's tasks and channels. OUT is a trained folder like any other. nnU-Net's folders need not
    be set: those of this training lie in OUT/unfinished until it is done. Run again, it goes on where it stopped.
    A checkpoint can run code when it is loaded: use only models from a source you trust.
    """
    from nnunet_glacier.adaptation.adapt import Options, adapt
    from nnunet_glacier.adaptation.labelled_scenes import read_choice

    schedule = {
        "num_epochs": epochs,
        "num_iterations_per_epoch": iterations,
        "initial_lr": learning_rate,
        "adam_lr": learning_rate,
        "momentum": momentum,
        "seed": seed,
    }
    options = Options(
        scenes=None if scenes is None else read_choice(scenes),
        choice=choose,
        folds=None if folds is None else tuple(folds.replace(",", " ").split()),
        schedule=schedule,
        share=share,
        trainer=trainer,
        device=device,
        overwrite=overwrite,
        workers=workers,
    )
    typer.echo(adapt(model, dataset, out, options))
