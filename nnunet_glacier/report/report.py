"""The stage ``report``: what ``evaluate`` wrote in, one page with tables and figures out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from nnunet_glacier.formats.scores import SCORES_CSV, holds_scores
from nnunet_glacier.report.chapters import (
    Material,
    all_pictures,
    distributions_section,
    experiments_section,
    published_section,
    scored_section,
    timeline_section,
    training_section,
    zones_section,
)
from nnunet_glacier.report.evaluations import Evaluation, read_evaluations
from nnunet_glacier.report.left_out import left_out_notes, without_metres_notes
from nnunet_glacier.report.map_chapters import (
    LARGEST_NUMBER_COMPARED,
    comparisons_section,
    overlays_section,
    series_sections,
)
from nnunet_glacier.report.measure_chapters import measures_section
from nnunet_glacier.report.measures import common_unit
from nnunet_glacier.report.page import Section, page_html
from nnunet_glacier.report.published import fits_published
from nnunet_glacier.report.scene_maps import SceneFinder, open_scenes
from nnunet_glacier.report.training_logs import TrainedModel, read_models
from nnunet_glacier.support.bootstrap import Bootstrap
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, read_text, write_json, write_text_whole, write_whole
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.wording import counted

PAGE_HTML = "report.html"
REPORT_JSON = "report.json"
"""Which evaluations a report is of, and every file of it."""


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    Attributes:
        names: What to call the evaluations, in their order; empty for the ends of their paths.
        models: Trained models' folders whose training curves are drawn.
        max_overlays: Scenes of each experiment that are drawn over their images, at most.
        published: Whether published results stand beside; None: where the scenes are named as CaFFe's test scenes.
        time_series: Whether to read every scene's maps for fronts and zone areas in time.
        workers: Processes; None for one per core.
        overwrite: Replace a report of other evaluations.
        bootstrap_seed: Seed of the random numbers that draw scenes for intervals of differences.
    """

    names: tuple[str, ...] = ()
    models: tuple[Path, ...] = ()
    max_overlays: int = 12
    published: bool | None = None
    time_series: bool = True
    workers: int | None = None
    overwrite: bool = False
    bootstrap_seed: int = 0


def report(evaluations: Sequence[Path], out: Path, options: Options | None = None) -> str:
    """Write a page, tables and figures of evaluations.

    Args:
        evaluations: Folders that ``evaluate`` wrote, one per experiment.
        out: Folder for ``report.html``, ``tables/`` and ``figures/``.
        options: What to show.

    Returns:
        The text for the screen: what was left out, what was written and what to open.

    Raises:
        InputError: With everything that is wrong with the evaluations, the models or the output folder; nothing is
            written then.
    """
    options = options or Options()
    experiments, models = _read(evaluations, out, options)
    before = _files_of(out)
    scenes = pd.concat([evaluation.table for evaluation in experiments])
    published = fits_published(scenes) if options.published is None else options.published
    finders = [open_scenes(evaluation) for evaluation in experiments]
    lines = set().union(*(finder.grounding_lines for finder in finders))
    line = "grounding line" if lines == {True} else "front"
    unit, bootstrap = common_unit(experiments), Bootstrap(options.bootstrap_seed)
    material = Material(experiments, unit, published, out / "figures", line, bootstrap)
    sections, notes = _sections(material, finders, models, options)
    files = _write(out, material, sections, notes)
    for name in before - set(files):
        (out / name).unlink(missing_ok=True)
    return _closing(out, sections, notes)


def _read(evaluations: Sequence[Path], out: Path, options: Options) -> tuple[list[Evaluation], list[TrainedModel]]:
    """Everything that is read before anything is written, all problems at once."""
    problems = _out_problems(evaluations, out, options.overwrite)
    experiments: list[Evaluation] = []
    models: list[TrainedModel] = []
    try:
        experiments = read_evaluations(evaluations, options.names)
    except InputError as error:
        problems += error.problems
    try:
        models = read_models(options.models)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems, "No report can be made")
    return experiments, models


def _out_problems(evaluations: Sequence[Path], out: Path, overwrite: bool) -> list[Problem]:
    problems = folder_problems(out)
    if holds_scores(out):
        remedy = "Give a folder of its own as the last argument"
        what = f"it holds an evaluation ({SCORES_CSV}), so that OUT seems to be forgotten"
        return [*problems, Problem(out, what, remedy)]
    problems += foreign_problems(out, [out / PAGE_HTML], out / REPORT_JSON, "Give another folder, or move it away")
    before = _content(out).get("evaluations")
    if before is not None and before != _names(evaluations) and not overwrite:
        what = f"it holds a report of other evaluations: {', '.join(map(str, before))}"
        problems.append(Problem(out, what, "Give another folder, or --overwrite"))
    return problems


