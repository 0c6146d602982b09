"""``nnunet-glacier demo``: made-up scenes and interferograms, and the main job on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.application import Commands, app
from nnunet_glacier.cli.front_options import WORKERS
from nnunet_glacier.cli.number_options import MAX_SEED, number
from nnunet_glacier.domain.choices import InterferogramBands
from nnunet_glacier.support.wording import counted, quoted

demo_app = Commands(
    help="Made-up scenes and interferograms with known truth, and the main job on them.", no_args_is_help=True
)

app.add_typer(demo_app, name="demo")


@demo_app.command("run")
def demo_run(
    out: Annotated[Path, typer.Argument(help="Folder for everything that the demo writes.")],
    folds: Annotated[int, number(1, 5, help="How many of the five folds to train.")] = 5,
    epochs: Annotated[int, number(1, 100_000, help="Epochs of a fold.")] = 6,
    iterations: Annotated[int, number(1, 1_000_000, help="Batches per epoch.")] = 20,
    seed: Annotated[int, number(0, MAX_SEED, help="Seed of the trainings.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda, as nnU-Net takes it.")] = "cpu",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the commands.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Remove an earlier demo in OUT first.")] = False,
) -> None:
    """The main job on twelve real scenes of one glacier: what the shipped model says, and what five folds add.

    Each command is printed as you would type it; its output goes to a log. Interrupted, the same command goes on where
    it stopped.
    """
    from nnunet_glacier.demo.run import run_demo
    from nnunet_glacier.demo.steps import DemoSettings

    settings = DemoSettings(folds, epochs, iterations, seed, device)
    run_demo(out, settings, dry_run=dry_run, overwrite=overwrite, say=typer.echo)


@demo_app.command("caffe-scenes")
def demo_caffe_scenes(
    out: Annotated[Path, typer.Argument(help="Folder for sar_images, zones, fronts and bounding_boxes.")],
) -> None:
    """Copy the twelve real scenes of CaFFe that ship with the package, with their credit."""
    from nnunet_glacier.demo.shipped_scenes import copy_scenes

    credit = copy_scenes(out)[-1]
    typer.echo(f"12 scenes in {out}; their origin and licence (CC BY 4.0): {credit}")
    typer.echo(
        f"Next: nnunet-glacier convert caffe {quoted(out)} $nnUNet_raw/Dataset101_Crane --labels fused "
        "--allow-shared-glaciers"
    )


@demo_app.command("scenes")
def demo_scenes(
    out: Annotated[Path, typer.Argument(help="Folder for sar_images, zones, fronts and bounding_boxes.")],
    train: Annotated[int, number(0, 100_000, help="Training scenes, of five glaciers.")] = 30,
    test: Annotated[int, number(0, 100_000, help="Test scenes, of two other glaciers.")] = 8,
    size: Annotated[int, number(96, 20_000, help="Pixels of a scene's longest side.")] = 224,
    seed: Annotated[int, number(0, MAX_SEED, help="Seed: the same seed makes the same scenes.")] = 0,
    workers: WORKERS = None,
) -> None:
    """Make up SAR scenes of calving glaciers with their truth, in CaFFe's layout and grammar."""
    from nnunet_glacier.demo.layout import write_caffe_like

    planned = write_caffe_like(out, train, test, size, seed, workers=workers)
    typer.echo(f"{counted(len(planned), 'scene')} in {out}")
    typer.echo(f"Next: nnunet-glacier convert caffe {quoted(out)} $nnUNet_raw/Dataset101_MadeUp --labels fused")


@demo_app.command("interferograms")
def demo_interferograms(
    out: Annotated[Path, typer.Argument(help="Folder for DInSAR/<scene>.tif and the lines' GeoPackages.")],
    scenes: Annotated[int, number(1, 100_000, help="Scenes; seven give every made-up ice shelf once.")] = 21,
    size: Annotated[int, number(128, 20_000, help="Rows of a scene; columns are a quarter more.")] = 512,
    seed: Annotated[int, number(0, MAX_SEED, help="Seed: the same seed makes the same files.")] = 0,
    bands: Annotated[
        InterferogramBands, typer.Option(help="two (real, imaginary), complex, or phase in radians.")
    ] = "two",
    lines_crs: Annotated[str, typer.Option(help="Projection of the lines, for instance EPSG:4326.")] = "EPSG:3031",
    workers: WORKERS = None,
) -> None:
    """Make up DInSAR double differences of ice shelves and their grounding lines, in the Getz study's layout.

    Tidal flexure, atmosphere, topography and speckle at 100 m in EPSG:3031; some scenes have pinning points, gaps in
    the line or no line at all. Interrupted, the same command goes on where it stopped.
    """
    from nnunet_glacier.demo.interferogram_dataset import write_interferograms

    typer.echo(write_interferograms(out, scenes, size, seed, bands=bands, lines_crs=lines_crs, workers=workers))


@demo_app.command("picture")
def demo_picture(
    dataset: Annotated[Path, typer.Argument(help="The converted dataset.")],
    result: Annotated[Path, typer.Argument(help="Folder with fronts/ of 'fronts' and scores/ of 'evaluate'.")],
    out: Annotated[Path, typer.Argument(help="PNG, PDF or SVG to write.")],
    before: Annotated[Path | None, typer.Option(help="Such a folder of another model, to be drawn beside it.")] = None,
    count: Annotated[int, number(1, 50, help="Scenes to show at most.")] = 3,
) -> None:
    """Draw test scenes with true and predicted zones and fronts."""
    from nnunet_glacier.demo.picture import draw_picture, read_scored_scenes

    draw_picture(read_scored_scenes(dataset, result, before, count, out), out)
    typer.echo(f"Picture: {out}")
