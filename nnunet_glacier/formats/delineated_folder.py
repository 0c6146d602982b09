"""The folder that ``delineate`` writes: names of its files, and what there is of each scene."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from nnunet_glacier.formats.delineated_lines import FRONTS, GROUNDING_LINES, LineFile
from nnunet_glacier.formats.json_files import read_json, schema_problems
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import absent_folder, write_whole

ZONES, PROBABILITY, SPREAD = "zones", "front_probability", "front_spread"
"""Folders of the maps of fronts."""


@dataclass(frozen=True)
class MapFolders:
    """Folders of maps.

    Attributes:
        probability: Of the mean probabilities of the line.
        spread: Of their standard deviations over folds.
        zones: Of the zones, or None where there are none.
    """

    probability: str
    spread: str
    zones: str | None = None

    def names(self, *, with_spread: bool) -> tuple[str, ...]:
        """Those that are written."""
        names = (self.zones, self.probability, self.spread if with_spread else None)
        return tuple(name for name in names if name is not None)


FRONT_MAPS = MapFolders(PROBABILITY, SPREAD, ZONES)
"""Folders of the maps of fronts by a model of zones."""

WITHOUT_ZONES = "front without zones"
"""What fronts by a model that has no zones are called in records, as their ``kind``."""

MAPS_WITHOUT_ZONES = MapFolders(PROBABILITY, SPREAD)
"""Folders of their maps."""

LINE_MAPS = MapFolders("line_probability", "line_spread")
"""Folders of the maps of grounding lines."""

KINDS = ((FRONTS, FRONT_MAPS), (GROUNDING_LINES, LINE_MAPS))
"""What a folder may hold: a GeoPackage, and the maps beside it."""

RECORDS = "scenes"
"""Folder of the records."""

SKIPPED_CSV = "skipped.csv"
"""The scenes that ``--skip-bad`` left out; there is none where none was."""

_DELINEATE = "Give the OUT of nnunet-glacier delineate"
_AGAIN = "Delete it, and run delineate again with the same scenes"


def record_path(out: Path, case: str) -> Path:
    """Where a scene's record is."""
    return out / RECORDS / f"{case}.json"


def delineated_problems(out: Path, others: str) -> list[Problem]:
    """Why another stage cannot write its lines to a folder: ``delineate`` has, and lines in it may have been judged.

    Args:
        out: The folder, which need not exist.
        others: The GeoPackage that would be written.
    """
    if not (out / others).is_file() or not any((out / RECORDS).glob("[!.]*.json")):
        return []
    what = f"it is the OUT of nnunet-glacier delineate, whose {others} would be lost with all that was judged in it"
    return [Problem(out, what, "Give another folder as OUT")]


def write_skipped(out: Path, skipped: Sequence[Problem]) -> None:
    """Write which images were left out, and why; or take away the list of an earlier run."""
    if not skipped:
        (out / SKIPPED_CSV).unlink(missing_ok=True)
        return
    rows = [(problem.where, problem.what, problem.remedy) for problem in skipped]

    def write(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("image", "reason", "remedy"), *rows])

    write_whole(out / SKIPPED_CSV, write)


def map_paths(out: Path, case: str, *, with_spread: bool, maps: MapFolders = FRONT_MAPS) -> dict[str, Path]:
    """Where the maps of a scene are written."""
    return {folder: out / folder / f"{case}.tif" for folder in maps.names(with_spread=with_spread)}


class _Image(BaseModel):
    path: str
    band: int = Field(ge=1)


class KnownOfScene(BaseModel):
    """What is known of a scene, by the names of `DelineatedLine`; empty where it is not."""

    glacier: str = ""
    date: str = ""
    sensor: str = ""
    image_id: str = ""
    passes: tuple[str, ...] = ()


class _Record(BaseModel):
    """What is read of a scene's record, ``scenes/<case>.json``."""

    made_from: dict[str, Any]
    image: _Image | None = None
    scene: KnownOfScene | None = None
    seen_at_m: float | None = Field(default=None, gt=0)


@dataclass(frozen=True)
class DelineatedScene:
    """What a folder holds of one scene.

    Attributes:
        case: Name of its files.
        image: Where its image was when it was delineated; None in records that do not tell.
        band: Band of the image that was used, from 1.
        zones: Its zones, or None where the file is gone, or there are none of this kind of line.
        probability: Its line probability, or None where the file is gone.
        made_from: What it was made from, as its record says.
        known: What is known of it; None in records that do not tell.
        seen_at_m: Edge of the pixels in which the network saw it; None in records that do not tell.
    """

    case: str
    image: Path | None
    band: int
    zones: Path | None
    probability: Path | None
    made_from: Mapping[str, Any]
    known: KnownOfScene | None = None
    seen_at_m: float | None = None


@dataclass(frozen=True)
class DelineatedFolder:
    """A folder that was opened.

    Attributes:
        path: The folder.
        file: The kind of its GeoPackage.
        maps: Folders of its maps.
        scenes: Its scenes by case, in the order of their names; also those without a line.
    """

    path: Path
    file: LineFile
    maps: MapFolders
    scenes: Mapping[str, DelineatedScene]

    @property
    def geopackage(self) -> Path:
        """The GeoPackage."""
        return self.path / self.file.name


def open_delineated(path: Path) -> DelineatedFolder:
    """Open the folder of a run of ``delineate``.

    Raises:
        InputError: If there is no such folder, it holds no lines or no records, or records that cannot be read.
    """
    problems = absent_folder(path, _DELINEATE)
    kinds = [(file, maps) for file, maps in KINDS if (path / file.name).is_file()]
    names = [file.name for file, _ in KINDS]
    if not problems and not kinds:
        problems.append(Problem(path, f"it holds no {' and no '.join(names)}", _DELINEATE))
    if len(kinds) > 1:
        problems.append(Problem(path, f"it holds {' and '.join(names)}", "Move the one of other scenes away"))
    records = sorted(file for file in (path / RECORDS).glob("*.json") if not file.name.startswith("."))
    if not problems and not records:
        problems.append(Problem(path / RECORDS, "there is no record of a scene in it", _DELINEATE))
    contents = {}
    for file in records:
        content, faults = read_json(file, _AGAIN)
        faults = faults or schema_problems(file, content, _Record, _AGAIN)
        if not faults:
            contents[file.stem] = _Record.model_validate(content)
        problems += faults
    if problems:
        raise InputError(problems, "The delineated scenes cannot be read")
    ((lines, maps),) = kinds
    # One record tells: a folder never takes lines of two kinds.
    if next(iter(contents.values())).made_from.get("kind") == WITHOUT_ZONES:
        maps = MAPS_WITHOUT_ZONES
    scenes = {case: _scene(path, case, record, maps) for case, record in contents.items()}
    return DelineatedFolder(path, lines, maps, scenes)


def _scene(out: Path, case: str, record: _Record, folders: MapFolders) -> DelineatedScene:
    maps = map_paths(out, case, with_spread=False, maps=folders)
    zones, probability = maps.get(folders.zones or ""), maps[folders.probability]
    return DelineatedScene(
        case=case,
        image=None if record.image is None else Path(record.image.path),
        band=1 if record.image is None else record.image.band,
        zones=zones if zones is not None and zones.is_file() else None,
        probability=probability if probability.is_file() else None,
        made_from=record.made_from,
        known=record.scene,
        seen_at_m=record.seen_at_m,
    )
