"""One scene from its pixels to its maps and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nnunet_glacier.delineation.area import Area, in_pixels, mask_of
from nnunet_glacier.delineation.maps import SceneMaps, front_probabilities
from nnunet_glacier.delineation.normal_form import to_grey
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.scene import (
    SceneFile,
    grey_levels,
    grid_of_control_points,
    ground_edge_m,
    read_on_grid,
)
from nnunet_glacier.delineation.scene_lines import ModelName, SceneLines
from nnunet_glacier.delineation.training_likeness import Likeness
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.lines.front_tracing import cut_to_area, smoothed_zones, trace_lines
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.network_grids import MAX_PIXELS, network_grid
from nnunet_glacier.support.errors import GlacierError


class ZoneModel(Protocol):
    """What is asked of a loaded model: `nnunet_glacier.inference.scene_model.SceneModel` is one.

    Attributes:
        model: The model that was opened.
        mirroring: Whether it averages over mirrored tiles.
        tile_step: Step of its sliding window as a fraction of the tile.
    """

    model: Model
    mirroring: bool
    tile_step: float

    def zone_probabilities(
        self,
        pixels: np.ndarray,
        valid: np.ndarray | None = None,
        *,
        pixel_size_m: float = 1.0,
        progress: Callable[[int], object] = ...,
    ) -> np.ndarray:
        """Each fold's probabilities of the four zones, float16, ``(folds, 4, H, W)``."""


@dataclass(frozen=True)
class Delineated:
    """What a scene gives.

    Attributes:
        maps: Its maps, on the network's grid.
        target: The grid on which they are to be written: the scene's own.
        lines: Its lines, in the CRS of that grid.
    """

    maps: SceneMaps
    target: Grid
    lines: tuple[DelineatedLine, ...]


def delineate_scene(
    scene: SceneFile,
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
    own = scene.grid or grid_of_control_points(scene)
    grid = network_grid(own, name.pixel_size_m)
    if grid.shape[0] * grid.shape[1] > MAX_PIXELS:
        raise GlacierError(
            f"at {grid.pixel_size_m:.0f} m it has {grid.shape[0]}x{grid.shape[1]} pixels, more than can be held; cut "
            "it: gdal_translate -projwin WEST NORTH EAST SOUTH IMAGE PART"
        )
    pixels = read_on_grid(scene, grid, ground_edge_m(own))
    grey = to_grey(pixels.values, pixels.valid, scene.dtype, options.values)
    folds = model.zone_probabilities(grey, pixels.valid, pixel_size_m=grid.pixel_size_m, progress=progress)
    probability, spread = front_probabilities(folds)
    area = in_pixels(areas, grid)
    inside = None if area is None else mask_of(area, grid.shape)
    field = smoothed_zones(folds.mean(axis=0, dtype=np.float32), pixels.valid)
    traced = trace_lines(field, inside)
    of_folds = [
        [one.line for one in trace_lines(smoothed_zones(fold, pixels.valid), inside) if one.main] for fold in folds
    ]
    if area is not None:
        traced = cut_to_area(traced, area)
    maps = SceneMaps(grid, field.zones, probability, spread, pixels.valid)
    likeness = Likeness.of(
        grey,
        pixels.valid,
        model=name.name,
        seen_m=grid.pixel_size_m,
        own_m=ground_edge_m(own),
        trained_m=name.pixel_size_m,
        grey_levels=grey_levels(scene),
    )
    lines = SceneLines(scene, name, scene.grid or grid, maps, of_folds, likeness)
    return Delineated(maps, lines.target, lines.rows(traced, options.min_length_m))
