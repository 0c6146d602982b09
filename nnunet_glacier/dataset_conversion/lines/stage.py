"""Anybody's scenes with fronts or zones that somebody drew, to nnU-Net's raw format.

Lines come as CALFIN's, TermPicks' or ESA's shapefiles, as they were edited in a GIS, or as ``fronts`` and ``lines``
write them; areas as polygons with a class. A feature belongs to the scene that it names (by a column such as ``case``
or ``image_id``, or the name of its file), or else to the scene of its day that it lies in.

=========  ==========================================  ==========================================================
labels     needs                                       label map
=========  ==========================================  ==========================================================
front      lines                                       line dilated with 5x5
zones      areas, or lines with an area and a point    zone ids
fused      the same                                    zone ids, 4 where the dilated front is
multitask  the same                                    zone + 4 * front
=========  ==========================================  ==========================================================

Of areas the front is the ocean's pixels beside the glacier, as in CaFFe, unless lines are drawn too. A line with
``--area`` and ``--upstream`` tells glacier from ocean inside that area; rock is never made up. Pixels of no area, of
two, or outside ``--area`` are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.lines.case import LinesCheck, check_scene, load_case, with_zones
from nnunet_glacier.dataset_conversion.lines.cases import (
    author_problems,
    cases_of,
    class_problems,
    drawn_scenes,
    has_areas,
    labels_of,
    match,
    read_area,
    read_points,
    split_problems,
)
from nnunet_glacier.dataset_conversion.lines.inputs import grey_record, open_images
from nnunet_glacier.dataset_conversion.lines.options import LinesOptions, option_problems
from nnunet_glacier.dataset_conversion.lines.summary import fold_notes, notes_on
from nnunet_glacier.dataset_conversion.writing.checking import check_all
from nnunet_glacier.dataset_conversion.writing.class_balance import write_front_balance
from nnunet_glacier.dataset_conversion.writing.raw_dataset import RawDataset
from nnunet_glacier.dataset_conversion.writing.splits import fold_record, training_folds
from nnunet_glacier.dataset_conversion.writing.stage import DEFAULT_RUN, Plan, Run, carry_out
from nnunet_glacier.dataset_conversion.writing.summary import further_training, scenes_by_glacier
from nnunet_glacier.domain.labels import FUSED
from nnunet_glacier.formats.dataset_json import DATASET_JSON, read_description
from nnunet_glacier.formats.map_features import Matched, open_features
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of


@dataclass(frozen=True)
class LinesSource:
    """Where scenes and lines lie.

    Attributes:
        scenes: A folder of rasters, one of them, a ``.txt`` list, or a table of scenes.
        lines: A vector file, or a folder of such files.
    """

    scenes: Path
    lines: Path


def convert(source: LinesSource, out: Path, options: LinesOptions, run: Run = DEFAULT_RUN) -> str:
    """Check scenes and what was drawn for them and write them in nnU-Net's raw format.

    Args:
        source: Where they lie.
        out: The dataset folder, ``DatasetXXX_Name``.
        options: What can be chosen.
        run: How it is run.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written. What cannot be read is told first.
    """
    words = carry_out(_plan(source, out, options, run.workers), run)
    if run.check_only:
        return words
    space = read_description(out / DATASET_JSON).space
    of_zones = space is not None and space.names == (FUSED.name,)
    what = "a model, such as caffe-256," if of_zones else "a model of the same labels"
    return f"{words}\n{further_training(what, out)}"


def _plan(source: LinesSource, out: Path, options: LinesOptions, workers: int | None) -> Plan:
    if unusable := option_problems(options):
        raise InputError(unusable, "The options cannot be used")
    (images, problems), read, areas, points = all_of(
        partial(open_images, source.scenes, options, workers),
        partial(open_features, source.lines, options.columns),
        partial(read_area, options.area),
        partial(read_points, options.upstream),
    )
    features = [feature for feature in read.features if options.author in (None, feature.author)]
    matched = match(images, features, options.max_days)
    options = replace(options, labels=labels_of(matched, options))
    drawn = drawn_scenes(images, matched, areas, points)
    problems += [*author_problems(matched.of_scene), *class_problems(matched.of_scene)]
    if images and not drawn:
        problems.append(_nothing_drawn(source, matched))
    checks: Sequence[LinesCheck] = []
    if not problems:
        checks, problems = check_all(partial(check_scene, options=options), drawn, workers=workers)
    inputs = [path for path in (options.area, options.upstream) if path is not None]
    cases = cases_of(drawn, options, inputs)
    problems += split_problems(cases, source.scenes, options)
    dataset = _describe_dataset(out, options, ignore=bool(areas) or has_areas(matched))
    make_folds = partial(training_folds, cases, options.folds)
    notes = notes_on(images, read, matched, cases, checks)
    if not problems:
        # What forbids these folds is told by `carry_out`.
        with suppress(GlacierError):
            notes += fold_notes(make_folds())
    return Plan(
        source.scenes,
        dataset,
        cases,
        problems,
        folds=make_folds,
        load=partial(load_case, options=options),
        tables=partial(write_front_balance, dataset, cases, workers=workers),
        contents=scenes_by_glacier(cases),
        notes=notes,
    )


def _nothing_drawn(source: LinesSource, matched: Matched) -> Problem:
    """Why no feature belongs to a scene."""
    remedy = "Give dates with 'nnunet-glacier scenes', or name the scenes in a column 'case' (or --scene-column)"
    if matched.left_out:
        where, why = matched.left_out[0]
        return Problem(where, why, remedy)
    what = f"none of its {matched.n_other_days} features is of the day and place of a scene in {source.scenes}"
    return Problem(source.lines, what, f"{remedy}; --max-days allows for some days between")


def _describe_dataset(out: Path, options: LinesOptions, *, ignore: bool) -> RawDataset:
    return RawDataset(
        folder=out,
        source="lines",
        variant=options.labels,
        channels=(options.channel,),
        file_ending=options.file_ending,
        folds=fold_record(options.folds),
        options=options.record(),
        ignore=ignore,
        with_zones=with_zones(options.labels),
        remarks=grey_record(options.values),
    )
