"""The line in the middle of a ridge of probability, at sub-pixel accuracy: for maps, not for the scores.

The scores take the skeleton of what is above a threshold (`front_lines`), whose pixels lie on one side of a band of an
even number of pixels. Here that skeleton is the start, and the line is drawn to the middle of the ridge across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from scipy import ndimage
from shapely import LineString, STRtree

from nnunet_glacier.domain.line_threshold import above
from nnunet_glacier.lines.front_contours import TOLERANCE_PX
from nnunet_glacier.lines.line_finding import LineRules, find_lines
from nnunet_glacier.lines.points_along import points_along

WINDOW_PX = 2.0
"""Standard deviation of the Gaussian window in which the middle is looked for: beyond it lies another line."""

MAX_SHIFT_PX = 3.0
"""Farthest that the middle may lie from the skeleton."""

_ROUNDS = 5
"""Each round leaves ``s**2 / (s**2 + WINDOW_PX**2)`` of the way to the middle of a ridge of standard deviation s."""

_TURNS = 3
"""How often the directions across the line are taken anew: at its ends the first ones are a skeleton's."""

_ALONG_PX = 2.0
"""Standard deviation of the Gaussian that makes neighbours move alike."""

_STEP_PX = 0.5
_HEADING_PX = 5.0
_MAX_END_PX = 10.0
"""A skeleton ends half a band's width before the band does, and no band of a line is wider than twice this."""

_SPECK_PX = 3.0
"""Lines up to this length are chance."""


def ridge_lines(
    probability: np.ndarray, threshold: float, rules: LineRules, valid: np.ndarray | None = None
) -> list[LineString]:
    """The middle lines of the ridges that rise above a threshold.

    Args:
        probability: Of the line, float, ``(H, W)``.
        threshold: Above which it is line.
        rules: Spurs, gaps and holes, in pixels. Lines up to `max_short_px` stay here, since whoever sees their length
            on the ground decides; those up to three pixels are left out.
        valid: Where there is data, bool, ``(H, W)``; None for everywhere.

    Returns:
        Lines in pixel coordinates with pixel centres at ``(column + 0.5, row + 0.5)``, the longest first; closed where
        a ridge is. Lines that branch off another end on it. They are simplified by at most `TOLERANCE_PX`. Empty where
        nothing is above the threshold.
    """
    mask = above(probability, threshold)
    if valid is not None:
        mask &= valid
    holes_px = rules.max_short_px if rules.max_hole_px is None else rules.max_hole_px
    lines = find_lines(mask, replace(rules, max_short_px=min(_SPECK_PX, rules.max_short_px), max_hole_px=holes_px))
    drafts = [line.xy for line in lines]
    field = np.where(mask | (True if valid is None else valid), probability, 0).astype(np.float32)
    touched = _touched(drafts)
    middles = [middle_line(xy, field, threshold, _free_ends(xy, own)) for xy, own in zip(drafts, touched, strict=True)]
    return sorted(_joined(middles, touched), key=lambda line: -line.length)


Touched = tuple[int | None, int | None]
"""The first of the other lines that the first vertex of a line touches, and that of the last; None for none."""


def _touched(drafts: Sequence[np.ndarray]) -> list[Touched]:
    """Which other line each end of each line touches."""
    if not drafts:
        return []
    # A tree, since a network that sees noise draws thousands of lines in a scene.
    tree = STRtree([LineString(xy) for xy in drafts])
    ends = shapely.points(np.concatenate([xy[[0, -1]] for xy in drafts]))
    firsts: list[int | None] = [None] * len(ends)
    for end, other in sorted(tree.query(ends, predicate="dwithin", distance=_STEP_PX).T.tolist(), reverse=True):
        if other != end // 2:
            firsts[end] = other
    return list(zip(firsts[::2], firsts[1::2], strict=True))


def _free_ends(xy: np.ndarray, touched: Touched) -> tuple[bool, bool]:
    """Whether first and last vertex of a line touch no other line, nor each other."""
    if (xy[0] == xy[-1]).all():
        return False, False
    return touched[0] is None, touched[1] is None


def _joined(middles: Sequence[LineString], touched: Sequence[Touched]) -> list[LineString]:
    """The middle lines, those that ended on another one led to where it lies now."""
    joined = []
    for middle, own in zip(middles, touched, strict=True):
        xy = shapely.get_coordinates(middle).copy()
        for end, at in zip((0, -1), own, strict=True):
            if at is not None and not middle.is_closed:
                there = middles[at].interpolate(middles[at].project(shapely.Point(xy[end])))
                xy[end] = there.x, there.y
        line = LineString(xy)
        joined.append(line if line.is_simple and line.length > 0 else middle)
    return joined


def middle_line(draft: np.ndarray, field: np.ndarray, threshold: float, free: tuple[bool, bool]) -> LineString:
    """The line in the middle of the ridge near a draft, led on to the ends of the ridge at its free ends."""
    xy = centred(draft, field, threshold / 2)
    if any(free):
        before = _to_the_end(xy[::-1], field, threshold) if free[0] else xy[:0]
        after = _to_the_end(xy, field, threshold) if free[1] else xy[:0]
        # A skeleton leans to a corner of its band at the end, and so would what goes on from there.
        xy = centred(np.concatenate([before, xy, after]), field, threshold / 2)
    line = LineString(xy).simplify(TOLERANCE_PX, preserve_topology=False)
    return line if line.is_simple else LineString(draft)


