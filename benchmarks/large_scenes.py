"""Made-up scenes of CaFFe's size and layout, with ragged zones and fronts of a wanted length, and predictions of them.

What the scoring benchmarks share; not a command.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from nnunet_glacier.domain.zones import Zone, zones_to_grey
from nnunet_glacier.lines.front_lines import front_from_zones

PIXEL_SIZE_M = 7
SHAPE = (3000, 4000)

_REACH = 14
"""Pixels that a ragged piece does not reach from its centre."""


def stem_of(number: int) -> str:
    """The CaFFe file stem of a scene."""
    return f"COL_{2000 + number // 12}-{1 + number % 12:02d}-14_TDX_{PIXEL_SIZE_M}_1_092"


def ragged_zones(
    seed: int, shape: tuple[int, int] = SHAPE, *, pieces: int = 350, joined: bool = False, line_px: int = 4000
) -> tuple[np.ndarray, np.ndarray]:
    """A labelled and a predicted zone map.

    The front runs from side to side in as many meanders as its length needs, rock and missing data lie at the edges,
    all borders are ragged, and the prediction, whose borders wander by some pixels, has icebergs and ponds.

    Args:
        seed: Seed of every draw.
        shape: Rows and columns.
        pieces: Ragged pieces in the prediction, besides the large ones.
        joined: Whether neighbours in a row are joined by bridges one pixel wide: the same edges, few pieces.
        line_px: About as many pixels has the labelled front.

    Returns:
        Zone ids, uint8, two maps of the shape.
    """
    rng = np.random.default_rng(seed)
    front = _meander(shape, line_px, rng)
    label = _zones(front, shape, rng)
    predicted = _zones(front + _wander(shape[1], 40, 6, rng), shape, rng)
    _scatter(predicted, pieces, joined, rng)
    return label, predicted


def _wander(length: int, smooth: float, height: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise and a ragged rest, in pixels, float64, shape ``(length,)``."""
    noise = ndimage.gaussian_filter1d(rng.normal(size=length), smooth, mode="wrap")
    return height * noise / noise.std() + rng.integers(-1, 2, length)


def _meander(shape: tuple[int, int], line_px: int, rng: np.random.Generator) -> np.ndarray:
    """The front's row in every column; teeth make up the length that the image's width does not have."""
    rows, columns = shape
    height = rows * 0.3
    teeth = line_px / (2 * height) if line_px > 1.5 * columns else 0.0
    wave = np.abs((np.arange(columns) * teeth / columns) % 1 - 0.5) * 2 - 0.5
    drift = ndimage.gaussian_filter1d(np.cumsum(rng.normal(size=columns)), 8)
    return rows * 0.55 + drift + _wander(columns, 2, 1, rng) + height * wave * (teeth > 0)


def _zones(front: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    rows, columns = shape
    row = np.arange(rows)[:, None]
    zones = np.where(row > front, Zone.OCEAN, Zone.GLACIER).astype(np.uint8)
    zones[row < rows // 10 + _wander(columns, 60, 20, rng)] = Zone.ROCK
    zones[:, : columns // 8][np.arange(columns // 8) < columns // 12 + _wander(rows, 60, 20, rng)[:, None]] = Zone.ROCK
    zones[:, columns - columns // 20 :] = Zone.NA
    return zones


def _scatter(zones: np.ndarray, pieces: int, joined: bool, rng: np.random.Generator) -> None:
    """Put ragged pieces onto the map, in place: ocean where there is none, glacier in the ocean."""
    before, centres = zones.copy(), []
    rows, columns = zones.shape
    cell = np.sqrt(rows * columns / max(pieces, 1))
    across = max(1, round(columns / cell))
    for number in range(pieces):
        radius = min(int(rng.integers(4, _REACH)), int(cell / 2.5))
        row = int((number // across + 0.5) * rows / np.ceil(pieces / across))
        column = int((number % across + 0.5) * columns / across)
        window = zones[max(row - radius, 0) : row + radius, max(column - radius, 0) : column + radius]
        y, x = np.indices(window.shape) - radius
        ragged = ndimage.uniform_filter(rng.uniform(0.3, 1.4, window.shape), 2)
        inside = ndimage.label(ndimage.binary_fill_holes(np.hypot(y, x) < radius * ragged))[0]
        inside = inside == np.bincount(inside[inside > 0]).argmax()
        window[inside] = Zone.GLACIER if before[row, column] == Zone.OCEAN else Zone.OCEAN
        centres.append((row, column))
    for (row, start), (next_row, stop) in pairwise(centres if joined else []):
        around = before[max(row - _REACH, 0) : row + _REACH, max(start - _REACH, 0) : stop + _REACH]
        # Not at the edge of a zone, which a whole row of pieces would then be part of.
        if row == next_row and (around == around[0, 0]).all():
            zones[row, start : stop + 1] = Zone.GLACIER if around[0, 0] == Zone.OCEAN else Zone.OCEAN


def write_scene(root: Path, number: int, label: np.ndarray, predicted: np.ndarray) -> None:
    """One scene in CaFFe's layout under ``root/data_raw``, its prediction in CaFFe's grey under ``root/predicted``."""
    stem, (rows, columns) = stem_of(number), label.shape
    images = {
        root / "data_raw" / "zones" / "test" / f"{stem}_zones.png": zones_to_grey(label),
        root / "data_raw" / "fronts" / "test" / f"{stem}_front.png": front_from_zones(label).astype(np.uint8) * 255,
        root / "predicted" / f"{stem}.png": zones_to_grey(predicted),
    }
    for path, values in images.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path)
    (root / "data_raw" / "sar_images" / "test").mkdir(parents=True, exist_ok=True)
    box = root / "data_raw" / "bounding_boxes" / f"{stem}_front_extent_coord.txt"
    box.parent.mkdir(exist_ok=True)
    corners = ((200, rows - 50), (200, 50), (columns - 220, 50), (columns - 220, rows - 50))
    box.write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in corners), encoding="utf-8")
