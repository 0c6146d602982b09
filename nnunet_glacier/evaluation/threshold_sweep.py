"""The threshold that turns probabilities of a line into a mask, chosen on validation maps: paper 004's sweep.

The choice is made from validation maps and carried as a `ThresholdChoice`; `above` applies it, to test maps too. No
function here takes test labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnunet_glacier.evaluation.empty_masks import mean_of_known
from nnunet_glacier.evaluation.front_distances import FrontScore, front_distances, front_score
from nnunet_glacier.evaluation.line_means import pooled_mean
from nnunet_glacier.front_lines import FrontRules, front_of_band
from nnunet_glacier.scenes import Box
from nnunet_glacier.wording import counted

THRESHOLDS = tuple(round(0.1 + step * 0.05, 2) for step in range(17))
"""Paper 004: 17 values from 0.1 to 0.9."""

Criterion = Literal["dice", "mde"]


@dataclass(frozen=True)
class ValidationMap:
    """One validation image.

    Attributes:
        probability: Probability of the line, float in [0, 1], shape ``(H, W)``.
        label: Labelled line or band, bool, same shape.
        pixel_size_m: Edge of a pixel in metres; needed for the MDE only.
        box: Window that predictions are cut to before distances are taken.
    """

    probability: np.ndarray
    label: np.ndarray
    pixel_size_m: float = math.nan
    box: Box | None = None


@dataclass(frozen=True)
class ThresholdChoice:
    """A threshold, and what it was chosen from.

    Attributes:
        threshold: The chosen one; probabilities above it are line (`above`).
        criterion: ``dice`` for the highest mean Dice, ``mde`` for the lowest MDE.
        images: Validation images.
        thresholds: Every threshold that was tried.
        scores: Mean Dice in [0, 1], or pooled MDE in metres, of each; NaN where no image has any.
        without_line: Images in which nothing is left of the line at each threshold.
    """

    threshold: float
    criterion: Criterion
    images: int
    thresholds: tuple[float, ...]
    scores: tuple[float, ...]
    without_line: tuple[int, ...]


def above(probability: np.ndarray, threshold: float) -> np.ndarray:
    """The mask of a threshold: bool, the shape of the probabilities.

    The threshold is compared in the type of the probabilities: 0.1 in float32 is not above 0.1.
    """
    return probability > np.asarray(threshold, dtype=probability.dtype)


def best_threshold_by_dice(maps: Iterable[ValidationMap], thresholds: Sequence[float] = THRESHOLDS) -> ThresholdChoice:
    """The threshold of the highest Dice, averaged over validation images (paper 004, "Threshold ablation").

    One pass over each image, however many thresholds. An image that is empty in label and mask has no Dice and is left
    out of that threshold's mean (`empty_masks`). Of equal thresholds the lowest is taken.

    Args:
        maps: Validation images, read once.
        thresholds: Thresholds to try, ascending.

    Raises:
        ValueError: If there is no image, a probability is not in [0, 1], or no image has a Dice at any threshold.
    """
    rows, without = [], np.zeros(len(thresholds), dtype=np.int64)
    for image in maps:
        predicted, shared = _counts_above(image, thresholds)
        sizes = predicted + np.count_nonzero(image.label)
        rows.append(np.divide(2.0 * shared, sizes, out=np.full(len(thresholds), np.nan), where=sizes > 0))
        without += predicted == 0
    scores = [mean_of_known(column).value for column in zip(*rows, strict=True)]
    if all(map(math.isnan, scores)):
        raise ValueError(f"no threshold can be chosen from {counted(len(rows), 'image')} without any line")
    best = int(np.nanargmax(scores))
    return ThresholdChoice(
        thresholds[best], "dice", len(rows), tuple(thresholds), tuple(scores), tuple(without.tolist())
    )


def _counts_above(image: ValidationMap, thresholds: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Pixels above each threshold, and those of them that are in the label."""
    probability = _checked(image.probability).ravel()
    # The number of thresholds below a probability: it is above exactly these, in its own type (`above`).
    passed = np.searchsorted(np.asarray(thresholds, dtype=probability.dtype), probability, side="left")
    bins = len(thresholds) + 1
    everything, labelled = (
        np.bincount(values, minlength=bins)[:0:-1].cumsum()[::-1] for values in (passed, passed[image.label.ravel()])
    )
    return everything, labelled


def _checked(probability: np.ndarray) -> np.ndarray:
    low, high = float(probability.min()), float(probability.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"probabilities must be in [0, 1], but they go from {low} to {high}")
    return probability


def best_threshold_by_mde(
    maps: Iterable[ValidationMap], thresholds: Sequence[float] = THRESHOLDS, rules: FrontRules | None = None
) -> ThresholdChoice:
    """The threshold of the lowest MDE over validation images, fronts found as for scoring (`front_of_band`).

    The MDE leaves images without a front out, so that a threshold could win by predicting nothing where it is
    difficult. Only the thresholds that leave the fewest images without a front take part; of equal ones the lowest is
    taken.

    Args:
        maps: Validation images with pixel sizes, read once.
        thresholds: Thresholds to try, ascending.
        rules: How fronts are found; as published if not given.

    Raises:
        ValueError: If there is no image, a probability is not in [0, 1], a pixel size is unknown, or no image has a
            distance at any threshold.
    """
    scores: list[list[FrontScore]] = [[] for _ in thresholds]
    sizes_m = []
    for image in maps:
        if not image.pixel_size_m > 0:
            raise ValueError(f"an MDE in metres needs pixel sizes, but image {len(sizes_m)} has {image.pixel_size_m}")
        sizes_m.append(image.pixel_size_m)
        _checked(image.probability)
        for found, threshold in zip(scores, thresholds, strict=True):
            band = above(image.probability, threshold)
            front = front_of_band(band, rules or FrontRules(), image.pixel_size_m, image.box)
            found.append(front_score(front_distances(front, image.label)))
    errors_m = [_mde_m(found, sizes_m) for found in scores]
    without = [sum(not score.predicted_pixels for score in found) for found in scores]
    if all(map(math.isnan, errors_m)):
        raise ValueError(f"no threshold can be chosen from {counted(len(sizes_m), 'image')} without any distance")
    fewest = min(count for count, error_m in zip(without, errors_m, strict=True) if not math.isnan(error_m))
    taking_part = [error_m if count == fewest else math.nan for count, error_m in zip(without, errors_m, strict=True)]
    best = int(np.nanargmin(taking_part))
    return ThresholdChoice(thresholds[best], "mde", len(sizes_m), tuple(thresholds), tuple(errors_m), tuple(without))


def _mde_m(scores: Sequence[FrontScore], pixel_sizes_m: Sequence[float]) -> float:
    sums_m = [score.distance_sum_px * size_m for score, size_m in zip(scores, pixel_sizes_m, strict=True)]
    return pooled_mean(sums_m, [score.distance_count for score in scores])
