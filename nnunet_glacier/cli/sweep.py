"""``nnunet-glacier sweep``: the threshold of a line's probability, chosen on validation cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.front_options import MIN_FRONT_LENGTH, WORKERS
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, FrontRules
from nnunet_glacier.domain.line_threshold import Criterion


@app.command()
def sweep(
    predictions: Annotated[
        list[Path],
        typer.Argument(
            help="Folders of predicted validation cases, with probabilities; or one trained model's folder."
        ),
    ],
    dataset: Annotated[Path, typer.Argument(help="A converted dataset, or CaFFe's data_raw folder as published.")],
    out: Annotated[Path, typer.Argument(help="Folder for sweep.json, sweep.csv and the picture.")],
    by: Annotated[
        Criterion, typer.Option(help="What decides: the highest mean Dice, or the lowest mean distance error.")
    ] = "dice",
    min_front_length_m: MIN_FRONT_LENGTH = MIN_FRONT_LENGTH_M,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Choose by the rest when files of cases are missing or bad, and list them."),
    ] = False,
    workers: WORKERS = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the threshold that was chosen on other predictions.")
    ] = False,
) -> None:
    """Choose the probability above which a pixel is line: 17 thresholds from 0.1 to 0.9, on validation cases.

    PREDICTIONS is what 'nnunet-glacier predict --probabilities uint8' wrote for the validation cases, each by the fold
    that did not learn from it; or what 'nnUNetv2_predict --save_probabilities' did; or a model trained with
    'nnUNetv2_train --npz', whose folds' validation folders are read. Test scenes are refused. 'nnunet-glacier lines
    --threshold OUT/sweep.json' then uses the threshold. Numbers are kept as cases are done: after Ctrl-C the same
    command goes on.
    """
    from nnunet_glacier.evaluation.sweep.sweep import SweepOptions
    from nnunet_glacier.evaluation.sweep.sweep import sweep as run_sweep

    options = SweepOptions(by, FrontRules(min_front_length_m), workers, overwrite, skip_bad)
    typer.echo(run_sweep(predictions, dataset, out, options))
