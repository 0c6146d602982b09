"""The report's sections that need the maps: overlays, experiments on one scene, fronts and zone areas in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nnunet_glacier.report.chapters import Material
from nnunet_glacier.report.drawing import Picture, report_style, save, shortened
from nnunet_glacier.report.evaluations import METRES, PIXELS, Evaluation, Unit, file_keys
from nnunet_glacier.report.front_series import choose_background, draw_front_series
from nnunet_glacier.report.measures import typical_rows, typical_set, worst_first
from nnunet_glacier.report.overlays import ComparisonTask, OverlayTask, draw_comparison, draw_overlay
from nnunet_glacier.report.page import Section
from nnunet_glacier.report.remarks import SceneRemark, grouped
from nnunet_glacier.report.scene_facts import Grid, SceneFacts, common_grid, gather_facts
from nnunet_glacier.report.scene_maps import SceneFinder, read_grey
from nnunet_glacier.report.scene_tables import rounded
from nnunet_glacier.report.tables import Table
from nnunet_glacier.report.timelines import draw_zone_areas, zone_shares
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.wording import counted

LARGEST_NUMBER_COMPARED = 6


def distance_text(row: pd.Series, unit: Unit, line: str) -> str:
    """A scene's mean distance as text, or which line is missing; `line` says what it is called."""
    if not math.isnan(row[unit.column]):
        return f"mean distance {row[unit.column]:.{0 if unit == METRES else 1}f} {unit.name}"
    if not math.isnan(row[PIXELS.column]):
        return f"mean distance {row[PIXELS.column]:.1f} px"
    if row["predicted_front_pixels"] > 0:
        return f"no {line} labelled"
    return f"no {line} predicted" if row["label_front_pixels"] > 0 else f"no {line}, and none labelled"


def overlays_section(
    material: Material, finder: SceneFinder, most: int, workers: int | None
) -> tuple[Section, list[str]]:
    """The worst scenes of one experiment over their images, and remarks on those that cannot be drawn."""
    evaluation = finder.evaluation
    ranked = worst_first(evaluation.main, material.unit)
    several = evaluation.main["prediction"].nunique() > 1
    tasks, lost = [], []
    for place, (_, row) in enumerate(ranked.head(most).iterrows(), start=1):
        source = finder.find(row)
        if source is None:
            lost.append(SceneRemark(row["case"], "not drawn", finder.why_lost(row)))
            continue
        distance = distance_text(row, material.unit, material.line)
        heading = f"{distance} ({shortened(row['prediction'], 24)})" if several else distance
        caption = f"{place}. {row['case']}: {distance}{', set ' + row['prediction'] if several else ''}."
        stem = material.figures / "overlays" / evaluation.key / f"{place:03d}_{file_keys([row['case']])[0]}"
        tasks.append(OverlayTask(source, stem, heading, caption))
    pictures, remarks = _drawn(map_with_progress(draw_overlay, tasks, description="overlays", workers=workers))
    section = Section(f"overlays-{evaluation.key}", f"Worst scenes of {evaluation.name}", gallery=True)
    section.pictures = pictures
    section.intro = (
        f"{counted(len(pictures), 'scene')} of {len(ranked)}, worst first: missing {material.line}s, then the largest "
        f"mean distance. Labelled {material.line} blue, predicted yellow, where they meet red, bounding box cyan; "
        f"lines are drawn thicker than they are.{' Each scene by the set that did worst on it.' if several else ''}"
    )
    return section, [f"{evaluation.name}: {remark}" for remark in grouped([*_told(lost), *remarks])]


def _drawn(results: Iterable[Picture | SceneRemark]) -> tuple[list[Picture], list[SceneRemark]]:
    everything = list(results)
    pictures = [result for result in everything if isinstance(result, Picture)]
    return pictures, [result for result in everything if isinstance(result, SceneRemark)]


def _told(lost: Iterable[SceneRemark]) -> list[SceneRemark]:
    """The remarks with a reason of their own; the others are told by a note for all scenes."""
    return [remark for remark in lost if remark.reason]


def comparisons_section(
    material: Material, finders: Sequence[SceneFinder], most: int, workers: int | None
) -> tuple[Section, list[str]]:
    """The scenes on which the experiments differ most, each experiment a panel; remarks as for overlays.

    The experiments need not share a dataset: converted with other labels, the same scenes have the same names.
    """
    section = Section("comparisons", "The experiments on one scene")
    if len(finders) < 2 or most == 0:
        return section, []
    rows = [typical_rows(finder.evaluation, material.unit).set_index("case", drop=False) for finder in finders]
    cases = cases_that_differ(rows, material.unit)
    if not cases:
        return section, ["The experiments are not drawn on one scene: they have no scene in common."]
    tasks: list[ComparisonTask] = []
    lost = []
    for case in cases:
        if len(tasks) == most:
            break
        scene_rows = [table.loc[case] for table in rows]
        sources = [finder.find(row) for finder, row in zip(finders, scene_rows, strict=True)]
        lacking = [finder.evaluation.name for finder, source in zip(finders, sources, strict=True) if source is None]
        if lacking:
            lost.append(SceneRemark(case, "not compared", f"no maps of {', '.join(lacking)} are known"))
            continue
        names = tuple(finder.evaluation.name for finder in finders)
        distances = tuple(distance_text(row, material.unit, material.line) for row in scene_rows)
        stem = material.figures / "comparisons" / f"{len(tasks) + 1:03d}_{file_keys([case])[0]}"
        shown = tuple(source for source in sources if source is not None)
        caption = f"{case}: label and experiments. Label blue, prediction yellow, where they meet red."
        tasks.append(ComparisonTask(shown, names, distances, stem, caption))
    section.pictures, remarks = _drawn(
        map_with_progress(draw_comparison, tasks, description="comparisons", workers=workers)
    )
    section.intro = (
        f"Scenes on which the experiments differ most, cut to where {material.line}s are. Of several trained sets, the "
        "one whose MDE is nearest to their median is shown."
    )
    if len({finder.evaluation.dataset for finder in finders}) > 1:
        section.intro += f" Images and labels are those of {finders[0].evaluation.name}."
    return section, grouped([*lost, *remarks])


