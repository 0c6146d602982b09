"""Interferograms without lines made into a model's input, by the rules of the dataset that it was trained on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.writing.model_inputs import InputScene, read_dataset_json, write_inputs
from nnunet_glacier.formats.interferograms import find_scenes
from nnunet_glacier.formats.phase_rules import PhaseRules, phase_rules_in
from nnunet_glacier.lines.grids import Grid


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
    rules = read_dataset_json(like, phase_rules_in, command="convert dinsar")
    paths, problems = find_scenes(scenes)
    return write_inputs(
        [InputScene(name, (path,)) for name, path in sorted(paths.items())],
        out,
        partial(_load, rules=rules),
        n_channels=rules.n_channels,
        record=rules.record(),
        problems=problems,
        where=scenes,
        workers=workers,
    )


def _load(scene: InputScene, *, rules: PhaseRules) -> tuple[np.ndarray, Grid]:
    signal = rules.read(scene.paths[0])
    return rules.channels_of(signal), signal.grid
