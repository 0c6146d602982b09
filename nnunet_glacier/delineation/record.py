"""``scenes/<case>.json``: what a scene was made from, and its lines, so that no scene is done twice."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nnunet_glacier.delineation.line_places import known_of
from nnunet_glacier.formats.delineated_folder import RECORDS, KnownOfScene, MapFolders, map_paths, record_path
from nnunet_glacier.formats.delineated_lines import DelineatedLine, LineFile, read_delineated
from nnunet_glacier.formats.json_files import read_json, schema_problems
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import write_json
from nnunet_glacier.support.whole_files import is_whole
from nnunet_glacier.support.wording import counted, some_of

_AGAIN = "Delineate its scene again in this run; or delete the record, and the lines of its scene are left out"


def write_record(
    out: Path, scene: SceneRaster, made_from: dict[str, Any], seen_at_m: float, lines: Sequence[DelineatedLine]
) -> None:
    """Write a scene's record, after its maps: with it the scene is done.

    Args:
        out: The output folder.
        scene: The scene.
        made_from: What it was made from.
        seen_at_m: Edge of the pixels in which the network saw it; NaN where they are not about square.
        lines: Its lines.
    """
    told = {**_told(scene), "seen_at_m": None if math.isnan(seen_at_m) else seen_at_m}
    content = {"made_from": made_from, **told, "lines": [asdict(line) for line in lines]}
    write_json(record_path(out, scene.case), content)


def note_images(out: Path, scenes: Sequence[SceneRaster]) -> None:
    """Note in the records where the images are and what is known of them, for `view`; it decides not what is done."""
    for scene in scenes:
        path = record_path(out, scene.case)
        content = read_json(path, "")[0]
        told = _told(scene)
        if isinstance(content, dict) and content and any(content.get(name) != value for name, value in told.items()):
            write_json(path, {**content, **told})


def _told(scene: SceneRaster) -> dict[str, Any]:
    known = {**known_of(scene), "passes": list(scene.passes)}
    return {"image": {"path": str(scene.path.absolute()), "band": scene.band}, "scene": known}


def lines_if_done(
    out: Path, scene: SceneRaster, made_from: dict[str, Any], maps: MapFolders, *, with_spread: bool
) -> tuple[DelineatedLine, ...] | None:
    """The lines of a scene that is done with the same, with what is known of it now; None if it is to be done.

    Args:
        out: The output folder.
        scene: The scene.
        made_from: What it would be made from.
        maps: Folders of the maps that belong to it.
        with_spread: Whether a map of the spread belongs to it.
    """
    record, _ = _read(record_path(out, scene.case))
    paths = map_paths(out, scene.case, with_spread=with_spread, maps=maps).values()
    if record is None or record.made_from != made_from or not all(is_whole(path) for path in paths):
        return None
    return tuple(replace(line, **known_of(scene)) for line in record.lines)


def told_of_scene(out: Path, case: str) -> tuple[dict[str, Any], float | None]:
    """What a record tells of its scene, by the names of `DelineatedLine`, and the edge of the pixels that were seen.

    Without a record that can be read, nothing and None.
    """
    record, _ = _read(record_path(out, case))
    if record is None:
        return {}, None
    return {} if record.scene is None else record.scene.model_dump(), record.seen_at_m


def other_kind_problems(out: Path, word: str) -> list[Problem]:
    """Why an output folder cannot take lines of a kind: it holds those of another.

    Args:
        out: The folder.
        word: What the kind is called in records.
    """
    for path in _records(out):
        record, _ = _read(path)
        if record is None:
            continue
        # One record tells: a folder never takes lines of two kinds.
        held = record.made_from.get("kind", "")
        if held == word:
            return []
        what = f"it holds scenes with a {held or 'front'}, such as {path.stem}"
        return [Problem(out, what, "Give another folder as OUT")]
    return []


def other_record_problems(out: Path, cases: Collection[str]) -> list[Problem]:
    """Why the lines of scenes that are not among those of a run would be lost: records that cannot be read."""
    return [problem for path in _records(out) if path.stem not in cases for problem in _read(path)[1]]


def lines_of_others(out: Path, cases: Collection[str]) -> dict[str, tuple[DelineatedLine, ...]]:
    """The lines of scenes in an output folder that are not among those of this run, by case."""
    records = {path.stem: _read(path)[0] for path in _records(out) if path.stem not in cases}
    return {case: record.lines for case, record in records.items() if record is not None}


def dropped_warnings(path: Path, file: LineFile, cases: Collection[str]) -> list[str]:
    """What is said of scenes whose lines stand in a GeoPackage of earlier runs, and in no record any more.

    Args:
        path: The GeoPackage, before it is written anew.
        file: Its kind.
        cases: The scenes of this run, of the records, and of lines that were judged.
    """
    tables = read_delineated(path, file).values() if path.is_file() else ()
    dropped = sorted({case for table in tables for case in table["case"]} - set(cases))
    if not dropped:
        return []
    have = counted(len(dropped), "scene of earlier runs has", "scenes of earlier runs have")
    return [
        f"{have} no record any more, and no line in {path.name} now: {some_of(dropped)}. Delineate what is to "
        "stay in it again."
    ]


class _Record(BaseModel):
    """What a run reads of a record."""

    made_from: dict[str, Any]
    lines: tuple[DelineatedLine, ...]
    scene: KnownOfScene | None = None
    seen_at_m: float | None = None


def _records(out: Path) -> list[Path]:
    return sorted((out / RECORDS).glob("[!.]*.json"))


def _read(path: Path) -> tuple[_Record | None, list[Problem]]:
    """A record, or None with what is wrong with it."""
    content, problems = read_json(path, _AGAIN)
    problems = problems or schema_problems(path, content, _Record, _AGAIN)
    return (None, problems[:1]) if problems else (_Record.model_validate(content), [])
