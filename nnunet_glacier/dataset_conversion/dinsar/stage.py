"""Interferograms with hand-drawn grounding lines, to nnU-Net's raw format.

Published layouts that are read as they are:

===================  ===================================  =============================================  ==============
study                scenes                               lines                                          matched by
===================  ===================================  =============================================  ==============
Getz (paper 004)     ``<scene>.tif``, real and imaginary  one GeoPackage, EPSG:3031                      ``source_file``
DLR / AIS_cci        ``<UUID>.tif``, phase, EPSG:4326     one vector file; ``T1``-``T4``, ``dataset``    ``UUID``
Mohajerani et al.    ``coco_<scene>_x*_y*_DIR*.tif``,     ``delineation_<scene>_x*_y*_DIR*.tif``,        file name
                     one complex band, EPSG:3031          0 and 255
===================  ===================================  =============================================  ==============

Mohajerani et al. (2021), Automatic delineation of glacier grounding lines in differential interferometric
synthetic-aperture radar data using deep learning, Scientific Reports 11, 4992. Ramanath Tarekere et al. (2025), Deep
learning based automatic grounding line delineation in DInSAR interferograms, The Cryosphere 19, 2431.

Everything goes through the complex signal (`phase_channels`, `complex_resampling`). A dataset has one task, the
grounding line; pixels without a signal are 0 in every channel and ``ignore`` in the label. Beside the usual files it
holds ``class_balance.csv`` and, where patches were cut, ``patches.csv``: the place of each in its scene.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.dinsar.case import DinsarCase, SceneCheck, check_scene, load_case
from nnunet_glacier.dataset_conversion.dinsar.cases import (
    cases_of_scenes,
    in_their_sets,
    magnitude_scale_of,
    match_lines,
    say_sets,
    training_folds,
)
from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import LineTable, read_line_table
from nnunet_glacier.dataset_conversion.dinsar.inputs import find_scenes
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions, option_problems
from nnunet_glacier.dataset_conversion.dinsar.phase_channels import CHANNELS, REFERENCE_PERCENTILE
from nnunet_glacier.dataset_conversion.dinsar.tables import write_tables
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import NNUNET_SEED
from nnunet_glacier.dataset_conversion.writing.stage import check_and_write
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress


@dataclass(frozen=True)
class DinsarConversion:
    """What a conversion found and did.

    Attributes:
        cases: All cases.
        written: How many of them were written, the others were there already; None if it only checked.
        set_of: ``train``, ``validation`` or ``test`` of every case.
        checks: What was found in every scene that was looked at.
        table: The lines that were read.
        undrawn: Scenes that were left out since nothing is drawn for them.
        options: The options.
    """

    cases: Sequence[DinsarCase]
    written: int | None
    set_of: Mapping[str, str]
    checks: Mapping[str, SceneCheck]
    table: LineTable
    undrawn: frozenset[str]
    options: DinsarOptions


def convert_dinsar(
    scenes: Path,
    lines: Path,
    out: Path,
    options: DinsarOptions,
    *,
    check_only: bool = False,
    overwrite: bool = False,
    workers: int | None = None,
) -> DinsarConversion:
    """Check interferograms and grounding lines and write them in nnU-Net's raw format.

    Args:
        scenes: A folder of GeoTIFFs, also in folders below it.
        lines: A line file, or a folder of line files or delineation rasters.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        check_only: Stop after the checks.
        overwrite: Replace an earlier conversion in `out`.
        workers: Processes; None for one a core.

    Raises:
        InputError: With everything that is wrong; nothing was written. Impossible options are told alone, since the
            scenes cannot be checked with them.
    """
    if unusable := option_problems(options):
        raise InputError(unusable, "The options cannot be used")
    paths, problems = find_scenes(scenes)
    table = read_line_table(lines, line_column=options.line_column, group_column=options.group_column)
    found, match_problems = match_lines(paths, table, lines, options)
    check = partial(check_scene, options=options)
    answers = map_with_progress(check, found, description="Checking", workers=workers)
    checks = dict(zip((scene.name for scene in found), answers, strict=True))
    problems += [*table.problems, *match_problems]
    problems += [problem for answer in checks.values() for problem in answer.problems]
    problems += _storage_problems(checks, scenes)
    cases = cases_of_scenes(found, checks, scenes, options)
    if not cases and not problems:
        problems.append(Problem(scenes, "no patch can be cut from it", "Allow patches without a line, or use --whole"))
    # A division of the scenes that are left when others are refused would be refused for reasons of its own.
    complete = bool(cases) and all(answer.grid is not None for answer in checks.values())
    split, set_of = "", dict.fromkeys((case.scene.case for case in cases), "train")
    if complete:
        try:
            split, set_of = say_sets(cases, options)
        except GlacierError as error:
            problems.append(Problem(lines, str(error), "Correct the column, or give other shares with --split"))
    cases = in_their_sets(cases, set_of)
    scale = magnitude_scale_of(cases, set_of, checks, options)
    bands = next((answer.bands for answer in checks.values() if answer.bands), options.bands)
    dataset = _raw_dataset(out, options, options.record(bands=bands, split=split, magnitude_scale=scale))
    written = check_and_write(
        dataset,
        cases,
        problems,
        partial(training_folds, cases, set_of, options) if complete else list,
        partial(load_case, options=options, magnitude_scale=scale),
        where=str(scenes),
        with_zones=False,
        finish=partial(write_tables, dataset, cases, checks, workers=workers),
        check_only=check_only,
        overwrite=overwrite,
        workers=workers,
    )
    return DinsarConversion(cases, written, set_of, checks, table, frozenset(paths) - frozenset(checks), options)


def _storage_problems(checks: Mapping[str, SceneCheck], scenes: Path) -> list[Problem]:
    """Scenes that are stored in different ways: their magnitudes mean different things."""
    example = {check.bands: name for name, check in reversed(checks.items()) if check.bands}
    if len(example) < 2:
        return []
    said = ", ".join(f"{bands} ({name})" for bands, name in sorted(example.items()))
    return [Problem(scenes, f"its scenes are stored in different ways: {said}", "Give --bands, or convert them apart")]


def _raw_dataset(out: Path, options: DinsarOptions, record: Mapping[str, Any]) -> RawDataset:
    folds: dict[str, Any] = {"scheme": options.folds}
    if options.folds == "random":
        folds["seed"] = NNUNET_SEED
    meanings = CHANNELS[options.channels]
    return RawDataset(
        folder=out,
        source="dinsar",
        variant="grounding_line",
        # Normalisation by case would stretch the circle of phases differently in every scene.
        channels=("noNorm",) * len(meanings),
        file_ending=".tif",
        folds=folds,
        options=record,
        ignore=True,
        remarks={
            "channels": {
                "kind": options.channels,
                "meanings": list(meanings),
                "scale": record["magnitude_scale"],
                "scale_is": "given" if options.magnitude_scale else f"percentile {REFERENCE_PERCENTILE:g}, median",
                "invalid": 0,
            }
        },
    )
