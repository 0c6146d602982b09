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

from nnunet_glacier.delineation.area import OUTSIDE, Area, OutsideAreaError, contents_of_areas, read_areas
from nnunet_glacier.delineation.calving_fronts import fronts_with
from nnunet_glacier.delineation.grounding_lines import grounding_lines_with
from nnunet_glacier.delineation.hemispheres import export_problems
from nnunet_glacier.delineation.kind_of_line import KindOfLine, Network
from nnunet_glacier.delineation.maps import write_maps
from nnunet_glacier.delineation.options import DEFAULT_MODEL, Options
from nnunet_glacier.delineation.record import (
    dropped_warnings,
    lines_if_done,
    lines_of_others,
    note_images,
    other_kind_problems,
    other_record_problems,
    write_record,
)
from nnunet_glacier.delineation.reviews import keep_reviewed, review_problems
from nnunet_glacier.delineation.sources import open_scenes, place_problems
from nnunet_glacier.delineation.summary import Summary, UnfinishedError
from nnunet_glacier.delineation.value_warnings import ValueDoubts, value_warnings
from nnunet_glacier.delineation.worker_network import in_this_process, network_here, worker_problems
from nnunet_glacier.formats.delineated_folder import MapFolders, record_path, write_skipped
from nnunet_glacier.formats.delineated_lines import DelineatedLine, write_delineated
from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.formats.scene_rasters import SceneRaster, surroundings_sha256
from nnunet_glacier.support.databases import in_use_problems
from nnunet_glacier.support.errors import GlacierError, InputError, Problem, for_one_scene
from nnunet_glacier.support.files import paths_of
from nnunet_glacier.support.locks import locked
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.resume import content_of

_SUMMARY = "Nothing was delineated"


@dataclass(frozen=True)
class _Plan:
    """All that a run does, once its input has been looked at."""

    out: Path
    model: Model
    kind: KindOfLine
    areas: Sequence[Area]
    options: Options
    made_from: Mapping[str, dict[str, Any]]
    todo: Sequence[SceneRaster]
    kept: Mapping[str, tuple[DelineatedLine, ...]]
    skipped: Sequence[Problem]
    network: Network | None
    alone: bool
    """Whether there is one scene, so that nothing is left without it."""
    remarks: Sequence[str]
    """What is to be told of the input at the end."""


