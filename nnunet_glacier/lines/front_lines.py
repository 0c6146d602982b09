"""From zones or a front band to the front line that is scored: pure functions on arrays.

The steps in the order of the published protocol (CaFFe's scoring code; Herrmann et al. 2023, Sect. 4.2): `clean_zones`,
`front_from_zones`, `remove_short_pieces`, `inside_box`. For models that predict the front itself `line_from_band`
replaces the first two; for grounding lines `line_with_rings` does. Post-processing writes these lines, evaluation
scores them.
"""

from __future__ import annotations

import math

import numpy as np

from nnunet_glacier.domain.front_rules import MIN_RING_PX, FrontRules, FrontSide, Route
from nnunet_glacier.domain.predicted_maps import PredictedMaps
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.lines.mask_runs import in_largest, merged, pieces_of, runs_of
from nnunet_glacier.lines.skeleton_paths import longest_paths, paths_and_rings, skeleton, without_small_holes

_AS_IT_IS = 255
"""Marks the pixels that keep their zone."""


def find_front(
    maps: PredictedMaps, route: Route, rules: FrontRules, pixel_size_m: float, box: Box | None
) -> np.ndarray:
    """The front line of a prediction as it is scored, bool, shape ``(H, W)``.

    Args:
        maps: What was predicted, with the map that the route starts from; its zones cleaned (`clean_zones`).
        route: From the zones, or from the predicted front band.
        rules: How the front is found.
        pixel_size_m: Edge of a pixel in metres, or NaN where it is not known: then short fronts stay.
        box: Window that the front is cut to, or None.
    """
    whole = whole_front(maps, route, rules, pixel_size_m)
    return inside_box(remove_short_pieces(whole, rules.min_front_length_m, pixel_size_m), box)


def whole_front(maps: PredictedMaps, route: Route, rules: FrontRules, pixel_size_m: float) -> np.ndarray:
    """The front line of a prediction with its short pieces, not cut to a box; the parameters are `find_front`'s."""
    if route == "zones":
        assert maps.zones is not None
        return front_from_zones(maps.zones, rules.front_side)
    assert maps.front is not None
    return _line_of_band(maps.front, rules, pixel_size_m)


def front_of_band(band: np.ndarray, rules: FrontRules, pixel_size_m: float, box: Box | None) -> np.ndarray:
    """The front line of a predicted front band as it is scored, bool, shape ``(H, W)``."""
    front = _line_of_band(band, rules, pixel_size_m)
    return inside_box(remove_short_pieces(front, rules.min_front_length_m, pixel_size_m), box)


def _line_of_band(band: np.ndarray, rules: FrontRules, pixel_size_m: float) -> np.ndarray:
    if rules.keep_rings:
        return line_with_rings(band, max(_length_px(rules.min_front_length_m, pixel_size_m), MIN_RING_PX))
    return line_from_band(band)


def clean_zones(zones: np.ndarray) -> np.ndarray:
    """One ocean and one body of everything else, as published.

    First every 8-connected piece that is not ocean becomes ocean, except the largest: icebergs are filled. Then every
    8-connected piece of ocean except the largest becomes glacier. Of pieces of equal size the one whose first pixel
    comes first, row by row, counts as the largest. A map without ocean, or of ocean alone, stays as it is. There is
    no pass over the image for each piece (`mask_runs`).

    Args:
        zones: Zone ids, uint8, shape ``(H, W)``.

    Returns:
        Zone ids, uint8, shape ``(H, W)``; a new array.
    """
    runs = runs_of(zones == Zone.OCEAN)
    ocean = ~in_largest(runs, ~runs.inside)
    filled, of_filled = merged(runs, ocean)
    kept = in_largest(filled, filled.inside)[of_filled]
    painted = np.full(len(ocean), _AS_IT_IS, dtype=np.uint8)
    painted[ocean & ~runs.inside] = Zone.OCEAN
    painted[ocean & ~kept] = Zone.GLACIER
    cleaned = np.repeat(painted, runs.length).reshape(zones.shape)
    np.copyto(cleaned, zones, where=cleaned == _AS_IT_IS)
    return cleaned


