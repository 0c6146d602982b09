"""The scenes of a glacier, labelled by what a network saw in all of them, to nnU-Net's raw format.

No label is drawn by hand. Each pixel of a scene gets the zone that the scenes around it in time show there most often,
where that outvotes its own (`outvoted`). A model that is trained further on such labels (``adapt``) learns from its own
good scenes what it did not see in the bad ones: self-training, here with the series as the teacher.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.series.inputs import SeenScene, check_seen, open_series, series_size_problems
from nnunet_glacier.dataset_conversion.series.options import SeriesOptions
from nnunet_glacier.dataset_conversion.series.votes import count_votes, nearest, outvoted, without_small_pieces
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.writing.label_maps import label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps, RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import AUTO_FOLDS, fold_record, training_folds
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.dataset_conversion.writing.summary import further_training, scenes_by_glacier
from nnunet_glacier.domain.adaptation import SERIES
from nnunet_glacier.lines.front_lines import front_from_zones
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.wording import counted

FEW_SCENES = 10
"""Up to so many scenes of a series one scene that is wrong weighs much."""


@dataclass(frozen=True)
class SeriesCase(Case):
    """A case.

    Attributes:
        seen: The scene.
        voters: The scenes that vote on its zones, itself among them.
    """

    seen: SeenScene
    voters: tuple[SeenScene, ...]


def convert(source: Path, out: Path, options: SeriesOptions, run: Run = DEFAULT_RUN) -> str:
    """Label the scenes of a folder by their series and write them in nnU-Net's raw format.

    Args:
        source: What ``delineate`` or ``predict`` wrote.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    words = carry_out(_plan(source, out, options, run.workers), run)
    return words if run.check_only else f"{words}\n{further_training('the model that saw the scenes', out)}"


def _plan(source: Path, out: Path, options: SeriesOptions, workers: int | None) -> Plan:
    scenes, problems = open_series(source, options)
    if not scenes and not problems:
        problems = [Problem(source, "it holds no scene", "Delineate or predict scenes of one glacier first")]
    checks, unusable = check_all(check_seen, scenes, workers=workers)
    problems += [*unusable, *series_size_problems(scenes, checks)]
    cases = cases_of(scenes, options)
    dataset = RawDataset(
        folder=out,
        source=SERIES,
        variant=options.labels,
        channels=(options.channel,),
        file_ending=options.file_ending,
        folds=fold_record(AUTO_FOLDS),
        options=options.record(),
        with_zones=True,
    )
    return Plan(
        source,
        dataset,
        cases,
        problems,
        folds=partial(training_folds, cases, AUTO_FOLDS),
        load=partial(load_case, options=options),
        tables=partial(write_front_balance, dataset, cases, workers=workers),
        contents=scenes_by_glacier(cases),
        notes=_notes(cases),
    )


def cases_of(scenes: Sequence[SeenScene], options: SeriesOptions) -> list[SeriesCase]:
    """A case for every scene, with its neighbours in time of the same glacier; those without a date come last."""
    series: dict[str, list[SeenScene]] = defaultdict(list)
    for seen in sorted(scenes, key=_in_time):
        series[seen.scene.glacier].append(seen)
    cases = []
    for of_glacier in series.values():
        for at, seen in enumerate(of_glacier):
            voters = tuple(nearest(of_glacier, at, options.neighbours))
            cases.append(SeriesCase(seen.scene, (seen.path, *(one.zones for one in voters)), seen, voters))
    return sorted(cases, key=lambda case: case.scene.case)


def _in_time(seen: SeenScene) -> tuple[bool, str, str]:
    day = seen.scene.date
    return day is None, day.isoformat() if day else "", seen.scene.case


def _notes(cases: Sequence[SeriesCase]) -> list[str]:
    """What the user may not expect, one sentence each."""
    notes = []
    by_glacier = Counter(case.scene.glacier for case in cases)
    for glacier, count in sorted(by_glacier.items()):
        if count <= FEW_SCENES:
            notes.append(
                f"{glacier or 'Scenes without a glacier'}: {counted(count, 'scene')}, few to vote on each other."
            )
    if nameless := by_glacier[""]:
        notes.append(f"{counted(nameless, 'scene has', 'scenes have')} no glacier, and count as one series.")
    undated = sum(case.scene.date is None for case in cases)
    if undated:
        notes.append(f"{counted(undated, 'scene has', 'scenes have')} no date; their neighbours go by name.")
    notes.append("The labels are a network's: do not score anything against them.")
    return notes


def load_case(case: SeriesCase, *, options: SeriesOptions) -> CaseMaps:
    """The arrays of a case.

    Raises:
        GlacierError: If its image or a map cannot be read.
    """
    own = case.seen.zones_on(case.seen)
    votes = count_votes((one.zones_on(case.seen) for one in case.voters), own.shape)
    zones = without_small_pieces(outvoted(own, votes, options.own_weight))
    thin = front_from_zones(zones)
    return CaseMaps(
        image=case.seen.read_image(),
        labels=label_map(options.labels, zones, thin, front_width=options.front_width),
        front=np.where(thin, 255, 0).astype(np.uint8),
        zones=zones,
    )