def cases_that_differ(rows: Sequence[pd.DataFrame], unit: Unit) -> list[str]:
    """Cases that all experiments have, in the order of the range of their mean distances, the largest first.

    First come cases in which some experiments have no line and others have one; last, cases in which none has one.

    Args:
        rows: Of each experiment one row per case, with the case as index.
        unit: Unit of the distances.
    """
    table = pd.concat([scores[unit.column] for scores in rows], axis=1, join="inner")
    missing = table.isna().sum(axis=1)
    span = (table.max(axis=1) - table.min(axis=1)).fillna(0.0)
    span = span.where((missing == 0) | (missing == table.shape[1]), np.inf).where(missing < table.shape[1], -1.0)
    return sorted(table.index, key=lambda case: (-span[case], case))


def series_sections(material: Material, finder: SceneFinder, workers: int | None) -> tuple[Section, Section, list[str]]:
    """Lines of every glacier by date, and zone areas in time, of one experiment; remarks as for overlays."""
    evaluation, line = finder.evaluation, material.line
    fronts = Section(f"fronts-{evaluation.key}", f"{line.capitalize()}s in time, {evaluation.name}")
    areas = Section(f"areas-{evaluation.key}", f"Zone areas in time, {evaluation.name}")
    rows = typical_rows(evaluation, material.unit)
    known, lost = [], []
    for _, row in rows[rows["date"].notna()].iterrows():
        source = finder.find(row)
        if source is None:
            lost.append(SceneRemark(row["case"], "in no time series", finder.why_lost(row)))
        else:
            known.append(source)
    results = list(map_with_progress(gather_facts, known, description="time series", workers=workers))
    facts = [result for result in results if isinstance(result, SceneFacts)]
    unread = [result for result in results if isinstance(result, SceneRemark)]
    remarks = [f"{evaluation.name}: {remark}" for remark in grouped([*_told(lost), *unread])]
    for glacier in sorted({scene_facts.scene.glacier for scene_facts in facts}):
        own = [scene_facts for scene_facts in facts if scene_facts.scene.glacier == glacier]
        grid = common_grid(own)
        if len(grid.facts) > 1:
            stem = material.figures / f"fronts_{evaluation.key}_{file_keys([glacier])[0]}"
            fronts.pictures.append(_front_series(grid, finder, rows, stem, line))
        elif len(own) > 1:
            what = f"{line}s in time are not drawn: no two scenes have a place on the map or the same size"
            remarks.append(f"{evaluation.name}: {glacier}: {what}.")
    shown = typical_set(evaluation, material.unit)
    several = evaluation.main["prediction"].nunique() > 1
    which = f" Predictions of {shown}, the set whose MDE is nearest to the median." if several else ""
    fronts.intro = f"All {line}s of a glacier, coloured by date: labels left, predictions right.{which}"
    _zone_areas(areas, facts, evaluation, material.figures, which)
    return fronts, areas, remarks


def _front_series(grid: Grid, finder: SceneFinder, rows: pd.DataFrame, stem: Path, line: str) -> Picture:
    background = choose_background(grid)
    row = rows[rows["case"] == background.scene.case].iloc[0]
    try:
        source = finder.find(row)
        image = read_grey(source, background.shape) if source is not None else None
    except GlacierError:
        image = None
    scene = background.scene
    caption = f"{scene.glacier}: {counted(len(grid.facts), line)}"
    caption += f", over the image of {scene.date} ({scene.sensor or 'sensor unknown'})." if image is not None else "."
    if not grid.crs:
        caption += " No map coordinates are known: scenes of the same size and pixel size are taken to show one place."
    if grid.left_out:
        caption += f" {counted(grid.left_out, 'scene')} on other grids left out."
    with report_style():
        return save(draw_front_series(grid, background, image), stem, caption, photo=True)


def _zone_areas(
    section: Section, facts: Sequence[SceneFacts], evaluation: Evaluation, figures: Path, which: str
) -> None:
    shares = zone_shares(facts)
    with report_style():
        figure = draw_zone_areas(shares)
        if figure is None:
            return
        caption = (
            f"{evaluation.name}: share of each zone in the image, in percent, by date; ticks above mark the scenes. "
            f"Scenes of one day are averaged.{which}"
        )
        section.pictures.append(save(figure, figures / f"zone_areas_{evaluation.key}", caption))
    means = shares.groupby(["glacier", "source", "zone"], sort=True)[["share_percent", "area_km2"]].mean().reset_index()
    numbers = shares.assign(date=shares["date"].dt.strftime("%Y-%m-%d"))
    caption = "Means over the scenes; the CSV file holds every scene. Areas in km², shares in percent of the image."
    section.tables.append(Table(f"zone_areas_{evaluation.key}", caption, numbers, rounded(means, 1)))