def front_from_zones(zones: np.ndarray, side: FrontSide = "ocean") -> np.ndarray:
    """The edge between ocean and glacier.

    Args:
        zones: Zone ids, uint8, shape ``(H, W)``.
        side: ``ocean`` marks ocean pixels with a glacier pixel above, below, left or right, as the published scoring
            code does; ``glacier`` marks glacier pixels with such an ocean pixel, as Herrmann et al. (2023) write. What
            lies outside the image is neither.

    Returns:
        Front mask, bool, shape ``(H, W)``; empty where either zone is missing.

    >>> front_from_zones(np.array([[2, 2, 3], [1, 3, 3]], dtype=np.uint8)).astype(int)
    array([[0, 0, 1],
           [0, 1, 0]])
    """
    marked, other = (Zone.OCEAN, Zone.GLACIER) if side == "ocean" else (Zone.GLACIER, Zone.OCEAN)
    return beside(zones == other) & (zones == marked)


def beside(mask: np.ndarray) -> np.ndarray:
    """Pixels with a pixel of the mask above, below, left or right of them; bool, shape ``(H, W)``.

    A pixel of the mask itself counts only if it has such a neighbour. What lies outside the image counts as nothing.
    """
    near = np.zeros(mask.shape, dtype=bool)
    near[1:] |= mask[:-1]
    near[:-1] |= mask[1:]
    near[:, 1:] |= mask[:, :-1]
    near[:, :-1] |= mask[:, 1:]
    return near


def line_from_band(band: np.ndarray) -> np.ndarray:
    """The front line of a predicted front class: the longest path through each piece of the band's skeleton.

    Args:
        band: Front band, bool, shape ``(H, W)``.

    Returns:
        Lines one pixel wide, bool, shape ``(H, W)``; empty for an empty band.
    """
    line = np.zeros(band.shape, dtype=bool)
    for path in longest_paths(skeleton(band)):
        line[path[:, 0], path[:, 1]] = True
    return line


def line_with_rings(band: np.ndarray, max_short_px: float) -> np.ndarray:
    """The grounding line of a predicted band: the longest path through each piece of its skeleton, and its rings.

    Args:
        band: Band of the line, bool, shape ``(H, W)``.
        max_short_px: Loops of up to this length, in pixels, are closed, and branches from a ring of up to it go: alone
            they would be deleted as short pieces.

    Returns:
        Lines one pixel wide, bool, shape ``(H, W)``: those of `line_from_band` where nothing closes; empty for an empty
        band.
    """
    # The length of a ring is judged on its skeleton, since a hole in a wide band is smaller than the ring in the band's
    # middle. Holes of a pixel or two are filled first: the skeleton of a wide band makes a ring around them too.
    thin = skeleton(without_small_holes(band, MIN_RING_PX))
    return paths_and_rings(skeleton(without_small_holes(thin, max_short_px)), max_short_px)


def remove_short_pieces(front: np.ndarray, min_length_m: float, pixel_size_m: float) -> np.ndarray:
    """The front without its 8-connected pieces of up to ``min_length_m / pixel_size_m`` pixels.

    Args:
        front: Front mask, bool, shape ``(H, W)``.
        min_length_m: Longest piece that is deleted, in metres; 0 deletes nothing.
        pixel_size_m: Edge of a pixel in metres, or NaN where it is not known: then nothing is deleted.

    Returns:
        Front mask, bool, shape ``(H, W)``; a new array.
    """
    runs = runs_of(front)
    start, stop = runs.start[runs.inside], runs.stop[runs.inside]
    piece = pieces_of(start, stop, runs.shape)
    kept = runs.inside.copy()
    kept[runs.inside] = np.bincount(piece, weights=stop - start)[piece] > _length_px(min_length_m, pixel_size_m)
    return np.repeat(kept, runs.length).reshape(front.shape)


def _length_px(length_m: float, pixel_size_m: float) -> float:
    """A length in pixels; 0 where their size is not known."""
    return 0.0 if math.isnan(pixel_size_m) else length_m / pixel_size_m


def overlaps(box: Box, shape: tuple[int, int]) -> bool:
    """Whether a box and an image of so many rows and columns have a pixel in common.

    >>> overlaps(Box(-5, 3, -5, 3), (9, 9)), overlaps(Box(-5, -1, 0, 9), (9, 9)), overlaps(Box(0, 9, 9, 12), (9, 9))
    (True, False, False)
    """
    rows = min(box.row_stop, shape[0]) - max(box.row_start, 0)
    columns = min(box.column_stop, shape[1]) - max(box.column_start, 0)
    return rows > 0 and columns > 0


def inside_box(front: np.ndarray, box: Box | None) -> np.ndarray:
    """The front (bool, shape ``(H, W)``) inside the scene's box, a new array; all of it where there is no box."""
    if box is None:
        return front.copy()
    kept = np.zeros(front.shape, dtype=bool)
    window = box.slices(front.shape)
    kept[window] = front[window]
    return kept
