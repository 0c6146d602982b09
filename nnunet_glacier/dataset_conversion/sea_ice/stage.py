"""ExtremeEarth's ice charts with Sentinel-1 scenes, to nnU-Net's raw format.

The charts are twelve shapefiles, one for each month of 2018, of the east coast of Greenland (Hughes and Amdal,
ExtremeEarth Polar Use Case Training Data, version 2, doi 10.5281/zenodo.4683174). They come without images: the scenes
of Sentinel-1 (extra wide swath, HH and HV) are supplied by the user at 80 m, as paper 003 resampled them.

==========================================  ====================================================
``CHARTS/seaice_s1_20180116t075430.shp``    areas with ``poly_type`` and ``SA`` (`sea_ice_codes`)
``SCENES/20180116t075430.tif``              HH dB, HV dB, incidence angle; or three files that
                                            end in ``_HH.tif``, ``_HV.tif`` and ``_IA.tif``
==========================================  ====================================================

A scene and its chart have the same time in their names, to the second. January and July test; February, June, August
and December are cut in two, and one half validates; the rest trains (paper 003, Sect. 3). The published cut runs
aslant through the footprint; here it runs along the pixels, so that halves are images.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.sea_ice.case import IceCase, IceScene, Part, SceneCheck, check_scene, load_case
from nnunet_glacier.dataset_conversion.sea_ice.charts import find_charts
from nnunet_glacier.dataset_conversion.sea_ice.inputs import CHANNELS, described_channels, find_scenes
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.dataset_conversion.sea_ice.tables import write_tables
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import Folds, group_folds
from nnunet_glacier.dataset_conversion.writing.stage import check_and_write
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.parallel import map_with_progress

_SIZE_TOLERANCE = 0.01


@dataclass(frozen=True)
class SeaIceConversion:
    """What a conversion found and did.

    Attributes:
        cases: All cases.
        written: How many of them were written, the others were there already; None if it only checked.
        checks: What was found in every scene that was looked at, by time.
        uncharted: Times of scenes without a chart, which were left out.
        unseen: Times of charts without a scene.
        n_other_charts: Vector files that are no charts by their name.
        options: The options.
    """

    cases: Sequence[IceCase]
    written: int | None
    checks: Mapping[str, SceneCheck]
    uncharted: tuple[str, ...]
    unseen: tuple[str, ...]
    n_other_charts: int
    options: SeaIceOptions


def convert_sea_ice(
    scenes: Path,
    charts: Path,
    out: Path,
    options: SeaIceOptions,
    *,
    check_only: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> SeaIceConversion:
    """Check Sentinel-1 scenes and ice charts and write them in nnU-Net's raw format.

    Args:
        scenes: A folder of GeoTIFFs, also in folders below it.
        charts: A folder of ExtremeEarth's charts, also in folders below it, or one chart.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in `out`.
        workers: Processes; None for one a core.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    paths, problems = find_scenes(scenes)
    drawn, n_others, chart_problems = find_charts(charts)
    problems += chart_problems
    found = [IceScene(time, paths[time], drawn[time]) for time in sorted(set(paths) & set(drawn))]
    if paths and drawn and not found:
        what = f"no chart is of a scene's time: charts are of {_some(drawn)}, scenes of {_some(paths)}"
        problems.append(Problem(charts, what, "Give the scenes that were charted, named by their times"))
    check = partial(check_scene, options=options)
    answers = map_with_progress(check, found, description="Checking", workers=workers)
    checks = dict(zip((scene.time for scene in found), answers, strict=True))
    problems += [problem for answer in checks.values() for problem in answer.problems]
    problems += _size_problems(scenes, checks)
    cases = cases_of_scenes(found, checks, scenes)
    complete = bool(cases) and not any(answer.problems for answer in checks.values())
    if complete and not any(case.part.purpose == "train" for case in cases):
        problems.append(Problem(scenes, "no scene of it trains", "Add scenes of other months than January and July"))
    dataset = _raw_dataset(out, options)
    written = check_and_write(
        dataset,
        cases,
        problems,
        partial(training_folds, cases, options) if complete else list,
        partial(load_case, options=options),
        where=str(scenes),
        with_zones=False,
        finish=partial(write_tables, dataset, cases, checks, workers=workers),
        check_only=check_only,
        overwrite=overwrite,
        workers=workers,
    )
    uncharted, unseen = (tuple(sorted(set(some) - set(checks))) for some in (paths, drawn))
    return SeaIceConversion(cases, written, checks, uncharted, unseen, n_others, options)


