"""The threshold that turns probabilities of a line into a mask, chosen on validation maps: Gattolin's sweep.

Each image is reduced to a few numbers per threshold (`overlap_counts`, `front_scores`), in any process; these give the
curves over all images, and a curve gives the choice, a `ThresholdChoice`. `line_threshold.above` applies it, to test
maps too. No function here takes test labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nnunet_glacier.domain.front_rules import FrontRules
from nnunet_glacier.domain.line_threshold import Criterion, above
from nnunet_glacier.domain.scenes import Box
from nnunet_glacier.lines.front_lines import front_of_band
from nnunet_glacier.measures.front_distances import FrontScore, front_distances, front_score
from nnunet_glacier.measures.means import mean_of_known, pooled_mean
from nnunet_glacier.support.wording import counted

THRESHOLDS = tuple(round(0.1 + step * 0.05, 2) for step in range(17))
"""Gattolin: 17 values from 0.1 to 0.9."""


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
class OverlapCounts:
    """What one image adds to the curve of Dice, one entry per threshold where there are several.

    Attributes:
        predicted: Pixels above each threshold.
        shared: Those of them that are in the label.
        labelled: Pixels of the label.
    """

    predicted: tuple[int, ...]
    shared: tuple[int, ...]
    labelled: int

    @property
    def dice(self) -> tuple[float, ...]:
        """Dice in [0, 1] at each threshold; NaN where label and mask are empty (`empty_masks`)."""
        sizes = np.array(self.predicted) + self.labelled
        shares = np.divide(2.0 * np.array(self.shared), sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)
        return tuple(shares.tolist())


@dataclass(frozen=True)
class Curve:
    """A score over all images against the threshold.

    Attributes:
        images: Validation images.
        thresholds: Every threshold that was tried, ascending.
        scores: Mean Dice in [0, 1], or pooled MDE, of each; NaN where no image has any.
        without_line: Images in which nothing is left of the line at each threshold; for the MDE, of the labelled ones.
    """

    images: int
    thresholds: tuple[float, ...]
    scores: tuple[float, ...]
    without_line: tuple[int, ...]


@dataclass(frozen=True)
class ThresholdChoice(Curve):
    """A threshold, and the curve that it was chosen from.

    Attributes:
        threshold: The chosen one; probabilities above it are line (`line_threshold.above`).
        criterion: ``dice`` for the highest mean Dice, ``mde`` for the lowest MDE.
    """

    threshold: float
    criterion: Criterion


def overlap_counts(image: ValidationMap, thresholds: Sequence[float] = THRESHOLDS) -> OverlapCounts:
    """What one image adds to the curve of Dice: one pass over it, however many thresholds.

    Raises:
        ValueError: If a probability is not in [0, 1].
    """
    probability = _checked(image.probability).ravel()
    # The number of thresholds below a probability: it is above exactly these, in its own type (`above`).
    passed = np.searchsorted(np.asarray(thresholds, dtype=probability.dtype), probability, side="left")
    labelled = passed[image.label.ravel()]
    bins = len(thresholds) + 1
    predicted, shared = (
        tuple(np.bincount(values, minlength=bins)[:0:-1].cumsum()[::-1].tolist()) for values in (passed, labelled)
    )
    return OverlapCounts(predicted, shared, len(labelled))


def dice_curve(images: Iterable[OverlapCounts], thresholds: Sequence[float] = THRESHOLDS) -> Curve:
    """Mean Dice over the images at each threshold.

    An image that is empty in label and mask has no Dice and is left out of that threshold's mean (`empty_masks`).
    """
    counts = list(images)
    columns = zip(*(image.dice for image in counts), strict=True) if counts else [()] * len(thresholds)
    without = [sum(not image.predicted[index] for image in counts) for index in range(len(thresholds))]
    scores = tuple(mean_of_known(column).value for column in columns)
    return Curve(len(counts), tuple(thresholds), scores, tuple(without))


def choose_by_dice(curve: Curve) -> ThresholdChoice:
    """The threshold of the highest mean Dice; of equal ones the lowest.

    Raises:
        ValueError: If no image has a Dice at any threshold.
    """
    if all(map(math.isnan, curve.scores)):
        raise ValueError(f"no threshold can be chosen from {counted(curve.images, 'image')} without any line")
    best = int(np.nanargmax(curve.scores))
    return ThresholdChoice(**vars(curve), threshold=curve.thresholds[best], criterion="dice")


def _checked(probability: np.ndarray) -> np.ndarray:
    low, high = float(probability.min()), float(probability.max())
    if not (low >= 0 and high <= 1):
        raise ValueError(f"probabilities must be in [0, 1], but they go from {low} to {high}")
    return probability


def front_scores(
    image: ValidationMap, thresholds: Sequence[float] = THRESHOLDS, rules: FrontRules | None = None
) -> tuple[FrontScore, ...]:
    """What one image adds to the curve of the MDE: its front's distances at each threshold.

    Args:
        image: A validation image whose label is the one-pixel line; without a pixel size its short fronts stay.
        thresholds: Thresholds to try, ascending.
        rules: How fronts are found; as published if not given.

    Raises:
        ValueError: If a probability is not in [0, 1].
    """
    _checked(image.probability)
    scores: list[FrontScore] = []
    before = -1
    for threshold in thresholds:
        band = above(image.probability, threshold)
        pixels = int(np.count_nonzero(band))
        # Masks lie within each other: one of the same size is the same.
        if pixels != before:
            front = front_of_band(band, rules or FrontRules(), image.pixel_size_m, image.box)
            score = front_score(front_distances(front, image.label))
        scores.append(score)
        before = pixels
    return tuple(scores)


def mde_curve(
    images: Sequence[Sequence[FrontScore]], pixel_sizes: Sequence[float], thresholds: Sequence[float] = THRESHOLDS
) -> Curve:
    """MDE over all pixels of all images at each threshold (`pooled_mean`).

    Args:
        images: `front_scores` of each image.
        pixel_sizes: Edge of each image's pixels in metres; 1 for an MDE in pixels.
        thresholds: The thresholds of the scores.
    """
    columns = [[image[index] for image in images] for index in range(len(thresholds))]
    missed = [[score.label_pixels > 0 and not score.predicted_pixels for score in column] for column in columns]
    without = tuple(map(sum, missed))
    return Curve(len(images), tuple(thresholds), tuple(_mde(column, pixel_sizes) for column in columns), without)


def _mde(scores: Sequence[FrontScore], pixel_sizes: Sequence[float]) -> float:
    sums = [score.distance_sum_px * size for score, size in zip(scores, pixel_sizes, strict=True)]
    return pooled_mean(sums, [score.distance_count for score in scores])


def comparable(curve: Curve) -> tuple[bool, ...]:
    """Which thresholds' MDE may be compared: those that leave the fewest labelled images without a front.

    The MDE leaves images without a front out, so that a threshold could win by predicting nothing where it is
    difficult. Where nothing is labelled, nothing is to be predicted.
    """
    known = [not math.isnan(score) for score in curve.scores]
    fewest = min((count for count, there in zip(curve.without_line, known, strict=True) if there), default=0)
    return tuple(there and count == fewest for count, there in zip(curve.without_line, known, strict=True))


def choose_by_mde(curve: Curve) -> ThresholdChoice:
    """The threshold of the lowest MDE among the `comparable` ones; of equal ones the lowest.

    Raises:
        ValueError: If no image has a distance at any threshold.
    """
    part = comparable(curve)
    if not any(part):
        raise ValueError(f"no threshold can be chosen from {counted(curve.images, 'image')} without any distance")
    best = int(np.nanargmin(np.where(part, curve.scores, np.nan)))
    return ThresholdChoice(**vars(curve), threshold=curve.thresholds[best], criterion="mde")
