"""The scenes of a run: GeoTIFFs and other rasters, folders of them, lists; their headers, days and sensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from nnunet_glacier.delineation.options import Options
from nnunet_glacier.domain.scene_names import SceneName
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.acquisition_tags import acquisition
from nnunet_glacier.formats.delineated_folder import MapFolders, map_paths, record_path
from nnunet_glacier.formats.prediction_record import PREDICTION_JSON
from nnunet_glacier.formats.run_record import FRONTS_JSON
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.formats.scene_sources import find_scenes
from nnunet_glacier.formats.scene_table import SMALLEST_COLUMNS, read_scenes
from nnunet_glacier.support.errors import GlacierError, InputError, MendableError, Problem, for_one_scene
from nnunet_glacier.support.files import folder_problems
from nnunet_glacier.support.names import long_name_problems
from nnunet_glacier.support.wording import counted, some_of


def open_scenes(
    sources: Sequence[Path], options: Options, read: Callable[[Path, str], SceneRaster]
) -> tuple[list[SceneRaster], list[Problem], list[Problem], list[str]]:
    """All scenes of a run, by name, and everything that is wrong.

    Args:
        sources: Folders, rasters and ``.txt`` lists of rasters, one a line; relative ones from the list's folder.
        options: Table of scenes, glacier, and whether scenes that cannot be used are left out.
        read: Opens a scene by its path and the name of its files.

    Returns:
        The scenes, why other images cannot be used, what is wrong besides, and what is to be told at the end.
    """
    problems: list[Problem] = []
    table = _table(options.table, problems)
    paths, unusable = find_scenes(sources)
    problems += unusable
    if options.table is not None and paths and not problems and not table.keys() & paths.keys():
        problems.append(_names_none(options.table, table, paths))
    scenes: list[SceneRaster] = []
    bad: list[Problem] = []
    for case, path in tqdm(paths.items(), desc="reading headers", unit="scene", delay=2, leave=False):
        try:
            header = read(path, case)
        except GlacierError as error:
            remedy = error.remedy if isinstance(error, MendableError) else "Give another image of the scene"
            # Without the only one there is nothing to go on with.
            bad.append(Problem(path, str(error), for_one_scene(remedy, skip_bad=options.skip_bad or len(paths) == 1)))
        else:
            scenes.append(_told(header, table, options.glacier))
    return sorted(scenes, key=lambda scene: scene.case), bad, problems, _of_no_scene(options.table, table, paths)


def place_problems(
    out: Path, sources: Sequence[Path], scenes: Sequence[SceneRaster], maps: MapFolders
) -> list[Problem]:
    """Why nothing can be written to an output folder: it, or a folder of maps in it, is read too; or long names.

    A folder below one that is read is no problem, since a folder is not searched further down.
    """
    problems = folder_problems(out, *sources)
    if problems:
        return problems
    read = sorted({scene.path.parent for scene in scenes})
    folders = [out / folder for folder in maps.names(with_spread=True)]
    problems = [problem for folder in folders for problem in folder_problems(folder, *read)]
    problems += _maps_of_others(out, scenes, maps)
    return problems + long_name_problems((scene.path, record_path(out, scene.case)) for scene in scenes)


def _maps_of_others(out: Path, scenes: Sequence[SceneRaster], maps: MapFolders) -> list[Problem]:
    """Maps that another command wrote to the output folder, under the names of those to be written."""
    records = [name for name in (PREDICTION_JSON, FRONTS_JSON) if (out / name).is_file()]
    if not records:
        return []
    others = [scene.case for scene in scenes if not record_path(out, scene.case).is_file()]
    written = (path for case in others for path in map_paths(out, case, with_spread=True, maps=maps).values())
    there = [path.relative_to(out).as_posix() for path in written if path.exists()]
    if not there:
        return []
    what = f"it holds maps of another command, beside its {records[0]}, that would be replaced: {some_of(there)}"
    return [Problem(out, what, "Give another folder as OUT")]


def _table(path: Path | None, problems: list[Problem]) -> Mapping[str, Scene]:
    if path is None:
        return {}
    try:
        return read_scenes(path, SMALLEST_COLUMNS)
    except InputError as error:
        problems += error.problems
        return {}


def _of_no_scene(path: Path | None, table: Mapping[str, Scene], scenes: Mapping[str, Path]) -> list[str]:
    """What is said of rows of a table whose images are not among those of the run."""
    others = [case for case in table if case not in scenes]
    if not others:
        return []
    are = counted(len(others), "row is", "rows are")
    below = "a folder is not searched further down, so name those below it too"
    return [f"In {path} {are} of no scene of this run ({some_of(others)}): {below}."]


def _names_none(path: Path, table: Mapping[str, Scene], scenes: Mapping[str, Path]) -> Problem:
    """A table of other scenes, or whose names are spelled in another way."""
    named = f"it names {some_of(table)}" if table else "it has no row"
    what = f"it names none of the scenes: {named}, and the scenes are {some_of(scenes)}"
    return Problem(path, what, "Correct its column case: the scene's file name without the ending")


def _told(scene: SceneRaster, table: Mapping[str, Scene], glacier: str) -> SceneRaster:
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