def delineate(
    sources: Path | str | Iterable[Path | str],
    out: Path | str,
    model: Path | str | Network = DEFAULT_MODEL,
    options: Options | None = None,
) -> Summary:
    """Draw the calving front of every scene, or the grounding lines of every interferogram: what the model draws.

    Args:
        sources: Rasters with a place on the map, folders of such, and ``.txt`` lists; one or several. For a model of
            grounding lines interferograms, stored as those that it was trained on.
        out: Folder for the GeoPackage, the maps and the records. Scenes that are done in it with the same are kept.
        model: A model as `open_model` takes it, or one that is loaded (`load_scene_model`), with its own settings.
        options: The options.

    Returns:
        What was done; ``print`` tells it, `Summary.table` has the lines.

    Raises:
        InputError: With everything that is wrong with scenes, areas, model and output folder, before anything is
            written, and where no scene can be used or all lie beside the area; or as `UnfinishedError` with the scenes
            whose pixels turned out to be unusable, after the others are done. Scenes beside the area are no fault
            (`Summary.outside`), unless all are. With `Options.skip_bad` scenes that cannot be used are none either
            (`Summary.skipped`), unless none is left.
    """
    options = options or Options()
    scenes, plan = _plan(paths_of(sources), Path(out), model, options)
    started = time.monotonic()
    done, outside, problems = _delineate_all(plan)
    if not done and not plan.kept:
        problems += [Problem(scene.path, OUTSIDE, "Check the area's place and CRS") for scene in outside]
        raise InputError(problems, _SUMMARY)
    # What earlier runs made of these is no part of the result any more.
    for case in {scene.case for scene in plan.todo} - set(done):
        record_path(plan.out, case).unlink(missing_ok=True)
    skipped = list(plan.skipped)
    if options.skip_bad:
        skipped, problems = [*skipped, *problems], []
    kind, anew = plan.kind, {case: result.lines for case, result in done.items()}
    of_values = value_warnings({case: result.doubts for case, result in done.items()})
    whole = {*done, *plan.kept}
    written = plan.out / kind.file.name
    plan.out.mkdir(parents=True, exist_ok=True)
    # Other runs write their scenes, and pages their reviews, into the same file: none of it may come in between.
    with locked(written):
        lines = {**lines_of_others(plan.out, [scene.case for scene in scenes]), **plan.kept, **anew}
        all_lines = [line for case in sorted(lines) for line in lines[case]]
        note_images(plan.out, scenes)
        all_lines = keep_reviewed(plan.out, all_lines, set(done) if options.overwrite else set(), kind.file)
        # What was rejected or drawn anew by hand judges no other line any more, or as it was drawn.
        all_lines = kind.beside_one_another(all_lines)
        dropped = dropped_warnings(written, kind.file, [*lines, *(line.case for line in all_lines)])
        believed = write_delineated(written, all_lines, kind.file)[kind.file.main]
        exports = [path for form in options.exports for path in kind.write_export(plan.out, believed, form)]
    write_skipped(plan.out, skipped)
    summary = Summary(
        out=plan.out,
        kind=kind,
        lines=all_lines,
        delineated=tuple(done),
        kept=tuple(plan.kept),
        outside=[scene.case for scene in outside],
        skipped=skipped,
        others=len(lines) - len(whole),
        undated=[scene.case for scene in scenes if scene.date is None and scene.case in whole],
        warnings=[*plan.remarks, *kind.warnings(all_lines), *of_values, *dropped],
        maps=kind.maps.names(with_spread=len(plan.model.folds) > 1),
        exports=exports,
        seconds=time.monotonic() - started,
    )
    if problems:
        raise UnfinishedError(problems, summary, len(scenes))
    return summary


def _plan(
    sources: Sequence[Path], out: Path, given: Path | str | Network, options: Options
) -> tuple[list[SceneRaster], _Plan]:
    """What is to be done, after a look at all of the input."""
    network = None if isinstance(given, str | Path) else given
    if network is None:
        assert isinstance(given, str | Path)
        model = open_model(given, options.folds)
    else:
        model = network.model
        options = replace(options, mirroring=network.mirroring, tile_step=network.tile_step)
    kind, problems = kind_of(model, options)
    areas: list[Area] = []
    try:
        areas = read_areas(options.areas, options.box)
    except InputError as error:
        problems += error.problems
    problems += worker_problems(options.workers, options.backend, loaded=network is not None)
    if kind is None:
        raise InputError(problems, _SUMMARY)
    scenes, bad, unusable, remarks = open_scenes(sources, options, kind.read_header)
    if not (options.skip_bad and scenes):
        problems, bad = [*problems, *bad], []
    problems += [*unusable, *place_problems(out, sources, scenes, kind.maps), *in_use_problems(out / kind.file.name)]
    problems += [*review_problems(out, kind.file), *other_kind_problems(out, kind.word)]
    problems += other_record_problems(out, [scene.case for scene in scenes])
    problems += export_problems(out, scenes, options.exports)
    if problems:
        raise InputError(problems, _SUMMARY)
    common = {
        **kind.deciding(),
        "model_sha256": model.sha256(),
        "areas_sha256": contents_of_areas(options.areas),
        "version": version("nnunet-glacier"),
    }
    contents = tqdm(scenes, desc="looking for what has changed", unit="scene", delay=2, leave=False)
    made_from = {scene.case: {**_content(scene.path), **common} for scene in contents}
    kept = {} if options.overwrite else _kept(out, scenes, made_from, kind.maps, with_spread=len(model.folds) > 1)
    todo = [scene for scene in scenes if scene.case not in kept]
    alone = len(scenes) == 1
    return scenes, _Plan(out, model, kind, areas, options, made_from, todo, kept, bad, network, alone, remarks)


