"""The stage ``fronts``: predictions in, front masks, cleaned zones and front lines for a GIS out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from shapely import MultiLineString

from nnunet_glacier.domain.front_rules import FrontRules, Route, RouteChoice
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.delineated_folder import delineated_problems
from nnunet_glacier.formats.front_layers import GEOPACKAGE, CaseFront, write_geopackage
from nnunet_glacier.formats.predicted_maps import Prediction, choose_routes, decoded, decoding_problems, route_problems
from nnunet_glacier.formats.prediction_layout import FRONTS, ZONES
from nnunet_glacier.formats.predictions import Predictions, open_line_predictions
from nnunet_glacier.formats.rasters import read_raster, write_raster
from nnunet_glacier.formats.run_record import ANEW, FRONTS_JSON, made_from, read_earlier, recorded_cases
from nnunet_glacier.lines.front_lines import clean_zones, find_front, remove_short_pieces
from nnunet_glacier.lines.front_pieces import front_pieces
from nnunet_glacier.lines.ground_lengths import map_crs
from nnunet_glacier.lines.map_fronts import map_fronts
from nnunet_glacier.postprocessing.case_scenes import open_scenes, place_cases, undated_remarks
from nnunet_glacier.postprocessing.case_sizes import case_size_problems
from nnunet_glacier.support.databases import in_use_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, all_of
from nnunet_glacier.support.files import folder_problems, write_json
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.whole_files import is_whole
from nnunet_glacier.support.wording import counted, some_of

_GEOTIFF, _PNG = ".tif", ".png"


@dataclass(frozen=True)
class Options:
    """What a user may choose.

    Attributes:
        scenes: ``scenes.csv``, a converted dataset or CaFFe's ``data_raw``, which know the scenes; or None.
        pixel_size_m: Edge of a pixel in metres for cases of which nothing else tells it, or None.
        route: Where the front is taken from; ``auto`` see `choose_routes`.
        rules: How the front is found.
        box: Whether fronts are cut to the scene's box, as they are for scoring; what the cut leaves short goes too.
        workers: Processes; None for one per core.
        overwrite: Do everything anew.
    """

    scenes: Path | None = None
    pixel_size_m: float | None = None
    route: RouteChoice = "auto"
    rules: FrontRules = field(default_factory=FrontRules)
    box: bool = True
    workers: int | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class _Task:
    """One case to do; small enough to travel to a worker process."""

    prediction: Prediction
    scene: Scene
    route: Route
    options: Options
    out: Path
    done: bool = False
    """Whether an earlier run wrote its files from the same maps and the same scene."""

    @property
    def ending(self) -> str:
        """GeoTIFF where the prediction is one, PNG otherwise."""
        return _GEOTIFF if self.prediction.where.suffix.lower() in (".tif", ".tiff") else _PNG

    @property
    def front_path(self) -> Path:
        """Where the front mask is written."""
        return self.out / FRONTS / f"{self.scene.case}{self.ending}"

    @property
    def zones_path(self) -> Path:
        """Where the cleaned zones are written, if zones were predicted."""
        return self.out / ZONES / f"{self.scene.case}{self.ending}"

    @property
    def paths(self) -> list[Path]:
        """Every file that is written for the case."""
        return [self.front_path, *([self.zones_path] if self.prediction.has_zones else [])]

    @property
    def box(self) -> Box | None:
        """The window that the front is cut to."""
        return self.scene.box if self.options.box else None


def extract_fronts(predictions: Path, out: Path, options: Options | None = None) -> str:
    """Write the front of every predicted case as a mask and as lines.

    Args:
        predictions: A folder of predictions (`open_line_predictions`).
        out: Folder for ``fronts/``, ``zones/``, ``fronts.gpkg`` and ``fronts.json``.
        options: Where the scenes are described, and how fronts are found.

    Returns:
        The text for the screen: what was found and written, and what comes next.

    Raises:
        InputError: With everything that is wrong with the predictions or the output folder; nothing is written then.
    """
    options = options or Options()
    tasks, record = _plan(predictions, out, options)
    # In this order a case counts as done only if its files were written after the record of what they are made from.
    for path in (*_left_behind(out, tasks), *(path for task in tasks if not task.done for path in task.paths)):
        path.unlink(missing_ok=True)
    write_json(out / FRONTS_JSON, record)
    fronts = list(map_with_progress(_extract, tasks, description="fronts", workers=options.workers))
    layers = write_geopackage(out / GEOPACKAGE, fronts)
    write_json(out / FRONTS_JSON, {**record, "layers": layers, "cases": {f.scene.case: _record(f) for f in fronts}})
    return _closing(out, tasks, fronts, layers)


def _plan(predictions: Path, out: Path, options: Options) -> tuple[list[_Task], dict[str, Any]]:
    """The cases, and the record that the fronts begin with: all of the input has been looked at."""
    predicted, known = all_of(partial(open_line_predictions, predictions), partial(open_scenes, options.scenes))
    cases = list(predicted.cases.values())
    routes, problems = choose_routes(options.route, cases)
    problems += decoding_problems(cases, options.rules)
    scenes, unplaced = place_cases(cases, known, options.pixel_size_m)
    settings = _settings(predicted, routes[0], options)
    earlier, differing = ({}, []) if options.overwrite else read_earlier(out / FRONTS_JSON, settings)
    problems += unplaced + folder_problems(out, *_folders_read(predictions, options)) + differing
    tasks, sources = [], {}
    for case, prediction in predicted.cases.items():
        box = scenes[case].box if case in scenes and options.box else None
        problems += case_size_problems(prediction, known.get(case), box)
        if case not in scenes:
            continue
        task = _Task(decoded(prediction, options.rules), scenes[case], routes[0], options, out)
        sources[case] = made_from(prediction, task.scene, task.box)
        done = sources[case] == earlier.get(case) and all(is_whole(path) for path in task.paths)
        tasks.append(replace(task, done=done))
    problems += _place_problems(out, tasks, options)
    finished = {task.prediction.case for task in tasks if task.done}
    unread = [one for one in cases if one.case not in finished and not route_problems(one, routes)]
    check = partial(_check, front=routes[0] == "front")
    for wrong in map_with_progress(check, unread, description="check", workers=options.workers) if unread else ():
        problems += wrong
    if problems:
        raise InputError(list(dict.fromkeys(problems)), "The fronts cannot be extracted")
    return tasks, {**settings, "made_from": sources}


def _left_behind(out: Path, tasks: Sequence[_Task]) -> set[Path]:
    """Masks and zones that an earlier run wrote and this one does not: of other cases, or of maps of another ending.

    Whoever reads the folder would take them for fronts of these predictions.
    """
    cases, endings = recorded_cases(out / FRONTS_JSON), (_GEOTIFF, _PNG)
    written = {out / folder / f"{case}{ending}" for folder in (FRONTS, ZONES) for case in cases for ending in endings}
    return written - {path for task in tasks for path in task.paths}


def _place_problems(out: Path, tasks: Sequence[_Task], options: Options) -> list[Problem]:
    """Why the files that are in the output folder cannot be replaced."""
    written = [out / GEOPACKAGE, *(path for task in tasks for path in task.paths)]
    problems = delineated_problems(out, GEOPACKAGE)
    if not problems and not options.overwrite:
        problems = foreign_problems(out, written, out / FRONTS_JSON, ANEW)
    return problems + in_use_problems(out / GEOPACKAGE)


def _folders_read(predictions: Path, options: Options) -> list[Path]:
    return [predictions, *([options.scenes] if options.scenes else [])]


def _settings(predictions: Predictions, route: Route, options: Options) -> dict[str, Any]:
    """What decides the result: the head of ``fronts.json``."""
    return {
        "predictions": str(predictions.folder.absolute()),
        "scenes": str(options.scenes.absolute()) if options.scenes else None,
        "pixel_size_m": options.pixel_size_m,
        "route": route,
        "min_front_length_m": options.rules.min_front_length_m,
        "front_side": options.rules.front_side,
        **({"fused_decoding": "published"} if options.rules.published_decoding else {}),
        "cut_to_box": options.box,
        "version": version("nnunet-glacier"),
    }


def _check(prediction: Prediction, *, front: bool) -> list[Problem]:
    try:
        prediction.read(front=front)
    except InputError as error:
        return list(error.problems)
    return []


def _extract(task: _Task) -> CaseFront:
    """Write one case's masks, unless an earlier run did, and find its lines."""
    front, zones = (_read_back(task) if task.done else None) or _write_masks(task)
    pieces = _lines_of_band(task, front) if zones is None else _lines_of_zones(task, zones)
    return CaseFront(task.scene, pieces, int(front.sum()), task.route, task.prediction.where.name)


