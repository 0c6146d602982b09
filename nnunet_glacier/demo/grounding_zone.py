"""The ground below a made-up interferogram: where ice is afloat, its grounding line and the distance from it.

The line is the zero contour of a smooth field, followed between pixel centres, so that it is known far better than a
pixel; distances are exact distances to that line, also to those parts of it that lie outside the scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage
from shapely.geometry import LineString, MultiLineString
from skimage import measure

from nnunet_glacier.demo.noise import Grid, generator, smooth_noise

_SMALLEST_ISLAND_PX = 100
"""Islands below this area (1 km2 at 100 m) are accidents of the noise and are left out."""


@dataclass(frozen=True)
class GroundingZone:
    """Grounded and floating ice on a grid.

    Attributes:
        seaward_km: Smooth field that grows towards the sea and is 0 on the line, ``(H, W)``.
        floating: Whether a pixel's centre is afloat, bool.
        lines: The grounding line and the rings of pinning points, in pixels: ``(column, row)`` with the middle of the
            first pixel at (0.5, 0.5), as a GeoTIFF's affine takes it; without those outside the grid.
    """

    seaward_km: np.ndarray
    floating: np.ndarray
    lines: MultiLineString


def coast(grid: Grid, direction_deg: float, winding: float, *key: int | str) -> np.ndarray:
    """A field that rises by about 1 per kilometre towards the sea; its zero contour is a winding coast.

    Args:
        grid: Pixels.
        direction_deg: Where the sea is: 0 towards larger columns, 90 towards larger rows.
        winding: 0 for a straight line, 1 for bays and headlands; it runs through the middle pixel.
        *key: Seed.

    Returns:
        Float32, shape of the grid, in kilometres.
    """
    height_km, width_km = grid.extent_km
    angle = np.deg2rad(direction_deg)
    plane = (grid.x_km[None, :] - width_km / 2) * np.cos(angle) + (grid.y_km[:, None] - height_km / 2) * np.sin(angle)
    for wavelength_km, height in ((24.0, 5.5), (9.0, 2.0), (3.5, 0.45)):
        plane = plane + np.float32(winding * height) * smooth_noise(grid, wavelength_km, *key, "coast", str(height))
    # Through the middle whatever the noise, so that small scenes have a line as well.
    return (plane - plane[grid.shape[0] // 2, grid.shape[1] // 2]).astype(np.float32)


def with_pinning_points(grid: Grid, seaward_km: np.ndarray, count: int, border_px: int, *key: int | str) -> np.ndarray:
    """Set islands of grounded ice, 2 to 5 km long, into the floating part.

    Args:
        grid: Pixels.
        seaward_km: As `coast` returns it, ``(H, W)``.
        count: Number of islands to try; one that finds no room between 4 and 16 km off the coast is left out.
        border_px: Distance of their middles from the grid's edges at least.
        *key: Seed.

    Returns:
        A new field of the same kind.
    """
    rng = generator(*key, "pinning points")
    rows, columns = (axis.ravel() for axis in np.meshgrid(grid.y_km, grid.x_km, indexing="ij"))
    ragged = smooth_noise(grid, 2.0, *key, "ragged").astype(np.float64)
    field = seaward_km.astype(np.float64)
    inner = np.zeros(grid.shape, dtype=bool)
    inner[border_px : grid.shape[0] - border_px, border_px : grid.shape[1] - border_px] = True
    for _ in range(count):
        half_length_km, angle = rng.uniform(1.0, 2.5), rng.uniform(0, np.pi)
        half_width_km = half_length_km * rng.uniform(0.5, 0.9)
        free = np.flatnonzero(inner & (field > half_length_km + 2.5) & (field < 16))
        if not free.size:
            continue
        place = free[rng.integers(free.size)]
        along = (columns - columns[place]) * np.cos(angle) + (rows - rows[place]) * np.sin(angle)
        across = (rows - rows[place]) * np.cos(angle) - (columns - columns[place]) * np.sin(angle)
        radius = np.hypot(along / half_length_km, across / half_width_km).reshape(grid.shape)
        island_km = (radius - 1) * half_width_km + 0.12 * half_width_km * ragged
        field = np.minimum(field, island_km)
    return field.astype(np.float32)


def grounding_zone(seaward_km: np.ndarray) -> GroundingZone:
    """Floating ice, without puddles and specks, and the line around it.

    Args:
        seaward_km: Smooth field, positive over floating ice, ``(H, W)``.
    """
    floating = _without_specks(seaward_km > 0)
    # Where a speck was left out the field says the opposite of the mask: it gets the mask's sign, so that no
    # contour runs there. Zero would be a contour of its own.
    field = np.where(floating, np.maximum(seaward_km, 1e-6), np.minimum(seaward_km, -1e-6))
    contours = measure.find_contours(field.astype(np.float64), 0.0)
    lines = [LineString(contour[:, ::-1] + 0.5) for contour in contours if len(contour) > 1]
    return GroundingZone(field, floating, MultiLineString([line for line in lines if line.length > 0]))


def _without_specks(floating: np.ndarray) -> np.ndarray:
    """The floating ice without pools inside grounded ice and without the smallest islands."""
    grounded = ndimage.binary_fill_holes(~floating)
    pieces, _ = ndimage.label(grounded)
    small = np.bincount(pieces.ravel()) < _SMALLEST_ISLAND_PX
    return ~grounded | small[pieces]


def seaward_distance_px(zone: GroundingZone, window: tuple[slice, slice]) -> np.ndarray:
    """Distance of pixel centres from the nearest line.

    Args:
        zone: Ground and line.
        window: Rows and columns to return; the line outside the window counts too.

    Returns:
        Float64, shape of the window, in pixels: positive over floating ice, negative over grounded ice; plus or minus
        infinity where there is no line at all.
    """
    sign = np.where(zone.floating[window], 1.0, -1.0)
    if zone.lines.is_empty:
        return sign * np.inf
    rows, columns = np.mgrid[window]
    centres = shapely.points(columns.ravel() + 0.5, rows.ravel() + 0.5)
    tree = shapely.STRtree(_segments(zone.lines))
    _, distances = tree.query_nearest(centres, return_distance=True, all_matches=False)
    return sign * distances.reshape(sign.shape)


def without_creases(distance_px: np.ndarray, radius_px: float = 7.0) -> np.ndarray:
    """Distances with the creases rounded that run where two shores are equally near.

    A beam knows one shore only; in a bay narrower than two flexure zones its profile would have kinks that a bending
    plate has not. Beside a straight line nothing changes, and nothing within 3 pixels of any line.

    Args:
        distance_px: As `seaward_distance_px` returns it, finite, ``(H, W)``.
        radius_px: Standard deviation of the smoothing where it is full, 12 pixels off the line and more.

    Returns:
        Same shape.
    """
    smooth = ndimage.gaussian_filter(distance_px, radius_px, mode="nearest")
    weight = np.clip((distance_px - 3) / 9, 0, 1)
    return distance_px + weight * np.minimum(smooth - distance_px, 0)


def _segments(lines: MultiLineString) -> np.ndarray:
    """The lines' straight pieces, one geometry each."""
    ends = [np.asarray(line.coords) for line in lines.geoms]
    pairs = np.concatenate([np.stack([points[:-1], points[1:]], axis=1) for points in ends])
    return shapely.linestrings(pairs)


def visible_lines(lines: MultiLineString, hidden: np.ndarray, shortest_px: float) -> MultiLineString:
    """The parts of lines that somebody could draw.

    Args:
        lines: In pixels, as `GroundingZone` has them.
        hidden: Pixels where nothing can be seen, bool, ``(H, W)``; so is everything outside.
        shortest_px: Pieces that come out shorter than this are left out.

    Returns:
        The pieces, joined again where they touch; rings stay closed. Empty if nothing is left.
    """
    if lines.is_empty:
        return lines
    segments = _segments(lines)
    middles = shapely.get_coordinates(shapely.line_interpolate_point(segments, 0.5, normalized=True))
    columns, rows = np.floor(middles).astype(np.intp).T
    inside = (rows >= 0) & (rows < hidden.shape[0]) & (columns >= 0) & (columns < hidden.shape[1])
    inside[inside] = ~hidden[rows[inside], columns[inside]]
    joined = shapely.line_merge(shapely.multilinestrings(segments[inside]))
    pieces = [piece for piece in shapely.get_parts(joined) if piece.length >= shortest_px]
    return MultiLineString(pieces)
