"""The front of a zone map as lines for a map: the contour, without what the published rule deletes, inside the box."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import LineString, MultiLineString

from nnunet_glacier.domain.scenes import Box, Scene
from nnunet_glacier.lines.front_contours import contours_of_zones
from nnunet_glacier.lines.ground_lengths import scene_length_m


def map_fronts(zones: np.ndarray, scene: Scene, min_length_m: float, box: Box | None) -> list[MultiLineString]:
    """The pieces of the front that a map shows.

    As in the published protocol short pieces go first, and what is left is cut to the box. Pieces that the cut leaves
    short go too, which the protocol keeps. A piece's length is that of its contour on the ground; the protocol counts
    the pixels of its mask.

    Args:
        zones: Cleaned zones (`clean_zones`), uint8, shape ``(H, W)``.
        scene: The scene, for lengths in metres.
        min_length_m: Longest contour that is left out; 0 leaves out nothing.
        box: Window that the lines are cut to, or None.

    Returns:
        Pieces in pixel coordinates (`front_contours`), the longest contour first; several lines where the box cuts
        one. Empty without a front.
    """

    def is_long(line: LineString) -> bool:
        return not scene_length_m(line, scene) <= min_length_m

    contours = [line for line in contours_of_zones(zones) if is_long(line)]
    cut = contours if box is None else [_inside(line, box) for line in contours]
    pieces = [[line for line in _lines_of(piece) if is_long(line)] for piece in cut]
    return [MultiLineString(lines) for lines in pieces if lines]


def _inside(line: LineString, box: Box) -> Any:
    window = shapely.box(box.column_start, box.row_start, box.column_stop, box.row_stop)
    # A closed line is cut at its first vertex too, unless it lies inside as a whole.
    return line if window.contains(line) else shapely.line_merge(line.intersection(window))


def _lines_of(geometry: Any) -> list[LineString]:
    """The lines of a geometry; a line that touches the box leaves a point, which is none."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "LineString" and part.length > 0]
