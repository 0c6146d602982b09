"""Sentinel-1 scenes without charts made into a model's input: standardised by the constants it was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.dataset_conversion.geodata.grids import Grid
from nnunet_glacier.dataset_conversion.sea_ice.inputs import CHANNELS, find_scenes, read_scene, standardised
from nnunet_glacier.dataset_conversion.writing.model_inputs import InputScene, read_dataset_json, write_inputs

Constants = tuple[tuple[float, ...], tuple[float, ...]]
"""Means and standard deviations of the channels."""


def _constants_in(dataset_json: Mapping[str, Any]) -> Constants:
    channels = dataset_json["channels"]
    means, deviations = (tuple(map(float, channels[name])) for name in ("mean", "standard_deviation"))
    if dataset_json["source"] != "sea-ice" or not len(means) == len(deviations) == len(CHANNELS):
        raise ValueError("not a dataset of sea ice")
    return means, deviations


def prepare_scenes(scenes: Path, like: Path, out: Path, *, workers: int | None = None) -> str:
    """Write the channels of scenes, one GeoTIFF each: ``seaice_s1_<time>_0000.tif`` and so on.

    Args:
        scenes: A folder of GeoTIFFs as in `find_scenes`.
        like: A dataset that ``convert sea-ice`` wrote or a model, as in `read_dataset_json`.
        out: Folder for the channels.
        workers: Processes; None for one a core.

    Returns:
        What was written and what to run next.

    Raises:
        InputError: With everything that is wrong; nothing was written.
    """
    constants = read_dataset_json(like, _constants_in, command="convert sea-ice")
    paths, problems = find_scenes(scenes)
    return write_inputs(
        [InputScene(f"seaice_s1_{time}", files) for time, files in paths.items()],
        out,
        partial(_load, constants=constants),
        n_channels=len(CHANNELS),
        record={"source": "sea-ice-scenes", "mean": constants[0], "standard_deviation": constants[1]},
        problems=problems,
        where=scenes,
        workers=workers,
    )


def _load(scene: InputScene, *, constants: Constants) -> tuple[np.ndarray, Grid]:
    sar = read_scene(scene.paths)
    return standardised(sar.values, sar.valid, *constants), sar.grid
