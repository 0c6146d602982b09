"""Sentinel-1 scenes without charts made into a model's input: standardised by the constants it was trained with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.dataset_conversion.sea_ice.inputs import CHANNELS, find_scenes, read_scene, standardised
from nnunet_glacier.dataset_conversion.sea_ice.resampling import resampled
from nnunet_glacier.dataset_conversion.writing.model_inputs import (
    InputScene,
    read_dataset_json,
    write_inputs,
)
from nnunet_glacier.formats.recorded_values import finite_number, positive_number
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError


@dataclass(frozen=True)
class Constants:
    """What a model was trained with.

    Attributes:
        means: Of the channels.
        deviations: Their standard deviations.
        pixel_size_m: What its scenes were brought to, or None where they kept their own.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    pixel_size_m: float | None = None

    def record(self) -> dict[str, Any]:
        """The constants as they are recorded beside the channels."""
        size = {"pixel_size_m": self.pixel_size_m} if self.pixel_size_m else {}
        return {"mean": self.means, "standard_deviation": self.deviations, **size}


def _constants_in(dataset_json: Mapping[str, Any]) -> Constants:
    if dataset_json["source"] != "sea-ice":
        raise KeyError("sea-ice")
    means = _of_channels("channels.mean", dataset_json["channels"]["mean"], finite_number)
    deviations = _of_channels(
        "channels.standard_deviation", dataset_json["channels"]["standard_deviation"], positive_number
    )
    size = dataset_json["channels"].get("pixel_size_m")
    return Constants(means, deviations, None if size is None else positive_number("channels.pixel_size_m", size))


def _of_channels(key: str, values: Any, checked: Callable[[str, Any], float]) -> tuple[float, ...]:
    """A number for every channel.

    Raises:
        GlacierError: If there are more or fewer, or one is none.
    """
    if not isinstance(values, list) or len(values) != len(CHANNELS):
        raise GlacierError(f"its {key} is {values!r}; wanted is a list of {len(CHANNELS)} numbers")
    return tuple(checked(f"{key}[{index}]", value) for index, value in enumerate(values))


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
        record={"source": "sea-ice-scenes", **constants.record()},
        problems=problems,
        where=scenes,
        workers=workers,
    )


def _load(scene: InputScene, *, constants: Constants) -> tuple[np.ndarray, Grid]:
    sar = resampled(read_scene(scene.paths), constants.pixel_size_m)
    return standardised(sar.values, sar.valid, constants.means, constants.deviations), sar.grid
