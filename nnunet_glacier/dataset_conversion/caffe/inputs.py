"""Everything that can be wrong with a folder in CaFFe's layout, as lists of problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.domain.scenes import STEM_GRAMMAR, Box, parse_caffe_stem
from nnunet_glacier.domain.zones import ZONE_GREY, zones_from_grey
from nnunet_glacier.formats.caffe import CaffeFiles, read_box
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted

TEST_GLACIERS = ("COL", "Mapple")
"""The glaciers of the published test scenes."""

_RESTORE = "Restore the file from the published dataset, or take the scene out"
_ZONE_VALUES = ", ".join(f"{grey} {zone.name if zone == 0 else zone.name.lower()}" for zone, grey in ZONE_GREY.items())


@dataclass(frozen=True)
class CaffeCheck(SceneCheck):
    """What was seen in the four files of a scene.

    Attributes:
        shape: Rows and columns of the image, or None if it cannot be read.
        box: The bounding box, or None if it cannot be read.
    """

    shape: tuple[int, int] | None = None
    box: Box | None = None


def check_scene(files: CaffeFiles) -> CaffeCheck:
    """Decode the four files of a scene and say what is wrong with them; nothing is written."""
    problems: list[Problem] = []
    image = _read(files.image, problems)
    zones = _read(files.zones, problems)
    front = _read(files.front, problems)
    if zones is not None:
        problems += _zone_problems(files.zones, zones)
    if front is not None:
        problems += _front_problems(files.front, front)
    problems += _size_problems(files, image, zones, front)
    box = _read_box(files.box, problems)
    if box is not None and image is not None:
        problems += _box_problems(files.box, box, image.shape)
    return CaffeCheck(tuple(problems), None if image is None else image.shape, box)


def _read(path: Path, problems: list[Problem]) -> np.ndarray | None:
    try:
        return read_grey_png(path)
    except GlacierError as error:
        problems.append(Problem(path, str(error), _RESTORE))
        return None


def _read_box(path: Path, problems: list[Problem]) -> Box | None:
    try:
        return read_box(path)
    except FileNotFoundError:
        problems.append(Problem(path, "there is no such file", _RESTORE))
    except (GlacierError, OSError) as error:
        problems.append(Problem(path, str(error), _RESTORE))
    return None


def _zone_problems(path: Path, grey: np.ndarray) -> list[Problem]:
    try:
        zones_from_grey(grey)
    except GlacierError as error:
        return [Problem(path, str(error), f"Zones are {_ZONE_VALUES}")]
    return []


def _front_problems(path: Path, grey: np.ndarray) -> list[Problem]:
    counts = np.bincount(grey.ravel(), minlength=256)
    others = [int(value) for value in np.flatnonzero(counts) if value not in (0, 255)]
    if others:
        what = f"values beside 0 and 255: {', '.join(map(str, others[:8]))}{', ...' if len(others) > 8 else ''}"
        return [Problem(path, what, "Write 255 on the front and 0 elsewhere")]
    if counts[255] == 0:
        return [Problem(path, "it has no front", "Draw the front with the value 255, or take the scene out")]
    if counts[255] > counts[0]:
        return [Problem(path, f"{counts[255]} of {grey.size} pixels are front", "A front is a thin line of 255 on 0")]
    return []


def _size_problems(files: CaffeFiles, *maps: np.ndarray | None) -> list[Problem]:
    names = ("image", "zones", "front")
    shapes = {name: values.shape for name, values in zip(names, maps, strict=True) if values is not None}
    if len(set(shapes.values())) < 2:
        return []
    found = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
    what = f"its files differ in size (rows x columns): {found}"
    return [Problem(f"{files.split} scene {files.stem}", what, _RESTORE)]


def _box_problems(path: Path, box: Box, shape: tuple[int, int]) -> list[Problem]:
    rows = min(box.row_stop, shape[0]) - max(box.row_start, 0)
    columns = min(box.column_stop, shape[1]) - max(box.column_start, 0)
    if rows > 0 and columns > 0:
        return []
    window = f"rows {box.row_start} to {box.row_stop}, columns {box.column_start} to {box.column_stop}"
    what = f"the box ({window}) does not overlap the image of {shape[0]}x{shape[1]}"
    return [
        Problem(path, what, "Correct it: left upper, left lower, right lower, right upper; upper is the larger row")
    ]


def layout_problems(root: Path, files: Sequence[CaffeFiles]) -> list[Problem]:
    """What is wrong with the stems: none, not of the grammar, twice, or test scenes among the training scenes.

    Args:
        root: The folder that holds ``sar_images``.
        files: The files of all scenes, train and test.
    """
    if not any(scene.split == "train" for scene in files):
        where = root / "sar_images" / "train"
        return [Problem(where, "there are no training scenes", "Give the folder that holds the unpacked dataset")]
    glaciers: dict[str, Counter[str]] = {"train": Counter(), "test": Counter()}
    problems = []
    for scene in files:
        try:
            glaciers[scene.split][parse_caffe_stem(scene.stem).glacier] += 1
        except GlacierError as error:
            # The scene may be known by any of its files.
            where = next((path for path in (scene.image, scene.zones, scene.front) if path.is_file()), scene.image)
            problems.append(Problem(where, str(error), f"Rename its files to {STEM_GRAMMAR}"))
    return problems + _duplicates(files) + _leaks(root, glaciers)


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


def _leaks(root: Path, glaciers: dict[str, Counter[str]]) -> list[Problem]:
    problems = []
    for glacier, count in sorted(glaciers["train"].items()):
        where, remedy = root / "sar_images" / "train", "Take its scenes out of train, or out of test"
        if glacier in glaciers["test"]:
            in_test = counted(glaciers["test"][glacier], "scene")
            what = f"{counted(count, 'scene')} of {glacier}, which has {in_test} in test"
            problems.append(Problem(where, what, remedy))
        elif glacier in TEST_GLACIERS:
            what = f"{counted(count, 'scene')} of {glacier}, a glacier of CaFFe's published test scenes"
            problems.append(Problem(where, what, "Move them to test"))
    return problems
