"""``scenes/<case>.json``: what a scene was made from, and its lines, so that no scene is done twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.delineated_folder import RECORDS, map_paths, record_path
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.formats.json_files import read_json
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.support.files import write_json
from nnunet_glacier.support.whole_files import is_whole


def write_record(out: Path, scene: SceneRaster, made_from: dict[str, Any], lines: Sequence[DelineatedLine]) -> None:
    """Write a scene's record, after its maps: with it the scene is done."""
    content = {"made_from": made_from, "image": _image(scene), "lines": [asdict(line) for line in lines]}
    write_json(record_path(out, scene.case), content)


def note_images(out: Path, scenes: Sequence[SceneRaster]) -> None:
    """Note in the records where the images are now, for `view`; it decides nothing about what is done."""
    for scene in scenes:
        path = record_path(out, scene.case)
        content = read_json(path, "")[0]
        if isinstance(content, dict) and content and content.get("image") != _image(scene):
            write_json(path, {**content, "image": _image(scene)})


def _image(scene: SceneRaster) -> dict[str, Any]:
    return {"path": str(scene.path.absolute()), "band": scene.band}


def lines_if_done(
    out: Path, scene: SceneRaster, made_from: dict[str, Any], *, with_spread: bool
) -> tuple[DelineatedLine, ...] | None:
    """The lines of a scene that is done with the same, with what is known of it now; None if it is to be done.

    Args:
        out: The output folder.
        scene: The scene.
        made_from: What it would be made from.
        with_spread: Whether a map of the spread belongs to it.
    """
    content = _read(record_path(out, scene.case))
    paths = map_paths(out, scene.case, with_spread=with_spread).values()
    if content is None or content["made_from"] != made_from or not all(is_whole(path) for path in paths):
        return None
    date = scene.date.isoformat() if scene.date else ""
    told = {"glacier": scene.glacier, "date": date, "sensor": scene.sensor, "image_id": scene.image_id}
    return tuple(replace(line, **told) for line in content["lines"])


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
            DelineatedLine(**{**line, "xy": tuple((float(x), float(y)) for x, y in line["xy"])})
            for line in content["lines"]
        ]
        return {"made_from": content["made_from"], "lines": lines}
    except (ValueError, KeyError, TypeError):
        return None
