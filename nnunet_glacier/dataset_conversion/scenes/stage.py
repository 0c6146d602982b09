"""The stage ``scenes``: a folder of images in, a table of scenes out, which the user completes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from nnunet_glacier.dataset_conversion.scenes.inputs import SceneImage, describe_image
from nnunet_glacier.formats.rasters import RASTER_SUFFIXES
from nnunet_glacier.formats.scene_sheet import SceneSheet, read_sheet, sheet_row, write_sheet
from nnunet_glacier.formats.scene_sources import PLACED_ENDINGS, find_scenes, sources_of
from nnunet_glacier.formats.scene_table import SCENES_CSV
from nnunet_glacier.support.errors import InputError, Problem, for_one_scene, skipped_lines
from nnunet_glacier.support.files import folder_problems
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.wording import counted, quoted

ENDINGS = tuple(dict.fromkeys((*RASTER_SUFFIXES, *PLACED_ENDINGS)))
"""Endings of the images that are listed."""

_LISTED = 10
"""So many scenes that ``delineate`` would refuse are listed."""

_REMEDIES = ("Replace it by an intact copy", "take it out")


def list_scenes(folder: Path, table: Path | None = None, *, skip_bad: bool = False, workers: int | None = None) -> str:
    """Write the table of the scenes in a folder, or complete the one that is there.

    Nothing is made up: a cell is empty where neither the image's name nor its tags nor its header tell.

    Args:
        folder: Folder of images (GeoTIFF, PNG, NIfTI), also in folders below it, or one image.
        table: The table; ``scenes.csv`` in the folder if None.
        skip_bad: Whether to leave out images that cannot be read, as long as one is left: such are no scenes for the
            commands that take the table.
        workers: Processes; None for one a core.

    Returns:
        What was written, what is not known, and what comes next.

    Raises:
        InputError: If there are no images, one cannot be read, or the table that is there cannot be used.
    """
    root = folder if folder.is_dir() else folder.parent
    table = table or root / SCENES_CSV
    problems = folder_problems(table.parent)
    if table.is_dir():
        problems.append(Problem(table, "it is a folder", "Name a file for the table, such as scenes.csv"))
    if problems:
        raise InputError(problems, "The table cannot be written")
    images, problems = find_scenes([folder], ENDINGS, below=True)
    if problems:
        raise InputError(problems, "The scenes cannot be told apart" if images else "There are no scenes")
    earlier = read_sheet(table)
    describe = partial(describe_image, root=table.parent)
    answers = list(map_with_progress(describe, images.items(), description="scenes", workers=workers))
    remedy = for_one_scene(*_REMEDIES, skip_bad=skip_bad)
    bad = [replace(answer, remedy=remedy) for answer in answers if isinstance(answer, Problem)]
    described = [answer for answer in answers if isinstance(answer, SceneImage)]
    if bad and not (skip_bad and described):
        raise InputError(bad, "The scenes cannot be listed")
    sheet = earlier.completed([sheet_row(image.scene, image.nodata_share) for image in described])
    write_sheet(table, sheet)
    return "\n".join([_closing(folder, table, earlier, sheet, described, images), *skipped_lines(bad)])


def _closing(
    folder: Path,
    table: Path,
    earlier: SceneSheet,
    sheet: SceneSheet,
    described: Sequence[SceneImage],
    images: Mapping[str, Path],
) -> str:
    known, rows = earlier.rows or {}, sheet.rows or {}
    new = sum(image.scene.case not in known for image in described)
    lines = [f"{table}: {counted(len(rows), 'scene')}, {new} of them new; filled cells stay as they were."]
    gone = [case for case in known if case not in images]
    if gone:
        lines.append(f"  {counted(len(gone), 'row is', 'rows are')} of no image here and stay, such as {gone[0]}.")
    oblong = {image.scene.case: image.oblong for image in described if image.oblong}
    for column, meaning in _WANTED.items():
        unknown = [case for case, row in rows.items() if not row.get(column, "").strip()]
        if column == "pixel_size_m":
            unknown = [case for case in unknown if case not in oblong]
        if unknown:
            lines.append(f"  {len(unknown)} without {meaning}, such as {unknown[0]}.")
    if oblong:
        are, (case, pixels) = counted(len(oblong), "scene has", "scenes have"), next(iter(oblong.items()))
        lines.append(f"  {are} no single pixel size, such as {case}: {pixels}.")
        lines.append("  'delineate' warps such images by itself, as does 'convert lines' with --pixel-size-m.")
        warp = pixels.warp("SIZE")
        lines.append(f"  Before 'predict', warp them to the pixel size of the model (nnunet-glacier models): {warp}")
    refused = [f"{image.scene.case}: {image.refusal}" for image in described if image.refusal]
    if refused:
        lines.append(f"  'delineate' would refuse {len(refused)} of them:")
        lines += [f"    {one}" for one in refused[:_LISTED]]
        lines += ["    ..."] if len(refused) > _LISTED else []
    lines += ["Next: fill in what is empty, and give the table to other commands:"]
    sources = sources_of(folder, images.values()) if folder.is_dir() else [folder]
    lines += [f"  nnunet-glacier delineate {' '.join(map(quoted, sources))} OUT --scenes {quoted(table)}"]
    lines += [f"  nnunet-glacier convert lines {quoted(table)} LINES DATASET"]
    return "\n".join(lines)


_WANTED = {"glacier": "a glacier", "date": "a date", "sensor": "a sensor", "pixel_size_m": "a pixel size"}
"""Columns that a user would complete, in words."""
