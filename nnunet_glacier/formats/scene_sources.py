"""Which rasters are the scenes of a run: files, folders and lists of them, by the names of their cases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, raster_stem, raster_suffix
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import read_list
from nnunet_glacier.support.wording import no_file

PLACED_ENDINGS = (*TIFF_SUFFIXES, ".vrt", ".jp2", ".img")
"""Endings of rasters that may lie on a map; a file that is named itself may have any that GDAL reads."""

LIST_ENDING = ".txt"

_FIRST = "_0000"
_FURTHER = re.compile(r"(?P<case>.+)_(?!0000)\d{4}")


def find_scenes(
    sources: Sequence[Path], endings: Sequence[str] = PLACED_ENDINGS, *, below: bool = False
) -> tuple[dict[str, Path], list[Problem]]:
    """The scenes of a run by case, and everything that is wrong with where they are looked for.

    A case is named by its file without the ending and without nnU-Net's channel ``_0000``; further channels are no
    scenes of their own.

    Args:
        sources: Folders, rasters, and ``.txt`` lists of rasters, one a line; relative ones from the list's folder.
        endings: Endings of the files that are taken from a folder, in lower case.
        below: Whether folders are searched further down.

    Returns:
        The first file of each case, and the problems: what is not there or empty, and cases whose names are the same
        but for upper and lower case, which are left out.
    """
    problems: list[Problem] = []
    paths = list(dict.fromkeys(path for source in sources for path in _paths(source, endings, below, problems)))
    first_channels = {path.with_name(case_of(path)) for path in paths if _stem(path).endswith(_FIRST)}
    by_case: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        further = _FURTHER.fullmatch(_stem(path))
        if further is None or path.with_name(further["case"]) not in first_channels:
            by_case[case_of(path).casefold()].append(path)
    scenes = {}
    for same in by_case.values():
        if len(same) > 1:
            what = f"{len(same)} scenes have this name, which would be that of their files"
            problems.append(Problem(", ".join(map(str, same)), what, "Keep or rename one, or take them in two runs"))
        else:
            scenes[case_of(same[0])] = same[0]
    return scenes, problems


def case_of(path: Path) -> str:
    """Name of the case that a raster is an image of.

    >>> case_of(Path("scenes/COL_2013_0000.tif")), case_of(Path("S1A.v2.vrt"))
    ('COL_2013', 'S1A.v2')
    """
    return _stem(path).removesuffix(_FIRST) or _FIRST


def _stem(path: Path) -> str:
    return raster_stem(path) if raster_suffix(path) else path.stem


def _paths(source: Path, endings: Sequence[str], below: bool, problems: list[Problem]) -> list[Path]:
    if source.is_dir():
        inside = sorted(source.rglob("[!.]*") if below else source.glob("[!.]*"))
        rasters = [path for path in inside if path.name.lower().endswith(tuple(endings)) and path.is_file()]
        if not rasters:
            problems.append(Problem(source, "there is no scene in it", f"Scenes end in {', '.join(endings)}"))
        return rasters
    if source.suffix.lower() == LIST_ENDING and source.is_file():
        try:
            listed = [source.parent / entry for entry in read_list(source)]
        except InputError as error:
            problems += error.problems
            return []
        missing = [path for path in listed if not path.is_file()]
        problems += [Problem(source, f"there is no file {path}", "Correct the line") for path in missing]
        return [path for path in listed if path not in missing]
    if not source.is_file():
        problems.append(Problem(source, no_file(source, "file or folder"), "Correct the path"))
        return []
    return [source]
