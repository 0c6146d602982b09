"""From scenes and lines to cases: matched, named, divided into sets and folds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnunet_glacier.dataset_conversion.dinsar.case import DinsarCase, DinsarCheck
from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import SET_COLUMN, LineTable, SceneLines
from nnunet_glacier.dataset_conversion.dinsar.options import DEFAULT_SPLIT, SPLIT_BY_COLUMN, DinsarOptions
from nnunet_glacier.dataset_conversion.dinsar.placed_scene import DinsarScene
from nnunet_glacier.dataset_conversion.geodata.patches import Patch
from nnunet_glacier.dataset_conversion.writing.scene_split import parse_shares, random_sets, told_sets
from nnunet_glacier.dataset_conversion.writing.splits import Folds, group_folds, random_folds, validation_fold
from nnunet_glacier.domain.acquisition_dates import first_date
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.formats.interferograms import TILE_PREFIX
from nnunet_glacier.lines.grids import Grid, on_grid
from nnunet_glacier.support.errors import GlacierError, Problem
from nnunet_glacier.support.wording import counted

_TILE = re.compile(r"(?P<scene>.+?)(?:_x\d+_y\d+(?:_DIR\d+)?|_tile_\d+)")


def match_lines(
    paths: Mapping[str, Path], table: LineTable, lines: Path, options: DinsarOptions
) -> tuple[list[DinsarScene], list[Problem]]:
    """The scenes that are converted, with their lines, and what is wrong with the match.

    Args:
        paths: Files by scene.
        table: The lines.
        lines: Where they were read from, for the errors.
        options: What can be chosen.
    """
    candidates = [DinsarScene(name, path, table.scenes.get(name, SceneLines())) for name, path in sorted(paths.items())]
    drawn = [scene for scene in candidates if scene.lines.has_line]
    if paths and not drawn and not table.problems:
        names = ", ".join(sorted(table.scenes)[:3]) or "none"
        what = f"no line in it belongs to a scene: it names {names}, and the scenes are {', '.join(sorted(paths)[:3])}"
        remedy = "Name the column that holds the scene's file name with --line-column, or name the files alike"
        return [], [Problem(lines, what, remedy)]
    kept = [scene for scene in candidates if scene.name in table.scenes] if options.keep_empty else drawn
    ungrouped = [scene.name for scene in kept if options.group_column and not scene.lines.group]
    if ungrouped:
        count = counted(len(ungrouped), "scene has", "scenes have")
        what = f"{count} no value in {options.group_column!r}, such as {', '.join(ungrouped[:3])}"
        return kept, [Problem(lines, what, "Fill it in, or leave --group-column out")]
    return kept, []


def scene_of_tile(name: str) -> str:
    """The scene that a published tile was cut from, or the name itself.

    >>> scene_of_tile("coco_gl_007_180518-180524_x0520_y0704_DIR11")
    'gl_007_180518-180524'
    """
    match = _TILE.fullmatch(name)
    return match["scene"].removeprefix(TILE_PREFIX) if match else name


def cases_of_scenes(
    scenes: Sequence[DinsarScene], checks: Mapping[str, DinsarCheck], root: Path, options: DinsarOptions
) -> list[DinsarCase]:
    """A case for every scene or for every patch, by name; their sets are still open."""
    plain = [(scene.name, patch) for scene in scenes for patch in checks[scene.name].patches if not patch.with_line]
    if len(plain) > options.max_plain_patches:
        rng = np.random.default_rng(options.seed)
        kept = rng.choice(len(plain), options.max_plain_patches, replace=False)
        plain = [plain[index] for index in kept]
    taken = set(plain)
    cases = []
    for scene in scenes:
        check = checks[scene.name]
        if check.grid is None:
            continue
        windows: list[Patch | None] = [None]
        if options.patch_size:
            windows = [patch for patch in check.patches if patch.with_line or (scene.name, patch) in taken]
        described = _describe(scene, check.grid, root)
        cases += [_case(scene, described, check.grid, patch) for patch in windows]
    return sorted(cases, key=lambda case: case.scene.case)


def _describe(scene: DinsarScene, grid: Grid, root: Path) -> Scene:
    """A scene's row of the scene table."""
    described = Scene(
        scene.name,
        split="train",
        glacier=scene.lines.group or scene_of_tile(scene.name),
        date=scene.lines.date or first_date(scene.name),
        source=scene.path.relative_to(root).as_posix() if scene.path != root else scene.path.name,
    )
    return on_grid(described, grid)