def centred(draft: np.ndarray, field: np.ndarray, seen_from: float) -> np.ndarray:
    """A line drawn to the middle of the ridge near it: by mean shift across it, neighbours alike.

    The middle is where the mean of the places, weighted with the probability and a Gaussian window about the middle
    itself, stays (Comaniciu and Meer 2002, IEEE TPAMI 24, Eq. 20). A ridge that falls alike on both sides has no bias.

    Args:
        draft: Vertices ``(x, y)`` with pixel centres at halves, float, ``(n, 2)``; closed for a ring.
        field: Probability of the line, float, ``(H, W)``.
        seen_from: Where it is no more than this the line bridges a gap, and is moved as its parts beside the gap are.

    Returns:
        Vertices about a pixel apart, float, ``(m, 2)``; closed for a ring.
    """
    xy, ring = draft, bool((draft[0] == draft[-1]).all())
    for _ in range(_TURNS):
        xy = _drawn_to_the_middle(_at_steps(xy), field, seen_from, ring)
    return xy


def _drawn_to_the_middle(base: np.ndarray, field: np.ndarray, seen_from: float, ring: bool) -> np.ndarray:
    across = _normals(base, ring)
    offsets = np.arange(-2 * WINDOW_PX, 2 * WINDOW_PX + 0.1, _STEP_PX)
    window = np.exp(-((offsets / WINDOW_PX) ** 2) / 2)
    # In a bridged gap the ends of the ridge beside it would draw the line aside.
    seen = _sampled(field, base) > seen_from
    shift = np.zeros(len(base))
    for _ in range(_ROUNDS):
        at = base[:, None] + (shift[:, None] + offsets)[..., None] * across[:, None]
        weight = _sampled(field, at) * window
        total = weight.sum(axis=1)
        step = np.divide((weight * offsets).sum(axis=1), total, out=np.zeros_like(total), where=total > 1e-6)
        shift = _alike(_carried_over(shift + step, seen, ring), ring).clip(-MAX_SHIFT_PX, MAX_SHIFT_PX)
    xy: np.ndarray = base + shift[:, None] * across
    return np.concatenate([xy, xy[:1]]) if ring else xy


def _carried_over(shift: np.ndarray, seen: np.ndarray, ring: bool) -> np.ndarray:
    """Shifts where something was seen, and from one such place to the next in a straight line; 0 where nothing was."""
    if seen.all() or not seen.any():
        return np.where(seen, shift, 0.0)
    at = np.arange(len(shift))
    return np.interp(at, at[seen], shift[seen], period=len(shift) if ring else None)


def _alike(shift: np.ndarray, ring: bool) -> np.ndarray:
    smooth: np.ndarray = ndimage.gaussian_filter1d(shift, _ALONG_PX, mode="wrap" if ring else "nearest")
    return smooth


def _at_steps(draft: np.ndarray) -> np.ndarray:
    """Points about a pixel apart along a line; of a ring without the last, which is the first."""
    line = LineString(draft)
    count = max(2, round(line.length) + 1)
    points = points_along(line, np.linspace(0, line.length, count))
    return points[:-1] if line.is_closed and count > 3 else points


def _normals(xy: np.ndarray, ring: bool) -> np.ndarray:
    """Unit vectors across a line at its points, by the direction over some pixels about each."""
    mode = "wrap" if ring else "nearest"
    smooth = ndimage.gaussian_filter1d(xy, _ALONG_PX, axis=0, mode=mode)
    ahead = np.roll(smooth, -1, axis=0) - np.roll(smooth, 1, axis=0)
    if not ring:
        ahead[0], ahead[-1] = smooth[1] - smooth[0], smooth[-1] - smooth[-2]
    length = np.maximum(np.hypot(*ahead.T), 1e-9)
    return np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length[:, None]


def _sampled(field: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Bilinear values at points ``(x, y)``, shape ``xy.shape[:-1]``; the outermost pixels' beyond the image."""
    sampled: np.ndarray = ndimage.map_coordinates(field, (xy[..., 1] - 0.5, xy[..., 0] - 0.5), order=1, mode="nearest")
    return sampled


def _to_the_end(xy: np.ndarray, field: np.ndarray, threshold: float) -> np.ndarray:
    """Where a line gets to straight on from its last point until the ridge or the image ends, ``(1, 2)`` or nothing."""
    back = xy[max(0, len(xy) - 1 - round(_HEADING_PX))]
    heading = (xy[-1] - back) / max(float(np.hypot(*(xy[-1] - back))), 1e-9)
    along = np.arange(_STEP_PX, _MAX_END_PX + 0.1, _STEP_PX)[:, None]
    on = xy[-1] + along * heading
    inside = (on >= 0).all(axis=1) & (on <= field.shape[::-1]).all(axis=1)
    goes_on = inside & (_sampled(field, on) > threshold)
    count = len(on) if goes_on.all() else int(np.argmin(goes_on))
    return on[max(count - 1, 0) : count]
