"""How the fronts of a scene are drawn from what its network says: at the edge of zones, or along a band of front.

A network of zones with a class for the front offers both. Which is nearer to the true front on a glacier that it has
not seen is measured in docs/results/real_sar.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from shapely import LineString

from nnunet_glacier.delineation.believability import (
    AT_ZONES,
    OF_FRONT_CLASS,
    UNSEEN_GLACIER,
    UNSEEN_GLACIER_BY_FRONT_CLASS,
    UNSEEN_GLACIER_WITHOUT_ZONES,
    UNSEEN_POSITION_WITHOUT_ZONES_PX,
    Limits,
)
from nnunet_glacier.delineation.kind_of_line import LineModel, ZoneAndFrontModel, ZoneModel
from nnunet_glacier.delineation.maps import SceneMaps, front_probabilities, mean_and_spread
from nnunet_glacier.domain.line_rules import MAX_GAP_M, MAX_SPUR_M
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.scene_pixels import Pixels
from nnunet_glacier.lines.band_tracing import trace_bands
from nnunet_glacier.lines.broken_bands import by_weight, trace_broken_bands
from nnunet_glacier.lines.front_tracing import (
    TracedLine,
    ZoneField,
    choose_front,
    cut_to_area,
    smoothed_zones,
    trace_lines,
)
from nnunet_glacier.lines.front_uncertainty import Calibrations
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.line_finding import LineRules


@dataclass(frozen=True)
class SceneOnGrid:
    """A scene as the network sees it.

    Attributes:
        grey: Its pixels in the model's normal form.
        grid: Their grid.
        area: Where fronts are looked for, as a polygon in pixels; None for everywhere.
        inside: Which pixels lie in it, bool, ``(H, W)``; None likewise.
    """

    grey: Pixels
    grid: Grid
    area: Any = None
    inside: np.ndarray | None = None

    def in_area(self, traced: list[TracedLine]) -> list[TracedLine]:
        """What of lines lies in the area."""
        return traced if self.area is None else cut_to_area(traced, self.area)


@dataclass(frozen=True)
class Drawn:
    """The lines of a scene, with the maps that they were drawn from.

    Attributes:
        maps: The maps, on the network's grid.
        traced: The lines in the area, in pixels of that grid, the first of them the front if it is long enough.
        of_folds: For each fold the lines of its front; empty where it has none.
    """

    maps: SceneMaps
    traced: Sequence[TracedLine]
    of_folds: Sequence[Sequence[LineString]]


class FrontDrawing(ABC):
    """A way to draw fronts. It travels to other processes.

    Attributes:
        calibrations: What makes the uncertainties of the distances between the networks' fronts.
        limits: Beyond what something speaks against such a front.
    """

    calibrations: ClassVar[Calibrations]
    limits: ClassVar[Limits] = AT_ZONES

    def deciding(self) -> dict[str, Any]:
        """What of it decides a scene's lines, as it stands in its record; nothing for the oldest way."""
        return {}

    @abstractmethod
    def draw(self, network: Any, scene: SceneOnGrid, progress: Callable[[int], object]) -> Drawn:
        """Ask the network and draw.

        Args:
            network: The loaded model.
            scene: The scene.
            progress: Gets 1 for each tile that the network has seen.
        """


@dataclass(frozen=True)
class AtTheEdgeOfZones(FrontDrawing):
    """The front is where glacier and ocean are equally probable (`trace_lines`)."""

    calibrations: ClassVar = Calibrations(UNSEEN_GLACIER)

    def draw(self, network: ZoneModel, scene: SceneOnGrid, progress: Callable[[int], object]) -> Drawn:
        """As `FrontDrawing.draw`."""
        grey, grid, inside = scene.grey, scene.grid, scene.inside
        folds = network.zone_probabilities(grey.values, grey.valid, pixel_size_m=grid.pixel_size_m, progress=progress)
        probability, spread = front_probabilities(folds)
        field = smoothed_zones(folds.mean(axis=0, dtype=np.float32), grey.valid)

        def traced_in(zones: ZoneField) -> list[TracedLine]:
            return scene.in_area(trace_lines(zones, inside))

        of_folds = [[one.line for one in traced_in(smoothed_zones(fold, grey.valid)) if one.main] for fold in folds]
        maps = SceneMaps(grid, field.zones, probability, spread, grey.valid)
        return Drawn(maps, traced_in(field), of_folds)


