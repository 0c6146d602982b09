"""From scenes and charts to cases: named, described, divided into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nnunet_glacier.dataset_conversion.sea_ice.case import IceCase, IceCheck, IceScene, Part
from nnunet_glacier.dataset_conversion.sea_ice.options import SeaIceOptions
from nnunet_glacier.dataset_conversion.writing.splits import Folds, group_folds, validation_fold
from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.lines.grids import Grid, on_grid


def cases_of_scenes(scenes: Sequence[IceScene], checks: Mapping[str, IceCheck], root: Path) -> list[IceCase]:
    """A case for every part of every scene, by name."""
    cases = []
    for scene in scenes:
        grid = checks[scene.time].grid
        if grid is None:
            continue
        for part in checks[scene.time].parts:
            described = _describe(scene, part, grid, root)
            cases.append(IceCase(described, scene.files, scene, part))
    return sorted(cases, key=lambda case: case.scene.case)


def _describe(scene: IceScene, part: Part, grid: Grid, root: Path) -> Scene:
    """A case's row of the scene table."""
    window, path = part.window, scene.paths[0]
    name = f"seaice_s1_{scene.time}"
    if window is not None:
        grid = grid.window(window.row, window.column, (window.height, window.width))
        ending = f"row{window.row}_col{window.column}_s{window.height}" if part.crop else f"{part.purpose}_half"
        name = f"{name}_{ending}"
    described = Scene(
        name,
        split="test" if part.purpose == "test" else "train",
        glacier=scene.time,
        date=scene.date,
        sensor="S1",
        source=path.relative_to(root).as_posix() if path != root else path.name,
    )
    return on_grid(described, grid)


def training_folds(cases: Sequence[IceCase], options: SeaIceOptions) -> Folds:
    """The folds of the training cases: the published halves as the only one, or by scene.

    Raises:
        GlacierError: If no half validates, or there is only one scene.
    """
    training = [case for case in cases if case.scene.split == "train"]
    if options.folds == "scene":
        return group_folds({case.scene.case: case.ice.time for case in training}, "scene")
    missing = "no scene of February, June, August or December is there to validate with a half"
    return validation_fold({case.scene.case: case.part.purpose for case in training}, missing)
