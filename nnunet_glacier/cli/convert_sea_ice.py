"""``nnunet-glacier convert sea-ice``: Sentinel-1 scenes with ExtremeEarth's ice charts to nnU-Net's raw format."""

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

Undetermined = Literal["ignore", "water"]
Folds = Literal["half", "scene"]


@convert_app.command("sea-ice")
def convert_sea_ice(
    scenes: Annotated[
        Path,
        typer.Argument(
            help="Folder of <yyyymmdd>t<hhmmss>.tif: HH dB, HV dB, incidence angle; or _HH.tif, _HV.tif, _IA.tif."
        ),
    ],
    charts: Annotated[Path, typer.Argument(help="Folder of ExtremeEarth's seaice_s1_<yyyymmdd>t<hhmmss>.shp.")],
    out: OUT,
    undetermined: Annotated[
        Undetermined, typer.Option(help="What ice of SA 99, 13, 45, 78 becomes; the published code says water.")
    ] = "ignore",
    ignore_code: Annotated[
        list[str] | None, typer.Option(help="SA whose areas are not learnt from, or 'none' for an empty one; repeat.")
    ] = None,
    patch_size: Annotated[
        int | None,
        number(*PATCH_SIZE_RANGE_PX, help="Cut training crops of this size, 1000 in the paper; by default none."),
    ] = None,
    patches_per_scene: Annotated[int, number(1, MAX_PATCHES, help="Most crops from a training scene.")] = 100,
    pixel_size_m: Annotated[
        float | None,
        number(
            *PIXEL_SIZE_RANGE_M, help="Resample scenes to this size, 80 in the paper; by default each keeps its own."
        ),
    ] = None,
    folds: Annotated[
        Folds, typer.Option(help="half: the published validation halves, one fold. scene: five, none on both sides.")
    ] = "half",
    seed: PATCH_SEED = 1,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Sentinel-1 scenes with the ice charts of ExtremeEarth V2: the dominant ice type."""
    from nnunet_glacier.dataset_conversion.sea_ice.codes import code_text
    from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
    from nnunet_glacier.dataset_conversion.sea_ice.stage import SeaIceSource, convert
    from nnunet_glacier.dataset_conversion.writing.stage import Run

    options = SeaIceOptions(
        undetermined=undetermined,
        ignored_codes=tuple(sorted({code_text(code) for code in ignore_code or []})),
        patch_size=patch_size,
        patches_per_scene=patches_per_scene,
        folds=folds,
        seed=seed,
        pixel_size_m=pixel_size_m,
    )
    typer.echo(convert(SeaIceSource(scenes, charts), out, options, Run(check_only, overwrite, workers)))


@convert_app.command("sea-ice-scenes")
def convert_sea_ice_scenes(
    scenes: Annotated[Path, typer.Argument(help="Folder of Sentinel-1 scenes, named as for sea-ice.")],
    like: LIKE,
    out: CHANNELS_OUT,
    workers: WORKERS = None,
) -> None:
    """Sentinel-1 scenes without charts, for prediction: the constants that a model was trained with."""
    from nnunet_glacier.dataset_conversion.sea_ice.new_scenes import prepare_scenes

    typer.echo(prepare_scenes(scenes, like, out, workers=workers))