def _content(out: Path) -> dict[str, list[Any]]:
    """The lists of an earlier report's ``report.json``; empty where there is none that can be read."""
    try:
        content = json.loads(read_text(out / REPORT_JSON))
    except (OSError, ValueError):
        return {}
    entries = content.items() if isinstance(content, dict) else ()
    return {key: value for key, value in entries if isinstance(value, list)}


def _files_of(out: Path) -> set[str]:
    """The files of an earlier report: names relative to the folder that stay inside of it."""
    files = _content(out).get("files", [])
    inside = [name for name in files if isinstance(name, str) and not Path(name).is_absolute()]
    return {name for name in inside if ".." not in Path(name).parts}


def _names(evaluations: Sequence[Path]) -> list[str]:
    return [str(folder.absolute()) for folder in evaluations]


def _sections(
    material: Material, finders: Sequence[SceneFinder], models: Sequence[TrainedModel], options: Options
) -> tuple[list[Section], list[str]]:
    """The page's sections in their order, and what was left out."""
    notes = [note for evaluation in material.evaluations for note in left_out_notes(evaluation)]
    notes += [note for evaluation in material.evaluations for note in without_metres_notes(evaluation, material.unit)]
    notes += [note for finder in finders for note in finder.notes]
    sections = [
        experiments_section(material),
        measures_section(material),
        zones_section(material),
        published_section(material),
    ]
    for finder in finders:
        sections.append(distributions_section(material, finder.evaluation))
        overlays, remarks = overlays_section(material, finder, options.max_overlays, options.workers)
        sections.append(overlays)
        notes += remarks
    most = min(options.max_overlays, LARGEST_NUMBER_COMPARED)
    comparisons, remarks = comparisons_section(material, finders, most, options.workers)
    sections += [comparisons, timeline_section(material)]
    notes += remarks
    for finder in finders if options.time_series else ():
        fronts, areas, remarks = series_sections(material, finder, options.workers)
        sections += [fronts, areas]
        notes += remarks
    sections += [training_section(models, material.figures), scored_section(material)]
    return [section for section in sections if not section.is_empty], list(dict.fromkeys(notes))


def _write(out: Path, material: Material, sections: Sequence[Section], notes: Sequence[str]) -> list[str]:
    """Write tables, list of files and page; the figures are written already. Returns the names of all files."""
    files = [picture.svg for picture in all_pictures(sections)] + [picture.png for picture in all_pictures(sections)]
    for table in (table for section in sections for table in section.tables):
        path = out / "tables" / f"{table.name}.csv"
        write_whole(path, partial(table.numbers.to_csv, index=False))
        files.append(path)
    names = [evaluation.name for evaluation in material.evaluations]
    scenes = pd.concat([evaluation.table["case"] for evaluation in material.evaluations]).nunique()
    summary = f"{counted(len(names), 'experiment')} on {counted(scenes, 'scene')}: {', '.join(names)}."
    footer = (
        f"Written by nnunet-glacier {version('nnunet-glacier')}. Figures as SVG and PNG in figures/, tables in tables/."
    )
    title = "Calving fronts: report"
    if material.line != "front":
        title = "Grounding lines: report"
    html = page_html(title, summary, sections, notes, footer, out)
    relative = sorted(path.relative_to(out).as_posix() for path in [*files, out / PAGE_HTML])
    evaluations = [str(evaluation.folder) for evaluation in material.evaluations]
    write_json(out / REPORT_JSON, {"evaluations": evaluations, "notes": list(notes), "files": relative})
    # Last, since a page without the list is one that this stage did not write.
    write_text_whole(out / PAGE_HTML, html)
    return relative


def _closing(out: Path, sections: Sequence[Section], notes: Sequence[str]) -> str:
    pictures = len(all_pictures(sections))
    tables = sum(len(section.tables) for section in sections)
    lines = [f"Left out: {note}" for note in notes]
    lines.append(
        f"Written: {out / PAGE_HTML}, {counted(pictures, 'figure')} as SVG and PNG in {out / 'figures'}, "
        f"{counted(tables, 'table')} in {out / 'tables'}."
    )
    lines.append(f"Next: open {out / PAGE_HTML} in a browser; it needs no other file and no network.")
    return "\n".join(lines)