def _some(times: Mapping[str, object]) -> str:
    return ", ".join(sorted(times)[:3])


def _size_problems(scenes: Path, checks: Mapping[str, SceneCheck]) -> list[Problem]:
    """Scenes of different pixel sizes: nnU-Net takes a GeoTIFF's pixels as they are."""
    sizes = {time: check.grid.pixel_size_m() for time, check in checks.items() if check.grid}
    if not sizes:
        return []
    small, large = min(sizes, key=lambda time: sizes[time]), max(sizes, key=lambda time: sizes[time])
    if sizes[large] - sizes[small] <= _SIZE_TOLERANCE * sizes[large]:
        return []
    what = f"pixels are {sizes[small]:g} m in {small} and {sizes[large]:g} m in {large}"
    return [Problem(scenes, what, "Resample all scenes to 80 m")]


def cases_of_scenes(scenes: Sequence[IceScene], checks: Mapping[str, SceneCheck], root: Path) -> list[IceCase]:
    """A case for every part of every scene, by name."""
    cases = []
    for scene in scenes:
        for part in checks[scene.time].parts:
            described = _describe(scene, part, checks[scene.time], root)
            cases.append(IceCase(described, scene.files, scene, part))
    return sorted(cases, key=lambda case: case.scene.case)


def _describe(scene: IceScene, part: Part, check: SceneCheck, root: Path) -> Scene:
    """A case's row of the scene table."""
    grid, window, path = check.grid, part.window, scene.paths[0]
    name = f"seaice_s1_{scene.time}"
    if window is not None:
        grid = grid.window(window.row, window.column, (window.height, window.width))
        ending = f"row{window.row}_col{window.column}_s{window.height}" if part.crop else f"{part.purpose}_half"
        name = f"{name}_{ending}"
    return Scene(
        name,
        split="test" if part.purpose == "test" else "train",
        glacier=scene.time,
        date=scene.date,
        sensor="S1",
        pixel_size_m=grid.pixel_size_m(),
        hemisphere=grid.hemisphere(),
        crs=grid.crs,
        affine=grid.affine,
        source=path.relative_to(root).as_posix() if path != root else path.name,
    )


def training_folds(cases: Sequence[IceCase], options: SeaIceOptions) -> Folds:
    """The folds of the training cases: the published halves as the only one, or by scene.

    Raises:
        GlacierError: If no half validates, or there is only one scene.
    """
    training = [case for case in cases if case.scene.split == "train"]
    if options.folds == "scene":
        return group_folds({case.scene.case: case.ice.time for case in training}, "scene")
    names = defaultdict(list)
    for case in training:
        names[case.part.purpose].append(case.scene.case)
    if not names["validation"]:
        raise GlacierError("no scene of February, June, August or December is there to validate with a half")
    return [{"train": names["train"], "val": names["validation"]}]


def _raw_dataset(out: Path, options: SeaIceOptions) -> RawDataset:
    return RawDataset(
        folder=out,
        source="sea-ice",
        variant="sea_ice",
        # Standardised here, over all scenes: by case, water and ice would change with what else is in a scene.
        channels=("noNorm",) * len(CHANNELS),
        file_ending=".tif",
        folds={"scheme": options.folds},
        options=options.record(),
        ignore=True,
        with_fronts=False,
        remarks={"channels": described_channels()},
    )
