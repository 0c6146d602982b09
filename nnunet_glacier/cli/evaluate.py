"""``nnunet-glacier evaluate``: from predictions to scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import app
from nnunet_glacier.cli.engine_options import BACKEND, SCHEDULER
from nnunet_glacier.cli.front_options import FRONT_SIDE, FUSED_DECODING, MIN_FRONT_LENGTH, WORKERS
from nnunet_glacier.cli.number_options import MAX_LENGTH_M, MAX_SEED, number
from nnunet_glacier.domain.choices import SplitChoice
from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M, FrontRules, RouteChoice
from nnunet_glacier.domain.measures import MeasureChoice


@app.command()
def evaluate(
    predictions: Annotated[
        list[Path], typer.Argument(help="Folders of predictions, one trained model's folder, or a file of lines.")
    ],
    dataset: Annotated[Path, typer.Argument(help="A converted dataset, or CaFFe's data_raw folder as published.")],
    out: Annotated[Path, typer.Argument(help="Folder for scores.csv, confusion.csv and summary.json.")],
    split: Annotated[
        SplitChoice,
        typer.Option(
            help="Scenes to score. auto: train for a cross-validation, else the predicted scenes'; test for data_raw "
            "predicted in whole.",
        ),
    ] = "auto",
    route: Annotated[
        RouteChoice,
        typer.Option(
            help="Take the front from the predicted zones or from the predicted front class. auto: zones where there "
            "are any.",
        ),
    ] = "auto",
    threshold: Annotated[
        str | None,
        typer.Option(
            help="Take the front, or the grounding line, from the probabilities beside the maps, above this number or "
            "that of OUT/sweep.json; without it, from the predicted class.",
        ),
    ] = None,
    min_front_length_m: MIN_FRONT_LENGTH = MIN_FRONT_LENGTH_M,
    front_side: FRONT_SIDE = "ocean",
    fused_decoding: FUSED_DECODING = "band",
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Score the rest when scenes were not predicted.")
    ] = False,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Score the rest when files of scenes are missing or bad, and list what was."),
    ] = False,
    hemisphere: Annotated[
        list[str] | None, typer.Option(help="GLACIER=north or GLACIER=south, where the dataset does not know it.")
    ] = None,
    workers: WORKERS = None,
    backend: BACKEND = "loky",
    scheduler: SCHEDULER = "",
    measures: Annotated[
        MeasureChoice,
        typer.Option(help="Scores to write: a default set, or all of 'nnunet-glacier measures'."),
    ] = "default",
    cut_ends_m: Annotated[
        float | None,
        number(
            1,
            MAX_LENGTH_M,
            help="Score lines also without so many metres of the label at each of its ends, and the predicted pixels "
            "nearest to those.",
        ),
    ] = None,
    seed: Annotated[int, number(0, MAX_SEED, help="Seed of the bootstrap intervals, which draw scenes anew.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the scores of other predictions in OUT; score all anew.")
    ] = False,
) -> None:
    """Score predictions against labelled scenes: front errors in metres, zone scores, by group; ice types by class.

    PREDICTIONS is what 'nnunet-glacier predict', nnUNetv2_predict or nnUNetv2_ensemble wrote, or any method's zone
    maps in CaFFe's grey values. Several folders of one model, one a trained fold, give mean and standard deviation:
    evaluate FOLD_0 FOLD_1 FOLD_2 DATASET OUT. Without a scene in common they are the parts of a cross-validation.
    Different models are evaluated apart; 'nnunet-glacier report' compares them. A trained model's folder
    (Trainer__Plans__2d) gives the score of its cross-validation. Scores are kept as scenes are done: after Ctrl-C the
    same command goes on.

    A file of lines with a column 'case' (fronts.gpkg, lines.gpkg, or the folder of 'lines') is scored as it is, drawn
    one pixel wide on the labels; scenes without a line in it count as missed. Options of how a line is made of a map
    (--route, --threshold, --min-front-length-m, --front-side, --fused-decoding) and --allow-missing are refused there.

    A dataset of 'convert sea-ice' is scored by class, from label maps, on the pixels that its labels do not ignore:
    F1, IoU and so on of every ice type and of water, and confusion.csv. Options about fronts (--route, --threshold,
    --min-front-length-m, --front-side, --fused-decoding, --hemisphere, --measures, --cut-ends-m, --seed) are refused
    there unless they have their defaults.
    """
    from nnunet_glacier.domain.scenes import parse_hemispheres
    from nnunet_glacier.evaluation.evaluate import evaluate as run_evaluate
    from nnunet_glacier.evaluation.options import Options
    from nnunet_glacier.formats.chosen_threshold import parse_threshold
    from nnunet_glacier.support.parallel import Backend

    options = Options(
        split=split,
        route=route,
        threshold=None if threshold is None else parse_threshold(threshold),
        rules=FrontRules(min_front_length_m, front_side, published_decoding=fused_decoding == "published"),
        allow_missing=allow_missing,
        skip_bad=skip_bad,
        hemispheres=parse_hemispheres(hemisphere or []),
        workers=workers,
        backend=Backend(backend, scheduler),
        measures=measures,
        cut_ends_m=cut_ends_m,
        bootstrap_seed=seed,
        overwrite=overwrite,
    )
    typer.echo(run_evaluate(predictions, dataset, out, options))


@app.command("measures")
def measures_command(
    markdown: Annotated[bool, typer.Option("--markdown", help="As the Markdown tables of docs/scores.md.")] = False,
) -> None:
    """List the columns of scores.csv: the default ones, and those that --measures all and --cut-ends-m add."""
    from nnunet_glacier.formats.score_table import columns_markdown, columns_of
    from nnunet_glacier.measures.registry import chosen_measures

    default = columns_of(chosen_measures("default"))
    further = [column for column in columns_of(chosen_measures("all")) if column not in default]
    everything = columns_of(chosen_measures("all", cut_ends=True))
    cut = [column for column in everything if column not in default + further]
    for title, columns in (("Default", default), ("With --measures all", further), ("With --cut-ends-m", cut)):
        lines = [f"{name:28} {unit:8} {meaning}" for name, unit, meaning in columns]
        typer.echo(f"{title}\n\n{columns_markdown(columns) if markdown else chr(10).join(lines)}\n")