def _content(path: Path) -> dict[str, str]:
    """What tells that a scene has changed: its file, and what lies beside it."""
    return {"sha256": content_of(path), "surroundings_sha256": surroundings_sha256(path)}


def _kept(
    out: Path,
    scenes: Sequence[SceneRaster],
    made_from: Mapping[str, dict[str, Any]],
    maps: MapFolders,
    *,
    with_spread: bool,
) -> dict[str, tuple[DelineatedLine, ...]]:
    bar = tqdm(scenes, desc="looking for what is done", unit="scene", delay=2, leave=False)
    done = {
        scene.case: lines_if_done(out, scene, made_from[scene.case], maps, with_spread=with_spread) for scene in bar
    }
    return {case: lines for case, lines in done.items() if lines is not None}


def kind_of(model: Model, options: Options) -> tuple[KindOfLine | None, list[Problem]]:
    """What a model draws, and why it cannot draw it with these options; None where it is not known how."""
    if model.draws_grounding_lines:
        return grounding_lines_with(model, options)
    return fronts_with(model, options)


@dataclass(frozen=True)
class _Job:
    scene: SceneRaster
    made_from: dict[str, Any]


@dataclass(frozen=True)
class _Done:
    """What is kept of a scene that was delineated."""

    lines: tuple[DelineatedLine, ...]
    doubts: ValueDoubts


def _delineate_all(plan: _Plan) -> tuple[dict[str, _Done], list[SceneRaster], list[Problem]]:
    """Delineate the scenes that are not done, with a bar over scenes; in one process also over tiles.

    Returns:
        What each scene gave, the scenes beside the area, and what is wrong with others.
    """
    done: dict[str, _Done] = {}
    outside: list[SceneRaster] = []
    problems: list[Problem] = []
    if not plan.todo:
        return done, outside, problems
    options = plan.options
    alone = in_this_process(options.workers, options.backend)
    network = (plan.network or _load(plan)) if alone else None
    # A job travels with what belongs to its scene, not with the whole plan.
    common = replace(plan, made_from={}, todo=(), kept={}, skipped=(), network=network)
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
        elif answer is None:
            outside.append(scene)
        else:
            done[scene.case] = answer
    return done, outside, problems


def _delineate_job(job: _Job, plan: _Plan) -> _Done | Problem | None:
    """Delineate a scene, in this process or a worker; or what is wrong with it; None for a scene beside the area."""
    options = plan.options
    key = (plan.model.sha256(), options.device, options.mirroring, options.tile_step)
    network = plan.network or network_here(partial(_load, plan), key)
    try:
        return _delineate_one(job, network, plan)
    except OutsideAreaError:
        return None
    except GlacierError as error:
        return Problem(job.scene.path, str(error), for_one_scene("Mend it", skip_bad=options.skip_bad or plan.alone))


def _load(plan: _Plan) -> Network:
    from nnunet_glacier.inference.scene_model import load_scene_model

    options = plan.options
    return load_scene_model(plan.model, device=options.device, mirroring=options.mirroring, tile_step=options.tile_step)


def _delineate_one(job: _Job, network: Network, plan: _Plan) -> _Done:
    """Delineate a scene and write its maps and, last, its record."""
    scene = job.scene
    silent = plan.network is None
    with tqdm(desc=f"  {scene.case}", unit="tile", leave=False, delay=2, disable=silent) as bar:
        result = plan.kind.delineate(scene, network, plan.areas, bar.update)
    # Once its maps are written anew, the record of an earlier run is of none.
    record_path(plan.out, scene.case).unlink(missing_ok=True)
    with tqdm(desc=f"  maps of {scene.case}", unit="row", leave=False, delay=2, disable=silent) as bar:
        maps = plan.kind.maps
        write_maps(plan.out, scene.case, result.maps, result.target, result.holds_data, bar.update, maps)
    write_record(plan.out, scene, job.made_from, result.maps.grid.pixel_size_m, result.lines)
    return _Done(result.lines, result.doubts)
