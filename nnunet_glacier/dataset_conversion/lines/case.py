"""A scene with what was drawn for it, checked, and the maps of a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from nnunet_glacier.dataset_conversion.lines.labels import (
    OUTSIDE,
    burn_zones,
    covered,
    cut_by_lines,
    in_pixels,
    zone_of_word,
)
from nnunet_glacier.dataset_conversion.lines.options import LinesOptions
from nnunet_glacier.dataset_conversion.scenes.placed_images import PlacedImage, read_grey
from nnunet_glacier.dataset_conversion.writing.checking import SceneCheck
from nnunet_glacier.dataset_conversion.writing.label_maps import label_map
from nnunet_glacier.dataset_conversion.writing.raw_dataset import Case, CaseMaps
from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.formats.antimeridian import vertices_in
from nnunet_glacier.formats.map_features import MapFeature
from nnunet_glacier.lines.front_lines import front_from_zones
from nnunet_glacier.lines.front_pieces import to_pixels
from nnunet_glacier.lines.grids import Grid
from nnunet_glacier.lines.thin_lines import thin_line
from nnunet_glacier.support.errors import GlacierError, MendableError, Problem
from nnunet_glacier.support.resume import key_of


@dataclass(frozen=True)
class DrawnScene:
    """A scene and what was drawn for it.

    Attributes:
        image: The scene.
        features: Its lines and areas.
        area: Polygons outside of which nothing is known; empty for everywhere.
        upstream: Points on the glaciers (shapely), with their CRS as WKT.
    """

    image: PlacedImage
    features: tuple[MapFeature, ...]
    area: tuple[MapFeature, ...] = ()
    upstream: tuple[tuple[str, Any], ...] = ()

    def chosen(self) -> str:
        """What of the files belongs to it, as `key_of`: lines and areas by day and name, and the grid."""
        drawn = [[(one.geometry.wkb, one.crs, one.said) for one in each] for each in (self.features, self.area)]
        return key_of((drawn, [(crs, point.wkb) for crs, point in self.upstream], self.image.grid), ())


@dataclass(frozen=True)
class LinesCase(Case):
    """A case.

    Attributes:
        drawn: What it is made from.
    """

    drawn: DrawnScene


@dataclass(frozen=True)
class LinesCheck(SceneCheck):
    """What was seen in a scene.

    Attributes:
        line_pixels: Pixels of its line.
        lost_pixels: Those of them that hold no data or lie outside the area.
        overlap_pixels: Pixels in areas of two zones, which are ignored.
    """

    line_pixels: int = 0
    lost_pixels: int = 0
    overlap_pixels: int = 0


@dataclass(frozen=True)
class Drawn:
    """What was drawn for a scene, on its pixels; arrays of shape ``(H, W)``.

    Attributes:
        grey: Grey values, uint8.
        thin: The front, one pixel wide, bool.
        zones: Zone ids, uint8, or None where only lines are learnt.
        known: Where a label is known, bool.
        lost_pixels: Pixels of the line that are not in `thin` since nothing is known there.
        overlap_pixels: Pixels in areas of two zones.
    """

    grey: np.ndarray
    thin: np.ndarray
    zones: np.ndarray | None
    known: np.ndarray
    lost_pixels: int
    overlap_pixels: int


def with_zones(labels: str) -> bool:
    """Whether a label variant has zones."""
    return labels != "front"


def draw_scene(drawn: DrawnScene, options: LinesOptions) -> Drawn:
    """Read a scene and draw what belongs to it.

    Raises:
        GlacierError: If the image cannot be used, or lines, areas and the scene do not fit together.
    """
    grid = drawn.image.grid
    grey, valid = read_grey(drawn.image, options.values)
    known = covered(in_pixels(drawn.area, grid), grid.shape) if drawn.area else np.ones(grid.shape, dtype=bool)
    lines = in_pixels([feature for feature in drawn.features if not feature.is_area], grid)
    thin = thin_line(lines, grid.shape)
    zones, n_overlaps = None, 0
    if with_zones(options.labels):
        zones, n_overlaps = burn_zones(_zones_of(drawn, lines, grid), grid.shape)
        zones[~valid] = Zone.NA
        known &= zones != OUTSIDE
        zones[~known] = Zone.NA
        if not lines:
            thin = front_from_zones(zones)
    kept = thin & known & valid
    if not kept.any() and (lines or not with_zones(options.labels)):
        raise GlacierError("none of its lines lies where it holds data" + (", in --area" if drawn.area else ""))
    return Drawn(grey, kept, zones, known, int(thin.sum() - kept.sum()), n_overlaps)


def _zones_of(drawn: DrawnScene, lines: list[Any], grid: Grid) -> list[tuple[Zone, Any]]:
    """The areas of a scene in pixels: as they were drawn, or made of the area that its line cuts."""
    areas = [feature for feature in drawn.features if feature.is_area]
    zones: list[tuple[Zone, Any]] = []
    for feature in areas:
        zone = zone_of_word(feature.said)
        assert zone is not None
        zones += [(zone, part) for part in in_pixels([feature], grid)]
    if areas:
        return zones
    if not drawn.upstream:
        raise GlacierError("only lines are drawn for it, which have no sides")
    points = points_in_pixels(drawn.upstream, grid)
    for area in in_pixels(drawn.area, grid):
        if any(line.intersects(area) for line in lines):
            zones += cut_by_lines(area, lines, points)
    if not zones:
        raise GlacierError("its line lies in no polygon of --area")
    return zones


def points_in_pixels(points: tuple[tuple[str, Any], ...], grid: Grid) -> list[Any]:
    """Points in pixel coordinates."""
    from pyproj import Transformer

    assert grid.affine is not None
    moved = []
    for crs, point in points:
        to_grid = Transformer.from_crs(crs, grid.crs, always_xy=True)
        placed = vertices_in(np.array([[point.x, point.y]]), to_grid, grid.centre()[0])
        moved.append(to_pixels(shapely.Point(placed[0]), grid.affine))
    return moved


def check_scene(drawn: DrawnScene, *, options: LinesOptions) -> LinesCheck:
    """Draw a scene as it will be converted and say what is wrong with it; nothing is written."""
    try:
        done = draw_scene(drawn, options)
    except GlacierError as error:
        files = ", ".join(sorted({str(feature.file) for feature in drawn.features}))
        remedy = error.remedy if isinstance(error, MendableError) else f"Correct it or {files}"
        return LinesCheck((Problem(drawn.image.raster.path, str(error), f"{remedy}, or take the scene out"),))
    return LinesCheck((), int(done.thin.sum()), done.lost_pixels, done.overlap_pixels)


def load_case(case: LinesCase, *, options: LinesOptions) -> CaseMaps:
    """The arrays of a case; where nothing is known the label is the code to ignore."""
    done = draw_scene(case.drawn, options)
    labels = label_map(options.labels, done.zones, done.thin, front_width=options.front_width)
    labels = np.where(done.known, labels, LABEL_SPACES[options.labels].n_codes).astype(np.uint8)
    return CaseMaps(
        image=done.grey, labels=labels, front=np.where(done.thin, 255, 0).astype(np.uint8), zones=done.zones
    )
