"""Scenes without labels made into a model's input: their channels, by the rules of the dataset it was trained on.

The record in ``dataset.json``, which every trained folder holds, says how a dataset's channels were made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.dataset_conversion.writing.raw_dataset import CONVERTED, is_done
from nnunet_glacier.formats.dataset_json import DATASET_JSON, read_description
from nnunet_glacier.formats.rasters import write_raster
from nnunet_glacier.formats.raw_layout import CONVERSION_JSON
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_json
from nnunet_glacier.support.parallel import map_with_progress
from nnunet_glacier.support.resume import LineRecord, contents_of
from nnunet_glacier.support.wording import counted, quoted, some_of


@dataclass(frozen=True)
class InputScene:
    """A scene to predict on.

    Attributes:
        name: Case name of its channels.
        paths: The files that it is made from.
    """

    name: str
    paths: tuple[Path, ...]


_FIRST = "_0000.tif"

Load = Callable[[InputScene], tuple[np.ndarray, Grid]]
"""Makes the channels, float32 of shape ``(C, H, W)``, and says where they lie; may refuse with a `GlacierError`."""


def read_dataset_json(like: Path, rules_in: Callable[[Mapping[str, Any]], Any], *, command: str) -> Any:
    """What a ``dataset.json`` says of how its channels were made.

    Args:
        like: A ``dataset.json``, or a folder that holds one: a dataset, its preprocessed folder, a trained model's.
        rules_in: Finds the rules; raises `KeyError` or `TypeError` where there are none, and `GlacierError` with key,
            value and what is wanted where they cannot be used.
        command: The command that writes such datasets, for the errors.

    Raises:
        InputError: If there is none, it cannot be used, is another dataset's, or its rules cannot be used.
    """
    path = like / DATASET_JSON if like.is_dir() else like
    remedy = f"Give a dataset that '{command}' wrote, or a model that was trained on one"
    content = read_description(path, remedy).content
    try:
        return rules_in(content)
    except GlacierError as error:
        raise InputError([Problem(path, str(error), remedy)]) from None
    except (KeyError, TypeError):
        what = f"it does not say how '{command}' made its channels"
        raise InputError([Problem(path, what, remedy)]) from None


def write_inputs(
    scenes: Sequence[InputScene],
    out: Path,
    load: Load,
    *,
    n_channels: int,
    record: Mapping[str, Any],
    problems: Sequence[Problem],
    where: Path,
    workers: int | None = None,
) -> str:
    """Write the channels of scenes, one GeoTIFF each: ``<scene>_0000.tif`` and so on.

    Args:
        scenes: The scenes.
        out: Folder for the channels.
        load: Makes a scene's channels; must be picklable.
        n_channels: How many there are.
        record: The rules as JSON; the same record means the same files.
        problems: What is wrong with the names of the scenes.
        where: The source, for the errors.
        workers: Processes; None for one a core.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    all_problems = [*problems, *(folder_problems(out, where) or _other_rules(out, record))]
    done = LineRecord(out / CONVERTED)
    known = done.read()
    missing = [
        scene
        for scene in scenes
        if not is_done(_outputs(scene, out, n_channels), partial(contents_of, scene.paths), known.get(scene.name))
    ]
    checked = map_with_progress(partial(_problem, load=load), missing, description="Checking", workers=workers)
    all_problems += [problem for problem in checked if problem]
    if all_problems:
        raise InputError(all_problems, f"{where} cannot be made into a model's input")
    write_json(out / CONVERSION_JSON, record)
    write = partial(_write, out=out, load=load)
    with closing(done):
        contents = map_with_progress(write, missing, description=f"Writing {out.name}", workers=workers)
        for scene, made_from in zip(missing, contents, strict=True):
            known[scene.name] = made_from
            done.add(scene.name, made_from)
        done.finish(dict(sorted(known.items())))
    outcome = f"{len(missing)} written now, {len(scenes) - len(missing)} were there already"
    here = {scene.name for scene in scenes}
    others = sorted(name for path in out.glob(f"[!.]*{_FIRST}") if (name := path.name.removesuffix(_FIRST)) not in here)
    lines = [f"{out}: {counted(len(scenes), 'scene')}; {outcome}."]
    if others:
        what = counted(len(others), "scene that is not among these", "scenes that are not among these")
        lines.append(f"It holds {what}, and predict takes them too: {some_of(others)}.")
    return "\n".join([*lines, "Next:", f"  nnunet-glacier predict MODEL {quoted(out)} PREDICTIONS"])


def _other_rules(out: Path, record: Mapping[str, Any]) -> list[Problem]:
    path = out / CONVERSION_JSON
    if not path.is_file():
        return []
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        earlier = {}
    if earlier == json.loads(json.dumps(record)):
        return []
    return [Problem(out, "it holds channels that were made by other rules", "Give another folder")]


def _outputs(scene: InputScene, out: Path, n_channels: int) -> list[Path]:
    return [out / f"{scene.name}_{channel:04}.tif" for channel in range(n_channels)]


def _problem(scene: InputScene, *, load: Load) -> Problem | None:
    try:
        load(scene)
    except GlacierError as error:
        return Problem(scene.paths[0], str(error), "Correct it, or take the scene out")
    return None


def _write(scene: InputScene, *, out: Path, load: Load) -> list[str]:
    made_from = contents_of(scene.paths)
    channels, grid = load(scene)
    for path, values in zip(_outputs(scene, out, len(channels)), channels, strict=True):
        write_raster(path, values, crs=grid.crs, affine=grid.affine)
    return made_from
