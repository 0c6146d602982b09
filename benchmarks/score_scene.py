"""Score one CaFFe-size scene against a plain transcription of the published scoring, in one run, with equal results.

    python benchmarks/score_scene.py [--components 400] [--repeats 3]

Both get the same zone maps and label front as arrays and do the whole of the scoring: four zone metrics, zone
clean-up, front from zones, short pieces deleted, bounding box, distances. The transcription does what the published
code does: four metric reports by scikit-learn, one pass over the image a component, all pairwise distances.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
from scipy.spatial.distance import cdist
from skimage import measure
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from nnunet_glacier.evaluation.front_distances import front_distances, front_score
from nnunet_glacier.evaluation.zone_scores import METRICS, zone_confusion, zone_scores
from nnunet_glacier.front_lines import FrontRules, clean_zones, front_of_zones
from nnunet_glacier.scenes import Box
from nnunet_glacier.zones import Zone

PIXEL_SIZE_M = 7.0
MIN_FRONT_LENGTH_M = 750.0


def ragged_zones(shape: tuple[int, int], components: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A labelled and a predicted zone map: ragged front, icebergs and ponds, `components` blobs in all."""
    rows, columns = np.indices(shape)
    valley = np.cumsum(rng.normal(size=shape[0])) / 4
    label = np.full(shape, Zone.GLACIER, dtype=np.uint8)
    front = shape[1] * 0.55 + valley
    label[columns > front[:, None]] = Zone.OCEAN
    label[rows < shape[0] // 8] = Zone.ROCK
    label[rows > shape[0] - shape[0] // 16] = Zone.NA
    predicted = np.roll(label, 6, axis=1)
    per_side = int(np.ceil(np.sqrt(components)))
    for row in np.linspace(shape[0] * 0.15, shape[0] * 0.9, per_side).astype(int):
        for column in np.linspace(30, shape[1] - 60, per_side).astype(int):
            radius = int(rng.integers(4, 14))
            window = predicted[row : row + radius, column : column + radius]
            window[:] = np.where(window == Zone.OCEAN, Zone.GLACIER, Zone.OCEAN)
    return label, predicted


def published_scores(
    predicted: np.ndarray, label: np.ndarray, label_front: np.ndarray, box: Box, pixel_size_m: float
) -> tuple[np.ndarray, int, float]:
    """The published way: zone metrics (4, zones), predicted front pixels and mean distance in metres, or NaN."""
    reports = (precision_score, recall_score, f1_score, jaccard_score)
    metrics = [report(label.ravel(), predicted.ravel(), average=None, zero_division=0) for report in reports]
    front = published_front(published_clean_up(predicted.copy()), MIN_FRONT_LENGTH_M / pixel_size_m)
    ours, theirs = np.argwhere(published_box(front, box)), np.argwhere(label_front)
    if not len(ours) or not len(theirs):
        return np.array(metrics), len(ours), math.nan
    distances = np.concatenate([cdist(ours, theirs).min(axis=1), cdist(theirs, ours).min(axis=1)])
    return np.array(metrics), len(ours), float(np.mean(pixel_size_m * distances))


def published_box(front: np.ndarray, box: Box) -> np.ndarray:
    """The front inside the box, whose corners are moved into the image where they lie outside."""
    rows, columns = front.shape
    lower, upper, left, right = box.row_start, box.row_stop, box.column_start, box.column_stop
    lower = 0 if lower < 0 else lower
    left = 0 if left < 0 else left
    upper = rows - 1 if upper > rows else upper
    right = columns - 1 if right > columns else right
    front[:lower, :] = False
    front[upper:, :] = False
    front[:, :left] = False
    front[:, right:] = False
    return front


def published_clean_up(zones: np.ndarray) -> np.ndarray:
    """Largest body that is not ocean, then largest ocean; one pass over the image a component."""
    pieces, count = measure.label(zones != Zone.OCEAN, connectivity=2, return_num=True)
    sizes = [0] + [(pieces == number).sum() for number in range(1, count + 1)]
    zones[(pieces > 0) & (pieces != int(np.argmax(sizes)))] = Zone.OCEAN
    pieces, count = measure.label(zones == Zone.OCEAN, connectivity=2, return_num=True)
    sizes = [0] + [(pieces == number).sum() for number in range(1, count + 1)]
    zones[zones == Zone.OCEAN] = Zone.GLACIER
    zones[(pieces > 0) & (pieces == int(np.argmax(sizes)))] = Zone.OCEAN
    return zones


def published_front(zones: np.ndarray, min_pixels: float) -> np.ndarray:
    """Ocean beside glacier; pieces of up to `min_pixels` deleted, one pass over the image a piece."""
    # Rolling is safe inside a border of NA.
    padded = np.pad(zones, 1)
    glacier = padded == Zone.GLACIER
    beside = np.roll(glacier, 1, 0) | np.roll(glacier, -1, 0) | np.roll(glacier, 1, 1) | np.roll(glacier, -1, 1)
    front = ((padded == Zone.OCEAN) & beside)[1:-1, 1:-1]
    pieces, count = measure.label(front, connectivity=2, return_num=True)
    for number in range(1, count + 1):
        piece = pieces == number
        if piece.sum() <= min_pixels:
            front[piece] = False
    return front


def our_scores(
    predicted: np.ndarray, label: np.ndarray, label_front: np.ndarray, box: Box, pixel_size_m: float
) -> tuple[np.ndarray, int, float]:
    """The same figures by the package."""
    scores = zone_scores(zone_confusion(predicted, label))
    front = front_of_zones(clean_zones(predicted), FrontRules(), pixel_size_m, box)
    score = front_score(front_distances(front, label_front))
    return (
        np.array([getattr(scores, metric) for metric in METRICS]),
        score.predicted_pixels,
        score.mean_distance_px * pixel_size_m,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", type=int, default=400, help="blobs in the predicted zone map")
    parser.add_argument("--repeats", type=int, default=3, help="runs of ours; the fastest counts")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    shape = (3561, 2766)
    label, predicted = ragged_zones(shape, arguments.components, np.random.default_rng(arguments.seed))
    label_front = front_of_zones(label, FrontRules(0.0), PIXEL_SIZE_M, None)
    box = Box(100, 3400, 200, 2600)

    ours_s = []
    for _ in range(arguments.repeats):
        start = time.perf_counter()
        ours = our_scores(predicted, label, label_front, box, PIXEL_SIZE_M)
        ours_s.append(time.perf_counter() - start)
    start = time.perf_counter()
    published = published_scores(predicted, label, label_front, box, PIXEL_SIZE_M)
    published_s = time.perf_counter() - start

    np.testing.assert_allclose(ours[0], published[0], rtol=1e-12)
    assert ours[1] == published[1], (ours[1], published[1])
    np.testing.assert_allclose(ours[2], published[2], rtol=1e-12)
    pieces = sum(
        measure.label(mask, connectivity=2).max() for mask in (predicted == Zone.OCEAN, predicted != Zone.OCEAN)
    )
    print(f"{shape[0]}x{shape[1]} pixels, {pieces} pieces of zones, {ours[1]} front pixels, mean {ours[2]:.3f} m")
    print("results are equal")
    print(f"published way {published_s:.2f} s, ours {min(ours_s):.2f} s: {published_s / min(ours_s):.1f} times faster")


if __name__ == "__main__":
    main()
