"""One interferogram from its signal to its maps and grounding lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import LineString

from nnunet_glacier.delineation.area import Area, area_on
from nnunet_glacier.delineation.believability import judged
from nnunet_glacier.delineation.grounding_line_flags import REJECTING, Signs, flags
from nnunet_glacier.delineation.kind_of_line import Delineated, LineModel
from nnunet_glacier.delineation.line_places import ground_length_m, known_of, vertices_on_map
from nnunet_glacier.delineation.maps import SceneMaps, mean_and_spread
from nnunet_glacier.delineation.training_likeness import pixel_size_ratio
from nnunet_glacier.domain.line_rules import MAX_GAP_M, MAX_SPUR_M
from nnunet_glacier.formats.delineated_lines import DelineatedLine
from nnunet_glacier.formats.phase_rules import PhaseRules, on_grid
from nnunet_glacier.formats.scene_rasters import SceneRaster
from nnunet_glacier.lines.front_shape import ends_on_border, mean_along, share_along
from nnunet_glacier.lines.front_tracing import lines_of, mean_distance
from nnunet_glacier.lines.line_finding import LineRules
from nnunet_glacier.lines.network_grids import network_grid, refuse_too_large
from nnunet_glacier.lines.ridge_lines import ridge_lines
from nnunet_glacier.support.errors import GlacierError

EDGE_PX = 2.0
"""An end this near the border of the data lies on it."""


@dataclass(frozen=True)
class LineSettings:
    """How grounding lines are drawn.

    Attributes:
        rules: How the model's channels are made.
        model: Name of the model.
        model_sha256: Its SHA-256.
        pixel_size_m: Least and greatest pixel size to which a scene is brought; None where it stays as it is.
        threshold: Probability above which there is a line.
        min_length_m: Lines up to this length are rejected.
    """

    rules: PhaseRules
    model: str
    model_sha256: str
    pixel_size_m: tuple[float, float] | None
    threshold: float
    min_length_m: float


def delineate_interferogram(
    scene: SceneRaster,
    model: LineModel,
    settings: LineSettings,
    areas: Sequence[Area],
    progress: Callable[[int], object] = lambda tiles: None,
) -> Delineated:
    """Read an interferogram, ask the network, and draw the lines in the middle of what it sees.

    Args:
        scene: The scene.
        model: The network.
        settings: How lines are drawn.
        areas: Where lines are looked for; everywhere without one.
        progress: Gets 1 for each tile that the network has seen.

    Raises:
        GlacierError: If the scene cannot be used; with what is wrong.
    """
    assert scene.grid is not None
    refuse_too_large(scene.grid)
    signal = settings.rules.read(scene.path)
    if settings.pixel_size_m is not None and settings.rules.pixel_size_m is None:
        signal = on_grid(signal, network_grid(signal.grid, settings.pixel_size_m))
        if not signal.valid.any():
            raise GlacierError("nothing of its signal is left on the pixels that the model was trained on")
    refuse_too_large(signal.grid)
    area, _ = area_on(signal.grid, areas)
    edge_m = signal.grid.ground_size_m
    channels = settings.rules.channels_of(signal)
    folds = model.line_probabilities(channels, signal.valid, pixel_size_m=edge_m, progress=progress)
    mean, spread = mean_and_spread(folds)
    maps = SceneMaps(signal.grid, None, mean, spread, signal.valid)
    rows = _rows(scene, maps, folds, settings, area)
    return Delineated(maps, scene.grid, rows)


def _rows(
    scene: SceneRaster, maps: SceneMaps, folds: np.ndarray, settings: LineSettings, area: object
) -> tuple[DelineatedLine, ...]:
    """The lines of a scene, the longest first: those that are believed, then the others."""
    # Spurs and gaps as by ``nnunet-glacier lines``.
    rules = LineRules.on_ground(
        maps.grid.ground_size_m, max_spur_m=MAX_SPUR_M, max_gap_m=MAX_GAP_M, min_length_m=settings.min_length_m
    )
    lines = ridge_lines(maps.probability, settings.threshold, rules, maps.valid)
    of_folds = [ridge_lines(fold.astype(np.float32), settings.threshold, rules, maps.valid) for fold in folds]
    if area is not None:
        lines = [part for line in lines for part in lines_of(shapely.line_merge(shapely.intersection(line, area)))]
    several = sum(ground_length_m(line, maps.grid) > settings.min_length_m for line in lines) > 1
    rows = [_row(scene, maps, line, of_folds, settings, several=several) for line in lines]
    return (*_ranked(rows, "grounding_lines"), *_ranked(rows, "rejected"))


def _row(
    scene: SceneRaster,
    maps: SceneMaps,
    line: LineString,
    of_folds: Sequence[Sequence[LineString]],
    settings: LineSettings,
    *,
    several: bool,
) -> DelineatedLine:
    assert scene.grid is not None
    edge_m, length_m = maps.grid.ground_size_m, ground_length_m(line, maps.grid)
    distances_px = np.array([mean_distance(line, own) for own in of_folds])
    bridged = share_along(line, maps.probability, settings.threshold)
    trained_m = settings.pixel_size_m or (edge_m, edge_m)
    words = flags(
        Signs(
            is_short=length_m <= settings.min_length_m,
            distances_px=distances_px,
            ends_at_edge=ends_on_border(line, maps.valid, EDGE_PX),
            several=several,
            bridged_share=bridged,
            pixel_size_ratio=pixel_size_ratio(edge_m, scene.grid.ground_size_m, trained_m),
        )
    )
    apart_px = None if len(of_folds) < 2 or np.isnan(distances_px).all() else float(np.nanmean(distances_px))
    line_on_map = DelineatedLine(
        layer="grounding_lines",
        xy=vertices_on_map(line, maps.grid, scene.grid),
        crs=scene.grid.crs,
        case=scene.case,
        **known_of(scene),
        model=settings.model,
        model_sha256=settings.model_sha256,
        length_m=length_m,
        prolonged_m=bridged * length_m,
        mean_probability=mean_along(line, maps.probability),
        uncertainty_m=None if apart_px is None else apart_px * edge_m,
        pixel_size_m=edge_m,
        category=settings.rules.category,
    )
    return judged(line_on_map, words, REJECTING)


def _ranked(rows: Sequence[DelineatedLine], layer: str) -> list[DelineatedLine]:
    """The rows of a layer with their ranks by length."""
    of_layer = sorted((row for row in rows if row.layer == layer), key=lambda row: -row.length_m)
    return [replace(row, rank=rank) for rank, row in enumerate(of_layer, start=1)]
