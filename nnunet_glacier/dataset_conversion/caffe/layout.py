"""What can be wrong with a folder in CaFFe's layout before a file is decoded: formats, names, shared glaciers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_glacier.domain.scenes import STEM_GRAMMAR, parse_caffe_stem
from nnunet_glacier.formats.caffe import SPLITS, CaffeFiles
from nnunet_glacier.formats.rasters import TIFF_SUFFIXES
from nnunet_glacier.support.errors import LISTED, GlacierError, Problem
from nnunet_glacier.support.wording import counted

TEST_GLACIERS = ("COL", "Mapple")
"""The glaciers of the published test scenes."""

_RENAME = f"Rename its files to {STEM_GRAMMAR}"

ALLOW_SHARED = "--allow-shared-glaciers"

_CHIP = re.compile(r".+__\d+(_\d+)+")
"""Names of the tiles of 512 x 512 pixels that torchgeo ships as CaFFe: a stem and five numbers."""

_LONG_GLACIER = re.compile(r"(?P<glacier>.+)_(?P<rest>\d{4}-\d{2}-\d{2}_.+)")


def other_datasets(root: Path) -> list[Problem]:
    """Why a folder in CaFFe's layout holds something else: tiles of the scenes, or GeoTIFFs.

    Args:
        root: The folder that holds ``sar_images``.
    """
    images = root / "sar_images"
    files = [path for folder in (*SPLITS, "val") for path in sorted((images / folder).glob("[!.]*"))]
    chips = [path for path in files if _CHIP.fullmatch(path.stem)]
    if chips:
        what = (
            f"it holds {counted(len(chips), 'tile')} of CaFFe's scenes, such as {chips[0].name}, as torchgeo ships them"
        )
        remedy = "Give the whole scenes, doi 10.1594/PANGAEA.940950: nnU-Net cuts its patches itself"
        return [Problem(images, what, remedy)]
    tiffs = [path for path in files if path.suffix.lower() in TIFF_SUFFIXES and not _is_there_as_png(path)]
    if tiffs:
        count = counted(len(tiffs), "GeoTIFF")
        what = f"it holds {count}, such as {tiffs[0].name}; CaFFe's layout is of 8-bit grey PNGs"
        remedy = "Write them as PNG (gdal_translate -of PNG -ot Byte -scale), and where they lie into meta_data.csv"
        return [Problem(images, what, remedy)]
    return []


def _is_there_as_png(path: Path) -> bool:
    """Whether a GeoTIFF lies beside the PNG that was made from it, in CaFFe under ``<stem>_geo.tif``."""
    return path.with_name(f"{path.stem.removesuffix('_geo')}.png").is_file()


def layout_problems(root: Path, files: Sequence[CaffeFiles], *, allow_shared_glaciers: bool = False) -> list[Problem]:
    """What is wrong with the stems: none, not of the grammar, twice, or test scenes among the training scenes.

    Args:
        root: The folder that holds ``sar_images``.
        files: The files of all scenes, train and test.
        allow_shared_glaciers: Whether a glacier may train and test.
    """
    if not any(scene.split == "train" for scene in files):
        where = root / "sar_images" / "train"
        return [Problem(where, "there are no training scenes", "Give the folder that holds the unpacked dataset")]
    leaks = [] if allow_shared_glaciers else _leaks(root, glaciers_of(files))
    return _stem_problems(root, files) + _duplicates(files) + leaks


def glaciers_of(files: Sequence[CaffeFiles]) -> dict[str, Counter[str]]:
    """How many scenes each glacier has, by split; those with an unreadable stem are left out."""
    glaciers: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for scene in files:
        try:
            glaciers[scene.split][parse_caffe_stem(scene.stem).glacier] += 1
        except GlacierError:
            continue
    return glaciers


def shared_glaciers(glaciers: Mapping[str, Counter[str]]) -> list[str]:
    """Glaciers that train and test."""
    return sorted(set(glaciers["train"]) & set(glaciers["test"]))


def _stem_problems(root: Path, files: Sequence[CaffeFiles]) -> list[Problem]:
    """Stems that cannot be read; many of them are one line."""
    problems = []
    for scene in files:
        try:
            parse_caffe_stem(scene.stem)
        except GlacierError as error:
            # The scene may be known by any of its files.
            where = next((path for path in (scene.image, scene.zones, scene.front) if path.is_file()), scene.image)
            problems.append(_underscore_problem(where, scene.stem) or Problem(where, str(error), _RENAME))
    if len(problems) <= LISTED:
        return problems
    what = f"{counted(len(problems), 'stem')} cannot be read; of the first, {problems[0].where}: {problems[0].what}"
    return [Problem(root, what, problems[0].remedy)]


def _underscore_problem(where: Path, stem: str) -> Problem | None:
    """The problem of a stem that could be read without the underscores in its glacier's name, or None."""
    match = _LONG_GLACIER.fullmatch(stem)
    if match is None or "_" not in match["glacier"]:
        return None
    renamed = f"{match['glacier'].replace('_', '-')}_{match['rest']}"
    try:
        parse_caffe_stem(renamed)
    except GlacierError:
        return None
    what = f"the glacier's name {match['glacier']!r} has an underscore, which separates the parts of a stem"
    return Problem(where, what, f"Rename its files to {renamed}")


def _duplicates(files: Sequence[CaffeFiles]) -> list[Problem]:
    """Stems that occur twice; upper and lower case count as the same, since some file systems take them so."""
    first: dict[str, CaffeFiles] = {}
    problems = []
    for scene in files:
        earlier = first.setdefault(scene.stem.casefold(), scene)
        if earlier is not scene:
            what = f"the stem is there already, as {earlier.split} scene {earlier.stem}"
            problems.append(Problem(scene.image, what, "Keep the scene in one place"))
    return problems


def _leaks(root: Path, glaciers: Mapping[str, Counter[str]]) -> list[Problem]:
    problems = []
    where, meant = root / "sar_images" / "train", f"or say with {ALLOW_SHARED} that it is meant"
    for glacier, count in sorted(glaciers["train"].items()):
        if glacier in glaciers["test"]:
            in_test = counted(glaciers["test"][glacier], "scene")
            what = f"{counted(count, 'scene')} of {glacier}, which has {in_test} in test"
            problems.append(Problem(where, what, f"Take its scenes out of train, or out of test, {meant}"))
        elif glacier in TEST_GLACIERS:
            what = f"{counted(count, 'scene')} of {glacier}, a glacier of CaFFe's published test scenes"
            problems.append(Problem(where, what, f"Move them to test, {meant}"))
    return problems
