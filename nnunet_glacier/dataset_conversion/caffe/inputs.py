"""The files of a scene of CaFFe, decoded and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.caffe.channels import Channel, is_mask
from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import ZONE_GREY, zones_from_grey
from nnunet_glacier.formats.caffe import CaffeFiles, read_box
from nnunet_glacier.formats.grey_png import read_grey_png
from nnunet_glacier.support.errors import GlacierError, Problem

_RESTORE = "Restore the file from the published dataset, or take the scene out"
_ZONE_VALUES = ", ".join(f"{grey} {zone.name if zone == 0 else zone.name.lower()}" for zone, grey in ZONE_GREY.items())


@dataclass(frozen=True)
class CaffeCheck(SceneCheck):
    """What was seen in the four files of a scene, and in its further channels.

    Attributes:
        shape: Rows and columns of the image, or None if it cannot be read.
        box: The bounding box, or None if it cannot be read.
        channels: Where the maps of its further channels are, or should be.
        masks: The names of those that are masks.
        full: The names of those that have one value, which is not 0, with where they are.
    """

    shape: tuple[int, int] | None = None
    box: Box | None = None
    channels: tuple[Path, ...] = ()
    masks: frozenset[str] = frozenset()
    full: tuple[tuple[str, Path], ...] = ()


def check_scene(files: CaffeFiles, channels: Sequence[Channel] = ()) -> CaffeCheck:
    """Decode the files of a scene and say what is wrong with them; nothing is written."""
    problems: list[Problem] = []
    image = _read(files.image, problems)
    zones = _read(files.zones, problems)
    front = _read(files.front, problems)
    if zones is not None:
        problems += _zone_problems(files.zones, zones)
    if front is not None:
        problems += _front_problems(files.front, front)
    problems += _size_problems(files, {"image": image, "zones": zones, "front": front}, _RESTORE)
    box = _read_box(files.box, problems)
    if box is not None and image is not None:
        problems += _box_problems(files.box, box, image.shape)
    paths = {channel.name: channel.file_of(files.stem) for channel in channels}
    remedies = {channel.name: _channel_remedy(channel, files.stem) for channel in channels}
    further = {name: _read(path, problems, remedies[name]) for name, path in paths.items()}
    for name, values in further.items():
        problems += _size_problems(files, {"image": image, name: values}, remedies[name])
    masks = {name: values for name, values in further.items() if values is not None and is_mask(values)}
    full = tuple((name, paths[name]) for name, values in masks.items() if values.all())
    shape = None if image is None else image.shape
    return CaffeCheck(tuple(problems), shape, box, tuple(paths.values()), frozenset(masks), full)


def _channel_remedy(channel: Channel, stem: str) -> str:
    shared = channel.shared_file_of(stem)
    instead = f" (or {shared.name} for all of its glacier)" if shared is not None else ""
    return f"Write it as an 8-bit grey PNG of the scene's size{instead}, or leave {channel} out"


def _read(path: Path, problems: list[Problem], remedy: str = _RESTORE) -> np.ndarray | None:
    try:
        return read_grey_png(path)
    except GlacierError as error:
        problems.append(Problem(path, str(error), remedy))
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


def _size_problems(files: CaffeFiles, maps: Mapping[str, np.ndarray | None], remedy: str) -> list[Problem]:
    shapes = {name: values.shape for name, values in maps.items() if values is not None}
    if len(set(shapes.values())) < 2:
        return []
    sizes = ", ".join(f"{name} {rows}x{columns}" for name, (rows, columns) in shapes.items())
    what = f"its files differ in size (rows x columns): {sizes}"
    return [Problem(f"{files.split} scene {files.stem}", what, remedy)]


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
