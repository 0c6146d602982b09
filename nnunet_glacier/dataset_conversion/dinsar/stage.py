"""Interferograms with hand-drawn grounding lines, to nnU-Net's raw format.

Published layouts that are read as they are:

===================  ===================================  =============================================  ==============
study                scenes                               lines                                          matched by
===================  ===================================  =============================================  ==============
Getz (Gattolin)      ``<scene>.tif``, real and imaginary  one GeoPackage, EPSG:3031                      ``source_file``
DLR / AIS_cci        ``<UUID>.tif``, phase, EPSG:4326     one vector file; ``T1``-``T4``, ``dataset``    ``UUID``
Mohajerani et al.    ``coco_<scene>_x*_y*_DIR*.tif``,     ``delineation_<scene>_x*_y*_DIR*.tif``,        file name
                     one complex band, EPSG:3031          0 and 255
===================  ===================================  =============================================  ==============

Mohajerani et al. (2021), Automatic delineation of glacier grounding lines in differential interferometric
synthetic-aperture radar data using deep learning, Scientific Reports 11, 4992. Ramanath Tarekere et al. (2025), Deep
learning based automatic grounding line delineation in DInSAR interferograms, The Cryosphere 19, 2431.

Lines that name no scene go to the scene of their acquisitions' days (``Date1`` to ``Date4``, ``acq_time_1`` to
``acq_time_4``, ``T1`` to ``T4``) that they lie in. ESA CCI's files hold two categories of line; which one is burned is
asked for with ``where``.

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

from nnunet_glacier.dataset_conversion.dinsar.case import DinsarCase, DinsarCheck, check_scene, load_case
from nnunet_glacier.dataset_conversion.dinsar.cases import (
    cases_of_scenes,
    in_their_sets,
    magnitude_scale_of,
    match_lines,
    say_sets,
    training_folds,
)
from nnunet_glacier.dataset_conversion.dinsar.day_matching import match_by_day
from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import read_line_table
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions, option_problems
from nnunet_glacier.dataset_conversion.dinsar.summary import contents_of, day_notes, notes_on
from nnunet_glacier.dataset_conversion.dinsar.tables import write_tables
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import fold_record
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.formats.interferograms import find_scenes
from nnunet_glacier.lines.phase_channels import CHANNELS, REFERENCE_PERCENTILE
from nnunet_glacier.support.errors import GlacierError, InputError, Problem


@dataclass(frozen=True)
class DinsarSource:
    """Where interferograms and lines lie.

    Attributes:
        scenes: A folder of GeoTIFFs, also in folders below it.
        lines: A line file, or a folder of line files or delineation rasters.
    """

    scenes: Path
    lines: Path


def convert(source: DinsarSource, out: Path, options: DinsarOptions, run: Run = DEFAULT_RUN) -> str:
    """Check interferograms and grounding lines and write them in nnU-Net's raw format.

    Args:
        source: Where they lie.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written. Impossible options are told alone, since the
            scenes cannot be checked with them.
    """
    return carry_out(_plan(source, out, options, run.workers), run)


def _plan(source: DinsarSource, out: Path, options: DinsarOptions, workers: int | None) -> Plan:
    if unusable := option_problems(options):
        raise InputError(unusable, "The options cannot be used")
    paths, problems = find_scenes(source.scenes)
    table = read_line_table(
        source.lines, line_column=options.line_column, group_column=options.group_column, where=options.where
    )
    by_day = match_by_day(table, paths)
    table = by_day.table
    scenes, match_problems = match_lines(paths, table, source.lines, options)
    answers, scene_problems = check_all(partial(check_scene, options=options), scenes, workers=workers)
    checks = dict(zip((scene.name for scene in scenes), answers, strict=True))
    problems += [*table.problems, *match_problems, *scene_problems, *_storage_problems(checks, source.scenes)]
    cases = cases_of_scenes(scenes, checks, source.scenes, options)
    if not cases and not problems:
        remedy = "Allow patches without a line, or leave --patch-size out"
        problems.append(Problem(source.scenes, "no patch can be cut from it", remedy))
    # A division of the scenes that are left when others are refused would be refused for reasons of its own.
    complete = bool(cases) and all(answer.grid is not None for answer in answers)
    split, set_of, set_problems = _sets(cases, source.lines, options, complete=complete)
    cases = in_their_sets(cases, set_of)
    scale = magnitude_scale_of(cases, set_of, checks, options)
    bands = next((answer.bands for answer in answers if answer.bands), options.bands)
    dataset = _describe_dataset(out, options, options.record(bands=bands, split=split, magnitude_scale=scale))
    undrawn = frozenset(paths) - frozenset(checks)
    return Plan(
        source.scenes,
        dataset,
        cases,
        [*problems, *set_problems],
        folds=partial(training_folds, cases, set_of, options) if complete else list,
        load=partial(load_case, options=options, magnitude_scale=scale),
        tables=partial(write_tables, dataset, cases, checks, workers=workers),
        contents=contents_of(cases, set_of, options),
        notes=[*notes_on(cases, checks, by_day, undrawn, options), *day_notes(by_day)],
    )


def _sets(
    cases: Sequence[DinsarCase], lines: Path, options: DinsarOptions, *, complete: bool
) -> tuple[str, dict[str, str], list[Problem]]:
    """How the cases are divided, as it is recorded; the set of each; and why they cannot be divided so."""
    all_train = dict.fromkeys((case.scene.case for case in cases), "train")
    if not complete:
        return "", all_train, []
    try:
        return *say_sets(cases, options), []
    except GlacierError as error:
        remedy = "Correct the column, or give other shares with --split"
        return "", all_train, [Problem(lines, str(error), remedy)]


def _storage_problems(checks: Mapping[str, DinsarCheck], scenes: Path) -> list[Problem]:
    """Scenes that are stored in different ways: their magnitudes mean different things."""
    example = {check.bands: name for name, check in reversed(list(checks.items())) if check.bands}
    if len(example) < 2:
        return []
    said = ", ".join(f"{bands} ({name})" for bands, name in sorted(example.items()))
    return [Problem(scenes, f"its scenes are stored in different ways: {said}", "Give --bands, or convert them apart")]


def _describe_dataset(out: Path, options: DinsarOptions, record: Mapping[str, Any]) -> RawDataset:
    meanings = CHANNELS[options.channels]
    return RawDataset(
        folder=out,
        source="dinsar",
        variant="grounding_line",
        # Normalisation by case would stretch the circle of phases differently in every scene.
        channels=("noNorm",) * len(meanings),
        file_ending=".tif",
        folds=fold_record(options.folds),
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