def _case(scene: DinsarScene, described: Scene, grid: Grid, patch: Patch | None) -> DinsarCase:
    if patch is not None:
        name = f"{scene.name}_row{patch.row}_col{patch.column}_s{patch.size}"
        affine = grid.window(patch.row, patch.column, (patch.size, patch.size)).affine
        described = replace(described, case=name, affine=affine)
    return DinsarCase(described, (scene.path, *scene.lines.files), scene, patch, chosen=scene.lines.chosen())


def say_sets(cases: Sequence[DinsarCase], options: DinsarOptions) -> tuple[str, dict[str, str]]:
    """How the cases are divided, as it is recorded, and the set of each.

    Raises:
        GlacierError: If they cannot be divided so.
    """
    said = {case.interferogram.name: case.interferogram.lines.sets for case in cases}
    split = options.split or (SPLIT_BY_COLUMN if any(said.values()) and not options.split_by_patch else DEFAULT_SPLIT)
    if split == SPLIT_BY_COLUMN:
        if not any(said.values()):
            raise GlacierError(f"there is no column {SET_COLUMN!r} to divide the scenes by")
        told = told_sets(said)
        sets = {case.scene.case: told[case.interferogram.name] for case in cases}
    else:
        unit_of = {case.scene.case: case.scene.case if options.split_by_patch else case.scene.glacier for case in cases}
        drawn = random_sets(list(unit_of.values()), parse_shares(split), options.seed)
        sets = {case: drawn[unit] for case, unit in unit_of.items()}
    if cases and "train" not in sets.values():
        raise GlacierError("no scene is in the training set")
    return split, sets


def in_their_sets(cases: Sequence[DinsarCase], set_of: Mapping[str, str]) -> list[DinsarCase]:
    """The cases with their split known; validation cases are training cases that folds may set aside."""
    splits = {"test": "test"}
    return [
        replace(case, scene=replace(case.scene, split=splits.get(set_of[case.scene.case], "train"))) for case in cases
    ]


def training_folds(cases: Sequence[DinsarCase], set_of: Mapping[str, str], options: DinsarOptions) -> Folds:
    """The folds of the training and validation cases.

    Raises:
        GlacierError: If there are too few groups or cases for them.
    """
    scenes = [case.scene for case in cases if case.scene.split == "train"]
    names = sorted(scene.case for scene in scenes)
    if options.folds == "random":
        return random_folds(names)
    if options.folds == "group":
        return group_folds({scene.case: scene.glacier for scene in scenes}, options.group_column or "scene")
    return validation_fold(
        {name: set_of[name] for name in names}, "there is no validation set, which --folds split takes"
    )


def magnitude_scale_of(
    cases: Sequence[DinsarCase],
    set_of: Mapping[str, str],
    checks: Mapping[str, DinsarCheck],
    options: DinsarOptions,
) -> float:
    """The magnitude that becomes 1: what was asked for, or the median of the training scenes' 99th percentiles.

    1 where scenes hold phase alone: a mean of unit phasors is no longer than 1.
    """
    if options.magnitude_scale is not None:
        return options.magnitude_scale
    training = {case.interferogram.name for case in cases if set_of[case.scene.case] == "train"}
    magnitudes = [checks[name].magnitude for name in sorted(training) if checks[name].bands != "phase"]
    return float(np.median(magnitudes)) if magnitudes else 1.0
