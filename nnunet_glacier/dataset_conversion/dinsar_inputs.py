"""Interferograms without lines made into a model's input: the channels and constants of the dataset it was trained on.

A network that learnt from phases over pi and magnitudes over a constant must be given the same; the record in
``dataset.json``, which every trained folder holds, says which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.dinsar_options import DinsarOptions
from nnunet_glacier.dataset_conversion.dinsar_scenes import find_scenes
from nnunet_glacier.dataset_conversion.grounding_lines import SceneLines
from nnunet_glacier.dataset_conversion.phase_channels import CHANNELS, phase_channels
from nnunet_glacier.dataset_conversion.placed_scene import DinsarScene, place_scene
from nnunet_glacier.dataset_conversion.raw_dataset import CONVERSION_JSON, DATASET_JSON, is_done
from nnunet_glacier.errors import GlacierError, InputError, Problem
from nnunet_glacier.files import folder_problems, write_json
from nnunet_glacier.parallel import map_with_progress
from nnunet_glacier.rasters import write_raster
from nnunet_glacier.wording import counted

_RECORDED = ("bands", "phase_unit", "channels", "crs", "pixel_size_m")


@dataclass(frozen=True)
class InputRules:
    """How a dataset's channels were made.

    Attributes:
        options: Bands, unit, channels and grid.
        magnitude_scale: The magnitude that became 1.
    """

    options: DinsarOptions
    magnitude_scale: float

    def record(self) -> dict[str, Any]:
        """The rules as JSON; the same record means the same files."""
        chosen = {name: getattr(self.options, name) for name in _RECORDED}
        return {"source": "dinsar-scenes", **chosen, "magnitude_scale": self.magnitude_scale}


def read_rules(like: Path) -> InputRules:
    """The rules of a dataset.

    Args:
        like: A ``dataset.json`` that ``convert dinsar`` wrote, or a folder that holds it: the dataset, its
            preprocessed folder, or a trained model's.

    Raises:
        InputError: If there is none, or it is another dataset's.
    """
    path = like / DATASET_JSON if like.is_dir() else like
    remedy = "Give a dataset that 'convert dinsar' wrote, or a model that was trained on one"
    try:
        conversion = json.loads(path.read_text(encoding="utf-8"))["conversion"]
        chosen = {name: conversion[name] for name in _RECORDED}
        scale = float(conversion["magnitude_scale"])
    except OSError as error:
        raise InputError([Problem(path, f"it cannot be read ({error.strerror})", remedy)]) from None
    except (ValueError, KeyError, TypeError):
        raise InputError([Problem(path, "it does not say how interferograms were converted", remedy)]) from None
    return InputRules(DinsarOptions(**chosen), scale)


def prepare_scenes(scenes: Path, like: Path, out: Path, *, workers: int | None = None) -> str:
    """Write the channels of interferograms, one GeoTIFF each: ``<scene>_0000.tif`` and so on.

    Args:
        scenes: A folder of GeoTIFFs, also in folders below it, or one GeoTIFF.
        like: As in `read_rules`.
        out: Folder for the channels.
        workers: Processes; None for one a core.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    rules = read_rules(like)
    paths, problems = find_scenes(scenes)
    problems += folder_problems(out) or _other_rules(out, rules)
    found = [DinsarScene(name, path, SceneLines()) for name, path in sorted(paths.items())]
    missing = [scene for scene in found if not is_done(_outputs(scene, out, rules), [scene.path])]
    check = partial(_problem, rules=rules)
    answers = map_with_progress(check, missing, description="Checking", workers=workers)
    problems += [problem for problem in answers if problem]
    if problems:
        raise InputError(problems, f"{scenes} cannot be made into a model's input")
    write_json(out / CONVERSION_JSON, rules.record())
    write = partial(_write, out=out, rules=rules)
    for _ in map_with_progress(write, missing, description=f"Writing {out.name}", workers=workers):
        pass
    done = f"{len(missing)} written now, {len(found) - len(missing)} were there already"
    return f"{out}: {counted(len(found), 'scene')}; {done}.\nNext:\n  nnunet-glacier predict MODEL {out} PREDICTIONS"


def _other_rules(out: Path, rules: InputRules) -> list[Problem]:
    path = out / CONVERSION_JSON
    if not path.is_file():
        return []
    try:
        earlier: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        earlier = {}
    if earlier == json.loads(json.dumps(rules.record())):
        return []
    return [Problem(out, "it holds channels that were made by other rules", "Give another folder")]


def _outputs(scene: DinsarScene, out: Path, rules: InputRules) -> list[Path]:
    return [out / f"{scene.name}_{channel:04}.tif" for channel in range(len(CHANNELS[rules.options.channels]))]


def _problem(scene: DinsarScene, *, rules: InputRules) -> Problem | None:
    try:
        place_scene(scene, rules.options)
    except GlacierError as error:
        return Problem(scene.path, str(error), "Correct it, or take the scene out")
    return None


def _write(scene: DinsarScene, *, out: Path, rules: InputRules) -> None:
    placed = place_scene(scene, rules.options)
    channels = phase_channels(placed.signal, placed.valid, rules.options.channels, rules.magnitude_scale)
    for path, values in zip(_outputs(scene, out, rules), channels, strict=True):
        write_raster(path, values, crs=placed.grid.crs, affine=placed.grid.affine)
