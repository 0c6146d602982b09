"""The stage ``lines``: predictions in; grounding lines, pinning points or calving fronts for a GIS out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nnunet_glacier.domain.front_rules import MIN_FRONT_LENGTH_M
from nnunet_glacier.domain.line_rules import MAX_GAP_M, MAX_SPUR_M
from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.formats.case_lines import case_file, read_lines, write_lines
from nnunet_glacier.formats.chosen_threshold import parse_threshold
from nnunet_glacier.formats.layer_names import is_layer
from nnunet_glacier.formats.line_exports import SHAPEFILES, write_geojson, write_shapefiles
from nnunet_glacier.formats.line_source import line_kind, line_problems, read_line_maps
from nnunet_glacier.formats.line_table import LINES, LINES_GEOPACKAGE, CaseLines, line_tables
from nnunet_glacier.formats.map_layers import write_layers
from nnunet_glacier.formats.predicted_maps import Prediction
from nnunet_glacier.formats.predictions import Predictions, open_line_predictions
from nnunet_glacier.formats.run_record import ANEW, LINES_JSON, made_from, read_earlier
from nnunet_glacier.lines.front_lines import inside_box
from nnunet_glacier.lines.line_finding import LineRules
from nnunet_glacier.lines.measured_lines import LineKind, LineMaps, MeasuredLine, lines_of_maps
from nnunet_glacier.postprocessing.case_scenes import open_scenes, place_cases
from nnunet_glacier.postprocessing.case_sizes import case_size_problems
from nnunet_glacier.postprocessing.lines_summary import closing, record_of
from nnunet_glacier.support.databases import in_use_problems
from nnunet_glacier.support.errors import InputError, Problem, all_of
from nnunet_glacier.support.files import folder_problems, write_json
from nnunet_glacier.support.foreign_files import foreign_problems
from nnunet_glacier.support.parallel import map_with_progress


@dataclass(frozen=True)
class Options:
    """What a user may choose; lengths in metres.

    Attributes:
        threshold: A number, or a JSON file that holds one (`parse_threshold`); None for the class that was predicted.
        scenes: ``scenes.csv``, a converted dataset or CaFFe's ``data_raw``, which know the scenes; or None.
        pixel_size_m: Edge of a pixel in cases of which nothing else tells it, or None.
        kind: What the lines are; None for what the model's task says.
        median_px: Edge of the median filter over the mask, in pixels, odd; 1 for none.
        max_spur_m: Branches of up to this length are pruned.
        max_gap_m: Gaps of up to this length are bridged; 0 bridges none.
        min_length_m: Lines of up to this length are deleted.
        box: Whether lines are cut to the scene's box.
        shapefile: Whether shapefiles are written too.
        geojson: Whether GeoJSON is written too.
        workers: Processes; None for one per core.
        overwrite: Do everything anew.
    """

    threshold: str | None = None
    scenes: Path | None = None
    pixel_size_m: float | None = None
    kind: LineKind | None = None
    median_px: int = 1
    max_spur_m: float = MAX_SPUR_M
    max_gap_m: float = MAX_GAP_M
    min_length_m: float = MIN_FRONT_LENGTH_M
    box: bool = True
    shapefile: bool = False
    geojson: bool = False
    workers: int | None = None
    overwrite: bool = False

    def rules(self, pixel_size_m: float) -> LineRules:
        """How lines are found in a case with pixels of this size."""
        return LineRules.on_ground(
            pixel_size_m,
            max_spur_m=self.max_spur_m,
            max_gap_m=self.max_gap_m,
            min_length_m=self.min_length_m,
            median_px=self.median_px,
        )


@dataclass(frozen=True)
class _Task:
    """One case to do; small enough to travel to a worker process."""

    prediction: Prediction
    scene: Scene
    threshold: float | None
    options: Options
    kept_in: Path
    """Where its lines are kept for the next run."""
    done: bool = False
    """Whether an earlier run found its lines in the same maps."""

    @property
    def box(self) -> Box | None:
        """The window that lines are cut to."""
        return self.scene.box if self.options.box else None

    def read(self) -> LineMaps:
        """The maps of the case, the line cut to its box."""
        maps = read_line_maps(self.prediction, self.threshold)
        return replace(maps, mask=inside_box(maps.mask, self.box))


def extract_lines(predictions: Path, out: Path, options: Options | None = None) -> str:
    """Write the predicted lines of every case with their attributes.

    Args:
        predictions: A folder of predictions (`open_line_predictions`), with probabilities where a threshold is given.
        out: Folder for ``lines.gpkg``, ``lines.json``, ``cases/`` and, if asked for, ``shapefile/`` and GeoJSON.
        options: The threshold, where the scenes are described, and how lines are found.

    Returns:
        The text for the screen: what was found and written, and what comes next.

    Raises:
        InputError: With everything that is wrong with the options, the predictions or the output folder; nothing is
            written then.
    """
    options = options or Options()
    tasks, record = _plan(predictions, out, options)
    # In this order a case counts as done only if its lines were written after the record of what they are made from.
    for task in tasks:
        if not task.done:
            task.kept_in.unlink(missing_ok=True)
    write_json(out / LINES_JSON, record)
    lines_by_case = list(map_with_progress(_extract, tasks, description="lines", workers=options.workers))
    cases = [_case_lines(task, lines) for task, lines in zip(tasks, lines_by_case, strict=True)]
    layers, exports = _write(out, cases, options)
    write_json(out / LINES_JSON, {**record, "layers": layers, "cases": {c.scene.case: record_of(c) for c in cases}})
    return closing(out, cases, layers, [out / LINES_JSON, *exports])


def _plan(predictions: Path, out: Path, options: Options) -> tuple[list[_Task], dict[str, Any]]:
    """The cases, and the record that the lines begin with: all of the input has been looked at."""
    threshold, problems = _threshold(options)
    predicted, known = all_of(partial(open_line_predictions, predictions), partial(open_scenes, options.scenes))
    cases = predicted.cases
    scenes, unplaced = place_cases(cases.values(), known, options.pixel_size_m)
    settings = _settings(predicted, threshold, options)
    earlier, differing = ({}, []) if options.overwrite else read_earlier(out / LINES_JSON, settings)
    problems += unplaced + folder_problems(out, predictions, *([options.scenes] if options.scenes else [])) + differing
    if options.geojson:
        problems += _unplaced_problems(scenes.values(), predicted)
    tasks, sources, sizes = [], {}, []
    for case, prediction in cases.items():
        box = scenes[case].box if case in scenes and options.box else None
        sizes += case_size_problems(prediction, known.get(case), box)
        problems += line_problems(prediction, threshold)
        if case not in scenes:
            continue
        task = _Task(prediction, scenes[case], threshold, options, case_file(out, case))
        others = [path for path in (prediction.probability, prediction.spread) if path is not None]
        sources[case] = made_from(prediction, task.scene, task.box, others)
        done = sources[case] == earlier.get(case) and read_lines(task.kept_in) is not None
        tasks.append(replace(task, done=done))
    problems += [*sizes, *_place_problems(out, tasks, options)]
    # A map of another size than its scene's would be named again beside its probabilities.
    named = {task.prediction.where for task in tasks if task.done} | {problem.where for problem in sizes}
    unread = [one for one in cases.values() if one.where not in named and not line_problems(one, threshold)]
    check = partial(_check, threshold=threshold)
    for wrong in map_with_progress(check, unread, description="check", workers=options.workers) if unread else ():
        problems += wrong
    if problems:
        raise InputError(list(dict.fromkeys(problems)), "The lines cannot be extracted")
    return tasks, {**settings, "made_from": sources}


def _place_problems(out: Path, tasks: Sequence[_Task], options: Options) -> list[Problem]:
    """Why the files that are in the output folder cannot be replaced."""
    geopackage = out / LINES_GEOPACKAGE
    written = [geopackage, out / SHAPEFILES, *_geojson_of(out), *(task.kept_in for task in tasks)]
    foreign = [] if options.overwrite else foreign_problems(out, written, out / LINES_JSON, ANEW)
    return foreign + in_use_problems(geopackage)


def _geojson_of(out: Path) -> list[Path]:
    """The GeoJSON of an earlier run, which is written again, or goes."""
    return sorted(path for path in out.glob(f"{LINES}*.geojson") if is_layer(path.stem, LINES))


def _threshold(options: Options) -> tuple[float | None, list[Problem]]:
    """The threshold, and what is wrong with the options."""
    problems = []
    if options.median_px < 1 or options.median_px % 2 == 0:
        problems.append(Problem("--median", f"{options.median_px} is not odd", "Give 3 or 5, or leave it out"))
    if options.threshold is None:
        return None, problems
    try:
        return parse_threshold(options.threshold), problems
    except InputError as error:
        return None, problems + list(error.problems)


def _unplaced_problems(scenes: Iterable[Scene], predictions: Predictions) -> list[Problem]:
    unplaced = [scene.case for scene in scenes if scene.affine is None or not scene.crs]
    if not unplaced:
        return []
    what = f"GeoJSON needs map coordinates, and {len(unplaced)} of its cases have none, such as {unplaced[0]}"
    return [Problem(predictions.folder, what, "Give --scenes with their CRS and affine, or leave --geojson out")]


def _settings(predictions: Predictions, threshold: float | None, options: Options) -> dict[str, Any]:
    """What decides the result: the head of ``lines.json``."""
    return {
        "predictions": str(predictions.folder.absolute()),
        "scenes": str(options.scenes.absolute()) if options.scenes else None,
        "pixel_size_m": options.pixel_size_m,
        "threshold": threshold,
        "kind": options.kind,
        "median_px": options.median_px,
        "max_spur_m": options.max_spur_m,
        "max_gap_m": options.max_gap_m,
        "min_length_m": options.min_length_m,
        "cut_to_box": options.box,
        "version": version("nnunet-glacier"),
    }


def _check(prediction: Prediction, *, threshold: float | None) -> list[Problem]:
    try:
        read_line_maps(prediction, threshold)
    except InputError as error:
        return list(error.problems)
    return []


def _extract(task: _Task) -> tuple[MeasuredLine, ...]:
    """The lines of a case: those of an earlier run, or found now and kept."""
    lines = read_lines(task.kept_in) if task.done else None
    if lines is None:
        lines = lines_of_maps(task.read(), task.options.rules(task.scene.pixel_size_m))
        write_lines(task.kept_in, lines)
    return lines


def _case_lines(task: _Task, lines: Sequence[MeasuredLine]) -> CaseLines:
    threshold = math.nan if task.threshold is None else task.threshold
    made_of = task.prediction.where if task.threshold is None else task.prediction.probability
    assert made_of is not None
    return CaseLines(task.scene, lines, task.options.kind or line_kind(task.prediction), threshold, made_of.name)


def _write(out: Path, cases: Sequence[CaseLines], options: Options) -> tuple[list[str], list[Path]]:
    """Write the lines of all cases; the layers' names, and the files of the other formats.

    Formats that an earlier run wrote are written again, so that none of them is of other lines; GeoJSON of a CRS that
    no case is in any more goes.
    """
    tables = line_tables(cases)
    layers = write_layers(out / LINES_GEOPACKAGE, tables, LINES, "LineString")
    exports = []
    if options.shapefile or (out / SHAPEFILES).is_dir():
        exports += write_shapefiles(out / SHAPEFILES, tables, LINES)
    earlier = _geojson_of(out)
    if options.geojson or earlier:
        written = write_geojson(out, {crs: table for crs, table in tables.items() if crs}, LINES)
        exports += written
        for path in set(earlier) - set(written):
            path.unlink()
    return layers, exports
