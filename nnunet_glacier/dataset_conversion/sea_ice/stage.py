"""ExtremeEarth's ice charts with Sentinel-1 scenes, to nnU-Net's raw format.

The charts are twelve shapefiles, one for each month of 2018, of the east coast of Greenland (Hughes and Amdal,
ExtremeEarth Polar Use Case Training Data, version 2, doi 10.5281/zenodo.4683174). They come without images: the scenes
of Sentinel-1 (extra wide swath, HH and HV) are supplied by the user, at the 80 m of
Pires de Lima et al. (2023) or brought to it by `SeaIceOptions.pixel_size_m`.

==========================================  ====================================================
``CHARTS/seaice_s1_20180116t075430.shp``    areas with ``poly_type`` and ``SA`` (`codes`)
``SCENES/20180116t075430.tif``              HH dB, HV dB, incidence angle; or three files that
                                            end in ``_HH.tif``, ``_HV.tif`` and ``_IA.tif``
==========================================  ====================================================

A scene and its chart have the same time in their names, to the second. January and July test; February, June, August
and December are cut in two, and one half validates; the rest trains (Pires de Lima et al. 2023, Sect. 3). The published
cut runs aslant through the footprint; here it runs along the pixels, so that halves are images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.sea_ice.case import IceCheck, IceScene, check_scene, load_case
from nnunet_glacier.dataset_conversion.sea_ice.cases import cases_of_scenes, training_folds
from nnunet_glacier.dataset_conversion.sea_ice.charts import find_charts
from nnunet_glacier.dataset_conversion.sea_ice.inputs import CHANNELS, described_channels, find_scenes
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.dataset_conversion.sea_ice.summary import Unused, contents_of, notes_on
from nnunet_glacier.dataset_conversion.sea_ice.tables import write_tables
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import fold_record
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.support.errors import Problem

_SIZE_TOLERANCE = 0.01


@dataclass(frozen=True)
class SeaIceSource:
    """Where scenes and charts lie.

    Attributes:
        scenes: A folder of GeoTIFFs, also in folders below it.
        charts: A folder of ExtremeEarth's charts, also in folders below it, or one chart.
    """

    scenes: Path
    charts: Path


def convert(source: SeaIceSource, out: Path, options: SeaIceOptions, run: Run = DEFAULT_RUN) -> str:
    """Check Sentinel-1 scenes and ice charts and write them in nnU-Net's raw format.

    Args:
        source: Where they lie.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    return carry_out(_plan(source, out, options, run.workers), run)


def _plan(source: SeaIceSource, out: Path, options: SeaIceOptions, workers: int | None) -> Plan:
    paths, problems = find_scenes(source.scenes)
    charts, n_others, chart_problems = find_charts(source.charts)
    scenes = [IceScene(time, paths[time], charts[time]) for time in sorted(set(paths) & set(charts))]
    problems += chart_problems
    if paths and charts and not scenes:
        what = f"no chart is of a scene's time: charts are of {_some(charts)}, scenes of {_some(paths)}"
        problems.append(Problem(source.charts, what, "Give the scenes that were charted, named by their times"))
    answers, scene_problems = check_all(partial(check_scene, options=options), scenes, workers=workers)
    checks = dict(zip((scene.time for scene in scenes), answers, strict=True))
    problems += [*scene_problems, *_size_problems(source.scenes, checks)]
    cases = cases_of_scenes(scenes, checks, source.scenes)
    complete = bool(cases) and not scene_problems
    if complete and not any(case.part.purpose == "train" for case in cases):
        remedy = "Add scenes of other months than January and July"
        problems.append(Problem(source.scenes, "no scene of it trains", remedy))
    dataset = _describe_dataset(out, options)
    unused = Unused(tuple(sorted(set(paths) - set(checks))), tuple(sorted(set(charts) - set(checks))), n_others)
    return Plan(
        source.scenes,
        dataset,
        cases,
        problems,
        folds=partial(training_folds, cases, options) if complete else list,
        load=partial(load_case, options=options),
        tables=partial(write_tables, dataset, cases, checks, workers=workers),
        contents=contents_of(cases, checks),
        notes=notes_on(cases, checks, unused, options),
    )


def _some(times: Mapping[str, object]) -> str:
    return ", ".join(sorted(times)[:3])


def _size_problems(scenes: Path, checks: Mapping[str, IceCheck]) -> list[Problem]:
    """Scenes of different pixel sizes: nnU-Net takes a GeoTIFF's pixels as they are."""
    sizes = {time: check.grid.pixel_size_m for time, check in checks.items() if check.grid}
    if not sizes:
        return []
    small, large = min(sizes, key=lambda time: sizes[time]), max(sizes, key=lambda time: sizes[time])
    if sizes[large] - sizes[small] <= _SIZE_TOLERANCE * sizes[large]:
        return []
    what = f"pixels are {sizes[small]:g} m in {small} and {sizes[large]:g} m in {large}"
    return [Problem(scenes, what, "Give --pixel-size-m 80, and all of them are brought to it")]


def _describe_dataset(out: Path, options: SeaIceOptions) -> RawDataset:
    return RawDataset(
        folder=out,
        source="sea-ice",
        variant="sea_ice",
        # Standardised here, over all scenes: by case, water and ice would change with what else is in a scene.
        channels=("noNorm",) * len(CHANNELS),
        file_ending=".tif",
        folds=fold_record(options.folds),
        options=options.record(),
        ignore=True,
        with_fronts=False,
        remarks={"channels": described_channels(options.pixel_size_m)},
    )
