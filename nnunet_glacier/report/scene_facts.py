"""What time series need of every scene: where its fronts run and how large its zones are, gathered in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from nnunet_glacier.domain.scenes import Scene
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.report.remarks import SceneRemark
from nnunet_glacier.report.scene_maps import SceneSource, read_scene_maps
from nnunet_glacier.support.errors import GlacierError


@dataclass(frozen=True)
class SceneFacts:
    """One scene's fronts and zone sizes; small enough to travel back from a worker process.

    Attributes:
        scene: The scene, with its place on the map where that is known.
        shape: Rows and columns.
        label_front: Row and column of every labelled front pixel, int32, shape ``(n, 2)``.
        front: The same of the predicted front.
        label_pixels: Labelled pixels of each zone, int64, shape ``(4,)``, or None without zones.
        pixels: The same of the prediction.
    """

    scene: Scene
    shape: tuple[int, int]
    label_front: np.ndarray
    front: np.ndarray
    label_pixels: np.ndarray | None
    pixels: np.ndarray | None


def gather_facts(source: SceneSource) -> SceneFacts | SceneRemark:
    """Read a scene's maps; why they cannot be used, where files are missing or do not fit."""
    try:
        maps = read_scene_maps(source)
        scene = source.files.scene
    except GlacierError as error:
        problems = getattr(error, "problems", ())
        reason = "; ".join(map(str, problems)) or str(error)
        return SceneRemark(source.files.scene.case, "in no time series", reason)
    return SceneFacts(
        scene,
        maps.front.shape,
        np.argwhere(maps.label_front).astype(np.int32),
        np.argwhere(maps.front).astype(np.int32),
        _zone_pixels(maps.label_zones),
        _zone_pixels(maps.zones),
    )


def _zone_pixels(zones: np.ndarray | None) -> np.ndarray | None:
    return None if zones is None else np.bincount(zones.ravel(), minlength=len(Zone))


def is_north_up(scene: Scene) -> bool:
    """Whether the scene has a place on the map, its rows run east and its columns south."""
    if not scene.crs or scene.affine is None:
        return False
    a, b, _, d, e, _ = scene.affine
    return a > 0 and b == 0 and d == 0 and e < 0


@dataclass(frozen=True)
class Grid:
    """Common coordinates of several scenes.

    Attributes:
        facts: The scenes that have them.
        left_out: How many have not.
        unit: ``km``, ``°`` or ``px``.
        crs: Their CRS, or "" where they share a pixel grid.
    """

    facts: list[SceneFacts]
    left_out: int
    unit: str
    crs: str

    def to_plane(self, facts: SceneFacts, pixels: np.ndarray) -> np.ndarray:
        """Coordinates (x, y) of pixel centres (row, column), both shape ``(n, 2)``."""
        a, _, c, _, e, f = self._affine(facts)
        return np.column_stack([a * (pixels[:, 1] + 0.5) + c, e * (pixels[:, 0] + 0.5) + f])

    def extent(self, facts: SceneFacts) -> tuple[float, float, float, float]:
        """Left, right, bottom and top edge of a scene's image."""
        a, _, c, _, e, f = self._affine(facts)
        rows, columns = facts.shape
        return c, c + a * columns, f + e * rows, f

    def _affine(self, facts: SceneFacts) -> tuple[float, ...]:
        scale = 0.001 if self.unit == "km" else 1.0
        if self.crs:
            assert facts.scene.affine is not None
            return tuple(scale * number for number in facts.scene.affine)
        size = facts.scene.pixel_size_m * scale if self.unit == "km" else 1.0
        return (size, 0.0, 0.0, 0.0, -size, 0.0)


def common_grid(facts: list[SceneFacts]) -> Grid:
    """Coordinates in which scenes of one glacier can be drawn over each other.

    Map coordinates of the most frequent CRS; where no scene has any, the pixel grid of the most frequent size and
    pixel size, whose scenes are taken to show the same ground.
    """
    placed = [one for one in facts if is_north_up(one.scene)]
    if placed:
        crs = most_frequent([one.scene.crs for one in placed])
        kept = [one for one in placed if one.scene.crs == crs]
        return Grid(kept, len(facts) - len(kept), _map_unit(crs), crs)
    keys = [(one.shape, str(one.scene.pixel_size_m)) for one in facts]
    key = most_frequent(keys)
    kept = [one for one, own in zip(facts, keys, strict=True) if own == key]
    unit = "px" if math.isnan(kept[0].scene.pixel_size_m) else "km"
    return Grid(kept, len(facts) - len(kept), unit, "")


T = TypeVar("T")


def most_frequent(values: list[T]) -> T:
    """The value that occurs most often, the first of equals.

    >>> most_frequent(["b", "a", "a", "b"])
    'b'
    """
    return max(dict.fromkeys(values), key=values.count)


def _map_unit(crs: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return "km" if CRS.from_user_input(crs).is_projected else "°"
    except CRSError:
        return "km"
