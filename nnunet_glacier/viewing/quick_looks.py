"""Small pictures of a scene and its maps: which there are of a scene, and which need not be made again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nnunet_glacier.formats.delineated_folder import DelineatedScene
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.archives import is_file
from nnunet_glacier.support.errors import GlacierError
from nnunet_glacier.support.files import write_whole
from nnunet_glacier.support.names import LONGEST_NAME
from nnunet_glacier.support.whole_files import is_whole
from nnunet_glacier.viewing.scene_pictures import Picture, picture_grid

IMAGES = "images"
"""Folder of the pictures in the page's folder."""


@dataclass(frozen=True)
class QuickLook:
    """The pictures of a scene.

    Attributes:
        bounds: West, south, east and north of all of them in the plane; empty where there is none.
        scene: Name of the picture of the image in `IMAGES`, or "".
        zones: Of its zones, likewise.
        probability: Of its line probability, likewise.
        notes: What is lacking, in sentences.
        failed: Whether a file that is there could not be read; the next run tries again.
    """

    bounds: tuple[float, ...]
    scene: str
    zones: str
    probability: str
    notes: tuple[str, ...]
    failed: bool = False


def key_of_quick_look(scene: DelineatedScene, crs: str, longest_px: int) -> str:
    """What decides the pictures of a scene, as a text: what its maps were made from, and what of it is there."""
    there = [_is_there(scene.image), scene.band, scene.zones is not None, scene.probability is not None]
    settings = json.dumps([dict(scene.made_from), there, crs, longest_px], sort_keys=True)
    return hashlib.sha256(settings.encode()).hexdigest()


def quick_look_of_record(value: Any, key: str, folder: Path) -> QuickLook | None:
    """The pictures that a record tells of, if they were made of the same and are whole; None if they are to be made."""
    try:
        if value["key"] != key or value["failed"]:
            return None
        look = QuickLook(
            bounds=tuple(value["bounds"]),
            scene=value["scene"],
            zones=value["zones"],
            probability=value["probability"],
            notes=tuple(value["notes"]),
        )
    except (KeyError, TypeError):
        return None
    names = [name for name in (look.scene, look.zones, look.probability) if name]
    return look if all(is_whole(folder / IMAGES / name) for name in names) else None


def record_of(look: QuickLook, key: str) -> dict[str, Any]:
    """What is kept of the pictures, by which they are not made again."""
    return {"key": key, **asdict(look)}


def make_quick_look(
    scene: DelineatedScene, pictures: Mapping[str, Picture], crs: str, folder: Path, longest_px: int
) -> QuickLook:
    """Make the pictures of a scene; what cannot be read is noted.

    Args:
        scene: The scene.
        pictures: How its image and each of its maps are drawn, by the names of `QuickLook`.
        crs: CRS of the page's plane.
        folder: The page's folder.
        longest_px: Longest side of the pictures; they are no finer than the scene.
    """
    notes: list[str] = []
    failed = False
    names = dict.fromkeys(("scene", "zones", "probability"), "")
    image = scene.image if _is_there(scene.image) else None
    if scene.image is None:
        notes.append("Its record does not say where the image is: give delineate the same scenes again.")
    elif image is None:
        notes.append(f"The image is gone: {scene.image}. Give delineate the scenes where they are now.")
    grid = None
    paths = {"zones": scene.zones, "probability": scene.probability, "scene": image}
    for name, path in ((name, path) for name, path in paths.items() if name in pictures):
        if path is None:
            notes += [f"The map of its {name} is gone."] if name != "scene" else []
            continue
        try:
            grid = grid or picture_grid(path, crs, longest_px)
            picture = pictures[name](scene, path, grid)
        except GlacierError as error:
            notes.append(f"{path}: {error}.")
            failed = True
        else:
            names[name] = _picture_name(scene.case, name)
            write_whole(folder / IMAGES / names[name], picture)
    return QuickLook(bounds=() if grid is None else _bounds(grid), notes=tuple(notes), failed=failed, **names)


def _picture_name(case: str, name: str) -> str:
    """The file of a picture; of a case whose name leaves no room for its ending, by a hash of it.

    >>> _picture_name("a_2015", "scene"), _picture_name(246 * "s", "scene")
    ('a_2015_scene.png', 'c487d7cd89959dbc_scene.png')
    """
    own, ending = os.fsencode(case), f"_{name}.png"
    start = case if len(own) + len(ending) <= LONGEST_NAME else hashlib.sha256(own).hexdigest()[:16]
    return start + ending


def _is_there(path: Path | None) -> bool:
    return path is not None and is_file(path)


def _bounds(grid: Grid) -> tuple[float, ...]:
    """West, south, east and north of a grid whose rows run east."""
    a, _, west, _, e, north = grid.map_affine
    return west, north + e * grid.shape[0], west + a * grid.shape[1], north
