"""``nnunet-glacier convert dinsar``: interferograms with grounding lines to nnU-Net's raw format."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.convert import CHECK_ONLY, OUT, OVERWRITE, WORKERS, convert_app


class _Bands(Enum):
    AUTO = "auto"
    COMPLEX = "complex"
    REAL_IMAGINARY = "real-imaginary"
    PHASE_MAGNITUDE = "phase-magnitude"
    PHASE = "phase"


class _PhaseUnit(Enum):
    RADIANS = "radians"
    PI = "pi"


class _Channels(Enum):
    PHASE_MAG = "phase_mag"
    REIM = "reim"
    COS_SIN_MAG = "cos_sin_mag"


class _Folds(Enum):
    GROUP = "group"
    SPLIT = "split"
    RANDOM = "random"


@convert_app.command("dinsar")
def convert_dinsar(
    scenes: Annotated[Path, typer.Argument(help="Folder of interferograms: complex, or phase in radians; GeoTIFF.")],
    lines: Annotated[Path, typer.Argument(help="Lines: GeoPackage, shapefile, GeoJSON, or a folder of them.")],
    out: OUT,
    bands: Annotated[_Bands, typer.Option(help="How scenes are stored; auto goes by number and type of bands.")] = (
        _Bands.AUTO
    ),
    phase_unit: Annotated[
        _PhaseUnit | None, typer.Option(help="Of phase bands; by default radians, refused if it may be phase / pi.")
    ] = None,
    channels: Annotated[_Channels, typer.Option(help="What the network sees.")] = _Channels.PHASE_MAG,
    magnitude_scale: Annotated[
        float | None, typer.Option(help="Magnitude that becomes 1; by default measured in the training scenes.")
    ] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of a common grid, such as EPSG:3031.")] = None,
    pixel_size_m: Annotated[
        float | None, typer.Option(help="Bring all scenes to pixels of this size; by default they keep their own.")
    ] = None,
    all_touched: Annotated[
        bool, typer.Option("--all-touched/--plain", help="Label every pixel that a line touches, or one a step.")
    ] = True,
    line_column: Annotated[
        str | None, typer.Option(help="Column that names the scene; by default a known one, or else the file name.")
    ] = None,
    group_column: Annotated[
        str | None,
        typer.Option(help="Column of sites or glaciers that stay together; by default each scene is its own."),
    ] = None,
    keep_empty: Annotated[
        bool,
        typer.Option("--keep-empty", help="Keep scenes that are named without a geometry: no line."),
    ] = False,
    whole: Annotated[bool, typer.Option("--whole", help="Whole scenes, which is the default.")] = False,
    patch_size: Annotated[
        int | None, typer.Option(min=32, help="Cut patches of this size, such as 128, 256 or 512.")
    ] = None,
    max_line_patches: Annotated[int, typer.Option(min=1, help="Most patches with a line from a scene.")] = 15000,
    max_plain_patches: Annotated[int, typer.Option(min=0, help="Most patches without a line from all scenes.")] = 1000,
    split: Annotated[
        str | None,
        typer.Option(help="Training/validation/test, or 'column'; by default the column 'dataset', or 70/15/15."),
    ] = None,
    split_by_patch: Annotated[
        bool, typer.Option("--split-by-patch", help="As in the paper: overlapping patches on both sides, which leaks.")
    ] = False,
    folds: Annotated[
        _Folds, typer.Option(help="group: none on both sides. split: the validation set. random: nnU-Net's, leaks.")
    ] = _Folds.GROUP,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 42,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Interferograms with grounding lines: the layouts of the Getz study, of Mohajerani et al. and of DLR."""
    from nnunet_glacier.dataset_conversion.dinsar import stage as dinsar
    from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
    from nnunet_glacier.dataset_conversion.dinsar.summary import dinsar_summary

    if whole and patch_size is not None:
        raise typer.BadParameter("whole scenes and patches exclude each other", param_hint="--whole")
    options = DinsarOptions(
        bands=bands.value,
        phase_unit=phase_unit.value if phase_unit else None,
        channels=channels.value,
        magnitude_scale=magnitude_scale,
        crs=crs,
        pixel_size_m=pixel_size_m,
        all_touched=all_touched,
        line_column=line_column,
        group_column=group_column,
        keep_empty=keep_empty,
        patch_size=patch_size,
        max_line_patches=max_line_patches,
        max_plain_patches=max_plain_patches,
        split=split,
        split_by_patch=split_by_patch,
        folds=folds.value,
        seed=seed,
    )
    conversion = dinsar.convert_dinsar(
        scenes, lines, out, options, check_only=check_only, overwrite=overwrite, workers=workers
    )
    typer.echo(dinsar_summary(out, conversion))


@convert_app.command("dinsar-scenes")
def convert_dinsar_scenes(
    scenes: Annotated[Path, typer.Argument(help="Folder of interferograms, or one of them.")],
    like: Annotated[Path, typer.Argument(help="The model that will predict, or the dataset it was trained on.")],
    out: Annotated[Path, typer.Argument(help="Folder for the channels.")],
    workers: WORKERS = None,
) -> None:
    """Interferograms without lines, for prediction: the channels and constants that a model was trained on."""
    from nnunet_glacier.dataset_conversion.dinsar.new_scenes import prepare_scenes

    typer.echo(prepare_scenes(scenes, like, out, workers=workers))
