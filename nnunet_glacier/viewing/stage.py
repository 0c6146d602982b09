"""``nnunet-glacier view``: the folder of ``delineate`` in, a page out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_glacier.formats.delineated_folder import DelineatedFolder, open_delineated
from nnunet_glacier.formats.delineated_lines import read_delineated
from nnunet_glacier.formats.line_reviews import LONGEST_NAME, Review, is_reviewer, read_reviews
from nnunet_glacier.formats.paths_below import PAGE_RECORD
from nnunet_glacier.formats.retreat_series import SERIES_CSV, read_series
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.support.databases import in_use_problems
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems
from nnunet_glacier.support.partial_files import holds_anything
from nnunet_glacier.support.resume import LineRecord
from nnunet_glacier.support.wording import counted
from nnunet_glacier.viewing.display_plane import display_plane
from nnunet_glacier.viewing.page_data import Tables, curve_entries, text_of
from nnunet_glacier.viewing.page_folder import DOWNLOADS, INDEX, Page
from nnunet_glacier.viewing.page_kind import page_kind_of
from nnunet_glacier.viewing.quick_looks import (
    QuickLook,
    key_of_quick_look,
    make_quick_look,
    quick_look_of_record,
    record_of,
)

PAGE = "page"
"""Folder of the page in that of the scenes."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of ``nnunet-glacier view``.

    Attributes:
        page: Folder of the page; None for the one in the folder of the scenes.
        retreat: Folder that ``retreat`` wrote of the same fronts, or None; grounding lines have none.
        reviews: A file of reviews that the page saved, to be taken over first; or None.
        reviewer: Name that is put in for the reviewer.
        longest_px: Longest side of the pictures.
        overwrite: Whether to make pictures again that are there.
    """

    page: Path | None = None
    retreat: Path | None = None
    reviews: Path | None = None
    reviewer: str = ""
    longest_px: int = 2000
    overwrite: bool = False


@dataclass(frozen=True)
class Viewed:
    """What a run did; ``str`` tells it.

    Attributes:
        page: The page.
        made: Scenes whose pictures were made.
        reviews: Reviews that were taken over.
        n_lines: Lines that are judged: fronts, one of a scene, or grounding lines.
        n_reviewed: Those that somebody has judged.
        n_lacking: Scenes of which something cannot be shown.
    """

    page: Page
    made: int
    reviews: int
    n_lines: int
    n_reviewed: int
    n_lacking: int

    def __str__(self) -> str:
        """What was written, what is lacking, and what comes next."""
        told = [f"{counted(self.reviews, 'review')} taken over."] if self.reviews else []
        scenes = len(self.page.looks)
        kept = scenes - self.made
        made = [f"pictures of {counted(self.made, 'scene')} made"] if self.made else []
        made += [f"those of {counted(kept, 'scene')} kept"] if kept else []
        told.append(f"{', '.join(made).capitalize()}.")
        if self.n_lacking:
            told.append(f"Of {counted(self.n_lacking, 'scene')} not all can be shown; the page says what is lacking.")
        told.append(f"{self.n_reviewed} of {counted(self.n_lines, self.page.kind.words.noun)} reviewed.")
        told.append(f"Written in {self.page.folder}: {INDEX}, which opens in a browser.")
        return "\n".join(told)


def view(out: Path, options: Options | None = None) -> Viewed:
    """Write the page of a folder that ``delineate`` wrote.

    Args:
        out: The folder.
        options: The options.

    Raises:
        InputError: With everything that is wrong, before anything is written.
    """
    options = options or Options()
    folder = options.page or out / PAGE
    delineated = open_delineated(out)
    problems = [*folder_problems(folder, out), *_foreign(folder), *_reviewer_problems(options.reviewer)]
    file = delineated.file
    problems += in_use_problems(folder / DOWNLOADS / file.name)
    tables = _checked(lambda: read_delineated(delineated.geopackage, file), problems, {})
    curves = _checked(lambda: _curves(options.retreat, tables, delineated), problems, [])
    nothing: tuple[list[Review], str] = ([], "")
    reviews, crs = _checked(lambda: read_reviews(options.reviews), problems, nothing) if options.reviews else nothing
    if problems:
        raise InputError(problems, "The page cannot be written")
    plane = _plane(delineated, tables)
    if reviews:
        apply_reviews(delineated.geopackage, reviews, crs, file)
        tables = read_delineated(delineated.geopackage, file)
    looks, made = _quick_looks(delineated, plane, folder, options)
    page = Page(delineated, folder, plane, looks, curves, options.reviewer)
    page.write()
    return _told(page, tables, made, len(reviews))


def _foreign(folder: Path) -> list[Problem]:
    """Why a folder is somebody else's: it holds something, and not the record, which this command writes first."""
    if not holds_anything(folder) or (folder / PAGE_RECORD).exists():
        return []
    what = f"it is not empty and holds no {PAGE_RECORD}, so that it is no page of this command"
    return [Problem(folder, what, "Give another folder with --page")]


