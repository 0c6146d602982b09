"""One scene from its pixels to its maps and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import ndimage
from shapely import LineString

from nnunet_glacier.delineation.area import Area, in_pixels, mask_of
from nnunet_glacier.delineation.grids import MAX_PIXELS, Grid, network_grid
from nnunet_glacier.delineation.maps import SceneMaps, front_probabilities
from nnunet_glacier.delineation.normal_form import to_grey
from nnunet_glacier.delineation.options import Options
from nnunet_glacier.delineation.scene import SceneFile, grid_of_control_points, ground_edge_m, read_on_grid
from nnunet_glacier.formats.delineated_lines import DelineatedLine, Layer
from nnunet_glacier.formats.opened_model import Model
from nnunet_glacier.lines.front_pieces import to_map
from nnunet_glacier.lines.front_tracing import (
    TracedLine,
    choose_front,
    cut_to_area,
    mean_distance,
    smoothed_zones,
    trace_lines,
)
from nnunet_glacier.lines.ground_lengths import line_length_m
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
class ModelName:
    """What stands of the model beside each line.

    Attributes:
        name: Its name.
        sha256: Its SHA-256.
        pixel_size_m: Least and greatest pixel size that it was trained on.
    """

    name: str
    sha256: str
    pixel_size_m: tuple[float, float]


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
    context = _Context(scene, name, grid, scene.grid or grid, probability, of_folds)
    maps = SceneMaps(grid, field.zones, probability, spread, pixels.valid)
    return Delineated(maps, context.target, tuple(_lines(traced, context, options.min_length_m)))


@dataclass(frozen=True)
class _Context:
    """What turns a traced line into a row of a layer."""

    scene: SceneFile
    model: ModelName
    grid: Grid
    target: Grid
    probability: np.ndarray
    of_folds: Sequence[Sequence[LineString]]

    def on_map(self, line: LineString) -> LineString:
        """A line in pixels of the network's grid, in the CRS of the target."""
        placed = to_map(line, self.grid.affine)
        if self.grid.crs == self.target.crs:
            return placed
        from pyproj import Transformer

        to_target = Transformer.from_crs(self.grid.crs, self.target.crs, always_xy=True)
        return LineString(np.column_stack(to_target.transform(*placed.xy)))

    def length_m(self, line: LineString) -> float:
        """Length of a line in pixels on the ground."""
        return line_length_m(to_map(line, self.grid.affine), self.grid.crs)

    def row(self, layer: Layer, one: TracedLine, line: LineString) -> DelineatedLine:
        """A line with its columns."""
        distances = [mean_distance(line, fold) for fold in self.of_folds] if len(self.of_folds) > 1 else []
        known = [distance for distance in distances if np.isfinite(distance)]
        scene = self.scene
        return DelineatedLine(
            layer=layer,
            xy=tuple((float(x), float(y)) for x, y in self.on_map(line).coords),
            crs=self.target.crs,
            case=scene.case,
            glacier=scene.glacier,
            date=scene.date.isoformat() if scene.date else "",
            sensor=scene.sensor,
            image_id=scene.image_id,
            model=self.model.name,
            model_sha256=self.model.sha256,
            length_m=self.length_m(line),
            prolonged_m=sum(self.length_m(end) for end in one.prolonged),
            mean_probability=_mean_along(line, self.probability),
            uncertainty_m=float(np.mean(known)) * self.grid.pixel_size_m if known else None,
            pixel_size_m=self.grid.pixel_size_m,
        )


def _lines(traced: Sequence[TracedLine], context: _Context, min_length_m: float) -> list[DelineatedLine]:
    long = [one for one in traced if context.length_m(one.line) > min_length_m]
    front, others = choose_front(long)
    rows = [context.row("other_pieces", one, one.line) for one in others]
    if front is not None:
        rows = [
            context.row("fronts", front, front.line),
            *(context.row("prolonged", front, end) for end in front.prolonged),
            *rows,
        ]
    return rows


def _mean_along(line: LineString, values: np.ndarray) -> float:
    """Mean of a map along a line in pixels, in steps of half a pixel."""
    at = np.arange(0.25, max(line.length, 0.5), 0.5)
    points: Any = [line.interpolate(distance) for distance in at]
    xy = np.array([(point.x, point.y) for point in points]) - 0.5
    sampled = ndimage.map_coordinates(values, (xy[:, 1], xy[:, 0]), order=1, mode="nearest")
    return float(sampled.mean(dtype=np.float64))