def _lines_of_zones(task: _Task, zones: np.ndarray) -> list[MultiLineString]:
    return map_fronts(zones, task.scene, task.options.rules.min_front_length_m, task.box)


def _lines_of_band(task: _Task, front: np.ndarray) -> list[MultiLineString]:
    # Branches of a grounding line that were to go are gone, and of a ring the longest path is half.
    min_branch_m = 0.0 if task.prediction.is_grounding_line else task.options.rules.min_front_length_m
    return front_pieces(front, min_branch_m / task.scene.pixel_size_m)


def _read_back(task: _Task) -> tuple[np.ndarray, np.ndarray | None] | None:
    """What `_write_masks` gave when an earlier run wrote the case, or None if it cannot be read."""
    try:
        front = read_raster(task.front_path).values > 0
        return front, read_raster(task.zones_path).values if task.route == "zones" else None
    except GlacierError:
        return None


def _write_masks(task: _Task) -> tuple[np.ndarray, np.ndarray | None]:
    """Write the cleaned zones and the front mask.

    Returns:
        The front, bool, shape ``(H, W)``, and the zones that it is the edge of, or None if it is a band's line.
    """
    maps = task.prediction.read(front=task.route == "front")
    if maps.zones is not None:
        maps = replace(maps, zones=clean_zones(maps.zones))
    scene, rules = task.scene, replace(task.options.rules, keep_rings=task.prediction.is_grounding_line)
    as_scored = find_front(maps, task.route, rules, scene.pixel_size_m, task.box)
    # The scores keep what the box cuts short, as published; a map shows nothing below the limit.
    front = remove_short_pieces(as_scored, rules.min_front_length_m, scene.pixel_size_m)
    if maps.zones is not None:
        write_raster(task.zones_path, maps.zones, crs=scene.crs, affine=scene.affine)
    write_raster(task.front_path, front.astype(np.uint8) * 255, crs=scene.crs, affine=scene.affine)
    return front, maps.zones if task.route == "zones" else None


