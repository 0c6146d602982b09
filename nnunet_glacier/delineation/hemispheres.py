"""Whether the scenes of a run lie where the forms have a place that their fronts are to be written in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnunet_glacier.delineation.record import lines_of_others
from nnunet_glacier.domain.choices import Export
from nnunet_glacier.formats.front_exports import hemisphere_problems
from nnunet_glacier.formats.scene_rasters import SceneRaster, own_grid
from nnunet_glacier.lines.ground_lengths import on_the_earth
from nnunet_glacier.support.errors import Problem


def export_problems(out: Path, scenes: Sequence[SceneRaster], exports: Sequence[Export]) -> list[Problem]:
    """What `hemisphere_problems` finds among the scenes and the lines of earlier runs in the folder."""
    if not exports:
        return []
    places = {}
    for scene in scenes:
        grid = own_grid(scene)
        places[scene.case] = on_the_earth(grid.crs, *grid.centre())
    for case, lines in lines_of_others(out, places).items():
        if lines:
            places[case] = on_the_earth(lines[0].crs, *lines[0].xy[0])
    return hemisphere_problems(exports, {case: place[1] for case, place in places.items() if place is not None})
