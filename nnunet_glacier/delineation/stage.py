"""``nnunet-glacier delineate``: scenes in, maps and dated lines out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nnunet_glacier.delineation.area import Area, read_areas
from nnunet_glacier.delineation.glacier_series import judged_by_series
from nnunet_glacier.delineation.maps import write_maps
from nnunet_glacier.delineation.one_scene import ZoneModel, delineate_scene
from nnunet_glacier.delineation.options import DEFAULT_MODEL, Options
from nnunet_glacier.delineation.record import lines_if_done, lines_of_others, note_images, write_record
from nnunet_glacier.delineation.reviews import keep_reviewed, review_problems
from nnunet_glacier.delineation.same_day import disagreements
from nnunet_glacier.delineation.scene_lines import ModelName
from nnunet_glacier.delineation.sources import open_scenes, place_problems
from nnunet_glacier.delineation.summary import Summary
from nnunet_glacier.delineation.worker_network import in_this_process, network_here, worker_problems
from nnunet_glacier.formats.delineated_folder import PROBABILITY, SPREAD, ZONES, record_path
from nnunet_glacier.formats.delineated_lines import FRONTS_GPKG, DelineatedLine, write_fronts
from nnunet_glacier.formats.front_exports import write_export
from nnunet_glacier.formats.map_layers import in_use_problems
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.scene_rasters import SceneRaster, declared_data
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.resume import content_of, contents_of

_SUMMARY = "Nothing was delineated"


@dataclass(frozen=True)
class _Plan:
    """All that a run does, once its input has been looked at."""

    out: Path
    model: Model
    name: ModelName
    areas: Sequence[Area]
    options: Options
    made_from: Mapping[str, dict[str, Any]]
    todo: Sequence[SceneRaster]
    kept: Mapping[str, tuple[DelineatedLine, ...]]
    network: ZoneModel | None


def delineate(
    sources: Path | str | Iterable[Path | str],
    out: Path | str,
    model: Path | str | ZoneModel = DEFAULT_MODEL,
    options: Options | None = None,
) -> Summary:
    """Draw the calving front of every scene.

    Args:
        sources: Rasters with a place on the map, folders of such, and ``.txt`` lists; one or several.
        out: Folder for the GeoPackage, the maps and the records. Scenes that are done in it with the same are kept.
        model: A model as `open_model` takes it, or one that is loaded (`load_scene_model`), with its own settings.
        options: The options.

    Returns:
        What was done; ``print`` tells it, `Summary.table` has the lines.

    Raises:
        InputError: With everything that is wrong with scenes, areas, model and output folder, before anything is
            written; or with the scenes that turned out to hold nothing, after the others are done.
    """
    options = options or Options()
    given = [sources] if isinstance(sources, str | Path) else sources
    scenes, plan = _plan([Path(source) for source in given], Path(out), model, options)
    started = time.monotonic()
    done, problems = _delineate_all(plan)
    lines = {**lines_of_others(plan.out, [scene.case for scene in scenes]), **plan.kept, **done}
    all_lines = judged_by_series([line for case in sorted(lines) for line in lines[case]])
    note_images(plan.out, scenes)
    all_lines = keep_reviewed(plan.out, all_lines, anew=set(done) if options.overwrite else set())
    tables = write_fronts(plan.out / FRONTS_GPKG, all_lines)
    exports = [path for form in options.exports for path in write_export(plan.out, tables["fronts"], form)]
    if problems:
        written = len(done) + len(plan.kept)
        raise InputError(problems, "Some scenes hold no front", f"the other {written} are in {plan.out / FRONTS_GPKG}")
    return Summary(
        out=plan.out,
        lines=all_lines,
        delineated=tuple(done),
        kept=tuple(plan.kept),
        others=len(lines) - len(done) - len(plan.kept),
        undated=sum(scene.date is None for scene in scenes),
        warnings=disagreements(all_lines),
        maps=(ZONES, PROBABILITY, SPREAD) if len(plan.model.folds) > 1 else (ZONES, PROBABILITY),
        exports=exports,
        seconds=time.monotonic() - started,
    )


def _plan(
    sources: Sequence[Path], out: Path, given: Path | str | ZoneModel, options: Options
) -> tuple[list[SceneRaster], _Plan]:
    """What is to be done, after a look at all of the input."""
    network = None if isinstance(given, str | Path) else given
    if network is None:
        assert isinstance(given, str | Path)
        model = open_model(given, options.folds)
    else:
        model = network.model
        options = replace(options, mirroring=network.mirroring, tile_step=network.tile_step)
    pixel_size_m, problems = _pixel_size_m(model, options)
    areas: list[Area] = []
    try:
        areas = read_areas(options.areas, options.box)
    except InputError as error:
        problems += error.problems
    scenes, unusable = open_scenes(sources, options)
    problems += worker_problems(options.workers, options.backend, loaded=network is not None)
    problems += [*unusable, *place_problems(out, sources, scenes), *in_use_problems(out / FRONTS_GPKG)]
    problems += review_problems(out)
    if problems:
        raise InputError(problems, _SUMMARY)
    name = ModelName(model.name, model.sha256(), pixel_size_m)
    common = {
        **options.deciding(),
        "model_sha256": name.sha256,
        "areas_sha256": contents_of(options.areas),
        "version": version("nnunet-glacier"),
    }
    contents = tqdm(scenes, desc="looking for what has changed", unit="scene", delay=2, leave=False)
    made_from = {scene.case: {"sha256": content_of(scene.path), **common} for scene in contents}
    kept = {} if options.overwrite else _kept(out, scenes, made_from, with_spread=len(model.folds) > 1)
    todo = [scene for scene in scenes if scene.case not in kept]
    return scenes, _Plan(out, model, name, areas, options, made_from, todo, kept, network)


def _kept(
    out: Path, scenes: Sequence[SceneRaster], made_from: Mapping[str, dict[str, Any]], *, with_spread: bool
) -> dict[str, tuple[DelineatedLine, ...]]:
    bar = tqdm(scenes, desc="looking for what is done", unit="scene", delay=2, leave=False)
    done = {scene.case: lines_if_done(out, scene, made_from[scene.case], with_spread=with_spread) for scene in bar}
    return {case: lines for case, lines in done.items() if lines is not None}


def _pixel_size_m(model: Model, options: Options) -> tuple[tuple[float, float], list[Problem]]:
    """The pixel sizes that the network is to see: what the user says, or what the model was trained on."""
    if options.pixel_size_m is not None:
        return (options.pixel_size_m, options.pixel_size_m), []
    form = model.normal_form
    if form is not None and form.pixel_size_m is not None:
        least_m, greatest_m = form.pixel_size_m
        return (least_m, greatest_m), []
    what = "it does not say at which pixel size it was trained"
    return (1.0, 1.0), [Problem(model.folder, what, "Give --pixel-size-m, or pack it with 'model pack --pixel-size-m'")]


@dataclass(frozen=True)
class _Job:
    scene: SceneRaster
    made_from: dict[str, Any]


def _delineate_all(plan: _Plan) -> tuple[dict[str, tuple[DelineatedLine, ...]], list[Problem]]:
    """Delineate the scenes that are not done, with a bar over scenes; in one process also over tiles."""
    done: dict[str, tuple[DelineatedLine, ...]] = {}
    problems: list[Problem] = []
    if not plan.todo:
        return done, problems
    options = plan.options
    alone = in_this_process(options.workers, options.backend)
    network = (plan.network or _load(plan)) if alone else None
    # A job travels with what belongs to its scene, not with the whole plan.
    common = replace(plan, made_from={}, todo=(), kept={}, network=network)
    answers = map_with_progress(
        partial(_delineate_job, plan=common),
        [_Job(scene, plan.made_from[scene.case]) for scene in plan.todo],
        description="delineating",
        workers=options.workers,
        backend=options.backend,
    )
    for scene, answer in zip(plan.todo, answers, strict=True):
        if isinstance(answer, Problem):
            problems.append(answer)
        else:
            done[scene.case] = answer
    return done, problems


def _delineate_job(job: _Job, plan: _Plan) -> tuple[DelineatedLine, ...] | Problem:
    """Delineate a scene, in this process or a worker; or what is wrong with it."""
    options = plan.options
    key = (plan.name, options.device, options.mirroring, options.tile_step)
    network = plan.network or network_here(partial(_load, plan), key)
    try:
        return _delineate_one(job, network, plan)
    except GlacierError as error:
        return Problem(job.scene.path, str(error), "Mend it, or leave it out")


def _load(plan: _Plan) -> ZoneModel:
    from nnunet_glacier.inference.scene_model import load_scene_model

    options = plan.options
    return load_scene_model(plan.model, device=options.device, mirroring=options.mirroring, tile_step=options.tile_step)


def _delineate_one(job: _Job, network: ZoneModel, plan: _Plan) -> tuple[DelineatedLine, ...]:
    """Delineate a scene and write its maps and, last, its record."""
    scene = job.scene
    record_path(plan.out, scene.case).unlink(missing_ok=True)
    silent = plan.network is None
    with tqdm(desc=f"  {scene.case}", unit="tile", leave=False, delay=2, disable=silent) as bar:
        result = delineate_scene(scene, network, plan.name, plan.areas, plan.options, bar.update)
    holds_data = None if scene.grid is None else declared_data(scene)
    with tqdm(desc=f"  maps of {scene.case}", unit="row", leave=False, delay=2, disable=silent) as bar:
        write_maps(plan.out, scene.case, result.maps, result.target, holds_data, bar.update)
    write_record(plan.out, scene, job.made_from, result.lines)
    return result.lines
