"""The scenes of a run: GeoTIFFs and other rasters, folders of them, lists; their headers, days and sensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.scene import SceneFile, UnplacedSceneError
from nnunet_glacier.domain.scene_names import SceneName
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.acquisition_tags import acquisition
from nnunet_glacier.formats.delineated_folder import MapFolders
from nnunet_glacier.formats.scene_table import SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import folder_problems, read_list

ENDINGS = (".tif", ".tiff", ".vrt", ".jp2", ".img")
"""Endings of the files that are taken from a folder; a file that is named itself may have any that GDAL reads."""

_LIST = ".txt"


def open_scenes(
    sources: Sequence[Path], options: Options, read: Callable[[Path, str], SceneFile]
) -> tuple[list[SceneFile], list[Problem]]:
    """All scenes of a run, by name, and everything that is wrong with them.

    Args:
        sources: Folders, rasters and ``.txt`` lists of rasters, one a line; relative ones from the list's folder.
        options: Table of scenes and glacier.
        read: Opens a scene by its path and the name of its files.
    """
    problems: list[Problem] = []
    table = _table(options.table, problems)
    paths = list(dict.fromkeys(path for source in sources for path in _paths(source, problems)))
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        by_name[path.stem.lower()].append(path)
    scenes = []
    for same in tqdm(by_name.values(), desc="reading headers", unit="scene", delay=2, leave=False):
        if len(same) > 1:
            what = f"{len(same)} scenes have this name, which would be that of their files"
            problems.append(Problem(", ".join(map(str, same)), what, "Rename one, or delineate them into two folders"))
            continue
        try:
            header = read(same[0], same[0].stem)
        except UnplacedSceneError as error:
            problems.append(Problem(same[0], str(error), error.remedy))
        except GlacierError as error:
            problems.append(Problem(same[0], str(error), "Give an image that GDAL reads, or leave it out"))
        else:
            scenes.append(_told(header, table, options.glacier))
    return sorted(scenes, key=lambda scene: scene.case), problems


def place_problems(out: Path, sources: Sequence[Path], scenes: Sequence[SceneFile], maps: MapFolders) -> list[Problem]:
    """Why nothing can be written to an output folder: it, or a folder of maps in it, is read too.

    A folder below one that is read is no problem, since a folder is not searched further down.
    """
    problems = folder_problems(out, *sources)
    if problems:
        return problems
    read = sorted({scene.path.parent for scene in scenes})
    return [problem for folder in maps.names(with_spread=True) for problem in folder_problems(out / folder, *read)]


def _table(path: Path | None, problems: list[Problem]) -> Mapping[str, Scene]:
    if path is None:
        return {}
    try:
        return read_scenes(path, SMALLEST_COLUMNS)
    except InputError as error:
        problems += error.problems
        return {}


def _paths(source: Path, problems: list[Problem]) -> list[Path]:
    if source.is_dir():
        inside = sorted(path for path in source.iterdir() if path.is_file() and not path.name.startswith("."))
        rasters = [path for path in inside if path.suffix.lower() in ENDINGS]
        if not rasters:
            problems.append(Problem(source, "there is no scene in it", f"Scenes end in {', '.join(ENDINGS)}"))
        return rasters
    if source.suffix.lower() == _LIST and source.is_file():
        try:
            listed = [source.parent / entry for entry in read_list(source)]
        except InputError as error:
            problems += error.problems
            return []
        missing = [path for path in listed if not path.is_file()]
        problems += [Problem(source, f"there is no file {path}", "Correct the line") for path in missing]
        return [path for path in listed if path not in missing]
    if not source.is_file():
        problems.append(Problem(source, "there is no such file or folder", "Correct the path"))
        return []
    return [source]


def _told(scene: SceneFile, table: Mapping[str, Scene], glacier: str) -> SceneFile:
    """The scene with glacier, day and sensor: the table's, or else those of its name or its tags; never a guess."""
    known = table.get(scene.case)
    if known is not None:
        scene = replace(
            scene, glacier=known.glacier, date=known.date or scene.date, sensor=known.sensor, image_id=known.source
        )
    told = acquisition(SceneName(scene.date, scene.sensor), [scene.case], [scene.path])
    return replace(
        scene,
        glacier=scene.glacier or glacier,
        date=told.date,
        sensor=told.sensor,
        image_id=scene.image_id or scene.case,
    )
