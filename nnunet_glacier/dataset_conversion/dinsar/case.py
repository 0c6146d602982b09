"""A scene checked and cut into patches, and the maps of a case."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnunet_glacier.dataset_conversion.dinsar.options import DinsarOptions
from nnunet_glacier.dataset_conversion.dinsar.placed_scene import DinsarScene, PlacedScene, place_scene
from nnunet_glacier.dataset_conversion.geodata.patches import Patch, sample_patches
from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.phase_channels import phase_channels, reference_magnitude
from nnunet_glacier.support.errors import GlacierError, Problem

IGNORE = LABEL_SPACES["grounding_line"].n_codes
"""The code of pixels without a signal: nnU-Net wants it after the last class."""


@dataclass(frozen=True)
class DinsarCase(Case):
    """A case: a scene, or a patch of one.

    Attributes:
        interferogram: What it is made from.
        patch: The window, or None for the whole scene.
    """

    interferogram: DinsarScene
    patch: Patch | None = None


@dataclass(frozen=True)
class DinsarCheck(SceneCheck):
    """What was seen in a scene.

    Attributes:
        bands: How it is stored, or "" if it cannot be read.
        grid: The grid that it is written on, or None if it cannot be read.
        magnitude: Its 99th percentile of magnitudes.
        line_pixels: Pixels of the line.
        lost_pixels: Those of them that have no signal, and are ignored.
        patches: The patches that are taken, none for whole scenes.
    """

    bands: str = ""
    grid: Grid | None = None
    magnitude: float = float("nan")
    line_pixels: int = 0
    lost_pixels: int = 0
    patches: tuple[Patch, ...] = ()


def check_scene(scene: DinsarScene, *, options: DinsarOptions) -> DinsarCheck:
    """Read a scene as it will be converted and say what is wrong with it; nothing is written."""
    try:
        placed = place_scene(scene, options)
    except GlacierError as error:
        return DinsarCheck((Problem(scene.path, str(error), "Correct it, or take the scene out"),))
    problems: list[Problem] = []
    patches: list[Patch] = []
    size = options.patch_size
    if size is not None and min(placed.grid.shape) < size:
        what = f"its {placed.grid.shape[0]}x{placed.grid.shape[1]} pixels are fewer than a patch of {size}"
        problems.append(Problem(scene.path, what, "Give a smaller --patch-size or none, or take the scene out"))
    elif size is not None:
        # Its own generator, so that a scene's patches do not depend on which other scenes there are.
        rng = np.random.default_rng([options.seed, zlib.crc32(scene.name.encode())])
        patches = sample_patches(placed.line, placed.valid, size, rng, max_line_patches=options.max_line_patches)
    return DinsarCheck(
        tuple(problems),
        placed.bands,
        placed.grid,
        reference_magnitude(placed.signal, placed.valid),
        int(placed.line.sum()),
        int((placed.line & ~placed.valid).sum()),
        tuple(patches),
    )


@lru_cache(maxsize=1)
def _placed_scene(scene: DinsarScene, options: DinsarOptions, _written_ns: tuple[int, ...]) -> PlacedScene:
    """`place_scene`, kept: the patches of a scene are written one after the other, and reading takes far longer."""
    return place_scene(scene, options)


def load_case(case: DinsarCase, *, options: DinsarOptions, magnitude_scale: float) -> CaseMaps:
    """The channels, the label map and the one-pixel line of a case; where there is no signal: 0, ignore, no line."""
    placed = _placed_scene(case.interferogram, options, tuple(path.stat().st_mtime_ns for path in case.inputs))
    window = case.patch.slices if case.patch else (slice(None), slice(None))
    valid = placed.valid[window]
    labels = np.where(valid, placed.line[window], IGNORE).astype(np.uint8)
    return CaseMaps(
        image=phase_channels(placed.signal[window], valid, options.channels, magnitude_scale),
        labels=labels,
        front=np.where(placed.thin[window] & valid, 255, 0).astype(np.uint8),
    )
