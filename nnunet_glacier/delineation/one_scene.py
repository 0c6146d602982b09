"""One scene from its pixels to its maps and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnunet_glacier.delineation.area import Area, area_on
from nnunet_glacier.delineation.front_drawing import FrontDrawing, SceneOnGrid
from nnunet_glacier.delineation.kind_of_line import Delineated, ModelName, Network
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.scene_lines import SceneLines
from nnunet_glacier.delineation.training_likeness import Likeness
from nnunet_glacier.delineation.value_warnings import doubts_of
from nnunet_glacier.formats.scene_pixels import ground_edge_m, read_normal_form
from nnunet_glacier.formats.scene_rasters import SceneRaster, declared_data, own_grid, sampled_values
from nnunet_glacier.lines.network_grids import network_grid, refuse_too_large


def delineate_scene(
    scene: SceneRaster,
    network: Network,
    drawing: FrontDrawing,
    name: ModelName,
    areas: Sequence[Area],
    options: Options,
    progress: Callable[[int], object] = lambda folds: None,
) -> Delineated:
    """Read a scene, ask the network, and trace the front.

    Args:
        scene: The scene.
        network: The loaded model.
        drawing: How fronts are drawn from what it says.
        name: What stands of it beside the lines.
        areas: Where fronts are looked for; everywhere without one.
        options: The options.
        progress: Gets 1 for each tile that the network has seen.

    Raises:
        GlacierError: If the scene cannot be used; with what is wrong.
    """
    own = own_grid(scene)
    grid = network_grid(own, name.pixel_size_m)
    refuse_too_large(grid)
    area, inside = area_on(grid, areas)
    grey = read_normal_form(scene, grid, options.values)
    drawn = drawing.draw(network, SceneOnGrid(grey, grid, area, inside), progress)
    sample = sampled_values(scene)
    likeness = Likeness.of(
        grey.values,
        grey.valid,
        model=name.name,
        seen_m=grid.pixel_size_m,
        own_m=ground_edge_m(own),
        trained_m=name.pixel_size_m,
        grey_levels=len(np.unique(sample)),
    )
    target = scene.grid or grid
    lines = SceneLines(scene, name, target, drawn, likeness, drawing.calibrations, drawing.limits)
    holds_data = None if scene.grid is None else declared_data(scene)
    doubts = doubts_of(sample, scene.dtype, options.values)
    return Delineated(drawn.maps, target, lines.rows(options.min_length_m), holds_data, doubts)
