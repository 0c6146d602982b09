"""``nnunet-glacier convert sea-ice``: Sentinel-1 scenes with ExtremeEarth's ice charts to nnU-Net's raw format."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nnunet_glacier.cli.convert import CHECK_ONLY, OUT, OVERWRITE, WORKERS, convert_app


class _Undetermined(Enum):
    IGNORE = "ignore"
    WATER = "water"


class _Folds(Enum):
    HALF = "half"
    SCENE = "scene"


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
        _Undetermined, typer.Option(help="What ice of SA 99, 13, 45, 78 becomes; the published code says water.")
    ] = _Undetermined.IGNORE,
    ignore_code: Annotated[
        list[str] | None, typer.Option(help="SA whose areas are not learnt from, or 'none' for an empty one; repeat.")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Whole scenes and halves, which is the default.")] = False,
    patch_size: Annotated[
        int | None, typer.Option(min=32, help="Cut training crops of this size; 1000 in the paper.")
    ] = None,
    patches_per_scene: Annotated[int, typer.Option(min=1, help="Most crops from a training scene.")] = 100,
    folds: Annotated[
        _Folds, typer.Option(help="half: the published validation halves, one fold. scene: five, none on both sides.")
    ] = _Folds.HALF,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    check_only: CHECK_ONLY = False,
    overwrite: OVERWRITE = False,
    workers: WORKERS = None,
) -> None:
    """Sentinel-1 scenes with the ice charts of ExtremeEarth V2: the dominant ice type."""
    from nnunet_glacier.dataset_conversion.sea_ice import stage as sea_ice
    from nnunet_glacier.dataset_conversion.sea_ice.codes import code_text
    from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
    from nnunet_glacier.dataset_conversion.sea_ice.summary import sea_ice_summary

    if whole and patch_size is not None:
        raise typer.BadParameter("whole scenes and crops exclude each other", param_hint="--whole")
    options = SeaIceOptions(
        undetermined=undetermined.value,
        ignored_codes=tuple(sorted({code_text(code) for code in ignore_code or []})),
        patch_size=patch_size,
        patches_per_scene=patches_per_scene,
        folds=folds.value,
        seed=seed,
    )
    conversion = sea_ice.convert_sea_ice(
        scenes, charts, out, options, check_only=check_only, overwrite=overwrite, workers=workers
    )
    typer.echo(sea_ice_summary(out, conversion))


@convert_app.command("sea-ice-scenes")
def convert_sea_ice_scenes(
    scenes: Annotated[Path, typer.Argument(help="Folder of Sentinel-1 scenes, named as for sea-ice.")],
    like: Annotated[Path, typer.Argument(help="The model that will predict, or the dataset it was trained on.")],
    out: Annotated[Path, typer.Argument(help="Folder for the channels.")],
    workers: WORKERS = None,
) -> None:
    """Sentinel-1 scenes without charts, for prediction: the constants that a model was trained with."""
    from nnunet_glacier.dataset_conversion.sea_ice.new_scenes import prepare_scenes

    typer.echo(prepare_scenes(scenes, like, out, workers=workers))
