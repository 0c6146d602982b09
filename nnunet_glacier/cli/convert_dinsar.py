"""``nnunet-glacier convert dinsar``: interferograms with grounding lines to nnU-Net's raw format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from nnunet_glacier.cli.convert import convert_app
from nnunet_glacier.cli.convert_options import (
    CHANNELS_OUT,
    CHECK_ONLY,
    LIKE,
    MAX_PATCHES,
    OUT,
    OVERWRITE,
    PATCH_SEED,
    PATCH_SIZE_RANGE_PX,
    WORKERS,
)
from nnunet_glacier.cli.number_options import number
from nnunet_glacier.domain.choices import PIXEL_SIZE_RANGE_M

Bands = Literal["auto", "complex", "real-imaginary", "phase-magnitude", "phase"]
PhaseUnit = Literal["radians", "pi"]
Channels = Literal["phase_mag", "reim", "cos_sin_mag"]
Folds = Literal["group", "split", "random"]


@convert_app.command("dinsar")
def convert_dinsar(
    scenes: Annotated[Path, typer.Argument(help="Folder of interferograms: complex, or phase in radians; GeoTIFF.")],
    lines: Annotated[Path, typer.Argument(help="Lines: GeoPackage, shapefile, GeoJSON, or a folder of them.")],
    out: OUT,
    bands: Annotated[
        Bands, typer.Option(help="How scenes are stored; auto goes by number and type of bands.")
    ] = "auto",
    phase_unit: Annotated[
        PhaseUnit | None, typer.Option(help="Of phase bands; by default radians, refused if it may be phase / pi.")
    ] = None,
    channels: Annotated[Channels, typer.Option(help="What the network sees.")] = "phase_mag",
    magnitude_scale: Annotated[
        float | None,
        number(1e-30, 1e30, help="Magnitude that becomes 1; by default measured in the training scenes."),
    ] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of a common grid, such as EPSG:3031.")] = None,
    pixel_size_m: Annotated[
        float | None,
        number(*PIXEL_SIZE_RANGE_M, help="Bring all scenes to pixels of this size; by default each keeps its own."),
    ] = None,
    all_touched: Annotated[
        bool, typer.Option("--all-touched/--plain", help="Label every pixel that a line touches, or one a step.")
    ] = True,
    line_column: Annotated[
        str | None, typer.Option(help="Column that names the scene; by default a known one, or else the file name.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(help="Lines to take, in SQL's form: \"category = 'tidal_flexure_zone_landward'\"."),
    ] = None,
    group_column: Annotated[
        str | None,
        typer.Option(help="Column of sites or glaciers that stay together; by default each scene is its own."),
    ] = None,
    keep_empty: Annotated[
        bool,
        typer.Option("--keep-empty", help="Keep scenes that are named without a geometry: no line."),
    ] = False,
    patch_size: Annotated[
        int | None,
        number(*PATCH_SIZE_RANGE_PX, help="Cut patches of this size, such as 128, 256 or 512; by default none."),
    ] = None,
    max_line_patches: Annotated[int, number(1, MAX_PATCHES, help="Most patches with a line from a scene.")] = 15000,
    max_plain_patches: Annotated[
        int, number(0, MAX_PATCHES, help="Most patches without a line from all scenes.")
    ] = 1000,
    split: Annotated[
        str | None,
        typer.Option(help="Training/validation/test, or 'column'; by default the column 'dataset', or 70/15/15."),
    ] = None,
    split_by_patch: Annotated[
        bool, typer.Option("--split-by-patch", help="As in the paper: overlapping patches on both sides, which leaks.")
    ] = False,
    folds: Annotated[
        Folds, typer.Option(help="group: none on both sides. split: the validation set. random: nnU-Net's, leaks.")
    ] = "group",
    seed: PATCH_SEED = 42,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Interferograms with grounding lines: the layouts of the Getz study, of Mohajerani et al. and of DLR."""
    from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
    from nnunet_glacier.dataset_conversion.dinsar.stage import DinsarSource, convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run

    options = DinsarOptions(
        bands=bands,
        phase_unit=phase_unit,
        channels=channels,
        magnitude_scale=magnitude_scale,
        crs=crs,
        pixel_size_m=pixel_size_m,
        all_touched=all_touched,
        line_column=line_column,
        where=where,
        group_column=group_column,
        keep_empty=keep_empty,
        patch_size=patch_size,
        max_line_patches=max_line_patches,
        max_plain_patches=max_plain_patches,
        split=split,
        split_by_patch=split_by_patch,
        folds=folds,
        seed=seed,
    )
    typer.echo(convert(DinsarSource(scenes, lines), out, options, Run(check_only, overwrite, workers)))


@convert_app.command("dinsar-scenes")
def convert_dinsar_scenes(
    scenes: Annotated[Path, typer.Argument(help="Folder of interferograms, or one of them.")],
    like: LIKE,
    out: CHANNELS_OUT,
    workers: WORKERS = None,
) -> None:
    """Interferograms without lines, for prediction: the channels and constants that a model was trained on."""
    from nnunet_glacier.dataset_conversion.dinsar.new_scenes import prepare_scenes

    typer.echo(prepare_scenes(scenes, like, out, workers=workers))
