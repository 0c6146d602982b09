"""Which rasters are the scenes of a run: files, folders and lists of them, by the names of their cases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import is_zipfile

from nnunet_glacier.formats.paths_below import paths_below
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES, raster_stem, raster_suffix
from nnunet_glacier.support.archives import ZIP_ENDING, as_path, is_file, members
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import read_list
from nnunet_glacier.support.wording import no_file

PLACED_ENDINGS = (*TIFF_SUFFIXES, ".vrt", ".jp2", ".img", ".nc")
"""Endings of rasters that may lie on a map; a file that is named itself may have any that GDAL reads."""

LIST_ENDING = ".txt"

SAFE_ENDING, MEASUREMENT = ".safe", "measurement"
"""Products of Sentinel-1: the ending of their folder, in lower case, and the folder in it that holds the images."""

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
            Of a product of Sentinel-1 (a ``.SAFE`` folder or its ``.zip``) the measurements are taken.
        endings: Endings of the files that are taken from a folder, in lower case.
        below: Whether folders are searched further down (`paths_below`).

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


def sources_of(folder: Path, scenes: Iterable[Path]) -> list[Path]:
    """The folders that `find_scenes` takes scenes from without a search further down; a folder alone first.

    >>> scenes = [Path("all/a.tif"), Path("all/b/c.tif"), Path("all/b/S1A.SAFE/measurement/d.tiff")]
    >>> [one.as_posix() for one in sources_of(Path("all"), scenes)]
    ['all', 'all/b']
    """
    products = (SAFE_ENDING, ZIP_ENDING)
    found = set()
    for path in scenes:
        product = next((one for one in reversed(path.parents) if one.suffix.lower() in products), None)
        found.add(path.parent if product is None else product.parent)
    return sorted(found, key=lambda one: (one != folder, one))


def case_of(path: Path) -> str:
    """Name of the case that a raster is an image of.

    >>> case_of(Path("scenes/COL_2013_0000.tif")), case_of(Path("S1A.v2.vrt"))
    ('COL_2013', 'S1A.v2')
    """
    return _stem(path).removesuffix(_FIRST) or _FIRST


def _stem(path: Path) -> str:
    return raster_stem(path) if raster_suffix(path) else path.stem


def _paths(source: Path, endings: Sequence[str], below: bool, problems: list[Problem]) -> list[Path]:
    source = as_path(source)
    if source.is_dir():
        inside = paths_below(source) if below else sorted(source.glob("[!.]*"))
        rasters = [path for path in inside if path.name.lower().endswith(tuple(endings)) and path.is_file()]
        rasters = _with_measurements(source, rasters, inside)
        if not rasters:
            problems.append(Problem(source, "there is no scene in it", f"Scenes end in {', '.join(endings)}"))
        return rasters
    if source.suffix.lower() == LIST_ENDING and source.is_file():
        try:
            named = [source.parent / as_path(entry) for entry in read_list(source)]
        except InputError as error:
            problems += error.problems
            return []
        missing = [path for path in named if not is_file(path) and not _is_product(path)]
        problems += [Problem(source, f"there is no file {path}", "Correct the line") for path in missing]
        if not named:
            problems.append(Problem(source, "there is no scene in it", "List rasters in it, one a line"))
        there = [path for path in named if path not in missing]
        return [
            path for one in there for path in (_paths(one, endings, below, problems) if _is_product(one) else [one])
        ]
    if source.suffix.lower() == ZIP_ENDING and source.is_file():
        if not is_zipfile(source):
            problems.append(Problem(source, "it is no zip archive, or not the whole of one", "Get it again"))
            return []
        measured = _measurements(source)
        if not measured:
            what = "it holds no measurement/*.tiff, as a product of Sentinel-1 does"
            problems.append(Problem(source, what, f"Unpack it, or name its raster: {source}/FOLDER/IMAGE.tif"))
        return measured
    if not is_file(source):
        problems.append(Problem(source, no_file(source, "file or folder"), "Correct the path"))
        return []
    return [source]


def _is_product(path: Path) -> bool:
    """Whether a path is a ``.SAFE`` folder or an archive, which may hold measurements."""
    return (path.suffix.lower() == SAFE_ENDING and path.is_dir()) or (
        path.suffix.lower() == ZIP_ENDING and path.is_file()
    )


def _measurements(product: Path) -> list[Path]:
    """The TIFFs in the folder ``measurement`` of a product, unpacked or not."""
    inside = sorted(product.glob(f"{MEASUREMENT}/*")) if product.is_dir() else members(product)
    return [
        path
        for path in inside
        if path.parent.name == MEASUREMENT and path.suffix.lower() in TIFF_SUFFIXES and not path.name.startswith(".")
    ]


def _with_measurements(folder: Path, rasters: Sequence[Path], inside: Sequence[Path]) -> list[Path]:
    """The rasters of a folder, of products in it the measurements alone, not their quick looks."""
    products = [path for path in (folder, *inside) if _is_product(path)]
    # A folder of Sentinel-2 has the same ending and none.
    within = {product for product in products if product.is_dir() and _measurements(product)}
    own = [path for path in rasters if not within.intersection(path.parents)]
    return own + [path for product in products for path in _measurements(product)]