@dataclass(frozen=True)
class AlongTheFrontClass(FrontDrawing):
    """The front is the middle of the band of a front class beside zones, its pieces joined (`trace_broken_bands`).

    Attributes:
        threshold: Probability above which a front is seen.
    """

    threshold: float

    calibrations: ClassVar = Calibrations(UNSEEN_GLACIER_BY_FRONT_CLASS)
    limits: ClassVar = OF_FRONT_CLASS

    def deciding(self) -> dict[str, Any]:
        """The route and the threshold."""
        return {"route": "front", "threshold": self.threshold}

    def draw(self, network: ZoneAndFrontModel, scene: SceneOnGrid, progress: Callable[[int], object]) -> Drawn:
        """As `FrontDrawing.draw`."""
        grey, grid, inside = scene.grey, scene.grid, scene.inside
        folds = network.zone_and_front_probabilities(
            grey.values, grey.valid, pixel_size_m=grid.pixel_size_m, progress=progress
        )
        zones = smoothed_zones(folds[:, : len(Zone)].mean(axis=0, dtype=np.float32), grey.valid).zones
        fronts = folds[:, len(Zone)]
        probability, spread = mean_and_spread(fronts)

        def traced_in(field: np.ndarray) -> list[TracedLine]:
            lines = trace_broken_bands(field, self.threshold, grey.valid, inside)
            return lines if scene.area is None else by_weight(scene.in_area(lines), field)

        chosen = [choose_front(traced_in(fold.astype(np.float32)))[0] for fold in fronts]
        maps = SceneMaps(grid, zones, probability, spread, grey.valid)
        return Drawn(maps, traced_in(probability), [[one.line] if one is not None else [] for one in chosen])


@dataclass(frozen=True)
class AlongTheBand(FrontDrawing):
    """The front is the middle of the band of front (`trace_bands`), by a model that has no zones.

    Attributes:
        threshold: Probability above which there is a front.
        min_length_m: Lines up to this length are left out.
    """

    threshold: float
    min_length_m: float

    calibrations: ClassVar = Calibrations(UNSEEN_GLACIER_WITHOUT_ZONES, UNSEEN_POSITION_WITHOUT_ZONES_PX)

    def deciding(self) -> dict[str, Any]:
        """The threshold."""
        return {"threshold": self.threshold}

    def draw(self, network: LineModel, scene: SceneOnGrid, progress: Callable[[int], object]) -> Drawn:
        """As `FrontDrawing.draw`."""
        grey, grid = scene.grey, scene.grid
        folds = network.line_probabilities(
            grey.values[None], grey.valid, pixel_size_m=grid.pixel_size_m, progress=progress
        )
        probability, spread = mean_and_spread(folds)
        # Spurs and gaps as by ``nnunet-glacier lines``.
        rules = LineRules.on_ground(
            grid.pixel_size_m, max_spur_m=MAX_SPUR_M, max_gap_m=MAX_GAP_M, min_length_m=self.min_length_m
        )

        def traced_in(field: np.ndarray) -> list[TracedLine]:
            return scene.in_area(trace_bands(field, self.threshold, rules, grey.valid))

        chosen = [choose_front(traced_in(fold.astype(np.float32)))[0] for fold in folds]
        maps = SceneMaps(grid, None, probability, spread, grey.valid)
        return Drawn(maps, traced_in(probability), [[one.line] if one is not None else [] for one in chosen])