def _record(front: CaseFront) -> dict[str, Any]:
    """A case's entry in ``fronts.json``."""
    return {
        "pieces": len(front.pieces),
        "front_pixels": front.front_pixels,
        "length_m": front.length_m,
        "pixel_size_m": front.scene.pixel_size_m,
        "crs": front.scene.crs or None,
        "source": front.source,
    }


def _closing(out: Path, tasks: Sequence[_Task], fronts: Sequence[CaseFront], layers: Sequence[str]) -> str:
    empty = [front.scene.case for front in fronts if not front.pieces]
    pieces = counted(sum(len(front.pieces) for front in fronts), "piece")
    lines = [
        f"{counted(len(fronts), 'case')}, {pieces} of front, {sum(front.length_m for front in fronts) / 1000:.1f} km."
    ]
    if empty:
        shown = some_of(empty)
        lines.append(f"Without a front: {len(empty)} ({shown}).")
    lines += undated_remarks([front.scene.date for front in fronts])
    unplaced = sum(not map_crs(front.scene) for front in fronts)
    if unplaced:
        without = counted(unplaced, "case has", "cases have")
        lines.append(f"{without} no map coordinates: lines without them are in pixels, with y = -row.")
    zones = ", zones/ (zone ids, cleaned)" if any(task.prediction.has_zones for task in tasks) else ""
    layer = f"{GEOPACKAGE} (layer {', '.join(layers)})"
    lines.append(f"Written in {out}: fronts/ (0 and 255){zones}, {layer}, {FRONTS_JSON}.")
    lines.append("Next: open the GeoPackage in a GIS, or 'nnunet-glacier evaluate PREDICTIONS DATASET OUT'.")
    return "\n".join(lines)