def _reviewer_problems(name: str) -> list[Problem]:
    """Why no review would be taken under a name; without one the page asks for it."""
    if not name or is_reviewer(name):
        return []
    what = f"it has {len(name)} letters" if len(name) > LONGEST_NAME else "it has characters that cannot be seen"
    return [Problem("--reviewer", what, f"Give a name of up to {LONGEST_NAME} visible letters")]


def _checked(read: Any, problems: list[Problem], otherwise: Any) -> Any:
    """What is read, or the other value with what is wrong noted."""
    try:
        return read()
    except InputError as error:
        problems += error.problems
        return otherwise


def _plane(delineated: DelineatedFolder, tables: Tables) -> str:
    filled = [table for table in tables.values() if len(table)]
    if not filled:
        what = "none of its layers holds a line, so there is nothing to judge"
        raise InputError([Problem(delineated.geopackage, what, "Delineate other scenes, or with other settings")])
    return display_plane(filled)


def _curves(folder: Path | None, tables: Tables, delineated: DelineatedFolder) -> list[dict[str, Any]]:
    """The curves of retreat, which must have days of these fronts."""
    if folder is None:
        return []
    file = delineated.file
    if no_curve := page_kind_of(file, delineated.maps).words.no_curve:
        raise InputError([Problem("--retreat", f"{no_curve} {file.name} holds {file.noun}s", "Leave it out")])
    curves = curve_entries(read_series(folder))
    days = {point["date"] for curve in curves for point in curve["points"]}
    own = {text_of(day) for layer in file.judged if layer in tables for day in tables[layer].get("date", [])}
    if tables and not days & own:
        what = "none of its days is that of a front here"
        raise InputError([Problem(folder / SERIES_CSV, what, "Give what retreat wrote of the fronts of this folder")])
    return curves


def _quick_looks(
    delineated: DelineatedFolder, crs: str, folder: Path, options: Options
) -> tuple[dict[str, QuickLook], int]:
    """The pictures of all scenes, and how many were made; a scene whose pictures are there is kept."""
    record, pictures = LineRecord(folder / PAGE_RECORD), page_kind_of(delineated.file, delineated.maps).pictures
    kept = {} if options.overwrite else record.read()
    looks: dict[str, QuickLook] = {}
    values: dict[str, Any] = {}
    todo = []
    for case, scene in delineated.scenes.items():
        key = key_of_quick_look(scene, crs, options.longest_px)
        look = quick_look_of_record(kept.get(case), key, folder)
        if look is None:
            todo.append((scene, key))
        else:
            looks[case], values[case] = look, kept[case]
    if not record.path.exists():
        # Before the first picture, so that the folder is known for a page after a kill at any time.
        record.finish({})
    try:
        for scene, key in tqdm(todo, desc="pictures", unit="scene", disable=not todo):
            looks[scene.case] = make_quick_look(scene, pictures, crs, folder, options.longest_px)
            values[scene.case] = record_of(looks[scene.case], key)
            record.add(scene.case, values[scene.case])
    finally:
        record.close()
    record.finish({case: values[case] for case in delineated.scenes})
    return {case: looks[case] for case in delineated.scenes}, len(todo)


def _told(page: Page, tables: Mapping[Any, Any], made: int, reviews: int) -> Viewed:
    file = page.delineated.file
    judged: dict[Any, bool] = {}
    for layer in file.judged:
        names = tables[layer].get("reviewed_by", [""] * len(tables[layer]))
        for row, (case, name) in enumerate(zip(tables[layer]["case"], names, strict=True)):
            line = (layer, row) if file.several else case
            judged[line] = judged.get(line, False) or text_of(name) != ""
    lacking = sum(bool(look.notes) for look in page.looks.values())
    return Viewed(page, made, reviews, len(judged), sum(judged.values()), lacking)
