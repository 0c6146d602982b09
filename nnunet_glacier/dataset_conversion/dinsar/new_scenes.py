"""Interferograms without lines made into a model's input: the channels and constants of the dataset it was trained on.

A network that learnt from phases over pi and magnitudes over a constant must be given the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import SceneLines
from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions, option_problems
from nnunet_glacier.dataset_conversion.dinsar.placed_scene import DinsarScene, place_scene
from nnunet_glacier.dataset_conversion.writing.model_inputs import (
    InputScene,
    one_of,
    positive_number,
    read_dataset_json,
    write_inputs,
)
from nnunet_glacier.formats.interferograms import LAYER_COUNT, PHASE_UNITS, find_scenes
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.phase_channels import CHANNELS, phase_channels
from nnunet_glacier.support.errors import GlacierError

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


def _rules_in(dataset_json: Mapping[str, Any]) -> InputRules:
    recorded = {name: dataset_json["conversion"][name] for name in (*_RECORDED, "magnitude_scale")}
    for name, choices in (("bands", LAYER_COUNT), ("phase_unit", PHASE_UNITS), ("channels", CHANNELS)):
        one_of(f"conversion.{name}", recorded[name], choices)
    scale = positive_number("conversion.magnitude_scale", recorded.pop("magnitude_scale"))
    if recorded["pixel_size_m"] is not None:
        positive_number("conversion.pixel_size_m", recorded["pixel_size_m"])
    options = DinsarOptions(**recorded)
    for problem in option_problems(options):
        raise GlacierError(f"its conversion.crs is {options.crs!r}: {problem.what}")
    return InputRules(options, scale)


def prepare_scenes(scenes: Path, like: Path, out: Path, *, workers: int | None = None) -> str:
    """Write the channels of interferograms, one GeoTIFF each: ``<scene>_0000.tif`` and so on.

    Args:
        scenes: A folder of GeoTIFFs, also in folders below it, or one GeoTIFF.
        like: A dataset that ``convert dinsar`` wrote or a model, as in `read_dataset_json`.
        out: Folder for the channels.
        workers: Processes; None for one a core.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    rules = read_dataset_json(like, _rules_in, command="convert dinsar")
    paths, problems = find_scenes(scenes)
    return write_inputs(
        [InputScene(name, (path,)) for name, path in sorted(paths.items())],
        out,
        partial(_load, rules=rules),
        n_channels=len(CHANNELS[rules.options.channels]),
        record=rules.record(),
        problems=problems,
        where=scenes,
        workers=workers,
    )


def _load(scene: InputScene, *, rules: InputRules) -> tuple[np.ndarray, Grid]:
    placed = place_scene(DinsarScene(scene.name, scene.paths[0], SceneLines()), rules.options)
    channels = phase_channels(placed.signal, placed.valid, rules.options.channels, rules.magnitude_scale)
    return channels, placed.grid
