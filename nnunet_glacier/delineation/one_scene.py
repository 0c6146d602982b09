"""One scene from its pixels to its maps and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from nnunet_glacier.delineation.area import Area, area_on
from nnunet_glacier.delineation.kind_of_line import Delineated, ModelName, Network
from nnunet_glacier.delineation.maps import SceneMaps, front_probabilities
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.scene_lines import SceneLines
from nnunet_glacier.delineation.training_likeness import Likeness
from nnunet_glacier.formats.scene_pixels import ground_edge_m, read_normal_form
from nnunet_glacier.formats.scene_rasters import SceneRaster, declared_data, grey_levels, own_grid
from nnunet_glacier.lines.front_tracing import cut_to_area, smoothed_zones, trace_lines
from nnunet_glacier.lines.network_grids import network_grid, refuse_too_large


class ZoneModel(Network, Protocol):
    """What is asked of a loaded model: `nnunet_glacier.inference.scene_model.SceneModel` is one."""

    def zone_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = ...,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones, float16, ``(folds, 4, H, W)``."""


def delineate_scene(
    scene: SceneRaster,
    model: ZoneModel,
    name: ModelName,
    areas: Sequence[Area],
    options: Options,
    progress: Callable[[int], object] = lambda folds: None,
) -> Delineated:
    """Read a scene, ask the network, and trace the front.

    Args:
        scene: The scene.
        model: The network.
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
    folds = model.zone_probabilities(grey.values, grey.valid, pixel_size_m=grid.pixel_size_m, progress=progress)
    probability, spread = front_probabilities(folds)
    field = smoothed_zones(folds.mean(axis=0, dtype=np.float32), grey.valid)
    traced = trace_lines(field, inside)
    of_folds = [
        [one.line for one in trace_lines(smoothed_zones(fold, grey.valid), inside) if one.main] for fold in folds
    ]
    if area is not None:
        traced = cut_to_area(traced, area)
    maps = SceneMaps(grid, field.zones, probability, spread, grey.valid)
    likeness = Likeness.of(
        grey.values,
        grey.valid,
        model=name.name,
        seen_m=grid.pixel_size_m,
        own_m=ground_edge_m(own),
        trained_m=name.pixel_size_m,
        grey_levels=grey_levels(scene),
    )
    lines = SceneLines(scene, name, scene.grid or grid, maps, of_folds, likeness)
    holds_data = None if scene.grid is None else declared_data(scene)
    return Delineated(maps, lines.target, lines.rows(traced, options.min_length_m), holds_data)
