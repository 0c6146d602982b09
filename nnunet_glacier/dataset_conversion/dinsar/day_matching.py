"""Grounding lines of scenes that they do not name: matched by the days of the acquisitions and by place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnunet_glacier.dataset_conversion.dinsar.grounding_lines import LineTable, SceneLines
from nnunet_glacier.dataset_conversion.geodata.line_burning import meets_grid
from nnunet_glacier.formats.pass_times import days_of_scene
from nnunet_glacier.formats.rasters import grid_of, open_tiff
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.support.errors import GlacierError


@dataclass(frozen=True)
class DayMatches:
    """What was matched by day.

    Attributes:
        table: The lines, those that were matched under the names of their scenes.
        n_matched: Features that were matched.
        undecided: Names of the features that suit several scenes, and these scenes.
    """

    table: LineTable
    n_matched: int = 0
    undecided: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def match_by_day(table: LineTable, paths: Mapping[str, Path]) -> DayMatches:
    """The table with every line that names no scene moved to the one of its days that it lies in.

    A scene's days are those of its tags, or else of its name. The scene of just the days of a line is taken; or else
    one whose days, two or more, are all among them, or that has only the day of the first acquisition.

    Args:
        table: The lines.
        paths: Scenes by name.
    """
    strangers = [(name, lines) for name, lines in table.dated if name not in paths]
    if not strangers:
        return DayMatches(table)
    days_of = {name: _days_of(path) for name, path in paths.items()}
    grids: dict[str, Grid | None] = {}
    moved = replace(table, scenes={name: lines for name, lines in table.scenes.items() if name in paths})
    undecided: list[tuple[str, tuple[str, ...]]] = []
    n_matched, left = 0, set()
    for name, lines in strangers:
        suiting = [scene for scene in _suiting(lines.days, days_of) if _meets(lines, scene, paths, grids)]
        if len(suiting) == 1:
            moved.add(suiting[0], lines)
            n_matched += 1
            continue
        left.add(name)
        if suiting:
            undecided.append((f"{name} of {lines.days[0]}", tuple(suiting)))
    undated = {name for name in table.scenes if name not in paths} - {name for name, _ in strangers}
    for name in table.scenes:
        if name in left | undated:
            moved.scenes[name] = table.scenes[name]
    return DayMatches(moved, n_matched, undecided)


def _days_of(path: Path) -> frozenset[datetime.date]:
    try:
        return frozenset(days_of_scene(path))
    except GlacierError:
        # Whoever reads the scene says so.
        return frozenset()


def _suiting(days: tuple[datetime.date, ...], days_of: Mapping[str, frozenset[datetime.date]]) -> list[str]:
    exact = [scene for scene, own in days_of.items() if own and own == frozenset(days)]
    if exact:
        return exact
    return [
        scene
        for scene, own in days_of.items()
        if own and ((len(own) > 1 and own <= set(days)) or own == frozenset(days[:1]))
    ]


def _meets(lines: SceneLines, scene: str, paths: Mapping[str, Path], grids: dict[str, Grid | None]) -> bool:
    if scene not in grids:
        try:
            with open_tiff(paths[scene]) as source:
                grids[scene] = grid_of(source)
        except GlacierError:
            # Whoever reads the scene says so.
            grids[scene] = None
    grid = grids[scene]
    return grid is not None and grid.placed and any(meets_grid(drawn, crs, grid) for crs, drawn in lines.parts)
