"""Every measure of an image that stands beside the published ones, by name: the later columns of ``scores.csv``.

`MEASURES` is the one list of them: the table, the summary and the report take names, units and order from there. The
columns before them are described in `tables.COLUMNS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnunet_glacier.domain.zones import Zone
from nnunet_glacier.measures.distance_weighted_dice import DISTANCE_WEIGHTS_PX
from nnunet_glacier.measures.line_scores import DILATION_TOLERANCES_M, TOLERANCES_M, TOLERANCES_PX, BandScore
from nnunet_glacier.measures.line_thickness import certainty_m
from nnunet_glacier.measures.tolerance_scores import LABEL_RADII_PX

if TYPE_CHECKING:
    from nnunet_glacier.evaluation.measures.scene_scores import SceneScore

SHARE = "0-1"
CORRELATION = "-1 to 1"


@dataclass(frozen=True)
class Measure:
    """One measure of an image.

    Attributes:
        name: Column in ``scores.csv`` and key in ``summary.json``.
        unit: ``m``, ``px``, ``0-1`` or ``-1 to 1``.
        meaning: What it is, in a sentence.
        of: Its value for a scene; NaN where there is none (`empty_masks`).
    """

    name: str
    unit: str
    meaning: str
    of: Callable[[SceneScore], float]


_DISTANCES = {
    "median_distance": ("median_px", "Median distance over the pixels of both lines"),
    "mad_distance": ("mad_px", "Median absolute deviation of the distances from their median"),
    "hd95_pooled": ("hd95_pooled_px", "HD95: 95th percentile of the distances of both directions together (paper 004)"),
    "hd95_larger_direction": (
        "hd95_larger_direction_px",
        "HD95: larger of the two directions' 95th percentiles (as monai)",
    ),
    "polis": ("polis_px", "PoLiS: average of the two directions' mean distances"),
    "predicted_to_label": ("predicted_to_label_px", "Mean distance of the predicted line to the labelled one"),
    "label_to_predicted": ("label_to_predicted_px", "Mean distance of the labelled line to the predicted one"),
}


def _distances() -> Iterator[Measure]:
    for name, (attribute, meaning) in _DISTANCES.items():

        def in_px(score: SceneScore, attribute: str = attribute) -> float:
            return getattr(score.line, attribute)

        def in_m(score: SceneScore, attribute: str = attribute) -> float:
            return getattr(score.line, attribute) * score.scene.pixel_size_m

        yield Measure(f"{name}_m", "m", meaning, in_m)
        yield Measure(f"{name}_px", "px", meaning, in_px)


def _shares() -> Iterator[Measure]:
    meanings = {
        "coverage": "Share of the labelled line within {} of the predicted one; 0 if none was predicted",
        "boundary_f": "Boundary F-score: labelled and predicted line within {} of each other",
    }
    for name, meaning in meanings.items():
        for unit, tolerances in (("m", TOLERANCES_M), ("px", TOLERANCES_PX)):
            for place, tolerance in enumerate(tolerances):

                def of(score: SceneScore, attribute: str = f"{name}_{unit}", place: int = place) -> float:
                    return getattr(score.line, attribute)[place]

                yield Measure(f"{name}_{tolerance}{unit}", SHARE, meaning.format(f"{tolerance} {unit}"), of)


def _dilated() -> Iterator[Measure]:
    names = {"iou": ("IoU", SHARE), "dice": ("Dice", SHARE), "mcc": ("MCC", CORRELATION)}
    for place, tolerance_m in enumerate(DILATION_TOLERANCES_M):
        for metric, (title, unit) in names.items():

            def of(score: SceneScore, metric: str = metric, place: int = place) -> float:
                return getattr(score.line.dilated[place], metric)

            meaning = f"{title} of both lines dilated to a tolerance of {tolerance_m:g} m (paper 000)"
            yield Measure(f"tolerance_{metric}_{tolerance_m:g}m", unit, meaning, of)


def _of_band(value: Callable[[BandScore], float]) -> Callable[[SceneScore], float]:
    return lambda score: math.nan if score.band is None else value(score.band)


def _bands() -> Iterator[Measure]:
    names = {"precision": "Precision", "recall": "Recall", "dice": "Dice", "iou": "IoU", "mcc": "MCC"}
    for metric, title in names.items():
        unit = CORRELATION if metric == "mcc" else SHARE
        value = _of_band(lambda band, metric=metric: getattr(band.overlap, metric))
        yield Measure(f"band_{metric}", unit, f"{title} of the predicted front class and the labelled line", value)
    for place, radius in enumerate(LABEL_RADII_PX):
        dilated = _of_band(lambda band, place=place: band.label_dilated[place].over_dilated_union)
        meaning = f"IoU of the predicted front class and the label dilated by {radius} px (paper 004)"
        yield Measure(f"band_iou_label_dilated_{radius}px", SHARE, meaning, dilated)
        plain = _of_band(lambda band, place=place: band.label_dilated[place].over_plain_union)
        meaning = f"Predicted front class within {radius} px of the label, over the union of both as they are"
        yield Measure(f"band_iou_tolerant_{radius}px", SHARE, meaning, plain)
    for place, weight in enumerate(DISTANCE_WEIGHTS_PX):
        forgiving = _of_band(lambda band, place=place: band.weighted_dice[place])
        meaning = f"Distance-weighted Dice of the predicted front class, w = {weight:g} px (paper 002)"
        yield Measure(f"band_weighted_dice_{weight:g}px", SHARE, meaning, forgiving)
    meaning = "Mean thickness of the predicted front class, from the ratio of front to background (paper 002)"
    yield Measure("band_thickness_px", "px", meaning, _of_band(lambda band: band.thickness_px))
    yield Measure("band_thickness_m", "m", meaning, _band_thickness_m)
    yield Measure("band_certainty_m", "m", "Half the thickness: certainty across the front (paper 002)", _certainty_m)


def _band_thickness_m(score: SceneScore) -> float:
    return math.nan if score.band is None else score.band.thickness_px * score.scene.pixel_size_m


def _certainty_m(score: SceneScore) -> float:
    return math.nan if score.band is None else certainty_m(score.band.thickness_px, score.scene.pixel_size_m)


def _zones() -> Iterator[Measure]:
    def macro(score: SceneScore) -> float:
        return math.nan if score.zones is None else score.zones.with_macro("mcc")[0]

    def weighted(score: SceneScore) -> float:
        return math.nan if score.zones is None else score.zones.weighted_f1

    yield Measure("mcc_macro", CORRELATION, "MCC of the zones, plain mean of the four", macro)
    for zone in Zone:

        def of(score: SceneScore, zone: Zone = zone) -> float:
            return math.nan if score.zones is None else float(score.zones.mcc[zone])

        yield Measure(f"mcc_{zone.name.lower()}", CORRELATION, f"MCC of zone {zone.name} against the rest", of)
    yield Measure("f1_weighted", SHARE, "F1 of the zones weighted with their labelled pixels (paper 003)", weighted)


MEASURES: tuple[Measure, ...] = (*_distances(), *_shares(), *_dilated(), *_bands(), *_zones())
"""In the order of their columns. Those of the front class (``band_``) have values on the route ``front`` only."""
