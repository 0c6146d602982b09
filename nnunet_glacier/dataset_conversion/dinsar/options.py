"""What can be chosen when interferograms are converted, and what is wrong with a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnunet_glacier.dataset_conversion.geodata.patches import MAX_LINE_PATCHES, MAX_PLAIN_PATCHES_IN_ALL
from nnunet_glacier.dataset_conversion.writing.scene_split import parse_shares
from nnunet_glacier.formats.phase_rules import crs_fault
from nnunet_glacier.support.errors import GlacierError, Problem

SEED = 42
"""The seed of Gattolin's published code."""

SPLIT_BY_COLUMN = "column"
DEFAULT_SPLIT = "70/15/15"
"""Training, validation and test (Gattolin, Sect. 2.2)."""


@dataclass(frozen=True)
class DinsarOptions:
    """What can be chosen.

    Attributes:
        bands: How scenes are stored: ``auto``, or a way of the table in `formats.interferograms`.
        phase_unit: A key of `interferograms.PHASE_UNITS`, or None for radians that are checked.
        channels: A key of `phase_channels.CHANNELS`.
        magnitude_scale: The magnitude that becomes 1; None for the median over the training scenes of their 99th
            percentiles.
        crs: CRS of a common grid, or None for each scene's own.
        pixel_size_m: Pixel edge of a common grid in metres, or None for each scene's own grid.
        all_touched: Whether every pixel that a line touches is labelled, or one a step.
        line_column: Column that names the scene, or None for a known one, or else the file name.
        where: Condition in SQL's form that lines must meet, such as ``category = 'landward'``, or None.
        group_column: Column of groups that a split keeps together, or None for scenes.
        keep_empty: Whether a scene whose features all lack a geometry is kept as one without a line; else it is left
            out, as are scenes that the lines do not name at all.
        patch_size: Edge of patches in pixels, or None for whole scenes.
        max_line_patches: Most patches with a line from a scene.
        max_plain_patches: Most patches without a line from all scenes.
        split: ``column``, shares such as ``70/15/15``, or None for the column where there is one.
        split_by_patch: Whether patches of one scene may fall into different sets.
        folds: ``group``, ``split`` or ``random``.
        seed: Decides patches, sets and random folds.
    """

    bands: str = "auto"
    phase_unit: str | None = None
    channels: str = "phase_mag"
    magnitude_scale: float | None = None
    crs: str | None = None
    pixel_size_m: float | None = None
    all_touched: bool = True
    line_column: str | None = None
    where: str | None = None
    group_column: str | None = None
    keep_empty: bool = False
    patch_size: int | None = None
    max_line_patches: int = MAX_LINE_PATCHES
    max_plain_patches: int = MAX_PLAIN_PATCHES_IN_ALL
    split: str | None = None
    split_by_patch: bool = False
    folds: str = "group"
    seed: int = SEED

    def record(self, *, bands: str, split: str, magnitude_scale: float) -> dict[str, Any]:
        """Everything that decides what is written, with what was found where nothing was chosen."""
        patches = {
            "patch_size": self.patch_size,
            "max_line_patches": self.max_line_patches,
            "max_plain_patches": self.max_plain_patches,
        }
        return {
            "bands": bands,
            "phase_unit": self.phase_unit or "radians",
            "channels": self.channels,
            "magnitude_scale": magnitude_scale,
            "crs": self.crs,
            "pixel_size_m": self.pixel_size_m,
            "all_touched": self.all_touched,
            "line_column": self.line_column,
            **({"where": self.where} if self.where else {}),
            "group_column": self.group_column,
            "keep_empty": self.keep_empty,
            **(patches if self.patch_size else {"patch_size": None}),
            "split": split,
            "split_by_patch": self.split_by_patch,
            "seed": self.seed,
        }


def option_problems(options: DinsarOptions) -> list[Problem]:
    """What is wrong with the options themselves, before any file is read."""
    problems = []
    if options.crs is not None:
        fault = crs_fault(options.crs, options.pixel_size_m)
        problems += [Problem(f"--crs {options.crs}", *fault)] if fault else []
    if options.split not in (None, SPLIT_BY_COLUMN):
        try:
            parse_shares(options.split)
        except GlacierError as error:
            problems.append(Problem("--split", str(error), f"Give {DEFAULT_SPLIT}, or {SPLIT_BY_COLUMN}"))
    if options.split_by_patch and options.split == SPLIT_BY_COLUMN:
        what = "the column goes by scene"
        problems.append(Problem("--split-by-patch", what, "Give shares with --split, or leave one of them out"))
    return problems
