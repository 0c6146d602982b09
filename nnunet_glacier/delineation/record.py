"""``scenes/<case>.json``: what a scene was made from, and its lines, so that no scene is done twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nnunet_glacier.delineation.line_places import known_of
from nnunet_glacier.formats.delineated_folder import RECORDS, MapFolders, map_paths, record_path
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.formats.json_files import read_json
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.support.errors import Problem
from nnunet_glacier.support.files import write_json
from nnunet_glacier.support.whole_files import is_whole


def write_record(out: Path, scene: SceneRaster, made_from: dict[str, Any], lines: Sequence[DelineatedLine]) -> None:
    """Write a scene's record, after its maps: with it the scene is done."""
    content = {"made_from": made_from, **_told(scene), "lines": [asdict(line) for line in lines]}
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
    content = _read(record_path(out, scene.case))
    paths = map_paths(out, scene.case, with_spread=with_spread, maps=maps).values()
    if content is None or content["made_from"] != made_from or not all(is_whole(path) for path in paths):
        return None
    return tuple(replace(line, **known_of(scene)) for line in content["lines"])


def other_kind_problems(out: Path, word: str) -> list[Problem]:
    """Why an output folder cannot take lines of a kind: it holds those of another.

    Args:
        out: The folder.
        word: What the kind is called in records.
    """
    for path in sorted((out / RECORDS).glob("[!.]*.json")):
        content = _read(path)
        if content is None:
            continue
        # One record tells: a folder never takes lines of two kinds.
        held = content["made_from"].get("kind", "")
        if held == word:
            return []
        what = f"it holds scenes with a {held or 'front'}, such as {path.stem}"
        return [Problem(out, what, "Give another folder as OUT")]
    return []


def lines_of_others(out: Path, cases: Sequence[str]) -> dict[str, tuple[DelineatedLine, ...]]:
    """The lines of scenes in an output folder that are not among those of this run, by case."""
    others = {}
    for path in sorted((out / RECORDS).glob("*.json")):
        content = _read(path) if path.stem not in cases and not path.name.startswith(".") else None
        if content is not None:
            others[path.stem] = tuple(content["lines"])
    return others


def _read(path: Path) -> dict[str, Any] | None:
    """A record with its lines as objects; None if there is none or it is of another form."""
    try:
        content = read_json(path, "")[0]
        lines = [
            DelineatedLine(**{**line, "xy": _pairs(line["xy"]), "passes": tuple(line.get("passes", ()))})
            for line in content["lines"]
        ]
        return {"made_from": content["made_from"], "lines": lines}
    except (ValueError, KeyError, TypeError):
        return None


def _pairs(xy: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in xy)
