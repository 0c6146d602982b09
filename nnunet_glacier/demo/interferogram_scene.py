"""One made-up interferogram with its truth: ground, view, phase, noise and the lines that can be seen in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rasterio import Affine
from shapely.affinity import translate
from shapely.geometry import MultiLineString

from nnunet_glacier.demo import interferogram as signal
from nnunet_glacier.demo.grounding_zone import (
    GroundingZone,
    coast,
    grounding_zone,
    seaward_distance_px,
    visible_lines,
    with_pinning_points,
    without_creases,
)
from nnunet_glacier.demo.interferogram_plan import MOST_SHIFT_PX, PIXEL_SIZE_M, PlannedInterferogram
from nnunet_glacier.demo.noise import Grid, fractal_noise, generator
from nnunet_glacier.demo.swath import covered

_MARGIN_PX = MOST_SHIFT_PX + 60
"""The site is larger than a frame, so that lines just outside the frame bend the ice in it."""
_SHORTEST_LINE_PX = 6.0


@dataclass(frozen=True)
class Truth:
    """What is under a frame and what of it can be seen.

    Attributes:
        affine: Of the frame, pixels to map coordinates.
        distance_m: Seaward distance from the line, ``(H, W)``.
        bending_m: The same with creases rounded: what the ice bends by.
        height: Relative height of mountains, ``(H, W)``.
        lost: Pixels without coherence, bool.
        valid: Pixels inside the swath, bool.
        lines: Lines that can be drawn, in pixels of the frame.
        all_lines: Every line in the frame, also where noise or the swath's edge hides it.
    """

    affine: Affine
    distance_m: np.ndarray
    bending_m: np.ndarray
    height: np.ndarray
    lost: np.ndarray
    valid: np.ndarray
    lines: MultiLineString
    all_lines: MultiLineString


def frame_affine(planned: PlannedInterferogram, shape: tuple[int, int]) -> Affine:
    """The frame's place on the map; its corners lie on whole multiples of the pixel size."""
    rows, columns = shape
    x, y = (round(coordinate / PIXEL_SIZE_M) * PIXEL_SIZE_M for coordinate in planned.site.centre_m)
    row_shift, column_shift = planned.shift_px
    left, top = x + (column_shift - columns // 2) * PIXEL_SIZE_M, y - (row_shift - rows // 2) * PIXEL_SIZE_M
    return Affine(PIXEL_SIZE_M, 0, left, 0, -PIXEL_SIZE_M, top)


def _site_zone(planned: PlannedInterferogram, grid: Grid, seed: int) -> GroundingZone:
    """Grounded and floating ice of the site and its surroundings on the scene's dates."""
    site_key, name = (seed, planned.site.name), planned.name
    seaward_km = coast(grid, planned.site.sea_deg, 1.0, *site_key) - np.float32(planned.advance_km)
    if planned.case == "no line":
        afloat = generator(seed, name, "afloat").random() < 0.5
        seaward_km += 8 - seaward_km.min() if afloat else -2 - seaward_km.max()
    elif planned.case == "pinning points":
        seaward_km = with_pinning_points(grid, seaward_km, 4, _MARGIN_PX + 20, *site_key)
    return grounding_zone(seaward_km)


def _gaps(lines: MultiLineString, grid: Grid, *key: int | str) -> np.ndarray:
    """Two or three ragged fields of noise on the longest line, bool, ``(H, W)``."""
    rng, shape = generator(*key, "gaps"), grid.shape
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    ragged = 1 + 0.2 * fractal_noise(grid, 2.5, *key, "ragged", roughness=0.7)
    lost = np.zeros(shape, dtype=bool)
    if lines.is_empty:
        return lost
    longest = max(lines.geoms, key=lambda line: line.length)
    for fraction in rng.uniform(0.1, 0.9, int(rng.integers(2, 4))):
        middle = longest.interpolate(fraction, normalized=True)
        lost |= np.hypot(columns - middle.x, rows - middle.y) < rng.uniform(9, 25) * ragged
    return lost


def make_truth(planned: PlannedInterferogram, shape: tuple[int, int], seed: int) -> Truth:
    """Everything about a scene but its phase and speckle.

    Args:
        planned: The scene.
        shape: Rows and columns.
        seed: Seed; everything follows from it, the plan and the shape.
    """
    pixel_km = PIXEL_SIZE_M / 1000
    grid = Grid((shape[0] + 2 * _MARGIN_PX, shape[1] + 2 * _MARGIN_PX), pixel_km)
    frame = Grid(shape, pixel_km)
    zone = _site_zone(planned, grid, seed)
    first_row, first_column = (_MARGIN_PX + shift for shift in planned.shift_px)
    window = (slice(first_row, first_row + shape[0]), slice(first_column, first_column + shape[1]))
    distance_m = seaward_distance_px(zone, window) * PIXEL_SIZE_M
    if zone.lines.is_empty:
        # No line far and wide: the field, which rises by about a kilometre a kilometre, stands in for the distance.
        distance_m = zone.seaward_km[window].astype(np.float64) * 1000
    bending_m = without_creases(distance_m / PIXEL_SIZE_M) * PIXEL_SIZE_M
    height = signal.terrain(grid, zone.seaward_km, planned.site.rough, seed, planned.site.name)[window]
    lost = signal.decorrelated(frame, height, distance_m, planned.swath, planned.conditions, seed, planned.name)
    valid = covered(frame, planned.swath, generator(seed, planned.name, "swath"))
    lines = translate(zone.lines, -first_column, -first_row)
    all_lines = visible_lines(lines, np.zeros(shape, dtype=bool), 0.0)
    hidden = ~valid
    if planned.case == "gaps":
        gaps = _gaps(visible_lines(lines, hidden, _SHORTEST_LINE_PX), frame, seed, planned.name)
        lost, hidden = lost | gaps, hidden | gaps
    drawn = visible_lines(lines, hidden, _SHORTEST_LINE_PX)
    return Truth(frame_affine(planned, shape), distance_m, bending_m, height, lost, valid, drawn, all_lines)


def make_interferogram(planned: PlannedInterferogram, truth: Truth, seed: int) -> np.ndarray:
    """The complex double difference of a scene.

    Args:
        planned: The scene.
        truth: As `make_truth` returns it for the same scene and seed.
        seed: Seed.

    Returns:
        Complex64, ``(H, W)``, 0 outside the swath.
    """
    frame = Grid(truth.valid.shape, PIXEL_SIZE_M / 1000)
    conditions, key = planned.conditions, (seed, planned.name)
    phase_rad = signal.true_phase_rad(frame, truth.bending_m, truth.height, planned.swath, conditions, *key)
    coherence = signal.coherence_map(frame, phase_rad, truth.lost, truth.distance_m, conditions, *key)
    power = signal.backscatter(frame, truth.lost, truth.height, *key)
    image = signal.interferogram(phase_rad, coherence, power, conditions.looks, *key)
    return np.where(truth.valid, image, np.complex64(0))
